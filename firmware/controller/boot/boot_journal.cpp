// SPDX-License-Identifier: Apache-2.0
#include "firmware/controller/boot/boot_journal.hpp"

#include <string.h>

#include "firmware/controller/core/crc32c.hpp"

namespace switchyard::firmware {
namespace {

constexpr uint32_t kTriesMax = 4;

bool is_blank(const BootRecord& record) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&record);
    for (size_t i = 0; i < sizeof record; ++i) {
        if (bytes[i] != 0xff) return false;
    }
    return true;
}

}  // namespace

BootRecord initial_boot_record() {
    BootRecord record{};
    record.active = mailbox::kSlotFactory;
    return record;
}

bool BootJournal::is_valid(const BootRecord& record) {
    if (record.magic != kBootRecordMagic ||
        record.crc != crc32c(&record, offsetof(BootRecord, crc)))
        return false;
    // A record that this code would not write is not one, whatever its checksum says.
    if (record.active > mailbox::kSlotFactory) return false;
    for (uint32_t slot = 0; slot < mailbox::kUpdatableSlots; ++slot) {
        if (record.state[slot] > mailbox::kRejected) return false;
    }
    return true;
}

bool BootJournal::read_record(uint32_t sector, uint32_t index, BootRecord& record) {
    const uint32_t offset = layout_.journal_offset[sector] + index * uint32_t{sizeof record};
    return flash_.read(offset, &record, sizeof record);
}

void BootJournal::load() {
    record_ = initial_boot_record();
    sector_ = 0;
    uint32_t used[2] = {0, 0};
    for (uint32_t sector = 0; sector < 2; ++sector) {
        for (uint32_t index = 0; index < kJournalRecords; ++index) {
            BootRecord record;
            if (!read_record(sector, index, record)) {
                used[sector] = kJournalRecords;
                break;
            }
            if (is_blank(record)) continue;
            used[sector] = index + 1;
            if (is_valid(record) && record.sequence > record_.sequence) {
                record_ = record;
                sector_ = sector;
            }
        }
    }
    next_index_ = used[sector_];
}

bool BootJournal::append(BootRecord next) {
    next.magic = kBootRecordMagic;
    next.sequence = record_.sequence + 1;
    memset(next.reserved, 0, sizeof next.reserved);
    memset(next.reserved1, 0, sizeof next.reserved1);
    next.crc = crc32c(&next, offsetof(BootRecord, crc));
    // A place that took a wrong value is passed over: a few tries in this sector, then in the
    // other.
    for (uint32_t attempt = 0; attempt < kTriesMax && next_index_ < kJournalRecords; ++attempt) {
        if (write_record(sector_, next_index_++, next)) return true;
    }
    // With no record at all, either sector may be the one to begin with; otherwise the one that
    // holds the record that counts is left alone.
    const uint32_t sectors = record_.sequence == 0 ? 2 : 1;
    uint32_t other = 1 - sector_;
    for (uint32_t sector = 0; sector < sectors; ++sector, other = 1 - other) {
        if (!flash_.erase_sector(layout_.journal_offset[other])) continue;
        for (uint32_t index = 0; index < kTriesMax; ++index) {
            if (!write_record(other, index, next)) continue;
            sector_ = other;
            next_index_ = index + 1;
            return true;
        }
    }
    return false;
}

bool BootJournal::write_record(uint32_t sector, uint32_t index, const BootRecord& record) {
    const uint32_t offset = layout_.journal_offset[sector] + index * uint32_t{sizeof record};
    BootRecord written;
    if (!flash_.program(offset, &record, sizeof record) || !read_record(sector, index, written) ||
        memcmp(&written, &record, sizeof record) != 0) {
        return false;
    }
    record_ = record;
    return true;
}

}  // namespace switchyard::firmware
