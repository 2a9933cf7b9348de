// SPDX-License-Identifier: Apache-2.0
// Reads and commits; the checkpoint is in flat_state_checkpoint.cpp.
#include "host/state/flat/flat_state.hpp"

#include <algorithm>
#include <shared_mutex>

#include "host/core/hex.hpp"

namespace switchyard::flat {

FlatState::FlatState(std::unique_ptr<FlatStore> store, const FlatConfig& config)
    : config_(config),
      store_(std::move(store)),
      cache_(config.cache_bytes, config.code_cache_bytes),
      active_(std::make_unique<Overlay>()),
      last_block_(store_->block()),
      stored_block_(last_block_),
      replay_needed_to_(store_->replay_needed_to()),
      written_to_(stored_block_ ? std::optional(stored_block_->number) : std::nullopt),
      writer_([this] { checkpoint_thread(); }) {}

template <typename T>
T FlatState::answer(Result<T> result) const {
    if (result) return std::move(*result);
    fail(result.error());
    return T{};
}

std::optional<std::optional<Account>> FlatState::overlay_account(const Address& address) const {
    const Overlay::AccountEntry* entry = active_->account(address);
    if (entry == nullptr && frozen_ != nullptr) entry = frozen_->account(address);
    if (entry == nullptr) return std::nullopt;
    return entry->account;
}

std::optional<Uint256> FlatState::overlay_slot(const Address& address, const Uint256& key) const {
    std::optional<Uint256> value = active_->slot(address, key);
    if (!value && frozen_ != nullptr) value = frozen_->slot(address, key);
    return value;
}

const CodePointer* FlatState::overlay_code(const Bytes32& hash) const {
    const CodePointer* code = active_->code(hash);
    return code == nullptr && frozen_ != nullptr ? frozen_->code(hash) : code;
}

// No key of an overlay gets here, so that a checkpoint under way does not change what is read, and
// what is put into the cache stays true. (Views and prefetching, which run beside commits, do not
// rely on this.)
Result<std::optional<Account>> FlatState::account_below(const Address& address) const {
    if (auto cached = cache_.accounts.find(address)) return *cached;
    return store_->account(address);
}

Result<Uint256> FlatState::slot_below(const Address& address, const Uint256& key) const {
    if (auto cached = cache_.slots.find({address, key})) return *cached;
    return store_->storage(address, key);
}

Result<CodePointer> FlatState::code_below(const Bytes32& hash) const {
    if (CodePointer cached = cache_.code.find(hash); cached != nullptr) return cached;
    auto stored = store_->code(hash);
    if (stored && *stored != nullptr) cache_.code.put(hash, *stored);
    return stored;
}

std::optional<Account> FlatState::account(const Address& address) const {
    if (auto known = overlay_account(address)) return *known;
    if (auto cached = cache_.accounts.find(address)) return *cached;
    auto stored = store_->account(address);
    if (stored) cache_.accounts.put(address, *stored);
    return answer(std::move(stored));
}

Uint256 FlatState::storage(const Address& address, const Uint256& key) const {
    if (const auto known = overlay_slot(address, key)) return *known;
    if (const auto cached = cache_.slots.find({address, key})) return *cached;
    const auto stored = store_->storage(address, key);
    if (stored) cache_.slots.put({address, key}, *stored);
    return answer(stored);
}

CodePointer FlatState::code(const Bytes32& code_hash) const {
    if (code_hash == kEmptyCodeHash) return empty_code();
    if (const CodePointer* known = overlay_code(code_hash)) return *known;
    CodePointer out = answer(code_below(code_hash));
    if (out != nullptr) return out;
    fail({ErrorCode::Corrupt, "the store lacks the code " + to_hex(code_hash)});
    return empty_code();
}

bool FlatState::has_storage(const Address& address) const {
    if (!account(address)) return false;
    bool out = false;
    for_each_slot(address, [&](const Uint256&, const Uint256&) {
        out = true;
        return false;
    });
    return out;
}

void FlatState::for_each_slot(const Address& address, const SlotVisitor& visit) const {
    if (const auto done = visit_slots(address, visit); !done) fail(done.error());
}

Result<void> FlatState::visit_slots(const Address& address, const SlotVisitor& visit) const {
    const Overlay::AccountEntry* newer = active_->account(address);
    const Overlay::AccountEntry* older = frozen_ == nullptr ? nullptr : frozen_->account(address);
    if (newer != nullptr) {
        for (const auto& [key, value] : newer->slots.entries())
            if (!value.is_zero() && !visit(key, value)) return {};
        if (newer->storage_cleared) return {};
    }
    if (older != nullptr) {
        for (const auto& [key, value] : older->slots.entries()) {
            if (value.is_zero() || active_->slot(address, key)) continue;
            if (!visit(key, value)) return {};
        }
        if (older->storage_cleared) return {};
    }
    return store_->for_each_slot(address, [&](const Uint256& key, const Uint256& value) {
        return overlay_slot(address, key) || visit(key, value);
    });
}

void FlatState::fail(const Error& error) const {
    const std::lock_guard guard(failure_mutex_);
    if (!failure_) failure_ = error;
    failed_.store(true, std::memory_order_release);
}

std::optional<Error> FlatState::failure() const {
    if (!failed_.load(std::memory_order_acquire)) return std::nullopt;
    const std::lock_guard guard(failure_mutex_);
    return failure_;
}

std::optional<StoredBlock> FlatState::stored_block() const {
    const std::shared_lock guard(layers_lock_);
    return stored_block_;
}

std::optional<uint64_t> FlatState::replay_needed_to() const {
    if (!replay_needed_to_ || (last_block_ && last_block_->number >= *replay_needed_to_))
        return std::nullopt;
    return replay_needed_to_;
}

Result<void> FlatState::check_number(uint64_t number) const {
    if (number > INT64_MAX)
        return Error{ErrorCode::InvalidInput, "the block number needs more than 63 bits"};
    if (last_block_ && number != last_block_->number + 1)
        return Error{ErrorCode::InvalidInput,
                     "block " + std::to_string(number) + " does not follow block " +
                         std::to_string(last_block_->number) + " of the state"};
    if (!is_sealed_)
        return Error{ErrorCode::InvalidInput,
                     "block " + std::to_string(last_block_->number) + " is not sealed"};
    return {};
}

Result<void> FlatState::check_code(const StateChanges& changes) const {
    for (const AccountChange& change : changes.accounts) {
        if (!change.account || !change.account->has_code()) continue;
        const Bytes32& hash = change.account->code_hash;
        if (std::any_of(changes.codes.begin(), changes.codes.end(),
                        [&](const CodeChange& code) { return code.hash == hash; }) ||
            overlay_code(hash) != nullptr)
            continue;
        const auto known = code_below(hash);
        if (!known) return known.error();
        if (*known == nullptr)
            return Error{ErrorCode::InvalidInput, "the code of account " + to_hex(change.address) +
                                                      " is neither stored nor given"};
    }
    return {};
}

Result<void> FlatState::apply(uint64_t number, const StateChanges& changes) {
    if (const auto failed = failure()) return *failed;
    if (Result<void> follows = check_number(number); !follows) return follows;
    if (Result<void> room = make_room(); !room) return room;
    if (Result<void> known = check_code(changes); !known) return known;
    // Over a store whose shards stand at different blocks nobody can tell what was before.
    std::shared_ptr<const StateChanges> undo;
    if (!replay_needed_to()) undo = undo_of(changes, *this, config_.undo_record_bytes);
    if (const auto failed = failure()) return *failed;
    {
        const std::unique_lock guard(layers_lock_);
        active_->apply(changes);
        last_block_ = StoredBlock{number, {}, {}};
        is_sealed_ = false;
        history_.push({*last_block_, std::move(undo)});
    }
    update_pressure();
    return {};
}

void FlatState::seal(const StoredBlock& block) {
    SWITCHYARD_ASSERT(last_block_ && !is_sealed_ && block.number == last_block_->number);
    {
        const std::unique_lock guard(layers_lock_);
        last_block_ = block;
        is_sealed_ = true;
        history_.seal_last(block);
    }
    const bool is_due =
        active_->bytes() >= config_.overlay_bytes / 3 ||
        block.number - (stored_block_ ? stored_block_->number : 0) >= config_.checkpoint_blocks;
    if (is_due) begin_checkpoint();
    update_pressure();
}

Result<void> FlatState::commit(const StoredBlock& block, const StateChanges& changes) {
    if (Result<void> done = apply(block.number, changes); !done) return done;
    seal(block);
    return {};
}

Result<std::optional<StoredBlock>> FlatState::block_at(uint64_t number) const {
    {
        const std::shared_lock guard(layers_lock_);
        if (!last_block_ || number > last_block_->number) return std::optional<StoredBlock>{};
        if (number == last_block_->number)
            return is_sealed_ ? last_block_ : std::optional<StoredBlock>{};
        if (!history_.empty() && number >= history_.first())
            return std::optional(history_.block(number));
    }
    return store_->block_at(number);
}

FlatState::Memory FlatState::memory() const {
    const std::shared_lock guard(layers_lock_);
    return {overlay_bytes(), cache_.memory_bytes(), history_.stored_bytes()};
}

}  // namespace switchyard::flat
