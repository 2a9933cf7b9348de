// SPDX-License-Identifier: Apache-2.0
// Rows of a state in memory, and a state in memory from rows.
#pragma once

#include <gtest/gtest.h>

#include <map>

#include "host/chain/hash.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/state_rows.hpp"

namespace switchyard::test {

/// The rows of `MemoryState::all()`; `fail_at` counts the calls and fails in that one.
class MemoryRows final : public StateRows {
  public:
    explicit MemoryRows(const MemoryState& state, uint64_t fail_at = UINT64_MAX)
        : changes_(state.all()), fail_at_(fail_at) {
        for (const AccountChange& change : changes_.accounts)
            if (change.account->has_code())
                codes_[change.account->code_hash] = state.code(change.account->code_hash);
        next_code_ = codes_.begin();
    }

    Result<bool> next_account(AccountRow& row) override {
        if (calls_++ == fail_at_) return Error{ErrorCode::Io, "injected"};
        if (account_ == changes_.accounts.size()) return false;
        const AccountChange& change = changes_.accounts[account_++];
        row = {change.address, *change.account};
        slot_ = change.storage_begin;
        slot_end_ = change.storage_begin + change.storage_count;
        return true;
    }
    Result<bool> next_slot(StorageChange& slot) override {
        if (calls_++ == fail_at_) return Error{ErrorCode::Io, "injected"};
        if (slot_ == slot_end_) return false;
        slot = changes_.storage[slot_++];
        return true;
    }
    Result<bool> next_code(CodeRow& row) override {
        if (calls_++ == fail_at_) return Error{ErrorCode::Io, "injected"};
        if (next_code_ == codes_.end()) return false;
        row = {next_code_->first, next_code_->second->bytes()};
        ++next_code_;
        return true;
    }

    [[nodiscard]] uint64_t calls() const { return calls_; }
    [[nodiscard]] StateCounts counts() const {
        return {changes_.accounts.size(), changes_.storage.size(), codes_.size()};
    }

  private:
    StateChanges changes_;
    std::map<Bytes32, CodePointer> codes_;
    std::map<Bytes32, CodePointer>::iterator next_code_;
    uint64_t fail_at_;
    uint64_t calls_ = 0;
    size_t account_ = 0;
    size_t slot_ = 0;
    size_t slot_end_ = 0;
};

/// Takes all rows and expects them to be exactly those of `model`, in order.
inline void expect_rows(StateRows& rows, const MemoryState& model, const std::string& where) {
    MemoryRows expected(model);
    AccountRow row, expected_row;
    for (uint64_t n = 0;; ++n) {
        const auto more = rows.next_account(row);
        ASSERT_TRUE(more) << where << ": " << more.error().message;
        ASSERT_EQ(*more, *expected.next_account(expected_row)) << where << ", account " << n;
        if (!*more) break;
        ASSERT_EQ(row.address, expected_row.address) << where << ", account " << n;
        ASSERT_EQ(row.account, expected_row.account) << where << ", account " << n;
        for (StorageChange slot, expected_slot;;) {
            const auto more_slots = rows.next_slot(slot);
            ASSERT_TRUE(more_slots) << where << ": " << more_slots.error().message;
            ASSERT_EQ(*more_slots, *expected.next_slot(expected_slot))
                << where << ", account " << n;
            if (!*more_slots) break;
            ASSERT_EQ(slot, expected_slot) << where << ", account " << n;
        }
    }
    for (CodeRow code, expected_code;;) {
        const auto more = rows.next_code(code);
        ASSERT_TRUE(more) << where << ": " << more.error().message;
        ASSERT_EQ(*more, *expected.next_code(expected_code)) << where;
        if (!*more) break;
        ASSERT_EQ(code.hash, expected_code.hash) << where;
        ASSERT_TRUE(equal(code.code, expected_code.code)) << where;
    }
}

}  // namespace switchyard::test
