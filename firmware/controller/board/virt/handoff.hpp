// SPDX-License-Identifier: Apache-2.0
// What one stage leaves in RAM for the next: the loader for the image, an ending image for the
// loader. RAM keeps its content over a reset and loses it with power.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace switchyard::firmware::virt {

struct BootHandoff {
    uint32_t magic;
    uint32_t slot;          // mailbox::Slot
    uint32_t reset_reason;  // mailbox::ResetReason
    uint32_t firmware_version;
    uint32_t factory_version;
    uint32_t rejected[2];  // mailbox::RejectReason of a slot given up at this boot
};

constexpr uint32_t kHandoffMagic = 0x48425953;    // "SYBH" in memory order
constexpr uint32_t kResetNoteMagic = 0x4e525953;  // "SYRN"; trap.S has the same

struct ResetNote {
    uint32_t magic;
    uint32_t reason;  // mailbox::ResetReason
    uint32_t cause;   // mcause and mepc of a trap, for a debugger
    uint32_t program_counter;
    uint32_t halt_magic;  // kResetNoteMagic: `halt` holds
    uint32_t halt;        // mailbox::HaltReason
};

static_assert(offsetof(ResetNote, reason) == 4 && offsetof(ResetNote, cause) == 8 &&
                  offsetof(ResetNote, program_counter) == 12,
              "trap.S writes them");

}  // namespace switchyard::firmware::virt
