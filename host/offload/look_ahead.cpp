// SPDX-License-Identifier: Apache-2.0
#include "host/offload/look_ahead.hpp"

#include <algorithm>

#include "firmware/abi/conflict_detector.h"
#include "host/core/limits.hpp"
#include "host/offload/conflict_detector.hpp"

namespace switchyard::offload {
namespace {

uint64_t weight(const AccessBatch& batch, uint32_t transaction) {
    return std::clamp<uint64_t>(batch.gas(transaction), 1, UINT32_MAX);
}

bool is_barrier(const AccessBatch& batch, uint32_t transaction) {
    return batch.keys(transaction).size() > abi::kAccessesPerTransaction;
}

/// Heap orders: the largest tail on top, of equal ones the earlier transaction; the first to finish
/// on top.
constexpr auto kLessUrgent = [](const auto& a, const auto& b) {
    return a.tail != b.tail ? a.tail < b.tail : a.transaction > b.transaction;
};
constexpr auto kLater = [](const auto& a, const auto& b) { return a.finish > b.finish; };

}  // namespace

inline uint64_t LookAhead::Key::tail_behind(AccessKind kind) const {
    uint64_t tail = 0;
    for (const AccessKind other : {AccessKind::Read, AccessKind::Write, AccessKind::Add})
        if (conflict(kind, other)) tail = std::max(tail, tails[static_cast<size_t>(other)]);
    return tail;
}

void LookAhead::arrange(const AccessBatch& batch, uint32_t lanes, AccessBatch& arranged) {
    const uint32_t transactions = batch.transaction_count();
    SWITCHYARD_ASSERT(lanes >= 1 && batch.access_count() <= kBatchAccessesMax &&
                      transactions <= kBlockTransactionsMax);
    order_.clear();
    tails_.resize(transactions);
    blockers_.assign(transactions, 0);
    index_.begin(batch.access_count());
    // A barrier conflicts with everything, so that nothing passes it.
    for (uint32_t begin = 0; begin < transactions;) {
        uint32_t end = begin;
        while (end < transactions && !is_barrier(batch, end))
            ++end;
        const Segment segment{begin, end};
        number_accesses(batch, segment);
        find_tails(batch, segment);
        find_epochs(batch, segment);
        run(batch, segment, lanes);
        if (end < transactions) order_.push_back(end++);
        begin = end;
    }
    arranged.clear();
    arranged.reserve(transactions, batch.access_count());
    for (const uint32_t i : order_) {
        arranged.begin_transaction(batch.gas(i));
        for (const KeyAccess& access : batch.keys(i))
            arranged.add(access.key, access.kind);
    }
}

void LookAhead::number_accesses(const AccessBatch& batch, Segment segment) {
    const uint32_t numbered_before = index_.count();
    access_begin_.assign(1, 0);
    accesses_.clear();
    for (uint32_t i = segment.begin; i < segment.end; ++i) {
        accesses_.resize(accesses_.size() + batch.keys(i).size(), {.transaction = i});
        access_begin_.push_back(static_cast<uint32_t>(accesses_.size()));
    }
    numbers_.resize(accesses_.size());
    index_.forget();
    if (!accesses_.empty())  // those of all transactions stand side by side
        index_.resolve({batch.keys(segment.begin).data(), accesses_.size()}, numbers_);
    for (size_t a = 0; a < accesses_.size(); ++a)
        accesses_[a].key = numbers_[a] - numbered_before;
    keys_.assign(index_.count() - numbered_before, {});
}

void LookAhead::find_tails(const AccessBatch& batch, Segment segment) {
    for (uint32_t i = segment.end; i-- > segment.begin;) {
        const Access* const own = accesses_.data() + access_begin_[i - segment.begin];
        const auto accesses = batch.keys(i);
        uint64_t tail = 0;
        for (size_t k = 0; k < accesses.size(); ++k)
            tail = std::max(tail, keys_[own[k].key].tail_behind(accesses[k].kind));
        tail += weight(batch, i);
        for (size_t k = 0; k < accesses.size(); ++k) {
            uint64_t& known = keys_[own[k].key].tails[static_cast<size_t>(accesses[k].kind)];
            known = std::max(known, tail);
        }
        tails_[i] = tail;
    }
}

void LookAhead::find_epochs(const AccessBatch& batch, Segment segment) {
    epochs_.clear();
    for (uint32_t i = segment.begin; i < segment.end; ++i) {
        const uint32_t begin = access_begin_[i - segment.begin];
        const auto accesses = batch.keys(i);
        for (uint32_t k = 0; k < accesses.size(); ++k)
            join(begin + k, accesses[k].kind);
    }
}

void LookAhead::join(uint32_t access, AccessKind kind) {
    Access& own = accesses_[access];
    Key& key = keys_[own.key];
    if (key.epoch == kNone) return open_epoch(access, kind);
    Epoch& epoch = epochs_[key.epoch];
    const bool again = accesses_[key.last_access].transaction == own.transaction;
    if (!again) {
        if (conflict(epoch.kind, kind)) return open_epoch(access, kind);
        own.epoch = key.epoch;
        own.next = epoch.first;
        epoch.first = access;
        ++epoch.members;
        key.last_access = access;
        if (!epoch.is_first) ++blockers_[own.transaction];
        return;
    }
    // The transaction accesses the key a second time. Of two kinds it counts as a writer, alone in
    // its epoch: it cannot wait for itself.
    if (epoch.kind == kind || epoch.kind == AccessKind::Write) return;
    if (epoch.members == 1) {
        epoch.kind = AccessKind::Write;
        return;
    }
    Access& before = accesses_[key.last_access];  // the newest member: first of the list
    epoch.first = before.next;
    --epoch.members;
    if (!epoch.is_first) --blockers_[own.transaction];
    before.next = kNone;
    open_epoch(key.last_access, AccessKind::Write);
}

/// A new epoch of the access's key, of which it is the first member.
void LookAhead::open_epoch(uint32_t access, AccessKind kind) {
    Access& own = accesses_[access];
    Key& key = keys_[own.key];
    const auto number = static_cast<uint32_t>(epochs_.size());
    const bool is_first = key.epoch == kNone;
    epochs_.push_back({.members = 1, .first = access, .is_first = is_first, .kind = kind});
    if (!is_first) {
        epochs_[key.epoch].next = number;
        ++blockers_[own.transaction];
    }
    own.epoch = number;
    key.epoch = number;
    key.last_access = access;
}

void LookAhead::run(const AccessBatch& batch, Segment segment, uint32_t lanes) {
    ready_.clear();
    running_.clear();
    for (uint32_t i = segment.begin; i < segment.end; ++i)
        if (blockers_[i] == 0) make_ready(i);
    uint64_t now = 0;
    uint32_t started = segment.begin;
    while (started < segment.end) {
        for (; running_.size() < lanes && !ready_.empty(); ++started) {
            std::ranges::pop_heap(ready_, kLessUrgent);
            const uint32_t i = ready_.back().transaction;
            ready_.pop_back();
            order_.push_back(i);
            running_.push_back({now + weight(batch, i), i});
            std::ranges::push_heap(running_, kLater);
        }
        // The first of those that did not start waits for nothing but transactions that did.
        SWITCHYARD_ASSERT(!running_.empty());
        now = running_.front().finish;
        while (!running_.empty() && running_.front().finish == now) {
            std::ranges::pop_heap(running_, kLater);
            const uint32_t i = running_.back().transaction;
            running_.pop_back();
            const uint32_t* const own = access_begin_.data() + (i - segment.begin);
            for (uint32_t a = own[0]; a < own[1]; ++a)
                if (accesses_[a].epoch != kNone) leave(accesses_[a].epoch);
        }
    }
}

/// A member of the epoch has ended. The last one opens the next epoch.
void LookAhead::leave(uint32_t epoch) {
    if (--epochs_[epoch].members != 0 || epochs_[epoch].next == kNone) return;
    for (uint32_t a = epochs_[epochs_[epoch].next].first; a != kNone; a = accesses_[a].next)
        if (--blockers_[accesses_[a].transaction] == 0) make_ready(accesses_[a].transaction);
}

void LookAhead::make_ready(uint32_t transaction) {
    ready_.push_back({tails_[transaction], transaction});
    std::ranges::push_heap(ready_, kLessUrgent);
}

}  // namespace switchyard::offload
