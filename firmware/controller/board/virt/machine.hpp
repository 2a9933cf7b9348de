// SPDX-License-Identifier: Apache-2.0
// Time, sleep, watchdog and reset of the machine.
#pragma once

#include "firmware/controller/board/virt/handoff.hpp"
#include "firmware/controller/core/hal.hpp"

namespace switchyard::firmware::virt {

/// Milliseconds since power on, modulo 2^32.
[[nodiscard]] uint32_t machine_ms();

/// Arms the watchdog, or puts it off: unless called again within 2 s, the machine is reset with
/// kResetWatchdog. The CLINT's timer plays its part, so that a program that turns interrupts off
/// escapes it; a card has a watchdog of its own.
void kick_watchdog();

/// Sleeps until a byte is received or `ms` have passed, then kicks the watchdog.
void sleep(uint32_t ms);

/// Reads what the last program left, and clears it.
[[nodiscard]] mailbox::ResetReason take_reset_reason();

class Machine final : public System {
  public:
    uint32_t now_ms() override { return machine_ms(); }
    [[noreturn]] void reset(mailbox::ResetReason reason) override;
    void remember_halt(mailbox::HaltReason reason) override;
    mailbox::HaltReason recall_halt() override;
};

/// Ends QEMU with a failure: there is nothing to run.
[[noreturn]] void power_off_failed();

}  // namespace switchyard::firmware::virt
