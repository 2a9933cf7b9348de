// SPDX-License-Identifier: Apache-2.0
// What is known of the slots, kept so that a power cut at any moment leaves the state before or the
// state after. Two sectors of flash hold records one after the other; the valid one with the
// highest sequence counts. A full sector is left alone while the other is erased and begun, so that
// there is always one valid record once there was one.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware/controller/core/hal.hpp"

namespace switchyard::firmware {

struct BootRecord {
    uint32_t magic;
    uint32_t sequence;                         // 1 and up
    uint8_t active;                            // mailbox::Slot that a boot tries first
    uint8_t boots;                             // of the pending slot
    uint8_t state[mailbox::kUpdatableSlots];   // mailbox::SlotState
    uint8_t reason[mailbox::kUpdatableSlots];  // mailbox::RejectReason
    uint8_t reserved[2];
    uint32_t trial_ms;  // of the pending slot
    uint32_t reserved1[2];
    uint32_t crc;  // CRC-32C of the 28 bytes before it
};

constexpr uint32_t kBootRecordMagic = 0x52425953;  // "SYBR" in memory order
/// Records per sector. Few, so that a boot reads 8 KiB at most.
constexpr uint32_t kJournalRecords = 128;

static_assert(sizeof(BootRecord) == 32 && offsetof(BootRecord, active) == 8 &&
                  offsetof(BootRecord, state) == 10 && offsetof(BootRecord, trial_ms) == 16 &&
                  offsetof(BootRecord, crc) == 28,
              "layout");

class BootJournal {
  public:
    BootJournal(Flash& flash, const FlashLayout& layout) : flash_(flash), layout_(layout) {}

    /// Finds the record that counts. Blank or ruined flash gives the initial state: both slots
    /// empty, the factory's firmware active.
    void load();
    [[nodiscard]] const BootRecord& record() const { return record_; }
    /// Makes `next` the record that counts (magic, sequence and CRC are set here), and reads it
    /// back. On false the record before it still counts.
    [[nodiscard]] bool append(BootRecord next);

  private:
    [[nodiscard]] bool read_record(uint32_t sector, uint32_t index, BootRecord& record);
    /// Writes, reads back, and makes it the record that counts.
    [[nodiscard]] bool write_record(uint32_t sector, uint32_t index, const BootRecord& record);
    [[nodiscard]] static bool is_valid(const BootRecord& record);

    Flash& flash_;
    FlashLayout layout_;
    BootRecord record_{};
    uint32_t sector_ = 0;
    uint32_t next_index_ = kJournalRecords;  // the first that is blank up to the sector's end
};

/// Both slots empty, the factory's firmware active.
[[nodiscard]] BootRecord initial_boot_record();

}  // namespace switchyard::firmware
