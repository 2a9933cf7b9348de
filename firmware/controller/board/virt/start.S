# SPDX-License-Identifier: Apache-2.0
# First instructions of the loader (in flash) and of an image (in RAM), and what ends both.
    .section .text.start, "ax"
    .globl _start
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, __stack_top
    la t0, trap_entry
    csrw mtvec, t0
    la t0, __bss_start
    la t1, __bss_end
1:  bgeu t0, t1, 2f
    sw zero, 0(t0)
    addi t0, t0, 4
    j 1b
2:  call firmware_main
    # firmware_main does not return; if it does, that is a trap.
    ebreak

# No interrupt is ever served: the timer's is the watchdog, and an exception is the end as well.
# Nothing here trusts the stack or any register.
    .balign 4
    .globl trap_entry
trap_entry:
    csrr t0, mcause
    li t1, 3                    # mailbox::kResetTrap
    bgez t0, 1f                 # the highest bit says interrupt
    li t1, 2                    # mailbox::kResetWatchdog
1:  li t2, 0x80000800           # kResetNote
    li t3, 0x4e525953           # kResetNoteMagic
    sw t3, 0(t2)
    sw t1, 4(t2)
    sw t0, 8(t2)
    csrr t3, mepc
    sw t3, 12(t2)
    li t2, 0x00100000           # kFinisher
    li t3, 0x7777
    sw t3, 0(t2)
2:  j 2b
