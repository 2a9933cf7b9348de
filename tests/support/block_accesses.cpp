// SPDX-License-Identifier: Apache-2.0
#include "tests/support/block_accesses.hpp"

#include <optional>
#include <set>

#include "host/execute/block_execution.hpp"
#include "host/execute/block_validation.hpp"
#include "host/state/block_state.hpp"
#include "tools/fixtures/block_environment.hpp"
#include "tools/fixtures/memory_state.hpp"

namespace switchyard::test {
namespace {

enum class Part : uint8_t { Balance, Identity, Storage, Slot };

uint64_t key_of(Part part, const Address& address, const Uint256& slot = {}) {
    const Bytes32 bytes = to_bytes32(slot);
    const uint64_t account = mix_bytes(address.data(), address.size(), static_cast<uint64_t>(part));
    return part == Part::Slot ? mix_bytes(bytes.data(), bytes.size(), account) : account;
}

/// Collects the accesses of one transaction; each key and kind once.
class Recorder {
  public:
    Recorder(AccessBatch& batch, KeyGrain grain, const std::set<Address>& cleared)
        : batch_(batch), grain_(grain), cleared_(cleared) {}

    void add_reads(const ReadSet& reads) {
        for (const auto& read : reads.accounts) {
            if (read.depends_on(AccountField::Balance))
                account(Part::Balance, read.address, AccessKind::Read);
            if (read.depends_on(AccountField::Nonce) || read.depends_on(AccountField::CodeHash) ||
                read.depends_on(AccountField::Existence))
                account(Part::Identity, read.address, AccessKind::Read);
            if (read.depends_on(AccountField::HasStorage))
                add(key_of(Part::Storage, read.address), AccessKind::Read);
        }
        for (const auto& read : reads.storage)
            slot(read.address, read.key, AccessKind::Read);
    }

    void add_changes(const StateChanges& changes, const StateView& before) {
        for (const AccountChange& change : changes.accounts) {
            const bool deleted = !change.account;
            if (deleted || !change.balance_is_delta)
                account(Part::Balance, change.address, AccessKind::Write);
            else if (!change.account->balance.is_zero())
                account(Part::Balance, change.address, AccessKind::Add);
            if (deleted || change.nonce_written || change.code_written)
                account(Part::Identity, change.address, AccessKind::Write);
            else if (!before.account(change.address))
                account(Part::Identity, change.address, AccessKind::Add);  // it exists from now on
            if (deleted || change.storage_cleared)
                add(key_of(Part::Storage, change.address), AccessKind::Write);
            for (const StorageChange& written : changes.storage_of(change))
                slot(change.address, written.key, AccessKind::Write);
        }
    }

  private:
    void account(Part part, const Address& address, AccessKind kind) {
        add(key_of(grain_ == KeyGrain::Account ? Part::Identity : part, address), kind);
    }
    void slot(const Address& address, const Uint256& key, AccessKind kind) {
        if (cleared_.contains(address)) add(key_of(Part::Storage, address), AccessKind::Read);
        add(key_of(Part::Slot, address, key), kind);
    }
    void add(uint64_t key, AccessKind kind) {
        if (seen_.emplace(key, kind).second) batch_.add(key, kind);
    }

    AccessBatch& batch_;
    KeyGrain grain_;
    const std::set<Address>& cleared_;
    std::set<std::pair<uint64_t, AccessKind>> seen_;
};

/// One serial execution; `cleared` are the accounts known to lose their storage in this block, and
/// those found to do so are added.
Result<AccessBatch> record(const fixtures::MainnetBlock& block,
                           std::span<const SignedTransaction> transactions, KeyGrain grain,
                           std::set<Address>& cleared) {
    const MemoryState parent = fixtures::memory_state_of(block.pre);
    const fixtures::ListedHashes hashes(block.block_hashes);
    std::optional<trie::MemoryNodes> nodes;
    std::optional<fixtures::WitnessRoots> roots;
    execute::BlockInput input;
    input.header = &block.header;
    input.rules =
        execute::rules_for_block(block.config, block.header.number, block.header.timestamp);
    input.transactions = transactions;
    input.ommers = block.ommers;
    input.hashes = &hashes;
    input.scope = block.witness ? execute::BlockScope::Full : execute::BlockScope::TransactionsOnly;
    if (block.witness && input.rules.revision < Revision::Byzantium) {
        nodes.emplace(block.witness->nodes);
        roots.emplace(block.witness->state_root, *nodes);
        input.roots = &*roots;
    }

    evm::Evm evm(input.rules.revision);
    TransactionState transaction_state;
    BlockState state(parent);
    execute::BlockResult result;
    if (auto before = execute::execute_before_transactions(input, evm, transaction_state, state);
        !before)
        return before.error();
    const evm::BlockContext context = execute::block_context(input);
    StateChanges changes;
    AccessBatch batch;
    for (size_t i = 0; i < transactions.size(); ++i) {
        auto outcome = execute::execute_transaction(evm, transaction_state, state, input.rules,
                                                    context, transactions[i], changes);
        batch.begin_transaction(outcome.gas_used);
        Recorder recorder(batch, grain, cleared);
        recorder.add_reads(transaction_state.reads());
        recorder.add_changes(changes, state);
        for (const AccountChange& change : changes.accounts)
            if (!change.account || change.storage_cleared) cleared.insert(change.address);
        if (auto committed =
                execute::commit_transaction(input, i, std::move(outcome), changes, state, result);
            !committed)
            return committed.error();
    }
    return batch;
}

}  // namespace

Result<AccessBatch> executed_accesses(const fixtures::MainnetBlock& block, KeyGrain grain) {
    std::vector<Transaction> decoded;
    for (const Bytes& encoded : block.transactions) {
        auto transaction = decode_transaction(encoded);
        if (!transaction) return transaction.error();
        decoded.push_back(std::move(*transaction));
    }
    const auto transactions = execute::recover_transactions(
        std::move(decoded),
        execute::rules_for_block(block.config, block.header.number, block.header.timestamp));
    if (!transactions) return transactions.error();
    // The first execution finds out whose storage is deleted.
    std::set<Address> cleared;
    if (auto first = record(block, *transactions, grain, cleared); !first) return first.error();
    return record(block, *transactions, grain, cleared);
}

}  // namespace switchyard::test
