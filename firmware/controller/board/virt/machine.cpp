// SPDX-License-Identifier: Apache-2.0
#include "firmware/controller/board/virt/machine.hpp"

#include "firmware/controller/board/virt/memory_map.hpp"

namespace switchyard::firmware::virt {
namespace {

constexpr uint32_t kWatchdogMs = 2000;
constexpr uint32_t kInterruptsOn = 1u << 3;        // mstatus.MIE
constexpr uint32_t kTimerInterrupt = 1u << 7;      // mie.MTIE
constexpr uint32_t kExternalInterrupt = 1u << 11;  // mie.MEIE

volatile ResetNote& reset_note() {
    return *reinterpret_cast<volatile ResetNote*>(kResetNote);
}

uint64_t ticks() {
    uint32_t high = word_at(kTimer + 4);
    for (;;) {
        const uint32_t low = word_at(kTimer);
        const uint32_t again = word_at(kTimer + 4);
        if (again == high) return (uint64_t{high} << 32) | low;
        high = again;
    }
}

void set_alarm(uint32_t ms) {
    const uint64_t at = ticks() + uint64_t{ms} * kTimerTicksPerMs;
    word_at(kTimerCompare + 4) = UINT32_MAX;  // no alarm between the two halves
    word_at(kTimerCompare) = static_cast<uint32_t>(at);
    word_at(kTimerCompare + 4) = static_cast<uint32_t>(at >> 32);
}

}  // namespace

uint32_t machine_ms() {
    return static_cast<uint32_t>(ticks() / kTimerTicksPerMs);
}

void kick_watchdog() {
    set_alarm(kWatchdogMs);
    asm volatile("csrs mie, %0" ::"r"(kTimerInterrupt));
    asm volatile("csrs mstatus, %0" ::"r"(kInterruptsOn));
}

void sleep(uint32_t ms) {
    // With interrupts off, an interrupt that is pending and enabled still ends `wfi`
    // (RISC-V privileged specification, section 3.3.3), and none is taken.
    asm volatile("csrc mstatus, %0" ::"r"(kInterruptsOn));
    set_alarm(ms);
    asm volatile("csrs mie, %0" ::"r"(kExternalInterrupt));
    asm volatile("wfi");
    asm volatile("csrc mie, %0" ::"r"(kExternalInterrupt));
    const uint32_t claimed = word_at(kPlicClaim);
    if (claimed != 0) word_at(kPlicClaim) = claimed;
    kick_watchdog();
}

mailbox::ResetReason take_reset_reason() {
    volatile ResetNote& note = reset_note();
    const bool is_there = note.magic == kResetNoteMagic && note.reason <= mailbox::kResetTrial;
    const auto reason =
        is_there ? static_cast<mailbox::ResetReason>(note.reason) : mailbox::kPowerOn;
    note.magic = 0;
    return reason;
}

void Machine::reset(mailbox::ResetReason reason) {
    volatile ResetNote& note = reset_note();
    note.reason = reason;
    note.magic = kResetNoteMagic;
    for (;;)
        word_at(kFinisher) = 0x7777;
}

void Machine::remember_halt(mailbox::HaltReason reason) {
    reset_note().halt = reason;
    reset_note().halt_magic = kResetNoteMagic;
}

mailbox::HaltReason Machine::recall_halt() {
    const volatile ResetNote& note = reset_note();
    if (note.halt_magic != kResetNoteMagic || note.halt > mailbox::kHaltKernel) {
        return mailbox::kNotHalted;
    }
    return static_cast<mailbox::HaltReason>(note.halt);
}

void power_off_failed() {
    for (;;)
        word_at(kFinisher) = (1u << 16) | 0x3333;
}

}  // namespace switchyard::firmware::virt
