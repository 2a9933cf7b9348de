// SPDX-License-Identifier: Apache-2.0
// Byte strings that stand for transactions, each with the verdict that a consumer is to give it.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/transaction_source.hpp"

namespace switchyard::soak {

/// A fixed set: most of 90 to 400 bytes, one in 64 of 2 to 128 KiB. One thread or constant.
class IngestStock {
  public:
    explicit IngestStock(uint64_t seed);

    [[nodiscard]] BytesView bytes(size_t index) const { return entries_[index]; }
    [[nodiscard]] Verdict verdict(size_t index) const {
        return static_cast<Verdict>(entries_[index].back() % kVerdictCount);
    }
    /// The entry that equals `bytes`; none when they are not of this set, or damaged.
    [[nodiscard]] std::optional<size_t> find(BytesView bytes) const;

    /// An entry at random; a large one once in 2,000.
    [[nodiscard]] size_t draw(std::mt19937_64& random) const;

  private:
    std::vector<Bytes> entries_;
};

}  // namespace switchyard::soak
