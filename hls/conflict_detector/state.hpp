// SPDX-License-Identifier: Apache-2.0
// What the kernel remembers from one part to the next, process by process: memories, which may hold
// anything after a reset, and registers, which are zero then. Each belongs to one process alone.
#pragma once

#include "hls/conflict_detector/bank_memory.hpp"
#include "hls/conflict_detector/lanes.hpp"
#include "hls/conflict_detector/tokens.hpp"

namespace switchyard {
namespace hls {

// ---- frame ----

/// Which block the parts belong to, and how far the part at hand has been read.
struct FrameRegisters {
    bool open;
    uint64_t batch_id;
    uint64_t hash_seed;
    uint32_t next_part;
    uint32_t transactions;
    uint16_t lanes;

    bool answer;
    abi::Status status;
    uint32_t expected;
    uint32_t part_transactions;
    uint32_t position;  // of the descriptor within its transaction
    uint32_t cost;
};

// ---- spread ----

struct SpreadRegisters {
    bool busy;
    uint8_t left;  // keys of the descriptor that no round has taken yet
    Beat beat;
};

// ---- lookup ----

/// How an entry has been used. Counts only in its own generation.
struct Slot {
    uint32_t generation;
    uint16_t changer;     // the last transaction that used the entry
    Change change;        // what that transaction changed
    uint8_t kind;         // of the current epoch
    uint8_t kind_before;  // of the epoch that was current before that transaction
};

/// The keys of one bucket. Slots of the current generation are filled from 0 upwards; the last one
/// is for all keys that overflow.
struct TagLine {
    uint64_t key[kSlots];
    Slot slot[kSlots];
};

/// A block takes one generation and one more for each of its barriers.
constexpr uint32_t kLastGeneration = UINT32_MAX - 1 - abi::kBlockTransactions;

struct LookupRegisters {
    uint32_t generation;  // slots of any other one are empty; 0 after a reset
    uint16_t transaction;
    uint32_t overflowed;
    Bypass<TagLine, kTagBypass> bypass[kBanks];
};

// ---- place ----

/// When the last member of each epoch of an entry finishes, but for the change still to be made.
struct Times {
    Cost current;
    Cost previous;
};

/// One of the latest accesses of a bank: the change that was made by it, and the times before.
struct Visit {
    bool valid;
    uint16_t entry;
    uint16_t changer;
    Change change;
    Times before;
};

/// A placement in memory: 72 bits, as many as an UltraRAM is wide.
struct PlacementWord {
    uint64_t finish_and_place;  // 48 bits and 16
    uint8_t lane;
};

/// A circuit has a copy of the placements for each bank, as its memory has one port to read.
#if defined(__SYNTHESIS__) || defined(__VITIS_HLS__)
constexpr uint32_t kPlacementCopies = kBanks;
#else
constexpr uint32_t kPlacementCopies = 1;
#endif

struct PlaceRegisters {
    uint32_t transaction;
    // Of the transaction at hand, over its rounds so far: when it is ready, but for the late
    // transactions, and which of those it waits for as well, from the latest one back.
    Cost gathered;
    bool after[kLatePlacements];
    Cost floor;            // when the last barrier finishes: no one after it starts before
    bool floor_is_latest;  // the barrier was the latest transaction
    Cost settled;          // when all but the latest have finished
    Lanes lanes;
    Placement recent[kRecentPlacements];
    Bypass<Times, kEntryBypass> bypass[kBanks];
    Visit visits[kBanks][kEntryBypass];  // newest first
};

// ---- wait ----

/// The members of both epochs of an entry, but for the change still to be made: per lane, one past
/// the place of the last one.
struct Members {
    LaneVector current;
    LaneVector previous;
};

struct WaitRegisters {
    LaneVector counts;    // transactions given to each lane
    LaneVector floor;     // of these, up to the last barrier
    LaneVector gathered;  // of the transaction at hand, over its rounds so far
    Bypass<Members, kEntryBypass> bypass[kBanks];
};

// ---- format ----

struct FormatRegisters {
    PartBegin begin;
    uint32_t word;  // of the record
    uint32_t transaction;
    Plan plan;
    uint64_t check;
};

// ---- all of it ----

struct Memories {
    TagLine tags[kBanks][kBucketsPerBank];
    Times times[kBanks][kEntriesPerBank];
    PlacementWord placements[kPlacementCopies][abi::kBlockTransactions];
    Members members[kBanks][kEntriesPerBank];
};

struct Registers {
    FrameRegisters frame;
    SpreadRegisters spread;
    LookupRegisters lookup;
    PlaceRegisters place;
    WaitRegisters wait;
    FormatRegisters format;
};

/// One compute unit.
struct DetectorState {
    Memories memories;
    Registers registers;
};

}  // namespace hls
}  // namespace switchyard
