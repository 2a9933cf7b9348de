// SPDX-License-Identifier: Apache-2.0
#include "host/state/state_store.hpp"

#include "host/core/hex.hpp"
#include "host/state/sqlite/sqlite_store.hpp"
#include "host/state/trie/state_trie.hpp"

#include <algorithm>

namespace switchyard {

Result<StateStore> StateStore::open(const std::filesystem::path& path) {
    auto opened = sqlite::open_store(path);
    if (!opened) return opened.error();
    StateStore out;
    out.store_ = std::move(*opened);
    out.state_ = std::make_unique<MemoryState>();
    auto last = out.store_->last_block();
    if (!last) return last.error();
    out.last_block_ = *last;
    if (Result<void> loaded = out.store_->load(*out.state_); !loaded) return loaded.error();
    return out;
}

Result<void> StateStore::commit(const StoredBlock& block, const StateChanges& changes) {
    if (last_block_ && block.number != last_block_->number + 1)
        return Error{ErrorCode::InvalidInput,
                     "block " + std::to_string(block.number) + " does not follow block " +
                         std::to_string(last_block_->number) + " of the store"};
    for (const AccountChange& change : changes.accounts) {
        if (!change.account || state_->knows_code(change.account->code_hash)) continue;
        const bool is_new = std::any_of(
            changes.codes.begin(), changes.codes.end(),
            [&](const CodeChange& code) { return code.hash == change.account->code_hash; });
        if (!is_new)
            return Error{ErrorCode::InvalidInput, "the code of account " + to_hex(change.address) +
                                                      " is neither stored nor given"};
    }
    if (Result<void> stored = store_->commit(block, changes); !stored) return stored;
    state_->apply(changes);
    last_block_ = block;
    return {};
}

Result<void> StateStore::verify() const {
    if (!last_block_) return {};
    const Bytes32 root = trie::state_root(state_->all());
    if (root == last_block_->state_root) return {};
    return Error{ErrorCode::Mismatch, "the stored accounts have the root " + to_hex(root) +
                                          ", block " + std::to_string(last_block_->number) +
                                          " was stored with " + to_hex(last_block_->state_root)};
}

}  // namespace switchyard
