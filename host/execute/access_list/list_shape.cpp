// SPDX-License-Identifier: Apache-2.0
#include "host/execute/access_list/list_shape.hpp"

#include <string>

#include "host/core/hex.hpp"

namespace switchyard::execute {
namespace {

using Range = BlockAccessList::Range;

/// Follows the ranges of one vector: each has to begin where the one before it ended.
class Cover {
  public:
    explicit Cover(size_t size) : size_(size) {}
    [[nodiscard]] bool take(Range range) {
        if (range.begin != next_ || range.count > size_ - next_) return false;
        next_ += range.count;
        return true;
    }
    [[nodiscard]] bool is_whole() const { return next_ == size_; }

  private:
    size_t size_;
    size_t next_ = 0;
};

template <typename Value>
bool indices_ascend(std::span<const BlockAccessList::Change<Value>> changes, uint32_t last_index) {
    for (size_t i = 0; i < changes.size(); ++i)
        if (changes[i].index > last_index || (i > 0 && changes[i].index <= changes[i - 1].index))
            return false;
    return true;
}

class ShapeCheck {
  public:
    ShapeCheck(const BlockAccessList& list, uint32_t last_index)
        : list_(list),
          last_index_(last_index),
          slots_(list.slots.size()),
          values_(list.values.size()),
          reads_(list.reads.size()),
          balances_(list.balances.size()),
          nonces_(list.nonces.size()),
          codes_(list.codes.size()) {}

    /// What is wrong with account `i`; null: nothing.
    const char* account(size_t i) {
        const BlockAccessList::Account& account = list_.accounts[i];
        if (i > 0 && account.address <= list_.accounts[i - 1].address)
            return "its address does not ascend";
        if (!slots_.take(account.slots) || !reads_.take(account.reads) ||
            !balances_.take(account.balances) || !nonces_.take(account.nonces) ||
            !codes_.take(account.codes))
            return "its entries do not follow those of the account before";
        if (!indices_ascend(list_.of(list_.balances, account.balances), last_index_) ||
            !indices_ascend(list_.of(list_.nonces, account.nonces), last_index_) ||
            !indices_ascend(list_.of(list_.codes, account.codes), last_index_))
            return "an index does not ascend or lies behind the block";
        return storage(account);
    }
    [[nodiscard]] bool is_whole() const {
        return slots_.is_whole() && values_.is_whole() && reads_.is_whole() &&
               balances_.is_whole() && nonces_.is_whole() && codes_.is_whole();
    }

  private:
    const char* storage(const BlockAccessList::Account& account) {
        const auto slots = list_.of(list_.slots, account.slots);
        const auto reads = list_.of(list_.reads, account.reads);
        for (size_t i = 0; i < slots.size(); ++i) {
            if (i > 0 && slots[i].key <= slots[i - 1].key) return "a slot does not ascend";
            if (slots[i].values.count == 0 || !values_.take(slots[i].values))
                return "a slot's values do not follow those of the slot before";
            if (!indices_ascend(list_.of(list_.values, slots[i].values), last_index_))
                return "an index of a slot does not ascend or lies behind the block";
        }
        size_t changed = 0;  // both ascend: one walk finds a slot that stands in both
        for (size_t i = 0; i < reads.size(); ++i) {
            if (i > 0 && reads[i] <= reads[i - 1]) return "a read slot does not ascend";
            while (changed < slots.size() && slots[changed].key < reads[i])
                ++changed;
            if (changed < slots.size() && slots[changed].key == reads[i])
                return "a slot is both changed and read";
        }
        return nullptr;
    }

    const BlockAccessList& list_;
    uint32_t last_index_;
    Cover slots_;
    Cover values_;
    Cover reads_;
    Cover balances_;
    Cover nonces_;
    Cover codes_;
};

}  // namespace

Result<void> check_list_shape(const BlockAccessList& list, uint32_t last_index) {
    ShapeCheck check(list, last_index);
    for (size_t i = 0; i < list.accounts.size(); ++i)
        if (const char* const wrong = check.account(i))
            return Error{
                ErrorCode::InvalidInput,
                "block access list, account " + to_hex(list.accounts[i].address) + ": " + wrong};
    if (!check.is_whole())
        return Error{ErrorCode::InvalidInput,
                     "block access list: some entries belong to no account"};
    return {};
}

}  // namespace switchyard::execute
