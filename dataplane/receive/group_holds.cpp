// SPDX-License-Identifier: Apache-2.0
#include "dataplane/receive/group_holds.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "dataplane/protocol/big_endian.hpp"
#include "host/core/assert.hpp"

namespace switchyard::dataplane {
namespace {

constexpr size_t kExpirePerCall = 4;

constexpr uint64_t first_bits(size_t count) {
    return (uint64_t{1} << count) - 1;
}
constexpr uint64_t kDataBits = first_bits(kGroupDataMax);

}  // namespace

GroupHolds::GroupHolds(const GroupConfig& config)
    : config_(config),
      holds_(config.groups),
      scratch_(new uint8_t[kGroupDataMax * kShardBytesMax]),
      rebuilt_bytes_(new uint8_t[size_t{config.rebuilt_slots} * kShardBytesMax]),
      rebuilt_(config.rebuilt_slots),
      waiting_(config.rebuilt_slots) {
    free_holds_.reserve(config.groups);
    for (uint32_t i = config.groups; i-- > 0;)
        free_holds_.push_back(i);
    free_rebuilt_.reserve(config.rebuilt_slots);
    for (uint32_t i = config.rebuilt_slots; i-- > 0;)
        free_rebuilt_.push_back(i);
    unheld_.reserve(config.frames_held + kPositions);
}

GroupHolds::Hold* GroupHolds::open(SessionGroup& group, uint64_t owner, uint64_t now_ns) {
    if (free_holds_.empty()) return nullptr;
    group.state = SessionGroup::State::Open;
    group.index = free_holds_.back();
    free_holds_.pop_back();
    Hold& hold = holds_[group.index];
    hold.group = &group;
    hold.owner = owner;
    hold.opened_ns = now_ns;
    hold.data = 0;
    hold.shard_bytes = 0;
    hold.have = 0;
    return &hold;
}

/// Whether k, S and the lengths of all shards make one group.
bool GroupHolds::agrees(const Hold& hold, const DatagramHeader& header,
                        const ParsedBody* parity) const {
    const uint64_t have_data = hold.have & kDataBits;
    if (parity != nullptr) {
        const size_t k = parity->group_data;
        if (header.position - kGroupDataMax >= parity->group_parity) return false;
        if ((hold.data != 0 && hold.data != k) || have_data >= (uint64_t{1} << k)) return false;
        if (hold.shard_bytes != 0) return hold.shard_bytes == parity->shard.size();
        for (uint64_t bits = have_data; bits != 0; bits &= bits - 1) {
            const auto i = static_cast<size_t>(std::countr_zero(bits));
            if (kShardHeaderBytes + hold.shards[i].bytes.size() > parity->shard.size())
                return false;
        }
        return true;
    }
    if (hold.data != 0 && header.position >= hold.data) return false;
    if (header.last_data) {
        const size_t k = size_t{header.position} + 1;
        if ((hold.data != 0 && hold.data != k) || have_data >= (uint64_t{1} << k)) return false;
    }
    return hold.shard_bytes == 0 || kShardHeaderBytes + header.body.size() <= hold.shard_bytes;
}

GroupOutcome GroupHolds::add(SessionGroups& groups, uint64_t owner, const DatagramHeader& header,
                             const ParsedBody* parity, uint32_t frame, uint64_t now_ns) {
    using State = SessionGroup::State;
    SessionGroup& group = groups[header.group % kGroupsPerSession];
    if (group.state != State::Unused && group.number != header.group) {
        // Numbers wrap: what is less than half of them ahead is newer.
        if (header.group - group.number > UINT32_MAX / 2) return GroupOutcome::NotHeld;
        if (group.state == State::Open) {
            ++given_up_;
            close(holds_[group.index], kNoFrame);
        }
        group.state = State::Unused;
    }
    if (group.state == State::Closed) return GroupOutcome::NotHeld;
    Hold* hold = nullptr;
    if (group.state == State::Unused) {
        group.number = header.group;
        hold = open(group, owner, now_ns);
        if (hold == nullptr) {
            group.state = State::Closed;
            ++unprotected_;
            return GroupOutcome::NotHeld;
        }
    } else {
        hold = &holds_[group.index];
    }
    const uint64_t bit = uint64_t{1} << header.position;
    if ((hold->have & bit) != 0) return GroupOutcome::NotHeld;
    if (!agrees(*hold, header, parity)) return GroupOutcome::Mismatch;
    hold->have |= bit;
    hold->shards[header.position] = {.bytes = parity != nullptr ? parity->shard : header.body,
                                     .kind = header.kind,
                                     .frame = frame};
    if (parity != nullptr) {
        hold->data = parity->group_data;
        hold->shard_bytes = static_cast<uint16_t>(parity->shard.size());
    } else if (header.last_data) {
        hold->data = static_cast<uint8_t>(header.position + 1);
    }
    if (hold->data != 0) {
        if ((hold->have & kDataBits) == first_bits(hold->data)) {
            close(*hold, frame);
            return GroupOutcome::Completed;
        }
        if (static_cast<unsigned>(std::popcount(hold->have)) >= hold->data) {
            const bool rebuilt = rebuild(*hold);
            if (!rebuilt) ++given_up_;
            close(*hold, frame);
            return rebuilt ? GroupOutcome::Rebuilt : GroupOutcome::NotHeld;
        }
    }
    if (frame == kNoFrame || frames_held_ >= config_.frames_held) {
        // Without this shard the group is of less use, but what it has may still do.
        hold->have &= ~bit;
        ++unprotected_;
        return GroupOutcome::NotHeld;
    }
    ++frames_held_;
    return GroupOutcome::Held;
}

bool GroupHolds::rebuild(Hold& hold) {
    const size_t k = hold.data;
    const size_t size = hold.shard_bytes;
    const size_t lost_count = k - static_cast<size_t>(std::popcount(hold.have & kDataBits));
    if (free_rebuilt_.size() < lost_count || size > kShardBytesMax) return false;
    std::array<const uint8_t*, kGroupDataMax> data{};
    std::array<const uint8_t*, kGroupParityMax> parity{};
    std::array<uint8_t*, kGroupDataMax> lost{};
    size_t lost_index = 0;
    for (size_t i = 0; i < k; ++i) {
        if ((hold.have >> i & 1) == 0) {
            lost[lost_index] = rebuilt_buffer(free_rebuilt_[free_rebuilt_.size() - 1 - lost_index]);
            ++lost_index;
            continue;
        }
        const Shard& shard = hold.shards[i];
        uint8_t* const out = scratch_.get() + i * kShardBytesMax;
        out[0] = static_cast<uint8_t>(shard.kind);
        out[1] = 0;
        store_be16(out + 2, static_cast<uint16_t>(shard.bytes.size()));
        std::memcpy(out + kShardHeaderBytes, shard.bytes.data(), shard.bytes.size());
        const size_t used = kShardHeaderBytes + shard.bytes.size();
        std::memset(out + used, 0, size - used);
        data[i] = out;
    }
    for (size_t j = 0; j < kGroupParityMax; ++j)
        if ((hold.have >> (kGroupDataMax + j) & 1) != 0)
            parity[j] = hold.shards[kGroupDataMax + j].bytes.data();
    if (!code_.rebuild(std::span{data}.first(k), parity, std::span{lost}.first(lost_count), size))
        return false;
    for (size_t i = 0; i < lost_count; ++i) {
        const uint32_t slot = free_rebuilt_.back();
        free_rebuilt_.pop_back();
        const uint8_t* shard = rebuilt_buffer(slot);
        // A length that its shard does not hold becomes an empty body, which no kind accepts.
        const size_t length = load_be16(shard + 2);
        const bool fits = shard[1] == 0 && kShardHeaderBytes + length <= size;
        rebuilt_[slot] = {.kind = static_cast<FrameKind>(shard[0]),
                          .length = static_cast<uint16_t>(fits ? length : 0),
                          .owner = hold.owner};
        waiting_[(waiting_begin_ + waiting_count_++) % waiting_.size()] = slot;
    }
    datagrams_rebuilt_ += lost_count;
    return true;
}

/// Ends a group; every frame that it held is named in `unheld`, but not `except`, which is the
/// caller's at this moment.
void GroupHolds::close(Hold& hold, uint32_t except) {
    for (uint64_t bits = hold.have; bits != 0; bits &= bits - 1) {
        const uint32_t frame = hold.shards[static_cast<size_t>(std::countr_zero(bits))].frame;
        if (frame == except || frame == kNoFrame) continue;
        unheld_.push_back(frame);
        --frames_held_;
    }
    hold.group->state = SessionGroup::State::Closed;
    free_holds_.push_back(static_cast<uint32_t>(&hold - holds_.data()));
    hold.group = nullptr;
}

void GroupHolds::close_all(SessionGroups& groups) {
    for (SessionGroup& group : groups) {
        if (group.state == SessionGroup::State::Open) {
            ++given_up_;
            close(holds_[group.index], kNoFrame);
        }
        group.state = SessionGroup::State::Unused;
    }
}

void GroupHolds::expire_some(uint64_t now_ns) {
    for (size_t i = 0; i < kExpirePerCall && free_holds_.size() != holds_.size(); ++i) {
        cursor_ = cursor_ + 1 < holds_.size() ? cursor_ + 1 : 0;
        Hold& hold = holds_[cursor_];
        if (hold.group == nullptr || now_ns < hold.opened_ns + config_.timeout_ns) continue;
        ++given_up_;
        close(hold, kNoFrame);
    }
}

bool GroupHolds::next_rebuilt(RebuiltDatagram& out) const {
    if (waiting_count_ == 0) return false;
    out.slot = waiting_[waiting_begin_];
    const RebuiltSlot& slot = rebuilt_[out.slot];
    out.kind = slot.kind;
    out.body = {rebuilt_buffer(out.slot) + kShardHeaderBytes, slot.length};
    out.owner = slot.owner;
    return true;
}

void GroupHolds::pop_rebuilt() {
    SWITCHYARD_ASSERT(waiting_count_ != 0);
    waiting_begin_ = (waiting_begin_ + 1) % waiting_.size();
    --waiting_count_;
}

void GroupHolds::release_rebuilt(uint32_t slot) {
    SWITCHYARD_ASSERT(slot < rebuilt_.size() && free_rebuilt_.size() < rebuilt_.size());
    free_rebuilt_.push_back(slot);
}

uint32_t GroupHolds::open_groups() const {
    return static_cast<uint32_t>(holds_.size() - free_holds_.size());
}

uint32_t GroupHolds::rebuilt_in_use() const {
    return static_cast<uint32_t>(rebuilt_.size() - free_rebuilt_.size());
}

}  // namespace switchyard::dataplane
