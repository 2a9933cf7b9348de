// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/simulation.hpp"

#include <algorithm>

#include "host/chain/base_fee.hpp"
#include "host/chain/blob_fee.hpp"
#include "host/chain/hash.hpp"
#include "host/execute/block_roots.hpp"
#include "host/node/eth/read_values.hpp"

namespace switchyard::node::eth {
namespace {

constexpr uint64_t kSecondsPerBlock = 12;
constexpr int kVmError = -32015;
constexpr uint8_t kEmptyList = 0xc0;  // RLP

/// BLOCKHASH over simulated blocks, and below them the chain.
class SimulatedHashes final : public evm::BlockHashes {
  public:
    SimulatedHashes(const Archive& archive, const BlockPointer& base)
        : below_(archive, base), first_(base->number() + 1) {}
    void add(const Bytes32& hash) { hashes_.push_back(hash); }
    [[nodiscard]] Bytes32 block_hash(uint64_t number) const override {
        if (number < first_) return below_.block_hash(number);
        return number - first_ < hashes_.size() ? hashes_[number - first_] : Bytes32{};
    }

  private:
    AncestorHashes below_;
    const uint64_t first_;
    std::vector<Bytes32> hashes_;
};

rpc::RpcError refused(int code, std::string message) {
    return {code, std::move(message), {}};
}

int code_of(execute::TransactionError error) {
    using execute::TransactionError;
    switch (error) {
        case TransactionError::NonceTooLow:
            return -38010;
        case TransactionError::NonceTooHigh:
            return -38011;
        case TransactionError::MaxFeeBelowBaseFee:
            return -38012;
        case TransactionError::IntrinsicGasTooLow:
        case TransactionError::FloorGasTooLow:
            return -38013;
        case TransactionError::InsufficientBalance:
            return -38014;
        case TransactionError::SenderHasCode:
            return -38024;
        case TransactionError::InitCodeTooLarge:
            return -38025;
        case TransactionError::PriorityFeeAboveMaxFee:
            return rpc::code::kInvalidParams;
        default:
            return rpc::code::kInternal;
    }
}

/// Numbers and times of all blocks, ascending; gaps are filled with empty blocks.
rpc::Answer<std::vector<SimulatedBlockRequest>> complete_blocks(
    std::vector<SimulatedBlockRequest> blocks, const BlockHeader& base, uint64_t blocks_max) {
    std::vector<SimulatedBlockRequest> out;
    uint64_t number = base.number;
    uint64_t time = base.timestamp;
    for (SimulatedBlockRequest& block : blocks) {
        const uint64_t wanted = block.environment.number.value_or(number + 1);
        if (wanted <= number)
            return refused(-38020, "block numbers must be in order: " + std::to_string(wanted) +
                                       " <= " + std::to_string(number));
        if (wanted - base.number > blocks_max) return refused(-38026, "too many blocks");
        while (number + 1 < wanted) {
            SimulatedBlockRequest& gap = out.emplace_back();
            gap.environment.number = ++number;
            gap.environment.time = time += kSecondsPerBlock;
        }
        number = wanted;
        block.environment.number = wanted;
        if (!block.environment.time) block.environment.time = time + kSecondsPerBlock;
        if (*block.environment.time <= time)
            return refused(-38021, "block timestamps must be in order: " +
                                       std::to_string(*block.environment.time) +
                                       " <= " + std::to_string(time));
        time = *block.environment.time;
        out.push_back(std::move(block));
    }
    return out;
}

class Simulation {
  public:
    Simulation(const EthBackend& backend, const ChainView& view, const SimulationRequest& request,
               const rpc::Context& context)
        : backend_(backend),
          request_(request),
          interruption_(context),
          base_(view.block()),
          state_(view),
          hashes_(backend.chain.archive(), base_),
          gas_left_(backend.limits.call_gas),
          parent_(base_->header()),
          parent_hash_(base_->hash) {}

    [[nodiscard]] rpc::Answer<SimulatedBlock> run(const SimulatedBlockRequest& request);

  private:
    [[nodiscard]] BlockHeader begin_header(const SimulatedBlockRequest& request,
                                           const execute::BlockRules& rules) const;
    [[nodiscard]] rpc::Answer<SimulatedCall> run_call(const CallRequest& request,
                                                      ArchivedBlock& block);
    [[nodiscard]] rpc::Failure finish(const SimulatedBlockRequest& request, ArchivedBlock& block);

    const EthBackend& backend_;
    const SimulationRequest& request_;
    RequestInterruption interruption_;
    const BlockPointer base_;
    BlockState state_;
    SimulatedHashes hashes_;
    uint64_t gas_left_;  ///< of all blocks
    BlockHeader parent_;
    Bytes32 parent_hash_;

