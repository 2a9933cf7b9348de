// SPDX-License-Identifier: Apache-2.0
// `switchyard_accessSets`: what was predicted of each transaction, and what it accessed.
#include "host/node/switchyard/block_replay.hpp"
#include "host/node/switchyard/methods.hpp"
#include "host/plan/observed_accesses.hpp"

namespace switchyard::node::appliance {
namespace {

using rpc::Failure;

std::string_view name_of(PredictedKey name) {
    switch (name) {
        case PredictedKey::Account:
            return "account";
        case PredictedKey::Slot:
            return "slot";
        case PredictedKey::Common:
            break;
    }
    return "common";
}

std::string_view name_of(AccessKind kind) {
    switch (kind) {
        case AccessKind::Read:
            return "read";
        case AccessKind::Write:
            return "write";
        case AccessKind::Add:
            break;
    }
    return "add";
}

/// Writes each transaction as it becomes final, beside its prediction.
class AccessWriter final : public execute::BlockObservation {
  public:
    AccessWriter(const ReplayedBlock& replayed, const Planner& planner, const AccessBatch& batch,
                 std::optional<size_t> only, json::Writer& out)
        : replayed_(replayed), planner_(planner), batch_(batch), only_(only), out_(out) {}

    [[nodiscard]] evm::Observation* begin(size_t) override { return nullptr; }
    void commit(size_t index, const ReadSet& reads, const StateChanges& changes,
                const execute::TransactionOutcome&) override {
        if (only_ && *only_ != index) return;
        const SignedTransaction& transaction = replayed_.input().transactions[index];
        accesses_.assign(reads, changes, transaction.sender, replayed_.input().header->beneficiary);
        ++statistics_.transactions;
        ++statistics_.compared;
        write(index, transaction);
    }
    [[nodiscard]] const PredictionStatistics& statistics() const { return statistics_; }

  private:
    void write(size_t index, const SignedTransaction& transaction) {
        keys_ = batch_.keys(static_cast<uint32_t>(index));
        names_ = planner_.names(index);
        was_accessed_.assign(keys_.size(), false);
        const PredictionSource& source = planner_.sources()[index];
        statistics_.templated += source.observations != 0 ? 1 : 0;
        out_.begin_object();
        out_.member_data("hash", transaction.hash);
        out_.member_data("sender", transaction.sender);
        out_.member_quantity("templateObservations", source.observations);
        write_slots();
        write_accounts();
        write_predicted();
        out_.end_object();
    }
    void write_slots() {
        out_.key("slots");
        out_.begin_array();
        for (const plan::ObservedSlot& slot : accesses_.slots()) {
            const Bytes32 key = to_bytes32(slot.key);
            const bool predicted =
                find(planner_.keys().storage_key(slot.address, key), PredictedKey::Slot);
            ++statistics_.slots.accessed;
            statistics_.slots.both += predicted ? 1 : 0;
            out_.begin_object();
            out_.member_data("address", slot.address);
            out_.member_data("slot", key);
            out_.member("read", slot.is_read);
            out_.member("written", slot.is_written);
            out_.member("predicted", predicted);
            out_.end_object();
        }
        out_.end_array();
    }
    void write_accounts() {
        out_.key("accounts");
        out_.begin_array();
        for (const plan::ObservedAccount& account : accesses_.accounts()) {
            if (!account.orders()) continue;
            const bool predicted =
                find(planner_.keys().balance_key(account.address), PredictedKey::Account);
            ++statistics_.accounts.accessed;
            statistics_.accounts.both += predicted ? 1 : 0;
            out_.begin_object();
            out_.member_data("address", account.address);
            out_.member("readsBalance", account.reads_balance);
            out_.member("credited", account.is_credited);
            out_.member("written", account.is_written);
            out_.member("predicted", predicted);
            out_.end_object();
        }
        out_.end_array();
    }
    void write_predicted() {
        out_.key("predicted");
        out_.begin_array();
        for (size_t i = 0; i < keys_.size(); ++i) {
            statistics_.slots.predicted += names_[i] == PredictedKey::Slot ? 1 : 0;
            statistics_.accounts.predicted += names_[i] == PredictedKey::Account ? 1 : 0;
            out_.begin_object();
            out_.member_quantity("key", keys_[i].key);
            out_.member_string("what", name_of(names_[i]));
            out_.member_string("kind", name_of(keys_[i].kind));
            // Everybody accesses the common ones: what is counted of them is nothing.
            if (names_[i] != PredictedKey::Common) out_.member("accessed", bool(was_accessed_[i]));
            out_.end_object();
        }
        out_.end_array();
    }
    /// Whether the key was predicted; notes that it was accessed.
    [[nodiscard]] bool find(uint64_t key, PredictedKey name) {
        for (size_t i = 0; i < keys_.size(); ++i)
            if (keys_[i].key == key && names_[i] == name) {
                was_accessed_[i] = true;
                return true;
            }
        return false;
    }

    const ReplayedBlock& replayed_;
    const Planner& planner_;
    const AccessBatch& batch_;
    const std::optional<size_t> only_;
    json::Writer& out_;
    plan::ObservedAccesses accesses_;
    PredictionStatistics statistics_;
    // Of the transaction that is written.
    std::span<const KeyAccess> keys_;
    std::span<const PredictedKey> names_;
    std::vector<bool> was_accessed_;
};

}  // namespace

Failure access_sets(ApplianceBackend& backend, const rpc::Params& params,
                    const rpc::Context& context, json::Writer& out) {
    const auto prepared = prepare_replay(backend, params, true, context);
    if (!prepared) return prepared.error();
    const ReplayRequest& request = prepared->request;
    const ReplayedBlock& replayed = *prepared->block;
    BlockRoad& road = *prepared->road;

    // The road's own prediction is gone when its block is over, so this one is made beside it.
    Planner planner(kReplayKeySeed);
    AccessBatch batch;
    const BlockHeader& header = request.block->header();
    planner.predict(replayed.input().transactions,
                    {header.beneficiary, header.number, header.timestamp}, replayed.parent(),
                    road.templates(), batch);

    out.begin_object();
    out.member_quantity("number", header.number);
    out.member_data("hash", request.block->hash);
    out.member_quantity("learnedFrom", prepared->learned_from);
    out.key("transactions");
    out.begin_array();
    AccessWriter writer(replayed, planner, batch, request.only, out);
    execute::BlockInput input = replayed.input();
    input.observation = &writer;
    const auto result = execute::execute_block_serial(input, replayed.parent());
    if (const auto failed = replayed.parent().failure()) return replay_failed(*failed);
    if (!result) return replay_failed(result.error());
    out.end_array();
    write_prediction(out, writer.statistics());
    out.end_object();
    return {};
}

}  // namespace switchyard::node::appliance
