// SPDX-License-Identifier: Apache-2.0
#include "host/state/snapshot/erasure_code.hpp"

#include <isa-l/erasure_code.h>

#include <vector>

#include "host/core/assert.hpp"

namespace switchyard::snapshot {
namespace {

constexpr size_t kTableBytes = 32;  // of ISA-L, for each coefficient

/// Row `i` of a matrix with `k` columns.
BytesView row_of(const Bytes& matrix, uint32_t i, uint32_t k) {
    return BytesView(matrix).subspan(size_t{i} * k, k);
}
void append(Bytes& out, BytesView row) {
    out.insert(out.end(), row.begin(), row.end());
}

Bytes tables_of(Bytes rows, uint32_t k) {
    const size_t count = rows.size() / k;
    Bytes out(kTableBytes * rows.size());
    ec_init_tables(static_cast<int>(k), static_cast<int>(count), rows.data(), out.data());
    return out;
}

// ISA-L reads tables and sources only; its signature predates const.
void multiply(const Bytes& tables, uint32_t k, std::vector<uint8_t*> sources,
              std::vector<uint8_t*> targets, size_t size) {
    if (targets.empty()) return;
    ec_encode_data(static_cast<int>(size), static_cast<int>(k), static_cast<int>(targets.size()),
                   const_cast<uint8_t*>(tables.data()), sources.data(), targets.data());
}

}  // namespace

ErasureCode::ErasureCode(uint32_t k, uint32_t m) : k_(k), m_(m), matrix_(size_t{k + m} * k) {
    gf_gen_cauchy1_matrix(matrix_.data(), static_cast<int>(k + m), static_cast<int>(k));
    parity_tables_ = tables_of(to_bytes(BytesView(matrix_).subspan(size_t{k} * k)), k);
}

void ErasureCode::encode(std::span<uint8_t* const> chunks, size_t size) const {
    SWITCHYARD_ASSERT(chunks.size() == k_ + m_);
    multiply(parity_tables_, k_, {chunks.begin(), chunks.begin() + k_},
             {chunks.begin() + k_, chunks.end()}, size);
}

Result<void> ErasureCode::recover(std::span<uint8_t* const> chunks,
                                  std::span<const uint8_t> present, size_t size) const {
    SWITCHYARD_ASSERT(chunks.size() == k_ + m_ && present.size() == k_ + m_);
    Bytes rows;  // of the matrix, for the first k chunks that are there
    std::vector<uint8_t*> sources;
    std::vector<uint8_t*> lost_data, lost_parity;
    Bytes lost_parity_rows;
    for (uint32_t i = 0; i < k_ + m_; ++i) {
        if (present[i] == 0) {
            (i < k_ ? lost_data : lost_parity).push_back(chunks[i]);
            if (i >= k_) append(lost_parity_rows, row_of(matrix_, i, k_));
        } else if (sources.size() < k_) {
            sources.push_back(chunks[i]);
            append(rows, row_of(matrix_, i, k_));
        }
    }
    if (sources.size() < k_)
        return Error{ErrorCode::Corrupt, std::to_string(sources.size()) + " of " +
                                             std::to_string(k_ + m_) + " chunks are sound and " +
                                             std::to_string(k_) + " are needed"};
    if (!lost_data.empty()) {
        Bytes inverse(rows.size());
        if (gf_invert_matrix(rows.data(), inverse.data(), static_cast<int>(k_)) != 0)
            return Error{ErrorCode::Internal, "a matrix of the erasure code has no inverse"};
        Bytes lost_rows;
        for (uint32_t i = 0; i < k_; ++i)
            if (present[i] == 0) append(lost_rows, row_of(inverse, i, k_));
        multiply(tables_of(std::move(lost_rows), k_), k_, sources, lost_data, size);
    }
    if (!lost_parity.empty())
        multiply(tables_of(std::move(lost_parity_rows), k_), k_,
                 {chunks.begin(), chunks.begin() + k_}, lost_parity, size);
    return {};
}

}  // namespace switchyard::snapshot
