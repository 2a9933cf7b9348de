// SPDX-License-Identifier: Apache-2.0
#include "tools/accesses/block_accesses.hpp"

#include <algorithm>
#include <unordered_map>

#include "host/state/block_state.hpp"
#include "tools/accesses/change_history.hpp"

namespace switchyard::accesses {
namespace {

struct AccessKeyHash {
    size_t operator()(const AccessKey& key) const {
        return (std::hash<Address>{}(key.address) * 31 + std::hash<Uint256>{}(key.slot)) * 4 +
               static_cast<size_t>(key.part);
    }
};

/// Fills a `BlockAccesses` transaction by transaction.
class Recorder {
  public:
    explicit Recorder(BlockAccesses& out) : out_(out) {}

    void begin(const execute::TransactionOutcome& outcome) {
        out_.gas_used.push_back(outcome.gas_used);
        out_.succeeded.push_back(outcome.success());
    }

    void add_reads(const ReadSet& reads, const ChangeHistory& history) {
        for (const ReadSet::AccountRead& read : reads.accounts) {
            if (read.fields == 0) continue;
            // The balance is asked apart from the rest, so that each walks its own history.
            ReadSet::AccountRead balance = read;
            ReadSet::AccountRead identity = read;
            constexpr auto kBalance =
                static_cast<uint8_t>(static_cast<uint8_t>(AccountField::Balance) |
                                     static_cast<uint8_t>(AccountField::BalanceAtLeast));
            constexpr auto kStorage = static_cast<uint8_t>(AccountField::HasStorage);
            balance.fields = read.fields & kBalance;
            identity.fields = static_cast<uint8_t>(read.fields & ~(kBalance | kStorage));
            if (balance.fields != 0) {
                const uint32_t key = access({read.address, {}, KeyPart::Balance}, AccessKind::Read);
                history.who_decided_balance(balance, [&](uint32_t on) { depend(on, key); });
            }
            if (identity.fields != 0) {
                const uint32_t key =
                    access({read.address, {}, KeyPart::Identity}, AccessKind::Read);
                history.who_decided_identity(identity, [&](uint32_t on) { depend(on, key); });
            }
            if (read.depends_on(AccountField::HasStorage)) {
                const uint32_t key = access({read.address, {}, KeyPart::Storage}, AccessKind::Read);
                if (const auto on = history.who_cleared(read.address)) depend(*on, key);
            }
        }
        for (const ReadSet::StorageRead& read : reads.storage) {
            const uint32_t key = access({read.address, read.key, KeyPart::Slot}, AccessKind::Read);
            history.who_decided_slot(reads, read, [&](uint32_t on) { depend(on, key); });
        }
    }

    void add_changes(const StateChanges& changes, const StateView& before) {
        for (const AccountChange& change : changes.accounts) {
            const bool deleted = !change.account;
            if (deleted || !change.balance_is_delta)
                access({change.address, {}, KeyPart::Balance}, AccessKind::Write);
            else if (!change.account->balance.is_zero())
                access({change.address, {}, KeyPart::Balance}, AccessKind::Add);
            if (deleted || change.nonce_written || change.code_written)
                access({change.address, {}, KeyPart::Identity}, AccessKind::Write);
            else if (!before.account(change.address))
                access({change.address, {}, KeyPart::Identity}, AccessKind::Add);
            if (deleted || change.storage_cleared)
                access({change.address, {}, KeyPart::Storage}, AccessKind::Write);
            const auto slots = changes.storage_of(change);
            for (size_t i = 0; i < slots.size(); ++i)
                access({change.address, slots[i].key, KeyPart::Slot},
                       change.is_added(i) ? AccessKind::Add : AccessKind::Write);
        }
    }

    void end() {
        auto accesses = std::span(out_.accesses).subspan(out_.access_begin.back());
        std::sort(accesses.begin(), accesses.end(),
                  [](const TransactionAccess& a, const TransactionAccess& b) {
                      return a.key != b.key ? a.key < b.key : a.kind < b.kind;
                  });
        const auto last = std::unique(accesses.begin(), accesses.end());
        out_.accesses.resize(out_.accesses.size() - static_cast<size_t>(accesses.end() - last));
        out_.access_begin.push_back(out_.accesses.size());

        std::sort(found_.begin(), found_.end(), [](const Dependency& a, const Dependency& b) {
            return a.on != b.on ? a.on < b.on : a.key < b.key;
        });
        for (const Dependency& dependency : found_)
            if (out_.dependencies.size() == out_.dependency_begin.back() ||
                out_.dependencies.back().on != dependency.on)
                out_.dependencies.push_back(dependency);
        out_.dependency_begin.push_back(out_.dependencies.size());
        found_.clear();
    }

  private:
    uint32_t access(const AccessKey& key, AccessKind kind) {
        const auto [at, is_new] =
            numbers_.try_emplace(key, static_cast<uint32_t>(out_.keys.size()));
        if (is_new) out_.keys.push_back(key);
        out_.accesses.push_back({at->second, kind});
        return at->second;
    }
    void depend(uint32_t on, uint32_t key) { found_.push_back({on, key}); }

    BlockAccesses& out_;
    std::unordered_map<AccessKey, uint32_t, AccessKeyHash> numbers_;
    std::vector<Dependency> found_;  // of the transaction under way
};

}  // namespace

Result<BlockAccesses> record_accesses(const execute::BlockInput& input, const StateView& parent) {
    evm::Evm evm(input.rules.revision);
    execute::ObservedEvm observed;
    TransactionState transaction_state;
    BlockState state(parent);
    execute::BlockResult result;
    if (auto before = execute::execute_before_transactions(input, evm, transaction_state, state);
        !before)
        return before.error();
    const evm::BlockContext context = execute::block_context(input);
    BlockAccesses out;
    Recorder recorder(out);
    ChangeHistory history;
    StateChanges changes;
    for (uint32_t i = 0; i < input.transactions.size(); ++i) {
        auto outcome = execute::execute_transaction(
            execute::evm_of_transaction(input, i, evm, observed), transaction_state, state,
            input.rules, context, input.transactions[i], changes);
        recorder.begin(outcome);
        recorder.add_reads(transaction_state.reads(), history);
        recorder.add_changes(changes, state);
        recorder.end();
        history.add(i, changes, state);
        if (auto committed =
                execute::commit_transaction(input, i, std::move(outcome), changes, state, result);
            !committed)
            return committed.error();
    }
    return out;
}

}  // namespace switchyard::accesses
