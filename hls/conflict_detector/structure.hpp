// SPDX-License-Identifier: Apache-2.0
// The numbers that the kernel's structure consists of: banks, depths, intervals, latencies. The
// kernel is built from them and the cycle model counts with them; neither has any of its own.
#pragma once

#include <stdint.h>

#include "firmware/abi/conflict_detector.h"

namespace switchyard {
namespace hls {

// ---- The key table ----

/// A bucket's low bits name its bank. Each bank has its own memories, so that one clock serves one
/// key in every bank.
constexpr uint32_t kBankBits = 3;
constexpr uint32_t kBanks = 1u << kBankBits;
/// The last slot of a bucket is its overflow entry.
constexpr uint32_t kSlots = abi::kBucketWays + 1;
constexpr uint32_t kBucketsPerBank = abi::kBuckets / kBanks;
constexpr uint32_t kEntriesPerBank = kBucketsPerBank * kSlots;
static_assert(abi::kBucketBits > kBankBits, "each bank has two buckets or more");

constexpr uint32_t bank_of(uint32_t bucket) {
    return bucket % kBanks;
}

// ---- Bypasses ----

/// Writes of a bank's memory that are also held in registers: a read within this many accesses
/// takes them from there. It covers a block memory's read and write with one output register each.
constexpr uint32_t kTagBypass = 3;
/// The same for the entries, in UltraRAM with two output registers.
constexpr uint32_t kEntryBypass = 4;
/// Placements of the latest transactions that are held in registers. The memory behind them is 16
/// UltraRAMs deep, with a register for every four.
constexpr uint32_t kRecentPlacements = 8;
/// Of these, the ones whose finishes go round the tree that finds out when a transaction is ready
/// (pipeline.md, the loops).
constexpr uint32_t kLatePlacements = 3;
static_assert(kLatePlacements >= 1 && kLatePlacements <= kRecentPlacements, "late ones are recent");

// ---- Streams between the processes: tokens ----

/// Beats on their way from memory: a burst of 64 may arrive while the rest is held up.
constexpr uint32_t kBeatDepth = 64;
/// Rounds between lookup, placing and waiting: more than the depth of any of their pipelines.
constexpr uint32_t kRoundDepth = 16;
/// Plans and record words on their way out.
constexpr uint32_t kPlanDepth = 16;
constexpr uint32_t kWordDepth = 64;

// ---- Intervals: clocks from one token to the next, as the loops are written ----

constexpr uint32_t kClockHz = 250000000;
constexpr uint32_t kSpreadInterval = 1;   // per round
constexpr uint32_t kLookupInterval = 1;   // per round
constexpr uint32_t kPlacingInterval = 1;  // per round
constexpr uint32_t kWaitingInterval = 1;  // per round
constexpr uint32_t kFormatInterval = 1;   // per word
/// Beats that card memory moves in 16 clocks on one port. A pseudo channel of the Alveo's HBM has
/// 14.375 GB/s in theory (AMD UG1393, HBM configuration and use), a 64-byte beat per clock at 250
/// MHz is 16 GB/s; 12 of 16 leaves a sixth of the theory for refresh and the switch.
constexpr uint32_t kBeatsPer16Clocks = 12;

// ---- Latencies, in clocks: expected depths of the pipelines; they count once for each part ----

constexpr uint32_t kFetchLatency = 2 * 64;  // header, then first descriptor: two trips to memory
constexpr uint32_t kFrameLatency = 8;       // checks, and a 64-bit multiplication for each key
constexpr uint32_t kSpreadLatency = 3;
constexpr uint32_t kLookupLatency = 6;
constexpr uint32_t kPlacingLatency = 12;
constexpr uint32_t kWaitingLatency = 10;
constexpr uint32_t kFormatLatency = 3;
constexpr uint32_t kStoreLatency = 2 * 64;  // last record, then the header that says so
constexpr uint32_t kFillLatency = kFetchLatency + kFrameLatency + kSpreadLatency + kLookupLatency +
                                  kPlacingLatency + kWaitingLatency + kFormatLatency +
                                  kStoreLatency;

}  // namespace hls
}  // namespace switchyard
