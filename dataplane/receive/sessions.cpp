// SPDX-License-Identifier: Apache-2.0
#include "dataplane/receive/sessions.hpp"

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

SessionTable::SessionTable(uint32_t capacity, uint32_t window)
    : tags_(capacity),
      entries_(capacity),
      window_(window),
      states_(new uint8_t[size_t{capacity} * window]),
      set_mask_(capacity / kWays - 1),
      seed_(process_hash_seed()) {
    SWITCHYARD_ASSERT(std::has_single_bit(capacity) && capacity >= kWays);
    SWITCHYARD_ASSERT(std::has_single_bit(window));
}

/// Never 0, which marks an unused place.
uint64_t SessionTable::tag_of(const SessionKey& key) const {
    uint8_t bytes[26];
    std::memcpy(bytes, &key.session, 8);
    key.source.ip.store(bytes + 8);
    std::memcpy(bytes + 24, &key.source.port, 2);
    const uint64_t tag = mix_bytes(bytes, sizeof(bytes), seed_);
    return tag == 0 ? 1 : tag;
}

Session* SessionTable::find(const SessionKey& key) {
    const uint64_t tag = tag_of(key);
    const size_t set = set_of(tag);
    for (size_t i = set; i < set + kWays; ++i)
        if (tags_[i] == tag && entries_[i].key == key) return &entries_[i];
    return nullptr;
}

Session& SessionTable::place_for(const SessionKey& key) {
    const size_t set = set_of(tag_of(key));
    size_t oldest = set;
    for (size_t i = set; i < set + kWays; ++i) {
        if (entries_[i].id == 0) return entries_[i];
        if (entries_[i].last_used_ns < entries_[oldest].last_used_ns) oldest = i;
    }
    return entries_[oldest];
}

void SessionTable::open(Session& place, const SessionKey& key, uint32_t window) {
    SWITCHYARD_ASSERT(place.id == 0 && std::has_single_bit(window) && window <= window_);
    const size_t index = index_of(place);
    tags_[index] = tag_of(key);
    place = Session{};
    place.key = key;
    place.id = ++opened_;
    ++open_count_;
    place.verdicts = VerdictWindow({states_.get() + index * window_, window});
}

void SessionTable::close(Session& session) {
    SWITCHYARD_ASSERT(session.id != 0 && open_count_ != 0);
    tags_[index_of(session)] = 0;
    session.id = 0;
    --open_count_;
}

}  // namespace switchyard::dataplane
