// SPDX-License-Identifier: Apache-2.0
// Reed-Solomon over the chunks of a stripe, by ISA-L; the matrix is in `format.hpp`.
#pragma once

#include <cstdint>
#include <span>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::snapshot {

/// `k` data and `m` parity chunks of equal length, 1 to `kDataShardsMax` and `kParityShardsMax`.
/// One object for any number of threads.
class ErasureCode {
  public:
    ErasureCode(uint32_t k, uint32_t m);

    /// Computes the chunks k to k + m - 1 from those before. `chunks`: k + m pointers to `size`
    /// bytes each.
    void encode(std::span<uint8_t* const> chunks, size_t size) const;
    /// Computes every chunk i with `present[i]` false from those that are there. `Corrupt` when
    /// fewer than k are.
    [[nodiscard]] Result<void> recover(std::span<uint8_t* const> chunks,
                                       std::span<const uint8_t> present, size_t size) const;

  private:
    uint32_t k_;
    uint32_t m_;
    Bytes matrix_;         ///< k + m rows of k
    Bytes parity_tables_;  ///< ISA-L's form of the last m rows
};

}  // namespace switchyard::snapshot
