// SPDX-License-Identifier: Apache-2.0
// How good predictions were: what was predicted, what was accessed, and what of both is the same.
#pragma once

#include <cstdint>

namespace switchyard {

/// Distinct keys of the transactions that were compared.
struct KeyCounts {
    uint64_t predicted = 0;
    uint64_t accessed = 0;
    uint64_t both = 0;

    /// Of the predicted keys those that were accessed; 1 if none was predicted.
    [[nodiscard]] double precision() const { return ratio(both, predicted); }
    /// Of the accessed keys those that were predicted; 1 if there were none.
    [[nodiscard]] double recall() const { return ratio(both, accessed); }
    KeyCounts& operator+=(const KeyCounts& other) {
        predicted += other.predicted;
        accessed += other.accessed;
        both += other.both;
        return *this;
    }

  private:
    [[nodiscard]] static double ratio(uint64_t part, uint64_t whole) {
        return whole == 0 ? 1.0 : static_cast<double>(part) / static_cast<double>(whole);
    }
};

/// Counts of one block or of many.
struct PredictionStatistics {
    uint64_t transactions = 0;  ///< planned
    uint64_t templated = 0;     ///< of these: had a template
    uint64_t observed = 0;      ///< executions that were observed
    uint64_t compared = 0;      ///< transactions whose keys are counted below
    /// Storage slots, by their own keys.
    KeyCounts slots;
    /// Accounts whose balance or nonce mattered or changed, the sender's among them, without the
    /// block's beneficiary.
    KeyCounts accounts;

    PredictionStatistics& operator+=(const PredictionStatistics& other) {
        transactions += other.transactions;
        templated += other.templated;
        observed += other.observed;
        compared += other.compared;
        slots += other.slots;
        accounts += other.accounts;
        return *this;
    }
};

}  // namespace switchyard
