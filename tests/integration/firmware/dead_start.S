# SPDX-License-Identifier: Apache-2.0
# Firmware that ends in its first instruction: only the loader's watchdog is left.
    .section .text.start, "ax"
    .globl _start
_start:
    j _start
