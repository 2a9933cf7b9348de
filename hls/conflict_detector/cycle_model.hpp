// SPDX-License-Identifier: Apache-2.0
// How many clocks the kernel would take, and what it would occupy, counted from its structure
// (structure.hpp). Modelled, not measured: no synthesis tool has confirmed the intervals or the
// clock. Never synthesized.
#pragma once

#include <stdint.h>

#include <map>
#include <vector>

#include "hls/conflict_detector/golden_model.hpp"
#include "hls/conflict_detector/structure.hpp"

namespace switchyard {
namespace hls {

/// What one part that holds all transactions added so far would take.
struct CycleReport {
    uint64_t cycles = 0;       // from start to done
    uint64_t fill_cycles = 0;  // of these, once for each part: memory trips and pipeline depths
    uint64_t transactions = 0;
    uint64_t keys = 0;
    uint64_t descriptors = 0;  // input beats
    uint64_t rounds = 0;       // clocks in which banks were read
    uint64_t words = 0;        // output beats

    uint64_t bank_stalls = 0;  // rounds after a descriptor's first: keys of one bank take turns
    /// Clocks in which placing waited for the transaction before it. None at an interval of 1: a
    /// dependence is then forwarded without a stall, whatever the keys.
    uint64_t dependence_stalls = 0;
    uint64_t memory_stalls = 0;  // clocks in which a process waited for card memory
    uint64_t bypassed = 0;       // accesses that took their entry from registers, not from memory
    uint64_t forwarded = 0;      // transactions that share an entry with the one before

    double keys_per_second(uint32_t clock_hz = kClockHz) const;
    double transactions_per_second(uint32_t clock_hz = kClockHz) const;
};

/// Follows the tokens of a trace of transactions through the processes and the bounded streams
/// between them. A process takes a token when it is ready, the token is there and its output has
/// room; each of these times is a maximum of earlier ones plus an interval. Not thread-safe.
class CycleModel {
  public:
    /// `lanes`: 1 to 64, decides how many words a record has. `placing_interval`: clocks from one
    /// round to the next in the process that chooses lanes; the code aims at 1. Pass 2 or more to
    /// see what a synthesis would cost that does not close that loop in one clock.
    CycleModel(uint32_t lanes, uint64_t hash_seed, uint32_t placing_interval = kPlacingInterval);

    /// Adds the next transaction of the block; any number of accesses (a barrier if they are more
    /// than abi::kAccessesPerTransaction). `cost` has no influence on time.
    void add(const std::vector<ModelAccess>& accesses, uint64_t cost);

    CycleReport report() const;

  private:
    /// Completion times of the last tokens of a stream, as many as it is deep.
    class Ring {
      public:
        explicit Ring(uint32_t depth) : times_(depth, 0) {}
        uint64_t oldest() const { return times_[next_]; }
        uint64_t latest() const { return times_[(next_ + times_.size() - 1) % times_.size()]; }
        void push(uint64_t time) {
            times_[next_] = time;
            next_ = (next_ + 1) % times_.size();
        }

      private:
        std::vector<uint64_t> times_;
        size_t next_ = 0;
    };
    struct Bucket {
        std::vector<uint64_t> keys;
        uint64_t last_transaction[kSlots] = {};  // one more than its number
    };

    void take_round(bool first_of_descriptor, bool last_of_transaction);
    void store_record();
    void touch(uint64_t key, bool& shares_with_last);

    uint64_t hash_seed_;
    uint32_t record_words_;
    uint64_t placing_ticks_;
    std::map<uint32_t, Bucket> buckets_;
    std::vector<std::vector<uint32_t>> recent_;  // per bank, the entries in the bypass registers
    Ring fetched_;  // all times in ticks, so that a beat of card memory is a whole number of them
    Ring spread_;
    Ring spread_begun_;  // per descriptor
    Ring placed_;
    Ring waited_;
    Ring record_begun_;  // per record
    Ring stored_;
    uint64_t input_wait_ticks_ = 0;
    uint64_t output_wait_ticks_ = 0;
    uint64_t dependence_ticks_ = 0;
    CycleReport report_;
};

/// What a part of the kernel occupies. Memories are counted from their declarations; lookup tables
/// and flip-flops are estimated by `how`.
struct ResourceUse {
    const char* part;
    uint32_t uram;
    uint32_t bram36;
    uint32_t dsp;
    uint32_t lut;
    uint32_t ff;
    const char* how;
};

/// One line for each part of the kernel; the last one is their sum.
std::vector<ResourceUse> resource_use();

/// What the cards offer, platform included (AMD DS965 and DS978). `how` names the card.
extern const ResourceUse kAlveoU50;
extern const ResourceUse kAlveoU55C;

}  // namespace hls
}  // namespace switchyard
