// SPDX-License-Identifier: Apache-2.0
// Reed-Solomon over the shards of a group of datagrams, by ISA-L.
//
// One code serves every group: 32 data and 16 parity places over GF(2^8) with the polynomial
// x^8 + x^4 + x^3 + x^2 + 1 (0x11D). Parity j of the data d is, byte by byte,
//
//   p[j] = sum over i of  1 / ((32 + j) xor i) * d[i]        (gf_gen_cauchy1_matrix(48, 32))
//
// A group of k < 32 data shards leaves the others zero, and one of m < 16 parity shards does not
// send the others. So parity does not depend on k, and a sender may end a group at any shard. Every
// square part of a Cauchy matrix has an inverse (Bloemer et al., An XOR-based erasure-resilient
// coding scheme, 1995): any k of the k + m shards give the rest.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace switchyard::dataplane {

inline constexpr size_t kGroupDataMax = 32;
inline constexpr size_t kGroupParityMax = 16;

/// Computes parity and lost data. Allocates nothing; about 50 KiB, so keep it out of the stack. One
/// thread: it keeps tables between calls.
class GroupCode {
  public:
    GroupCode();

    /// Fills `parity` (1 to 16 shards) from `data` (1 to 32 shards); each shard has `size` bytes, 1
    /// to 65,535, at any alignment. No shard may overlap another.
    void encode(std::span<const uint8_t* const> data, std::span<uint8_t* const> parity,
                size_t size);

    /// Computes the data shards that are lost. `data[i]` is null when shard i is lost, `parity[j]`
    /// (1 to 16 places) when that one did not come; `lost` has one shard to fill for each null of
    /// `data`, in order. False, and nothing is written, when fewer parity shards are there than
    /// data shards are lost.
    [[nodiscard]] bool rebuild(std::span<const uint8_t* const> data,
                               std::span<const uint8_t* const> parity,
                               std::span<uint8_t* const> lost, size_t size);

  private:
    static constexpr size_t kTableBytes = 32;  // of ISA-L, for each coefficient
    static constexpr size_t kTables = kGroupDataMax * kGroupParityMax * kTableBytes;

    [[nodiscard]] uint8_t coefficient(size_t parity, size_t data) const {
        return matrix_[(kGroupDataMax + parity) * kGroupDataMax + data];
    }

    std::array<uint8_t, (kGroupDataMax + kGroupParityMax) * kGroupDataMax> matrix_;
    // Of the group's shape that was encoded last: a sender's groups are mostly of one shape.
    size_t encode_data_ = 0;
    size_t encode_parity_ = 0;
    std::array<uint8_t, kTables> encode_tables_;
    std::array<uint8_t, kTables> rebuild_tables_;
};

}  // namespace switchyard::dataplane
