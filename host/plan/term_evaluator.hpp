// SPDX-License-Identifier: Apache-2.0
// Evaluates the terms of many transactions at once, so that what they hash goes through the vector
// lanes of one batch.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "host/plan/term.hpp"
#include "host/state/state_view.hpp"
#include "simd/keccak256.hpp"

namespace switchyard::plan {

/// Gives the value of every term of some graphs, each for one transaction. Reusable: allocates
/// nothing once it has seen its largest batch. One thread.
class TermEvaluator {
  public:
    /// Enough for every vector lane in every round of hashing, few enough to stay in the cache.
    static constexpr size_t kJobsMax = 128;

    struct Job {
        const TermGraph* graph = nullptr;
        TransactionFacts facts;
    };

    TermEvaluator() : seed_(process_hash_seed()) {}

    /// Starts a block over `parent`, the state before it, which is read from the calling thread
    /// until the next call and must outlive it.
    void begin_block(const BlockFacts& block, const StateView& parent);
    /// At most `kJobsMax` jobs. Cost: one pass over the terms for each level of hashing, and one
    /// read of the state for each `Load` that this block has not asked for lately.
    void evaluate(std::span<const Job> jobs);
    /// The values of the terms of job `i` of the last `evaluate`.
    [[nodiscard]] std::span<const Uint256> values(size_t i) const {
        return std::span(values_).subspan(begins_[i], begins_[i + 1] - begins_[i]);
    }

  private:
    struct CachedLoad {
        Address account;
        Uint256 slot;
        Uint256 value;
        uint64_t generation = 0;
    };
    static constexpr size_t kCachedLoads = 1024;

    [[nodiscard]] Uint256 load(const Uint256& account, const Uint256& slot);
    [[nodiscard]] Uint256 value_of(const Job& job, const Term& term, const Uint256* values);
    void add_message(const Job& job, const Term& term, const Uint256* values, Uint256* result);
    void hash_messages();

    BlockFacts block_;
    const StateView* parent_ = nullptr;
    uint64_t seed_;
    uint64_t generation_ = 0;
    std::vector<CachedLoad> cache_;
    std::vector<Uint256> values_;  ///< of all jobs, one after another
    std::array<size_t, kJobsMax + 1> begins_{};

    struct Message {
        size_t begin;
        size_t blocks;
        Uint256* result;
    };
    std::vector<Message> messages_;
    std::vector<uint8_t> bytes_;  ///< padded messages
    size_t bytes_used_ = 0;
    std::vector<Bytes32> digests_;
    std::vector<simd::PaddedMessage> padded_;
};

}  // namespace switchyard::plan
