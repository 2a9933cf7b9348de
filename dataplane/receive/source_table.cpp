// SPDX-License-Identifier: Apache-2.0
#include "dataplane/receive/source_table.hpp"

#include <bit>

#include "host/core/assert.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::dataplane {

SourceTable::SourceTable(uint32_t capacity)
    : entries_(capacity), set_mask_(capacity / kWays - 1), seed_(process_hash_seed()) {
    SWITCHYARD_ASSERT(std::has_single_bit(capacity) && capacity >= kWays);
}

MeteredSource* SourceTable::find_or_add(const IpAddress& address, uint64_t now_ns) {
    const IpAddress subscriber = address.subscriber();
    uint8_t bytes[16];
    subscriber.store(bytes);
    MeteredSource* const set =
        entries_.data() + (mix_bytes(bytes, sizeof(bytes), seed_) & set_mask_) * kWays;
    MeteredSource* free = nullptr;
    for (MeteredSource* entry = set; entry != set + kWays; ++entry) {
        if (entry->last_used != 0 && entry->subscriber == subscriber) {
            entry->last_used = now_ns + 1;
            return entry;
        }
        if (entry->sessions == 0 && (free == nullptr || entry->last_used < free->last_used))
            free = entry;
    }
    if (free != nullptr)
        *free = {.subscriber = subscriber, .sessions = 0, .last_used = now_ns + 1, .bucket = {}};
    return free;
}

uint32_t SourceTable::owners() const {
    uint32_t out = 0;
    for (const MeteredSource& entry : entries_)
        if (entry.sessions != 0) ++out;
    return out;
}

}  // namespace switchyard::dataplane
