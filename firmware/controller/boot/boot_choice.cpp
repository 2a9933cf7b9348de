// SPDX-License-Identifier: Apache-2.0
#include "firmware/controller/boot/boot_choice.hpp"

namespace switchyard::firmware {
namespace {

void reject(BootRecord& record, uint32_t slot, mailbox::RejectReason reason) {
    record.state[slot] = mailbox::kRejected;
    record.reason[slot] = reason;
    record.boots = 0;
}

/// True when the active slot may be started; rejects it in `record` otherwise.
bool try_active(BootRecord& record, mailbox::RejectReason found) {
    const uint32_t slot = record.active;
    if (record.state[slot] != mailbox::kPending && record.state[slot] != mailbox::kConfirmed) {
        return false;
    }
    if (found != mailbox::kNotRejected) {
        reject(record, slot, found);
        return false;
    }
    if (record.state[slot] == mailbox::kConfirmed) return true;
    if (record.boots >= kTrialBootsMax) {
        reject(record, slot, mailbox::kRejectedNotConfirmed);
        return false;
    }
    ++record.boots;
    return true;
}

bool is_good(const BootRecord& record, uint32_t slot,
             const mailbox::RejectReason images[mailbox::kUpdatableSlots]) {
    return record.state[slot] == mailbox::kConfirmed && images[slot] == mailbox::kNotRejected;
}

}  // namespace

BootChoice choose_boot(const BootRecord& record,
                       const mailbox::RejectReason images[mailbox::kUpdatableSlots]) {
    BootChoice choice{mailbox::kSlotFactory, record, false};
    BootRecord& next = choice.record;
    if (record.active < mailbox::kUpdatableSlots) {
        if (try_active(next, images[record.active])) {
            choice.slot = static_cast<mailbox::Slot>(record.active);
            choice.changed = next.boots != record.boots;
            return choice;
        }
        const uint32_t other = 1u - record.active;
        if (is_good(next, other, images)) {
            choice.slot = static_cast<mailbox::Slot>(other);
        } else if (next.state[other] == mailbox::kConfirmed) {
            reject(next, other, images[other]);
        }
        next.active = choice.slot;
        choice.changed = true;
    }
    return choice;
}

BootDecision decide_boot(BootJournal& journal,
                         const mailbox::RejectReason images[mailbox::kUpdatableSlots]) {
    const BootRecord before = journal.record();
    const BootChoice choice = choose_boot(before, images);
    BootDecision decision{choice.slot, {mailbox::kNotRejected, mailbox::kNotRejected}};
    for (uint32_t slot = 0; slot < mailbox::kUpdatableSlots; ++slot) {
        if (choice.record.state[slot] == mailbox::kRejected &&
            before.state[slot] != mailbox::kRejected) {
            decision.rejected[slot] =
                static_cast<mailbox::RejectReason>(choice.record.reason[slot]);
        }
    }
    if (!choice.changed || journal.append(choice.record)) return decision;
    if (choice.slot != mailbox::kSlotFactory && before.state[choice.slot] == mailbox::kPending) {
        const uint32_t other = 1u - choice.slot;
        decision.slot = is_good(before, other, images) ? static_cast<mailbox::Slot>(other)
                                                       : mailbox::kSlotFactory;
    }
    return decision;
}

}  // namespace switchyard::firmware
