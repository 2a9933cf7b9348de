// SPDX-License-Identifier: Apache-2.0
#include "host/execute/parallel/versioned_state.hpp"

#include <algorithm>

namespace switchyard::execute {
namespace {

/// The first version that is not below `index`.
template <typename Versions>
auto lower_bound(Versions& versions, uint32_t index) {
    return std::lower_bound(versions.begin(), versions.end(), index,
                            [](const auto& version, uint32_t i) { return version.index < i; });
}

template <typename Versions, typename Version>
void put_version(Versions& versions, Version version) {
    const auto at = lower_bound(versions, version.index);
    if (at != versions.end() && at->index == version.index)
        *at = std::move(version);
    else
        versions.insert(at, std::move(version));
}

template <typename Versions>
void remove_version(Versions& versions, uint32_t index) {
    const auto at = lower_bound(versions, index);
    if (at != versions.end() && at->index == index) versions.erase(at);
}

/// Whether nothing of the account beneath shows through this change.
bool stands_alone(const AccountChange& change) {
    return !change.account ||
           (!change.balance_is_delta && change.nonce_written && change.code_written);
}

}  // namespace

void VersionedState::begin(const StateView& base, Revision revision) {
    base_ = &base;
    revision_ = revision;
    for (auto& shard : account_shards_)
        shard.accounts.clear();
    for (auto& shard : slot_shards_)
        shard.slots.clear();
    codes_.clear();
    clears_published_.store(0, std::memory_order_relaxed);
}

const VersionedState::AccountShard& VersionedState::shard_of(const Address& address) const {
    return account_shards_[std::hash<Address>{}(address) % kShardCount];
}

const VersionedState::SlotShard& VersionedState::shard_of(const SlotName& name) const {
    return slot_shards_[SlotNameHash{}(name) % kShardCount];
}

bool VersionedState::shows_in_account(const AccountChange& change) const {
    // A contract whose slots alone changed is in every change of a busy block; its account must not
    // grow a version each time. Before EIP-161 such a change may create an empty account, which
    // does show.
    return revision_ < Revision::SpuriousDragon || !change.account || !change.balance_is_delta ||
           change.nonce_written || change.code_written || change.storage_cleared ||
           !change.account->balance.is_zero();
}

void VersionedState::publish(uint32_t index, const StateChanges& changes) {
    if (!changes.codes.empty()) {
        const std::unique_lock lock(codes_mutex_);
        for (const CodeChange& code : changes.codes)
            codes_.emplace(code.hash, code.code);
    }
    for (const AccountChange& change : changes.accounts) {
        if (change.storage_cleared || !change.account)
            clears_published_.fetch_add(1, std::memory_order_release);
        for (const StorageChange& slot : changes.storage_of(change)) {
            const SlotName name{change.address, slot.key};
            auto& shard = const_cast<SlotShard&>(shard_of(name));
            const std::lock_guard lock(shard.mutex);
            put_version(shard.slots[name], SlotVersion{index, slot.value});
        }
        if (!shows_in_account(change)) continue;
        auto& shard = const_cast<AccountShard&>(shard_of(change.address));
        const std::lock_guard lock(shard.mutex);
        put_version(shard.accounts[change.address], AccountVersion{index, change});
    }
}

void VersionedState::withdraw(uint32_t index, const StateChanges& changes) {
    // Code stays: it is named by its hash, so that nobody finds it who should not.
    for (const AccountChange& change : changes.accounts) {
        for (const StorageChange& slot : changes.storage_of(change)) {
            const SlotName name{change.address, slot.key};
            auto& shard = const_cast<SlotShard&>(shard_of(name));
            const std::lock_guard lock(shard.mutex);
            remove_version(shard.slots[name], index);
        }
        auto& shard = const_cast<AccountShard&>(shard_of(change.address));
        const std::lock_guard lock(shard.mutex);
        if (const auto found = shard.accounts.find(change.address); found != shard.accounts.end())
            remove_version(found->second, index);
    }
}

std::optional<Account> VersionedState::account_before(uint32_t index,
                                                      const Address& address) const {
    // Few changes lie between a reader and the last one that stands alone, except for an account
    // that everybody credits; the base may be slow, so that it is read outside the lock.
    std::vector<AccountChange> partial;
    std::optional<Account> account;
    bool found_whole = false;
    {
        const AccountShard& shard = shard_of(address);
        const std::lock_guard lock(shard.mutex);
        const auto found = shard.accounts.find(address);
        if (found != shard.accounts.end()) {
            const auto& versions = found->second;
            auto at = lower_bound(versions, index);
            while (at != versions.begin()) {
                --at;
                if (stands_alone(at->change)) {
                    account = at->change.account;
                    found_whole = true;
                    break;
                }
                partial.push_back(at->change);
            }
        }
    }
    if (!found_whole) account = base_->account(address);
    for (auto change = partial.rbegin(); change != partial.rend(); ++change)
        account = changed_account(account, *change);
    return account;
}

std::optional<uint32_t> VersionedState::cleared_before(uint32_t index,
                                                       const Address& address) const {
    const AccountShard& shard = shard_of(address);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.accounts.find(address);
    if (found == shard.accounts.end()) return std::nullopt;
    auto at = lower_bound(found->second, index);
    while (at != found->second.begin()) {
        --at;
        if (at->change.storage_cleared || !at->change.account) return at->index;
    }
    return std::nullopt;
}

Uint256 VersionedState::storage_before(uint32_t index, const Address& address,
                                       const Uint256& key) const {
    std::optional<SlotVersion> version;
    {
        const SlotName name{address, key};
        const SlotShard& shard = shard_of(name);
        const std::lock_guard lock(shard.mutex);
        if (const auto found = shard.slots.find(name); found != shard.slots.end()) {
            const auto at = lower_bound(found->second, index);
            if (at != found->second.begin()) version = *std::prev(at);
        }
    }
    if (clears_published_.load(std::memory_order_acquire) != 0) {
        const auto cleared = cleared_before(index, address);
        if (cleared && (!version || version->index < *cleared)) return {};
    }
    return version ? version->value : base_->storage(address, key);
}

std::optional<Account> VersionedState::View::account(const Address& address) const {
    return state_.account_before(index_, address);
}

Uint256 VersionedState::View::storage(const Address& address, const Uint256& key) const {
    return state_.storage_before(index_, address, key);
}

CodePointer VersionedState::View::code(const Bytes32& code_hash) const {
    {
        const std::shared_lock lock(state_.codes_mutex_);
        if (const auto found = state_.codes_.find(code_hash); found != state_.codes_.end())
            return found->second;
    }
    return state_.base_->code(code_hash);
}

bool VersionedState::View::has_storage(const Address& address) const {
    if (state_.cleared_before(index_, address)) return false;
    return state_.base_->has_storage(address);
}

}  // namespace switchyard::execute
