// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/sessions.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "host/core/assert.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::dataplane {

SequenceState SequenceWindow::check(uint64_t sequence) const {
    if (!started_ || sequence > highest_) return SequenceState::New;
    if (highest_ - sequence >= kWindow) return SequenceState::Stale;
    const uint64_t word = bits_[sequence / 64 % kWords];
    return (word >> (sequence % 64) & 1) != 0 ? SequenceState::Duplicate : SequenceState::New;
}

SequenceWindow::Step SequenceWindow::record(uint64_t sequence) {
    Step step;
    if (!started_) {
        started_ = true;
        highest_ = sequence;
    } else if (sequence > highest_) {
        step.skipped = sequence - highest_ - 1;
        const uint64_t words = std::min(sequence / 64 - highest_ / 64, kWords);
        for (uint64_t i = 1; i <= words; ++i)
            bits_[(highest_ / 64 + i) % kWords] = 0;
        highest_ = sequence;
    } else {
        step.late = true;
    }
    bits_[sequence / 64 % kWords] |= uint64_t{1} << (sequence % 64);
    return step;
}

SessionTable::SessionTable(uint32_t capacity)
    : entries_(capacity), set_mask_(capacity / kWays - 1), seed_(process_hash_seed()) {
    SWITCHYARD_ASSERT(std::has_single_bit(capacity) && capacity >= kWays);
}

Session& SessionTable::find_or_open(const SessionKey& key) {
    uint8_t bytes[14];
    std::memcpy(bytes, &key.session, 8);
    std::memcpy(bytes + 8, &key.ipv4, 4);
    std::memcpy(bytes + 12, &key.port, 2);
    const size_t set = mix_bytes(bytes, sizeof(bytes), seed_) & set_mask_;
    Session* const begin = entries_.data() + set * kWays;
    Session* oldest = begin;
    ++clock_;
    for (Session* entry = begin; entry != begin + kWays; ++entry) {
        if (entry->id != 0 && entry->key == key) {
            entry->last_used = clock_;
            return *entry;
        }
        if (entry->last_used < oldest->last_used) oldest = entry;
    }
    if (oldest->id != 0) ++evicted_;
    *oldest = {.key = key, .id = ++opened_, .last_used = clock_, .window = {}};
    return *oldest;
}

}  // namespace switchyard::dataplane
