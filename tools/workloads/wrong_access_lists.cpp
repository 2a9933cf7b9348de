// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/wrong_access_lists.hpp"

#include <algorithm>

namespace switchyard::workloads {
namespace {

using Range = BlockAccessList::Range;
template <typename Value>
using Changes = std::vector<BlockAccessList::Change<Value>>;

struct SlotTree {
    Uint256 key;
    Changes<Uint256> values;
};
struct AccountTree {
    Address address;
    std::vector<SlotTree> slots;
    std::vector<Uint256> reads;
    Changes<Uint256> balances;
    Changes<uint64_t> nonces;
    Changes<Bytes> codes;
};
using ListTree = std::vector<AccountTree>;

template <typename Entry>
std::vector<Entry> copy_of(const std::vector<Entry>& all, Range range) {
    const auto entries = BlockAccessList::of(all, range);
    return {entries.begin(), entries.end()};
}

ListTree tree_of(const BlockAccessList& list) {
    ListTree out;
    for (const BlockAccessList::Account& account : list.accounts) {
        AccountTree tree{account.address,
                         {},
                         copy_of(list.reads, account.reads),
                         copy_of(list.balances, account.balances),
                         copy_of(list.nonces, account.nonces),
                         copy_of(list.codes, account.codes)};
        for (const BlockAccessList::Slot& slot : list.of(list.slots, account.slots))
            tree.slots.push_back({slot.key, copy_of(list.values, slot.values)});
        out.push_back(std::move(tree));
    }
    return out;
}

template <typename Entry>
Range append(std::vector<Entry>& all, const std::vector<Entry>& entries) {
    const Range out{static_cast<uint32_t>(all.size()), static_cast<uint32_t>(entries.size())};
    all.insert(all.end(), entries.begin(), entries.end());
    return out;
}

BlockAccessList list_of(const ListTree& tree) {
    BlockAccessList out;
    for (const AccountTree& account : tree) {
        BlockAccessList::Account entry;
        entry.address = account.address;
        entry.slots.begin = static_cast<uint32_t>(out.slots.size());
        entry.slots.count = static_cast<uint32_t>(account.slots.size());
        for (const SlotTree& slot : account.slots)
            out.slots.push_back({slot.key, append(out.values, slot.values)});
        entry.reads = append(out.reads, account.reads);
        entry.balances = append(out.balances, account.balances);
        entry.nonces = append(out.nonces, account.nonces);
        entry.codes = append(out.codes, account.codes);
        out.accounts.push_back(entry);
    }
    return out;
}

class Damage {
  public:
    Damage(BlockAccessList& list, std::mt19937_64& generator)
        : list_(list), tree_(tree_of(list)), generator_(generator) {}

    std::optional<std::string> one(uint32_t kind) {
        const char* const what = kind < 12 ? in_tree(kind) : in_list(kind);
        if (what == nullptr) return std::nullopt;
        if (kind < 12) list_ = list_of(tree_);
        return what;
    }

  private:
    size_t below(size_t bound) { return generator_() % bound; }

    /// An entry of `entries` drawn at random; null: there is none.
    template <typename Entry>
    Entry* any(std::vector<Entry>& entries) {
        return entries.empty() ? nullptr : &entries[below(entries.size())];
    }
    /// An account for which `fits`; null: there is none.
    template <typename Fits>
    AccountTree* account_with(Fits fits) {
        std::vector<AccountTree*> found;
        for (AccountTree& account : tree_)
            if (fits(account)) found.push_back(&account);
        return found.empty() ? nullptr : found[below(found.size())];
    }

