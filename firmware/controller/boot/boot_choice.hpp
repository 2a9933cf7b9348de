// SPDX-License-Identifier: Apache-2.0
// Which firmware a boot starts: a pure decision over the journal's record and the state of the
// images, so that every case of it can be tested.
#pragma once

#include "firmware/controller/boot/boot_journal.hpp"

namespace switchyard::firmware {

/// Boots that a firmware on trial gets before it is given up.
constexpr uint8_t kTrialBootsMax = 3;

struct BootChoice {
    mailbox::Slot slot;
    BootRecord record;  // to be written before the jump, if it changed
    bool changed;
};

/// The active slot, if it is confirmed or has a trial boot left and its image is good; else the
/// other slot, if it is confirmed and good; else the factory's firmware. A slot that is passed over
/// is rejected for good with its reason. `images[s]` is what check_image said of slot s.
[[nodiscard]] BootChoice choose_boot(const BootRecord& record,
                                     const mailbox::RejectReason images[mailbox::kUpdatableSlots]);

/// What a boot starts, and what it gave up on the way.
struct BootDecision {
    mailbox::Slot slot;
    mailbox::RejectReason rejected[mailbox::kUpdatableSlots];  // kNotRejected: not at this boot
};

/// Chooses and writes the choice to the journal. When the journal does not take it, a trial is not
/// begun, because one whose boots cannot be counted would never end.
[[nodiscard]] BootDecision decide_boot(
    BootJournal& journal, const mailbox::RejectReason images[mailbox::kUpdatableSlots]);

}  // namespace switchyard::firmware
