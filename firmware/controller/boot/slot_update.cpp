// SPDX-License-Identifier: Apache-2.0
#include "firmware/controller/boot/slot_update.hpp"

#include <string.h>

#include "firmware/controller/core/crc32c.hpp"

namespace switchyard::firmware {

SlotUpdate::SlotUpdate(Flash& flash, const FlashLayout& layout, const ImageRules& rules,
                       mailbox::Slot running, uint32_t factory_version)
    : flash_(flash),
      layout_(layout),
      rules_(rules),
      running_(running),
      factory_version_(factory_version),
      journal_(flash, layout) {
    journal_.load();
}

bool SlotUpdate::is_on_trial() const {
    return running_ < mailbox::kUpdatableSlots &&
           journal_.record().state[running_] == mailbox::kPending;
}

uint32_t SlotUpdate::target() const {
    if (running_ < mailbox::kUpdatableSlots) return 1u - running_;
    // From the factory's firmware: not the slot that somebody once confirmed, if there is a choice.
    return journal_.record().state[mailbox::kSlotA] == mailbox::kConfirmed ? mailbox::kSlotB
                                                                           : mailbox::kSlotA;
}

mailbox::StatusCode SlotUpdate::fail(mailbox::StatusCode code) {
    is_open_ = false;
    return code;
}

mailbox::StatusCode SlotUpdate::begin(const mailbox::UpdateBegin& request) {
    is_open_ = false;
    // On trial, the slot to overwrite is what a failed trial goes back to; after a rollback it may
    // be what the next reset starts.
    if (running_ < mailbox::kUpdatableSlots &&
        journal_.record().state[running_] != mailbox::kConfirmed) {
        return mailbox::kWrongState;
    }
    if (request.image_bytes <= image::kHeaderBytes || request.image_bytes % 4 != 0 ||
        request.image_bytes > layout_.slot_bytes ||
        request.image_bytes > image::kHeaderBytes + image::kBodyBytesMax) {
        return mailbox::kBadImage;
    }
    slot_ = target();
    BootRecord next = journal_.record();
    next.state[slot_] = mailbox::kWriting;
    next.reason[slot_] = mailbox::kNotRejected;
    next.active = running_;
    next.boots = 0;
    if (!journal_.append(next)) return mailbox::kFlashFault;
    for (uint32_t at = 0; at < layout_.slot_bytes; at += layout_.sector_bytes) {
        if (!flash_.erase_sector(layout_.slot_offset[slot_] + at)) return mailbox::kFlashFault;
    }
    announced_ = request;
    next_offset_ = 0;
    is_open_ = true;
    return mailbox::kOk;
}

mailbox::StatusCode SlotUpdate::chunk(uint32_t offset, const uint8_t* data, uint32_t bytes) {
    if (!is_open_) return mailbox::kWrongState;
    if (offset != next_offset_) return mailbox::kBadOffset;
    if (bytes > announced_.image_bytes - next_offset_) return mailbox::kBadPayload;
    while (bytes > 0 && next_offset_ < image::kHeaderBytes) {
        memcpy(reinterpret_cast<uint8_t*>(&header_) + next_offset_, data, 4);
        next_offset_ += 4;
        data += 4;
        bytes -= 4;
        if (next_offset_ < image::kHeaderBytes) continue;
        // An image that can never run is refused before its body is sent.
        const mailbox::RejectReason reason = check_header(header_, rules_);
        if (reason == mailbox::kRejectedBoard) return fail(mailbox::kWrongBoard);
        if (reason != mailbox::kNotRejected ||
            header_.body_bytes + image::kHeaderBytes != announced_.image_bytes) {
            return fail(mailbox::kBadImage);
        }
    }
    if (bytes > 0) {
        const uint32_t at = layout_.slot_offset[slot_] + next_offset_;
        if (!flash_.program(at, data, bytes)) return fail(mailbox::kFlashFault);
        next_offset_ += bytes;
    }
    return mailbox::kOk;
}

mailbox::StatusCode SlotUpdate::end() {
    if (!is_open_) return mailbox::kWrongState;
    if (next_offset_ != announced_.image_bytes) return mailbox::kBadOffset;
    const uint32_t offset = layout_.slot_offset[slot_];
    uint32_t body_crc = 0;
    if (!flash_crc(flash_, offset + image::kHeaderBytes, header_.body_bytes, body_crc)) {
        return fail(mailbox::kFlashFault);
    }
    if (body_crc != header_.body_crc) return fail(mailbox::kBadImage);
    if (!flash_.program(offset, &header_, sizeof header_)) return fail(mailbox::kFlashFault);
    // The whole of it, read back: what the host announced is what the flash keeps.
    uint32_t image_crc = 0;
    if (!flash_crc(flash_, offset, announced_.image_bytes, image_crc)) {
        return fail(mailbox::kFlashFault);
    }
    if (image_crc != announced_.image_crc) return fail(mailbox::kBadImage);
    BootRecord next = journal_.record();
    next.state[slot_] = mailbox::kWritten;
    if (!journal_.append(next)) return fail(mailbox::kFlashFault);
    is_open_ = false;
    return mailbox::kOk;
}

mailbox::StatusCode SlotUpdate::activate(uint32_t trial_ms) {
    const uint32_t slot = target();
    if (is_open_ || is_on_trial() || journal_.record().state[slot] != mailbox::kWritten) {
        return mailbox::kWrongState;
    }
    if (trial_ms == 0 || trial_ms > mailbox::kTrialMsMax) return mailbox::kBadPayload;
    BootRecord next = journal_.record();
    next.state[slot] = mailbox::kPending;
    next.active = static_cast<uint8_t>(slot);
    next.boots = 0;
    next.trial_ms = trial_ms;
    return journal_.append(next) ? mailbox::kOk : mailbox::kFlashFault;
}

mailbox::StatusCode SlotUpdate::confirm() {
    if (!is_on_trial()) return mailbox::kWrongState;
    BootRecord next = journal_.record();
    next.state[running_] = mailbox::kConfirmed;
    next.boots = 0;
    return journal_.append(next) ? mailbox::kOk : mailbox::kFlashFault;
}

mailbox::StatusCode SlotUpdate::rollback() {
    BootRecord next = journal_.record();
    if (next.active != running_) {
        // Activated and not yet booted: the trial is called off. Rolled back already: no second
        // time.
        if (next.active >= mailbox::kUpdatableSlots ||
            next.state[next.active] != mailbox::kPending) {
            return mailbox::kWrongState;
        }
        next.state[next.active] = mailbox::kRejected;
        next.reason[next.active] = mailbox::kRejectedByHost;
        next.active = running_;
    } else {
        if (running_ == mailbox::kSlotFactory) return mailbox::kNothingToTake;
        const uint32_t other = 1u - running_;
        image::ImageHeader header;
        const bool other_is_good = next.state[other] == mailbox::kConfirmed &&
                                   check_image(flash_, layout_.slot_offset[other], rules_,
                                               header) == mailbox::kNotRejected;
        next.state[running_] = mailbox::kRejected;
        next.reason[running_] = mailbox::kRejectedByHost;
        next.active = other_is_good ? static_cast<uint8_t>(other) : uint8_t{mailbox::kSlotFactory};
    }
    next.boots = 0;
    return journal_.append(next) ? mailbox::kOk : mailbox::kFlashFault;
}

mailbox::UpdateProgress SlotUpdate::progress() const {
    mailbox::UpdateProgress progress{};
    progress.next_offset = next_offset_;
    progress.slot = static_cast<uint8_t>(slot_);
    return progress;
}

void SlotUpdate::report(mailbox::SlotReport& report) {
    const BootRecord& record = journal_.record();
    report.running = running_;
    report.active = record.active;
    report.boots = record.boots;
    report.boots_max = kTrialBootsMax;
    report.factory_version = factory_version_;
    report.journal_sequence = record.sequence;
    for (uint32_t slot = 0; slot < mailbox::kUpdatableSlots; ++slot) {
        mailbox::SlotInfo& info = report.slots[slot];
        info.state = record.state[slot];
        info.reason = record.reason[slot];
        image::ImageHeader header;
        if (flash_.read(layout_.slot_offset[slot], &header, sizeof header) &&
            check_header(header, rules_) == mailbox::kNotRejected) {
            info.version = header.version;
            info.image_bytes = header.body_bytes + image::kHeaderBytes;
            info.body_crc = header.body_crc;
        }
    }
}

}  // namespace switchyard::firmware