    /// Lists that are well-formed still.
    const char* in_tree(uint32_t kind) {
        switch (kind) {
            case 0:
                return change(&AccountTree::balances, "a balance is off by one",
                              [](auto& entry) { entry.value += Uint256{1}; });
            case 1:
                return change(&AccountTree::nonces, "a nonce is off by one",
                              [](auto& entry) { ++entry.value; });
            case 2:
                return change(&AccountTree::codes, "a code has one byte more",
                              [](auto& entry) { entry.value.push_back(0); });
            case 3: {
                AccountTree* const account =
                    account_with([](const AccountTree& a) { return !a.slots.empty(); });
                if (account == nullptr) return nullptr;
                any(any(account->slots)->values)->value += Uint256{1};
                return "the value of a slot is off by one";
            }
            case 4:
                return remove(&AccountTree::balances, "a balance is missing");
            case 5:
                return remove(&AccountTree::nonces, "a nonce is missing");
            case 6:
                return remove(&AccountTree::reads, "a read is missing");
            case 7:
                tree_.erase(tree_.begin() + static_cast<ptrdiff_t>(below(tree_.size())));
                return "an account is missing";
            case 8: {
                AccountTree added;
                added.address = tree_.back().address;
                if (++added.address[19] == 0) return nullptr;
                tree_.push_back(added);
                return "an account too many";
            }
            case 9: {
                AccountTree& account = tree_[below(tree_.size())];
                Uint256 key{UINT64_MAX, 0, 0, generator_() | uint64_t{1} << 63};
                if (!account.reads.empty() && account.reads.back() >= key) return nullptr;
                account.reads.push_back(key);
                return "a read too many";
            }
            case 10: {
                AccountTree* const account =
                    account_with([](const AccountTree& a) { return !a.slots.empty(); });
                if (account == nullptr) return nullptr;
                const auto slot =
                    account->slots.begin() + static_cast<ptrdiff_t>(below(account->slots.size()));
                account->reads.push_back(slot->key);
                std::ranges::sort(account->reads);
                account->slots.erase(slot);
                return "a changed slot stands among the reads";
            }
            default: {
                AccountTree* const account =
                    account_with([](const AccountTree& a) { return !a.balances.empty(); });
                if (account == nullptr) return nullptr;
                auto& first = account->balances.front();
                if (first.index == 0) return nullptr;
                --first.index;
                return "a balance changed one part earlier";
            }
        }
    }

    template <typename Value, typename Body>
    const char* change(Changes<Value> AccountTree::*member, const char* what, Body body) {
        AccountTree* const account =
            account_with([&](const AccountTree& a) { return !(a.*member).empty(); });
        if (account == nullptr) return nullptr;
        body(*any(account->*member));
        return what;
    }
    template <typename Entry>
    const char* remove(std::vector<Entry> AccountTree::*member, const char* what) {
        AccountTree* const account =
            account_with([&](const AccountTree& a) { return !(a.*member).empty(); });
        if (account == nullptr) return nullptr;
        auto& entries = account->*member;
        entries.erase(entries.begin() + static_cast<ptrdiff_t>(below(entries.size())));
        return what;
    }

    /// Lists that no decoder gives.
    const char* in_list(uint32_t kind) {
        BlockAccessList::Account* const account = any(list_.accounts);
        if (account == nullptr) return nullptr;
        switch (kind) {
            case 12:
                if (list_.accounts.size() < 2) return nullptr;
                std::swap(list_.accounts.front(), list_.accounts.back());
                return "two accounts have changed places";
            case 13:
                list_.accounts.push_back(list_.accounts.back());
                return "an account stands twice";
            case 14:
                account->balances.count += 1;
                return "a range of balances is too long";
            case 15:
                account->slots.begin += 1;
                return "a range of slots begins too late";
            case 16:
                account->reads = {UINT32_MAX - 1, UINT32_MAX};
                return "a range of reads lies outside";
            case 17:
                account->codes.begin = UINT32_MAX;
                return "a range of codes lies outside";
            case 18:
                if (list_.balances.empty()) return nullptr;
                any(list_.balances)->index = UINT32_MAX;
                return "an index lies behind the block";
            case 19:
                if (list_.slots.empty()) return nullptr;
                any(list_.slots)->values.count = 0;
                return "a slot is without a value";
            case 20:
                if (list_.slots.size() < 2) return nullptr;
                list_.slots.front().values = list_.slots.back().values;
                return "two slots share their values";
            case 21:
                list_.nonces.push_back({1, 1});
                return "a nonce belongs to nobody";
            case 22:
                account->nonces.count = UINT32_MAX;
                return "a range of nonces has no end";
            default:
                if (list_.values.empty()) return nullptr;
                list_.values.pop_back();
                return "the last value is cut off";
        }
    }

    BlockAccessList& list_;
    ListTree tree_;
    std::mt19937_64& generator_;
};

}  // namespace

std::optional<std::string> damage_access_list(BlockAccessList& list, uint32_t kind,
                                              std::mt19937_64& generator) {
    if (list.accounts.empty()) return std::nullopt;
    return Damage(list, generator).one(kind);
}

}  // namespace switchyard::workloads
