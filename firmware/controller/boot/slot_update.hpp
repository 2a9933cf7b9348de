// SPDX-License-Identifier: Apache-2.0
// Writes an image into the slot that does not run, and moves slots between their states.
#pragma once

#include <stdint.h>

#include "firmware/controller/boot/boot_choice.hpp"
#include "firmware/controller/boot/image_check.hpp"

namespace switchyard::firmware {

/// An update goes begin, chunks in order, end, activate. The slot is marked as being written
/// before it is erased, and the image's header is written last, so that a power cut at any moment
/// leaves a slot that no boot takes, beside the one that runs.
class SlotUpdate {
  public:
    /// `running` and `factory_version` are what the loader said at this boot.
    SlotUpdate(Flash& flash, const FlashLayout& layout, const ImageRules& rules,
               mailbox::Slot running, uint32_t factory_version);

    [[nodiscard]] mailbox::StatusCode begin(const mailbox::UpdateBegin& request);
    /// `bytes` is a multiple of 4, from 4 to kChunkBytesMax.
    [[nodiscard]] mailbox::StatusCode chunk(uint32_t offset, const uint8_t* data, uint32_t bytes);
    [[nodiscard]] mailbox::StatusCode end();
    [[nodiscard]] mailbox::StatusCode activate(uint32_t trial_ms);
    [[nodiscard]] mailbox::StatusCode confirm();
    [[nodiscard]] mailbox::StatusCode rollback();

    [[nodiscard]] mailbox::UpdateProgress progress() const;
    /// Fills in all but trial_left_ms. Reads the slots' headers.
    void report(mailbox::SlotReport& report);
    [[nodiscard]] bool is_on_trial() const;
    [[nodiscard]] uint32_t trial_ms() const { return journal_.record().trial_ms; }
    [[nodiscard]] mailbox::Slot running() const { return running_; }
    [[nodiscard]] const BootRecord& record() const { return journal_.record(); }

  private:
    [[nodiscard]] uint32_t target() const;
    [[nodiscard]] mailbox::StatusCode fail(mailbox::StatusCode code);

    Flash& flash_;
    FlashLayout layout_;
    ImageRules rules_;
    mailbox::Slot running_;
    uint32_t factory_version_;
    BootJournal journal_;

    bool is_open_ = false;
    uint32_t slot_ = 0;
    mailbox::UpdateBegin announced_{};
    uint32_t next_offset_ = 0;
    image::ImageHeader header_{};  // held back until the body is in place
};

}  // namespace switchyard::firmware
