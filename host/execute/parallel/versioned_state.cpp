// SPDX-License-Identifier: Apache-2.0
#include "host/execute/parallel/versioned_state.hpp"

#include <algorithm>
#include <bit>
#include <mutex>
#include <utility>

namespace switchyard::execute {
namespace {

/// Accounts and slots that an ordinary transaction touches first in its block, with room to spare.
constexpr size_t kBucketsPerTransaction = 4;
constexpr size_t kBucketsMin = 4'096;
constexpr size_t kBucketsMax = size_t{1} << 20;
/// Code kept by a worker from block to block.
constexpr size_t kCodesMax = 4'096;
/// Cells that are searched one by one before the table is asked.
constexpr size_t kLinearSearchMax = 12;

/// Whether nothing of the account beneath shows through this change.
bool stands_alone(const AccountChange& change) {
    return !change.account ||
           (!change.balance_is_delta && change.nonce_written && change.code_written);
}

bool clears_storage(const AccountChange& change) {
    return change.storage_cleared || !change.account;
}

}  // namespace

VersionedState::VersionedState(uint32_t workers) : workers_(workers) {}

template <typename Cell>
void VersionedState::Table<Cell>::begin(size_t bucket_count) {
    if (bucket_count > allocated_) {
        buckets_ = std::make_unique<std::atomic<Cell*>[]>(bucket_count);
        allocated_ = bucket_count;
    }
    mask_ = bucket_count - 1;
    for (size_t i = 0; i < bucket_count; ++i)
        buckets_[i].store(nullptr, std::memory_order_relaxed);
}

template <typename Cell>
template <typename IsKey>
Cell* VersionedState::Table<Cell>::insert(Cell* made, IsKey is_key) {
    std::atomic<Cell*>& bucket = buckets_[made->hash & mask_];
    Cell* first = bucket.load(std::memory_order_acquire);
    for (;;) {
        for (Cell* cell = first; cell != nullptr; cell = cell->next)
            if (cell->hash == made->hash && is_key(*cell)) return cell;
        made->next = first;
        if (bucket.compare_exchange_weak(first, made, std::memory_order_acq_rel)) return made;
    }
}

void VersionedState::begin(const VersionedBlock& block) {
    base_ = block.base;
    revision_ = block.revision;
    beneficiary_ = block.beneficiary;
    has_volatile_slot_ = block.volatile_slot.has_value();
    if (has_volatile_slot_) volatile_slot_ = *block.volatile_slot;
    const size_t buckets = std::bit_ceil(
        std::clamp(kBucketsPerTransaction * block.transactions, kBucketsMin, kBucketsMax));
    account_table_.begin(buckets);
    slot_table_.begin(buckets);
    for (Worker& worker : workers_) {
        worker.arena.clear();
        worker.accounts.clear();
        worker.slots.clear();
        if (worker.codes.size() > kCodesMax) worker.codes.clear();
    }
    clears_published_.store(0, std::memory_order_relaxed);
    set_fees({});
    codes_published_.store(false, std::memory_order_relaxed);
    codes_.clear();
    settled_codes_.clear();
}

// --- Cells

AccountCell* VersionedState::find_account(const Address& address) const {
    return account_table_.find(flat_hash(address, hash_seed_),
                               [&](const AccountCell& cell) { return cell.address == address; });
}

AccountCell& VersionedState::account_cell(uint32_t worker, const Address& address) {
    const uint64_t hash = flat_hash(address, hash_seed_);
    const auto is_key = [&](const AccountCell& cell) { return cell.address == address; };
    if (AccountCell* known = account_table_.find(hash, is_key)) return *known;
    Worker& own = workers_[worker];
    auto* made = own.arena.make<AccountCell>();
    made->hash = hash;
    made->address = address;
    made->base = base_->account(address);
    AccountCell* cell = account_table_.insert(made, is_key);
    if (cell == made) own.accounts.push_back(made);
    return *cell;
}

SlotCell& VersionedState::slot_cell(uint32_t worker, const Address& address, const Uint256& key) {
    const uint64_t hash = flat_hash(key, flat_hash(address, hash_seed_));
    const auto is_key = [&](const SlotCell& cell) {
        return cell.key == key && cell.address == address;
    };
    if (SlotCell* known = slot_table_.find(hash, is_key)) return *known;
    Worker& own = workers_[worker];
    auto* made = own.arena.make<SlotCell>();
    made->hash = hash;
    made->address = address;
    made->key = key;
    made->base = base_->storage(address, key);
    SlotCell* cell = slot_table_.insert(made, is_key);
    if (cell == made) own.slots.push_back(made);
    return *cell;
}

AccountCell& VersionedState::touched_account(uint32_t worker, const Address& address,
                                             const Touched& touched) {
    if (touched.accounts.size() <= kLinearSearchMax)
        for (AccountCell* cell : touched.accounts)
            if (cell->address == address) return *cell;
    return account_cell(worker, address);
}

SlotCell& VersionedState::touched_slot(uint32_t worker, const Address& address, const Uint256& key,
                                       const Touched& touched) {
    if (touched.slots.size() <= kLinearSearchMax)
        for (SlotCell* cell : touched.slots)
            if (cell != nullptr && cell->key == key && cell->address == address) return *cell;
    return slot_cell(worker, address, key);
}

// --- Values

Uint256 VersionedState::fees() const {
    Uint256 out;
    for (size_t i = 0; i < fees_.size(); ++i)
        out.limb[i] = fees_[i].load(std::memory_order_relaxed);
    return out;
}

void VersionedState::set_fees(const Uint256& fees) {
    for (size_t i = 0; i < fees_.size(); ++i)
        fees_[i].store(fees.limb[i], std::memory_order_relaxed);
}

bool VersionedState::is_fee(const AccountChange& change) const {
    return change.address == beneficiary_ && change.account && change.balance_is_delta &&
           !change.account->balance.is_zero() && !change.nonce_written && !change.code_written &&
           !change.storage_cleared && change.storage_count == 0;
}

bool VersionedState::shows_in_account(const AccountChange& change) const {
    // A contract whose slots alone changed is in every change of a busy block; its account must not
    // grow a version each time. Before EIP-161 such a change may create an empty account, which
    // does show.
    return revision_ < Revision::SpuriousDragon || !change.account || !change.balance_is_delta ||
           change.nonce_written || change.code_written || change.storage_cleared ||
           !change.account->balance.is_zero();
}

std::optional<Account> VersionedState::value_before(const AccountCell& cell, uint32_t index) const {
    // Few versions lie between a reader and the last one that is settled or stands alone.
    std::vector<const AccountVersion*> partial;
    std::optional<Account> account;
    const AccountVersion* version = newest_before(cell.latest, index);
    for (;; version = version->older.load(std::memory_order_acquire)) {
        if (version == nullptr) {
            account = cell.base;
            break;
        }
        if (version->settled.load(std::memory_order_acquire)) {
            account = version->account;
            break;
        }
        if (stands_alone(version->change)) {
            account = version->change.account;
            break;
        }
        partial.push_back(version);
    }
    for (auto it = partial.rbegin(); it != partial.rend(); ++it)
        account = changed_account(account, (*it)->change);
    if (cell.address == beneficiary_) {
        if (const Uint256 credited = fees(); !credited.is_zero()) {
            if (!account) account.emplace();
            account->balance += credited;
        }
    }
    return account;
}

Uint256 VersionedState::value_before(const SlotCell& cell, uint32_t index) const {
    const SlotVersion* version = newest_before(cell.latest, index);
    if (clears_published_.load(std::memory_order_acquire) != 0) {
        const AccountCell* account = find_account(cell.address);
        if (account != nullptr && account->has_clears.load(std::memory_order_acquire)) {
            const auto cleared = cleared_before(*account, index);
            if (cleared && (version == nullptr || version->index < *cleared)) return {};
        }
    }
    return version != nullptr ? version->value : cell.base;
}

std::optional<uint32_t> VersionedState::cleared_before(const AccountCell& cell, uint32_t index) {
    const AccountVersion* version = newest_before(cell.latest, index);
    while (version != nullptr && !clears_storage(version->change))
        version = version->older.load(std::memory_order_acquire);
    return version == nullptr ? std::nullopt : std::optional(version->index);
}

bool VersionedState::has_storage_before(const Address& address, uint32_t index) const {
    const AccountCell* cell = find_account(address);
    if (cell == nullptr) return base_->has_storage(address);
    // Only an account without code is asked, and no execution writes to the storage of one: a walk
    // over all slots is as good as never made.
    if (cell->has_new_slots.load(std::memory_order_acquire) &&
        slot_table_.any_of([&](const SlotCell& slot) {
            return slot.address == address && newest_before(slot.latest, index) != nullptr &&
                   !value_before(slot, index).is_zero();
        }))
        return true;
    return !cleared_before(*cell, index) && base_->has_storage(address);
}

// --- The view

std::optional<Account> VersionedState::View::account(const Address& address) const {
    AccountCell& cell = state_->account_cell(worker_, address);
    if (touched_ != nullptr) touched_->accounts.push_back(&cell);
    return state_->value_before(cell, index_);
}

Uint256 VersionedState::View::storage(const Address& address, const Uint256& key) const {
    if (state_->is_volatile(address, key)) {
        if (touched_ != nullptr) touched_->slots.push_back(nullptr);
        return state_->base_->storage(address, key);
    }
    SlotCell& cell = state_->slot_cell(worker_, address, key);
    if (touched_ != nullptr) touched_->slots.push_back(&cell);
    return state_->value_before(cell, index_);
}

CodePointer VersionedState::View::code(const Bytes32& code_hash) const {
    auto& own = state_->workers_[worker_].codes;
    if (const auto known = own.find(code_hash); known != own.end()) return known->second;
    CodePointer shared;
    if (state_->codes_published_.load(std::memory_order_acquire)) {
        const std::shared_lock lock(state_->codes_mutex_);
        if (const auto found = state_->codes_.find(code_hash); found != state_->codes_.end())
            shared = found->second;
    }
    if (shared == nullptr) shared = state_->base_->code(code_hash);
    const Code* const code = shared.get();
    const auto holder = std::make_shared<CodePointer>(std::move(shared));
    return own.emplace(code_hash, CodePointer(holder, code)).first->second;
}

bool VersionedState::View::has_storage(const Address& address) const {
    return state_->has_storage_before(address, index_);
}

// --- Publishing

void VersionedState::publish(uint32_t worker, uint32_t index, const StateChanges& changes,
                             Touched& touched) {
    if (!changes.codes.empty()) {
        const std::unique_lock lock(codes_mutex_);
        for (const CodeChange& code : changes.codes)
            codes_.emplace(code.hash, code.code);
        codes_published_.store(true, std::memory_order_release);
    }
    Arena& arena = workers_[worker].arena;
    touched.published.clear();
    touched.fee = {};
    for (const AccountChange& change : changes.accounts) {
        if (is_fee(change)) {
            touched.fee = change.account->balance;
            continue;
        }
        AccountCell& cell = touched_account(worker, change.address, touched);
        if (change.storage_count != 0 && !cell.has_new_slots.load(std::memory_order_relaxed))
            cell.has_new_slots.store(true, std::memory_order_release);
        if (clears_storage(change)) {
            cell.has_clears.store(true, std::memory_order_release);
            clears_published_.fetch_add(1, std::memory_order_release);
        }
        for (const StorageChange& slot : changes.storage_of(change)) {
            SlotCell& slot_cell = touched_slot(worker, change.address, slot.key, touched);
            link(slot_cell, arena.make<SlotVersion>(index, slot.value));
        }
        if (!shows_in_account(change)) continue;
        auto* version = arena.make<AccountVersion>(index, change);
        link(cell, version);
        touched.published.push_back(version);
    }
}

void VersionedState::withdraw(uint32_t worker, uint32_t index, const StateChanges& changes,
                              Touched& touched) {
    // Code stays: it is named by its hash, so that nobody finds it who should not.
    for (const AccountChange& change : changes.accounts) {
        for (const StorageChange& slot : changes.storage_of(change)) {
            SlotCell& cell = touched_slot(worker, change.address, slot.key, touched);
            unlink<SlotVersion>(cell, cell.latest, index);
        }
        AccountCell& cell = touched_account(worker, change.address, touched);
        unlink<AccountVersion>(cell, cell.latest, index);
    }
    touched.clear();
}

bool VersionedState::reads_hold(uint32_t worker, uint32_t index, const ReadSet& reads,
                                const Touched& touched) {
    // A tracer's questions are not noted, and then nothing is.
    const bool noted = touched.accounts.size() == reads.accounts.size() &&
                       touched.slots.size() == reads.storage.size();
    for (size_t i = 0; i < reads.accounts.size(); ++i) {
        const ReadSet::AccountRead& read = reads.accounts[i];
        if (read.fields == 0) continue;
        const AccountCell& cell = noted ? *touched.accounts[i] : account_cell(worker, read.address);
        if (!read.holds(value_before(cell, index))) return false;
        if (read.depends_on(AccountField::HasStorage) &&
            read.has_storage != has_storage_before(read.address, index))
            return false;
    }
    for (size_t i = 0; i < reads.storage.size(); ++i) {
        const ReadSet::StorageRead& read = reads.storage[i];
        if (is_volatile(read.address, read.key)) {
            if (base_->storage(read.address, read.key) != read.value) return false;
            continue;
        }
        const SlotCell& cell =
            noted ? *touched.slots[i] : slot_cell(worker, read.address, read.key);
        if (value_before(cell, index) != read.value) return false;
    }
    return true;
}

void VersionedState::settle(const StateChanges& changes, const Touched& touched) {
    for (const CodeChange& code : changes.codes)
        settled_codes_.emplace(code.hash, code.code);
    for (AccountVersion* version : touched.published) {
        const AccountChange& change = version->change;
        const AccountVersion* before = version->older.load(std::memory_order_acquire);
        if (change.account) {
            const bool is_beneficiary = change.address == beneficiary_;
            std::optional<Account> account;
            if (before != nullptr)
                account = before->account;
            else if (const AccountCell* cell = find_account(change.address))
                account = cell->base;
            if (is_beneficiary) {
                if (const Uint256 credited = fees(); !credited.is_zero()) {
                    if (!account) account.emplace();
                    account->balance += credited;
                }
            }
            version->account = changed_account(account, change);
        }
        if (change.address == beneficiary_) set_fees({});
        version->settled.store(true, std::memory_order_release);
    }
    if (!touched.fee.is_zero()) set_fees(fees() + touched.fee);
}

}  // namespace switchyard::execute
