// SPDX-License-Identifier: Apache-2.0
#include "host/execute/parallel/versioned_state.hpp"

#include <algorithm>
#include <bit>
#include <mutex>
#include <utility>

namespace switchyard::execute {
namespace {

/// Accounts, or slots, that an ordinary transaction is the first of its block to touch. Longer
/// chains cost less than a table that no cache holds.
constexpr size_t kBucketsPerTransaction = 2;
constexpr size_t kBucketsMin = 4'096;
constexpr size_t kBucketsMax = size_t{1} << 20;
/// Code kept by a worker from block to block.
constexpr size_t kCodesMax = 4'096;
/// Cells that are searched one by one before the table is asked.
constexpr size_t kLinearSearchMax = 12;

}  // namespace

VersionedState::VersionedState(uint32_t workers) : workers_(workers) {}

template <typename Cell>
void VersionedState::Table<Cell>::begin(size_t bucket_count) {
    if (bucket_count > allocated_) {
        buckets_ = std::make_unique<std::atomic<uintptr_t>[]>(bucket_count);
        allocated_ = bucket_count;
    }
    mask_ = bucket_count - 1;
    for (size_t i = 0; i < bucket_count; ++i)
        buckets_[i].store(0, std::memory_order_relaxed);
}

template <typename Cell>
template <typename IsKey>
Cell* VersionedState::Table<Cell>::insert(uint64_t hash, Cell* made, IsKey is_key) {
    std::atomic<uintptr_t>& bucket = buckets_[hash & mask_];
    uintptr_t before = bucket.load(std::memory_order_acquire);
    for (;;) {
        if ((before & kind_of(hash)) != 0)
            for (Cell* cell = first_of(before); cell != nullptr; cell = cell->next)
                if (is_key(*cell)) return cell;
        made->next = first_of(before);
        const uintptr_t after =
            reinterpret_cast<uintptr_t>(made) | (before & kKindBits) | kind_of(hash);
        if (bucket.compare_exchange_weak(before, after, std::memory_order_acq_rel)) return made;
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
        worker.free_account_versions.clear();
        worker.free_slot_versions.clear();
        if (worker.codes.size() > kCodesMax) worker.codes.clear();
    }
    fees_.store({});
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
    made->base = AccountValue::of(base_->account(address));
    made->settled.store(made->base);
    AccountCell* cell = account_table_.insert(hash, made, is_key);
    if (cell == made) own.accounts.push_back(made);
    return *cell;
}

SlotCell& VersionedState::slot_cell(uint32_t worker, AccountCell& owner, const Uint256& key) {
    const uint64_t hash = flat_hash(key, owner.hash);
    const auto is_key = [&](const SlotCell& cell) {
        return cell.key == key && cell.owner == &owner;
    };
    if (SlotCell* known = slot_table_.find(hash, is_key)) return *known;
    Worker& own = workers_[worker];
    auto* made = own.arena.make<SlotCell>();
    made->owner = &owner;
    made->key = key;
    made->base = base_->storage(owner.address, key);
    made->settled.store(made->base);
    if (!owner.has_slots.load(std::memory_order_relaxed))
        owner.has_slots.store(true, std::memory_order_release);
    SlotCell* cell = slot_table_.insert(hash, made, is_key);
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

SlotCell& VersionedState::touched_slot(uint32_t worker, AccountCell& owner, const Uint256& key,
                                       const Touched& touched) {
    if (touched.slots.size() <= kLinearSearchMax)
        for (SlotCell* cell : touched.slots)
            if (cell != nullptr && cell->key == key && cell->owner == &owner) return *cell;
    return slot_cell(worker, owner, key);
}

// --- Values

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

/// The final value with all versions below `index` on top, from the newest to the oldest: of each
/// field the first that says something counts.
AccountValue VersionedState::versions_before(const AccountCell& cell, uint32_t index) {
    const AccountVersion* version = newest_before(cell.latest, index);
    if (version == nullptr) return cell.settled.load();
    AccountValue out;
    Uint256 credits;
    bool has_balance = false;
    bool has_nonce = false;
    bool has_code = false;
    bool exists = false;
    AccountValue below;
    for (;; version = version->older.load(std::memory_order_acquire)) {
        if (version == nullptr) {
            below = cell.settled.load();
            break;
        }
        const AccountEffect effect = version->effect.load();
        if (effect.deletes != 0) break;
        exists = true;
        if (!has_balance && effect.balance_is_delta != 0) credits += effect.balance;
        if (!has_balance && effect.balance_is_delta == 0) {
            out.account.balance = effect.balance;
            has_balance = true;
        }
        if (!has_nonce && effect.nonce_written != 0) {
            out.account.nonce = effect.nonce;
            has_nonce = true;
        }
        if (!has_code && effect.code_written != 0) {
            out.account.code_hash = effect.code_hash;
            has_code = true;
        }
        if (has_balance && has_nonce && has_code) break;
    }
    if (!has_balance) out.account.balance = below.account.balance;
    if (!has_nonce) out.account.nonce = below.account.nonce;
    if (!has_code) out.account.code_hash = below.account.code_hash;
    out.account.balance += credits;
    out.exists = exists ? 1 : below.exists;
    return out;
}

std::optional<Account> VersionedState::value_before(const AccountCell& cell, uint32_t index) const {
    AccountValue value = read_settled(cell.sequence, [&] { return versions_before(cell, index); });
    if (cell.address == beneficiary_) {
        if (const Uint256 credited = fees_.load(); !credited.is_zero()) {
            value.account.balance += credited;
            value.exists = 1;
        }
    }
    return value.optional();
}

/// The newest version that says what the value is, with all on top that say what to add.
Uint256 VersionedState::versions_before(const SlotCell& cell, uint32_t index) {
    const AccountCell& owner = *cell.owner;
    const auto cleared = owner.has_clears.load(std::memory_order_acquire)
                             ? cleared_before(owner, index)
                             : std::nullopt;
    Uint256 added;
    for (const SlotVersion* version = newest_before(cell.latest, index); version != nullptr;
         version = version->older.load(std::memory_order_acquire)) {
        if (cleared && version->index.load(std::memory_order_relaxed) < *cleared) break;
        const Uint256 value = version->value.load();
        if (!version->is_added.load(std::memory_order_relaxed)) return value + added;
        added += value;
    }
    if (cleared) return added;
    // What no transaction wrote to since the storage went has nothing of the base.
    if (owner.storage_gone.load(std::memory_order_acquire) &&
        !cell.written.load(std::memory_order_relaxed))
        return added;
    return cell.settled.load() + added;
}

Uint256 VersionedState::value_before(const SlotCell& cell, uint32_t index) {
    return read_settled(cell.sequence, [&] { return versions_before(cell, index); });
}

std::optional<uint32_t> VersionedState::cleared_before(const AccountCell& cell, uint32_t index) {
    const AccountVersion* version = newest_before(cell.latest, index);
    while (version != nullptr && version->effect.load().clears_storage == 0)
        version = version->older.load(std::memory_order_acquire);
    return version == nullptr ? std::nullopt
                              : std::optional(version->index.load(std::memory_order_relaxed));
}

bool VersionedState::has_storage_before(const Address& address, uint32_t index) const {
    const AccountCell* cell = find_account(address);
    if (cell == nullptr) return base_->has_storage(address);
    // Only an account without code is asked, and no execution writes to the storage of one: a walk
    // over all slots is as good as never made.
    if (cell->has_slots.load(std::memory_order_acquire) &&
        slot_table_.any_of([&](const SlotCell& slot) {
            return slot.owner == cell && !value_before(slot, index).is_zero();
        }))
        return true;
    return !cell->storage_gone.load(std::memory_order_acquire) && !cleared_before(*cell, index) &&
           base_->has_storage(address);
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
    if (last_account_ == nullptr || last_account_->address != address)
        last_account_ = &state_->account_cell(worker_, address);
    SlotCell& cell = state_->slot_cell(worker_, *last_account_, key);
    if (touched_ != nullptr) touched_->slots.push_back(&cell);
    return VersionedState::value_before(cell, index_);
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

SlotVersion* VersionedState::Worker::slot_version(uint32_t index, const Uint256& value,
                                                  bool is_added) {
    SlotVersion* out = nullptr;
    if (free_slot_versions.empty()) {
        out = arena.make<SlotVersion>();
    } else {
        out = free_slot_versions.back();
        free_slot_versions.pop_back();
        // Whoever sees what follows sees that the version left its list.
        std::atomic_thread_fence(std::memory_order_release);
    }
    out->index.store(index, std::memory_order_relaxed);
    out->is_added.store(is_added, std::memory_order_relaxed);
    out->value.store(value);
    return out;
}

AccountVersion* VersionedState::Worker::account_version(uint32_t index,
                                                        const AccountEffect& effect) {
    AccountVersion* out = nullptr;
    if (free_account_versions.empty()) {
        out = arena.make<AccountVersion>();
    } else {
        out = free_account_versions.back();
        free_account_versions.pop_back();
        std::atomic_thread_fence(std::memory_order_release);
    }
    out->index.store(index, std::memory_order_relaxed);
    out->effect.store(effect);
    return out;
}

void VersionedState::publish(uint32_t worker, uint32_t index, const StateChanges& changes,
                             Touched& touched) {
    if (!changes.codes.empty()) {
        const std::unique_lock lock(codes_mutex_);
        for (const CodeChange& code : changes.codes)
            codes_.emplace(code.hash, code.code);
        codes_published_.store(true, std::memory_order_release);
    }
    Worker& own = workers_[worker];
    touched.account_versions.clear();
    touched.slot_versions.clear();
    touched.fee = {};
    for (const AccountChange& change : changes.accounts) {
        if (is_fee(change)) {
            touched.fee = change.account->balance;
            continue;
        }
        AccountCell& cell = touched_account(worker, change.address, touched);
        const AccountEffect effect = AccountEffect::of(change);
        if (effect.clears_storage != 0) cell.has_clears.store(true, std::memory_order_release);
        const auto slots = changes.storage_of(change);
        for (size_t i = 0; i < slots.size(); ++i) {
            SlotCell& slot_cell = touched_slot(worker, cell, slots[i].key, touched);
            SlotVersion* const version =
                own.slot_version(index, slots[i].value, change.is_added(i));
            link(slot_cell, version);
            touched.slot_versions.push_back({&slot_cell, version});
        }
        if (!shows_in_account(change)) continue;
        AccountVersion* const version = own.account_version(index, effect);
        link(cell, version);
        touched.account_versions.push_back({&cell, version});
    }
}

void VersionedState::withdraw(uint32_t worker, Touched& touched) {
    // Code stays: it is named by its hash, so that nobody finds it who should not.
    const auto take_out = [](auto& publication, auto& free) {
        const CellLock lock(publication.cell->lock);
        const SettleScope scope(publication.cell->sequence);
        unlink_locked(*publication.cell, publication.version);
        free.push_back(publication.version);
    };
    Worker& own = workers_[worker];
    for (auto& publication : touched.account_versions)
        take_out(publication, own.free_account_versions);
    for (auto& publication : touched.slot_versions)
        take_out(publication, own.free_slot_versions);
    touched.clear();
}

/// At the turn of transaction `index` nothing but final values is left below it.
bool VersionedState::account_holds(const AccountCell& cell, uint32_t index,
                                   const ReadSet::AccountRead& read) const {
    if (cell.address == beneficiary_ || newest_before(cell.latest, index) != nullptr)
        return read.holds(value_before(cell, index));
    return read.holds(read_settled(cell.sequence, [&] { return cell.settled.load(); }).optional());
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
        if (!account_holds(cell, index, read)) return false;
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
            noted ? *touched.slots[i]
                  : slot_cell(worker, account_cell(worker, read.address), read.key);
        if (!reads.holds(read, value_before(cell, index))) return false;
    }
    return true;
}

// --- Settling

void VersionedState::settle_account(AccountCell& cell, AccountVersion* version) {
    const AccountEffect effect = version->effect.load();
    const bool is_beneficiary = cell.address == beneficiary_;
    {
        const CellLock lock(cell.lock);
        const SettleScope scope(cell.sequence);
        AccountValue value = cell.settled.load();
        if (is_beneficiary) value.account.balance += fees_.load();
        effect.apply_to(value);
        cell.settled.store(value);
        unlink_locked(cell, version);
    }
    if (is_beneficiary) fees_.store({});
    if (effect.clears_storage != 0) {
        cell.storage_gone.store(true, std::memory_order_release);
        forget_storage(cell);
    }
}

/// Slots that never had a final value of their own need nothing: see `value_before`.
void VersionedState::forget_storage(AccountCell& owner) {
    if (!owner.has_slots.load(std::memory_order_acquire)) return;
    static_cast<void>(slot_table_.any_of([&](SlotCell& slot) {
        if (slot.owner != &owner || !slot.written.load(std::memory_order_relaxed)) return false;
        const CellLock lock(slot.lock);
        const SettleScope scope(slot.sequence);
        slot.settled.store({});
        return false;
    }));
}

void VersionedState::settle(uint32_t worker, const StateChanges& changes, Touched& touched) {
    for (const CodeChange& code : changes.codes)
        settled_codes_.emplace(code.hash, code.code);
    Worker& own = workers_[worker];
    // An account's storage goes before what the transaction wrote to it afterwards.
    for (const auto& [cell, version] : touched.account_versions) {
        settle_account(*cell, version);
        own.free_account_versions.push_back(version);
    }
    for (const auto& [cell, version] : touched.slot_versions) {
        const CellLock lock(cell->lock);
        const SettleScope scope(cell->sequence);
        Uint256 value = version->value.load();
        // Added to what stands there; of the base nothing does once the storage has gone.
        if (version->is_added.load(std::memory_order_relaxed) &&
            (cell->written.load(std::memory_order_relaxed) ||
             !cell->owner->storage_gone.load(std::memory_order_relaxed)))
            value += cell->settled.load();
        cell->settled.store(value);
        cell->written.store(true, std::memory_order_relaxed);
        unlink_locked(*cell, version);
        own.free_slot_versions.push_back(version);
    }
    if (!touched.fee.is_zero()) fees_.store(fees_.load() + touched.fee);
}

void VersionedState::settle_fees() {
    const Uint256 credited = fees_.load();
    if (credited.is_zero()) return;
    AccountCell& cell = account_cell(0, beneficiary_);
    AccountValue value = cell.settled.load();
    value.account.balance += credited;
    value.exists = 1;
    cell.settled.store(value);
    fees_.store({});
}

}  // namespace switchyard::execute