    // Of the block that runs.
    execute::BlockInput input_;
    evm::BlockContext environment_;
    precompiles::MovedPrecompiles moved_;
    execute::BlockResult result_;
    TransactionState transaction_state_;
    StateChanges changes_;
    std::unique_ptr<TransferTracer> tracer_;
    std::unique_ptr<evm::Evm> evm_;
};

BlockHeader Simulation::begin_header(const SimulatedBlockRequest& request,
                                     const execute::BlockRules& rules) const {
    const BlockOverrides& environment = request.environment;
    BlockHeader out;
    out.parent_hash = parent_hash_;
    out.ommers_hash = keccak256(Bytes{kEmptyList});
    out.number = *environment.number;
    out.timestamp = *environment.time;
    out.beneficiary = environment.fee_recipient.value_or(parent_.beneficiary);
    out.difficulty = environment.difficulty.value_or(parent_.difficulty);
    out.gas_limit = environment.gas_limit.value_or(parent_.gas_limit);
    out.prev_randao = environment.prev_randao.value_or(Bytes32{});
    const Revision revision = rules.revision;
    if (revision >= Revision::London) {
        // Without validation a call need not reach any base fee.
        out.base_fee_per_gas = Uint256(0);
        if (environment.base_fee)
            out.base_fee_per_gas = environment.base_fee;
        else if (request_.validation)
            out.base_fee_per_gas =
                parent_.base_fee_per_gas
                    ? next_base_fee(parent_.gas_limit, parent_.gas_used, *parent_.base_fee_per_gas)
                    : Uint256(kInitialBaseFee);
    }
    if (revision >= Revision::Cancun) {
        const ParentBlobGas gas{parent_.excess_blob_gas.value_or(0),
                                parent_.blob_gas_used.value_or(0),
                                parent_.base_fee_per_gas.value_or(Uint256(0))};
        out.excess_blob_gas = parent_.excess_blob_gas
                                  ? next_excess_blob_gas(revision, gas, rules.blobs)
                                  : uint64_t{0};
        out.parent_beacon_block_root = environment.beacon_root.value_or(Bytes32{});
    }
    if (revision >= Revision::Amsterdam) out.slot_number = parent_.slot_number.value_or(0) + 1;
    return out;
}

rpc::Answer<SimulatedCall> Simulation::run_call(const CallRequest& request, ArchivedBlock& block) {
    const uint64_t used = result_.gas_used;
    const uint64_t block_gas = environment_.gas_limit;
    const uint64_t wanted = request.gas.value_or(block_gas - std::min(used, block_gas));
    if (wanted > block_gas - std::min(used, block_gas))
        return refused(-38015, "block gas limit reached: " + std::to_string(used) +
                                   " >= " + std::to_string(block_gas));
    if (request.chain_id && *request.chain_id != input_.rules.chain_id)
        return refused(rpc::code::kServer, "chainId does not match node's");
    const uint64_t nonce = state_.account(request.from).value_or(Account{}).nonce;
    SignedTransaction call = transaction_of(request, input_.rules.chain_id, wanted, nonce);
    call.transaction.gas_limit = std::min(wanted, gas_left_);
    const Bytes encoded = encode_transaction(call.transaction);
    call.hash = keccak256(encoded);
    call.encoded_bytes = static_cast<uint32_t>(encoded.size());

    tracer_->next_transaction();
    const execute::CallRules rules{.check_nonce = request_.validation,
                                   .check_sender_code = false,
                                   .check_zero_fees = request_.validation};
    auto done = execute::execute_call(*evm_, transaction_state_, state_, input_.rules, environment_,
                                      call, rules, changes_);
    auto& outcome = done.outcome;
    if (outcome.error != execute::TransactionError::None)
        return refused(
            code_of(outcome.error),
            "err: " + describe_refusal(call, outcome, state_, environment_, input_.rules.revision) +
                " (supplied gas " + std::to_string(call.transaction.gas_limit) + ")");
    if (outcome.status == evm::Status::Interrupted) return describe_failure(outcome);
    if (outcome.status == evm::Status::UnsupportedPrecompile)
        return refused(rpc::code::kInternal, "a precompile is not supported");

    SimulatedCall out;
    out.success = outcome.success();
    if (out.success) out.returned = returned_data(outcome, changes_);
    out.gas_used = outcome.gas_used;
    out.max_gas_used = done.max_gas_used;
    out.logs = outcome.logs;
    out.log_indices = tracer_->indices();
    out.log_indices.resize(out.logs.size());
    if (!out.success) {
        out.error = describe_failure(outcome);
        if (outcome.status != evm::Status::Revert) out.error.code = kVmError;
    }
    gas_left_ -= std::min(gas_left_, outcome.gas_used);

    Receipt receipt;
    receipt.type = call.transaction.type;
    receipt.success = out.success;
    receipt.gas_used = outcome.gas_used;
    result_.gas_used += outcome.gas_used;
    result_.blob_gas_used += outcome.blob_gas_used;
    receipt.cumulative_gas_used = result_.gas_used;
    for (Log& log : outcome.logs)
        if (!request_.trace_transfers || !TransferTracer::is_transfer(log))
            receipt.logs.push_back(std::move(log));
    receipt.created_address = outcome.created;
    result_.receipts.push_back(std::move(receipt));
    state_.apply(changes_);
    block.transaction_hashes.push_back(call.hash);
    block.senders.push_back(call.sender);
    block.block.transactions.push_back(std::move(call.transaction));
    return out;
}

rpc::Failure Simulation::finish(const SimulatedBlockRequest&, ArchivedBlock& block) {
    BlockHeader& header = block.block.header;
    fill_logs_blooms(result_.receipts, result_.logs_bloom);
    if (const auto closed =
            execute::execute_closing_calls(input_, *evm_, transaction_state_, state_, result_);
        !closed)
        return answer_of(closed.error());
    StateChanges whole;
    state_.changes(whole);
    const auto root = backend_.chain.root_over(base_, std::move(whole));
    if (!root) return answer_of(root.error());
    header.state_root = *root;
    header.transactions_root = execute::transactions_root(block.block.transactions);
    header.receipts_root = execute::receipts_root(result_.receipts);
    header.logs_bloom = result_.logs_bloom;
    header.gas_used = result_.gas_used;
    if (input_.rules.revision >= Revision::Cancun) header.blob_gas_used = result_.blob_gas_used;
    header.requests_hash = result_.requests_hash;
    block.receipts = std::move(result_.receipts);
    block.hash = header_hash(header);
    block.encoded_bytes = encode_block(block.block).size();
    block.total_difficulty = base_->total_difficulty;
    return {};
}

rpc::Answer<SimulatedBlock> Simulation::run(const SimulatedBlockRequest& request) {
    SimulatedBlock out;
    out.block = std::make_shared<ArchivedBlock>();
    ArchivedBlock& block = *out.block;
    BlockHeader stub;
    stub.number = *request.environment.number;
    stub.timestamp = *request.environment.time;
    const auto rules = backend_.chain.rules_for(stub, base_->total_difficulty);
    BlockHeader& header = block.block.header;
    header = begin_header(request, rules);
    if (rules.revision >= Revision::Shanghai) {
        block.block.withdrawals =
            request.environment.withdrawals.value_or(std::vector<Withdrawal>{});
        header.withdrawals_root = execute::withdrawals_root(*block.block.withdrawals);
    }
    input_ = {};
    input_.header = &header;
    input_.rules = rules;
    input_.hashes = &hashes_;
    if (block.block.withdrawals) input_.withdrawals = *block.block.withdrawals;
    environment_ = execute::block_context(input_);
    if (request.environment.blob_base_fee)
        environment_.blob_base_fee = *request.environment.blob_base_fee;
    result_ = {};
    tracer_ = std::make_unique<TransferTracer>(transaction_state_, request_.trace_transfers);
    evm_ = std::make_unique<evm::Evm>(rules.revision, *tracer_, interruption_);

    moved_ = {};
    if (auto failure = apply_state_overrides(request.state, rules.revision, state_, moved_))
        return *failure;
    if (!moved_.empty()) environment_.moved_precompiles = &moved_;
    if (const auto begun =
            execute::execute_before_transactions(input_, *evm_, transaction_state_, state_);
        !begun)
        return answer_of(begun.error());
    for (const CallRequest& call : request.calls) {
        auto done = run_call(call, block);
        if (!done) return done.error();
        out.calls.push_back(*std::move(done));
    }
    if (auto failure = finish(request, block)) return *failure;
    hashes_.add(block.hash);
    parent_ = header;
    parent_hash_ = block.hash;
    return out;
}

}  // namespace

rpc::Answer<std::vector<SimulatedBlock>> simulate(const EthBackend& backend, const ChainView& view,
                                                  SimulationRequest request,
                                                  const rpc::Context& context) {
    auto blocks = complete_blocks(std::move(request.blocks), view.block()->header(),
                                  backend.limits.simulated_blocks);
    if (!blocks) return blocks.error();
    Simulation simulation(backend, view, request, context);
    std::vector<SimulatedBlock> out;
    for (const SimulatedBlockRequest& block : *blocks) {
        if (context.expired()) return refused(rpc::code::kTimeout, "the simulation took too long");
        auto done = simulation.run(block);
        if (!done) return done.error();
        out.push_back(*std::move(done));
    }
    return out;
}

}  // namespace switchyard::node::eth
