// SPDX-License-Identifier: Apache-2.0
// The steps of the schedule, each sized to be one pipeline: find a key's entry, fold what it asks
// for, choose the lane, record the access.
#pragma once

#include "hls/conflict_detector/state.hpp"
#include "hls/pragmas.hpp"

namespace switchyard {
namespace hls {

/// True when an access of `kind` does not conflict with an epoch of kind `epoch`.
inline bool joins(uint8_t epoch, uint8_t kind) {
    return epoch == kind && kind != abi::kAccessWrite;
}

inline void clear(LaneVector& vector) {
    HLS_LOOP(clear_lanes)
    for (uint32_t l = 0; l < abi::kLanes; ++l) {
        VITIS_HLS(UNROLL)  // 64 registers at once
        vector.lane[l] = 0;
    }
}

/// The slot of `key` in its bucket; takes a free one if the key is new, and the overflow slot if
/// there is none. Full slots come first, so that the first slot that is either free or holds the
/// key is the one.
inline uint32_t find_slot(TagLine& line, uint64_t key, uint32_t generation) {
    uint32_t slot = abi::kBucketWays;
    HLS_LOOP(ways)
    for (uint32_t w = abi::kBucketWays; w > 0; --w) {
        VITIS_HLS(UNROLL)  // the ways are compared side by side
        const bool free = line.generation[w - 1] != generation;
        const bool match = line.key[w - 1] == key;
        slot = free || match ? w - 1 : slot;
    }
    line.key[slot] = key;
    line.generation[slot] = generation;
    return slot;
}

/// What a transaction must wait for, as gathered so far.
struct Pending {
    LaneVector waits;
    Cost ready;  // when the last of them finishes
};

/// Adds what an access of `kind` to `entry` must wait for.
inline void gather(const Entry& entry, uint8_t kind, uint32_t generation, Pending& pending) {
    const bool live = entry.generation == generation;
    const bool join = joins(entry.kind, kind);
    const Cost finish = join ? entry.previous.finish : entry.current.finish;
    pending.ready = live && finish > pending.ready ? finish : pending.ready;
    HLS_LOOP(gather_lanes)
    for (uint32_t l = 0; l < abi::kLanes; ++l) {
        VITIS_HLS(UNROLL)  // 64 comparators of 16 bits, for one access per clock
        const uint16_t member =
            join ? entry.previous.members.lane[l] : entry.current.members.lane[l];
        pending.waits.lane[l] =
            live && member > pending.waits.lane[l] ? member : pending.waits.lane[l];
    }
}

/// Where and until when a transaction runs.
struct Placement {
    uint16_t lane;
    uint32_t place;
    Cost finish;
};

/// Makes the transaction a member of the entry's epoch of `kind`, a new one if it does not join.
inline void record(Entry& entry, uint8_t kind, uint32_t generation, const Placement& placement) {
    const bool live = entry.generation == generation;
    const bool join = live && joins(entry.kind, kind);
    const Cost kept = join ? entry.current.finish : 0;
    const Cost before = live ? entry.current.finish : 0;
    entry.previous.finish = join ? entry.previous.finish : before;
    entry.current.finish = placement.finish > kept ? placement.finish : kept;
    HLS_LOOP(record_lanes)
    for (uint32_t l = 0; l < abi::kLanes; ++l) {
        VITIS_HLS(UNROLL)  // both vectors are one wide word each, for one access per clock
        const uint16_t current = live ? entry.current.members.lane[l] : uint16_t{0};
        const uint16_t previous = entry.previous.members.lane[l];
        entry.previous.members.lane[l] = join ? previous : current;
        entry.current.members.lane[l] = join ? current : uint16_t{0};
    }
    entry.current.members.lane[placement.lane] = static_cast<uint16_t>(placement.place + 1);
    entry.kind = kind;
    entry.generation = generation;
}

struct Candidate {
    Cost start;  // when the transaction would start in this lane
    Cost free;   // since when the lane idles
    uint16_t lane;
};

/// The earlier start; of two equal ones, the lane that has idled the shorter; then the left one.
inline Candidate better(const Candidate& left, const Candidate& right) {
    const bool right_wins =
        right.start < left.start || (right.start == left.start && right.free > left.free);
    return right_wins ? right : left;
}

/// The best lane for a transaction that is ready at `ready`: a tree of 63 comparisons, 6 deep.
inline Candidate choose_lane(const Cost lane_free[abi::kLanes], Cost ready) {
    Candidate tree[abi::kLanes];
    VITIS_HLS(ARRAY_PARTITION variable = tree complete)  // registers: the tree has no memory port
    HLS_LOOP(leaves)
    for (uint32_t l = 0; l < abi::kLanes; ++l) {
        VITIS_HLS(UNROLL)
        tree[l].free = lane_free[l];
        tree[l].start = lane_free[l] > ready ? lane_free[l] : ready;
        tree[l].lane = static_cast<uint16_t>(l);
    }
    HLS_LOOP(levels)
    for (uint32_t width = abi::kLanes / 2; width > 0; width /= 2) {
        VITIS_HLS(UNROLL)  // six levels of comparators
        HLS_LOOP(pairs)
        for (uint32_t i = 0; i < width; ++i) {
            VITIS_HLS(UNROLL)
            // Neighbours, so that the left one always has the lower lane.
            tree[i] = better(tree[2 * i], tree[2 * i + 1]);
        }
    }
    return tree[0];
}

}  // namespace hls
}  // namespace switchyard
