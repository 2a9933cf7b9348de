// SPDX-License-Identifier: Apache-2.0
#include "host/offload/look_ahead.hpp"

#include <algorithm>
#include <numeric>

#include "firmware/abi/conflict_detector.h"
#include "host/core/limits.hpp"
#include "host/offload/conflict_detector.hpp"

namespace switchyard::offload {

inline uint64_t LookAhead::KeyTails::behind(AccessKind kind) const {
    switch (kind) {
        case AccessKind::Read:
            return std::max(write, add);
        case AccessKind::Add:
            return std::max(write, read);
        case AccessKind::Write:
            break;
    }
    return std::max({read, write, add});
}

inline void LookAhead::KeyTails::join(AccessKind kind, uint64_t tail) {
    uint64_t& own = kind == AccessKind::Read ? read : kind == AccessKind::Write ? write : add;
    own = std::max(own, tail);
}

void LookAhead::find_tails(const AccessBatch& batch) {
    const uint32_t transactions = batch.transaction_count();
    numbers_.resize(batch.access_count());
    index_.begin(batch.access_count());
    // The accesses of all transactions stand side by side.
    if (transactions != 0) index_.resolve({batch.keys(0).data(), batch.access_count()}, numbers_);
    keys_.assign(index_.count(), {});
    tails_.resize(transactions);
    uint64_t behind_barrier = 0;  // the largest tail of a later barrier
    uint64_t behind_all = 0;      // the largest tail of any later transaction
    size_t end = batch.access_count();
    for (uint32_t i = transactions; i-- > 0;) {
        const auto accesses = batch.keys(i);
        const size_t begin = end - accesses.size();
        const bool barrier = accesses.size() > abi::kAccessesPerTransaction;
        uint64_t behind = barrier ? behind_all : behind_barrier;
        if (!barrier)
            for (size_t k = 0; k < accesses.size(); ++k)
                behind = std::max(behind, keys_[numbers_[begin + k]].behind(accesses[k].kind));
        const uint64_t tail = behind + std::clamp<uint64_t>(batch.gas(i), 1, UINT32_MAX);
        if (barrier)
            behind_barrier = std::max(behind_barrier, tail);
        else
            for (size_t k = 0; k < accesses.size(); ++k)
                keys_[numbers_[begin + k]].join(accesses[k].kind, tail);
        behind_all = std::max(behind_all, tail);
        tails_[i] = tail;
        end = begin;
    }
}

void LookAhead::arrange(const AccessBatch& batch, AccessBatch& arranged) {
    SWITCHYARD_ASSERT(batch.access_count() <= kBatchAccessesMax &&
                      batch.transaction_count() <= kBlockTransactionsMax);
    find_tails(batch);
    order_.resize(batch.transaction_count());
    std::iota(order_.begin(), order_.end(), 0);
    std::ranges::sort(order_, [this](uint32_t a, uint32_t b) {
        return tails_[a] != tails_[b] ? tails_[a] > tails_[b] : a < b;
    });
    arranged.clear();
    arranged.reserve(batch.transaction_count(), batch.access_count());
    for (const uint32_t i : order_) {
        arranged.begin_transaction(batch.gas(i));
        for (const KeyAccess& access : batch.keys(i))
            arranged.add(access.key, access.kind);
    }
}

}  // namespace switchyard::offload
