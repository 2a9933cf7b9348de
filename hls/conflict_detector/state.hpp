// SPDX-License-Identifier: Apache-2.0
// What the kernel remembers: the key table, the lanes, and which block it is in.
#pragma once

#include <stdint.h>

#include "firmware/abi/conflict_detector.h"
#include "hls/conflict_detector/structure.hpp"

namespace switchyard {
namespace hls {

/// Modelled time, in the cost unit of the descriptors (gas). 65,536 transactions of at most
/// 2^32 - 1 each stay below 2^48.
typedef uint64_t Cost;
constexpr Cost kNever = ~Cost{0};

/// Per lane, how many of its transactions: a wait vector, 1,024 bits. 16 bits suffice because a
/// wait never exceeds the number of transactions before it in the block. Only the count after the
/// last transaction of the largest block wraps, and nobody waits for that one.
struct LaneVector {
    uint16_t lane[abi::kLanes];
};

/// Accesses of one entry that do not conflict with one another.
struct Epoch {
    LaneVector members;  // per lane, one past the place of the last member
    Cost finish;         // when the last member finishes
};

/// What is known about one key, or about all keys that overflowed one bucket. An access of the same
/// shared kind joins the current epoch and waits for the previous one; any other access waits for
/// the current one and opens a new one. The content counts only in its own generation.
struct Entry {
    Epoch current;
    Epoch previous;
    uint32_t generation;
    uint8_t kind;  // of the current epoch
};

/// The keys of one bucket. Slots of the current generation are filled from 0 upwards.
struct TagLine {
    uint64_t key[kSlots];
    uint32_t generation[kSlots];
};

constexpr uint32_t kEntries = abi::kBuckets * kSlots;  // bucket b, slot s: b * kSlots + s

/// Everything but the table: registers.
struct BlockState {
    Cost lane_free[abi::kLanes];       // when each lane has finished what it was given; else kNever
    uint32_t lane_count[abi::kLanes];  // transactions given to each lane
    Epoch floor;                       // the last barrier: everyone after it waits for these
    Cost makespan;

    uint32_t generation;  // tags and entries of any other one are empty; 0 after a reset

    // The block whose parts are being taken.
    bool open;
    uint64_t batch_id;
    uint64_t hash_seed;
    uint32_t next_part;
    uint32_t transactions;
    uint16_t lanes;
};

/// The two memories and the registers of one compute unit. After a reset `block` is zero; the
/// memories may hold anything.
struct DetectorState {
    TagLine tags[abi::kBuckets];
    Entry entries[kEntries];
    BlockState block;
};

}  // namespace hls
}  // namespace switchyard
