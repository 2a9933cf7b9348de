// SPDX-License-Identifier: Apache-2.0
#include "dataplane/erasure/group_code.hpp"

#include <isa-l/erasure_code.h>

#include <algorithm>

#include "host/core/assert.hpp"

namespace switchyard::dataplane {
namespace {

// ISA-L reads tables and sources only; its signature predates const.
void multiply(size_t size, std::span<const uint8_t* const> sources, std::span<uint8_t> tables,
              std::span<uint8_t* const> targets) {
    ec_encode_data(static_cast<int>(size), static_cast<int>(sources.size()),
                   static_cast<int>(targets.size()), tables.data(),
                   const_cast<uint8_t**>(sources.data()), const_cast<uint8_t**>(targets.data()));
}

}  // namespace

GroupCode::GroupCode() {
    gf_gen_cauchy1_matrix(matrix_.data(), static_cast<int>(kGroupDataMax + kGroupParityMax),
                          static_cast<int>(kGroupDataMax));
}

void GroupCode::encode(std::span<const uint8_t* const> data, std::span<uint8_t* const> parity,
                       size_t size) {
    const size_t k = data.size();
    const size_t m = parity.size();
    SWITCHYARD_ASSERT(k >= 1 && k <= kGroupDataMax && m >= 1 && m <= kGroupParityMax);
    if (k != encode_data_ || m != encode_parity_) {
        std::array<uint8_t, kGroupDataMax * kGroupParityMax> rows;
        for (size_t j = 0; j < m; ++j)
            for (size_t i = 0; i < k; ++i)
                rows[j * k + i] = coefficient(j, i);
        ec_init_tables(static_cast<int>(k), static_cast<int>(m), rows.data(),
                       encode_tables_.data());
        encode_data_ = k;
        encode_parity_ = m;
    }
    multiply(size, data, encode_tables_, parity);
}

// Solves only for what is lost. With L the lost data, e = |L|, and e parity shards that came:
//   p = C_known d_known + C_L d_L   =>   d_L = inverse(C_L) (p + C_known d_known),
// so an e-by-e matrix is inverted instead of a k-by-k one.
bool GroupCode::rebuild(std::span<const uint8_t* const> data,
                        std::span<const uint8_t* const> parity, std::span<uint8_t* const> lost,
                        size_t size) {
    const size_t k = data.size();
    SWITCHYARD_ASSERT(k >= 1 && k <= kGroupDataMax && parity.size() <= kGroupParityMax);
    std::array<size_t, kGroupDataMax> lost_index;
    std::array<size_t, kGroupDataMax> known_index;
    std::array<const uint8_t*, kGroupDataMax> sources;
    size_t e = 0;
    size_t known = 0;
    for (size_t i = 0; i < k; ++i) {
        if (data[i] == nullptr) {
            lost_index[e++] = i;
        } else {
            sources[known] = data[i];
            known_index[known++] = i;
        }
    }
    SWITCHYARD_ASSERT(lost.size() == e);
    if (e == 0) return true;
    if (e > kGroupParityMax) return false;
    std::array<size_t, kGroupParityMax> rows;
    size_t found = 0;
    for (size_t j = 0; j < parity.size() && found < e; ++j) {
        if (parity[j] == nullptr) continue;
        // The sources are k in all: what is known, then as many parity shards as are lost.
        sources[known + found] = parity[j];
        rows[found++] = j;
    }
    if (found < e) return false;

    std::array<uint8_t, kGroupParityMax * kGroupParityMax> part;
    std::array<uint8_t, kGroupParityMax * kGroupParityMax> inverse;
    for (size_t r = 0; r < e; ++r)
        for (size_t c = 0; c < e; ++c)
            part[r * e + c] = coefficient(rows[r], lost_index[c]);
    if (gf_invert_matrix(part.data(), inverse.data(), static_cast<int>(e)) != 0) return false;

    std::array<uint8_t, kGroupDataMax * kGroupParityMax> combined;
    for (size_t r = 0; r < e; ++r) {
        for (size_t c = 0; c < known; ++c) {
            uint8_t sum = 0;
            for (size_t t = 0; t < e; ++t)
                sum = static_cast<uint8_t>(
                    sum ^ gf_mul(inverse[r * e + t], coefficient(rows[t], known_index[c])));
            combined[r * k + c] = sum;
        }
        for (size_t c = 0; c < e; ++c)
            combined[r * k + known + c] = inverse[r * e + c];
    }
    ec_init_tables(static_cast<int>(k), static_cast<int>(e), combined.data(),
                   rebuild_tables_.data());
    multiply(size, std::span{sources}.first(k), rebuild_tables_, lost);
    return true;
}

}  // namespace switchyard::dataplane
