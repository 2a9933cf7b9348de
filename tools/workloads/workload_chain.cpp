// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/workload_chain.hpp"

#include "host/chain/base_fee.hpp"
#include "host/chain/hash.hpp"
#include "host/execute/system_code.hpp"

namespace switchyard::workloads {
namespace {

constexpr uint64_t kGenesisTime = 1'750'000'000;
constexpr uint64_t kBlockSeconds = 12;
constexpr uint64_t kGasLimit = 1'000'000'000'000;
/// New state is cheapest for what fits into a block just below a step of its price.
constexpr uint64_t kGasLimitWithStateGas = 95'000'000;
constexpr size_t kSetupBlock = 1'000;

/// How many of `transactions`, from the first on, one block takes.
size_t fitting(std::span<const SignedTransaction> transactions, uint64_t gas_limit) {
    uint64_t gas = 0;
    size_t count = 0;
    while (count < std::min(kSetupBlock, transactions.size())) {
        gas += transactions[count].transaction.gas_limit;
        if (gas > gas_limit && count > 0) break;
        ++count;
    }
    return count;
}

}  // namespace

Result<std::unique_ptr<WorkloadChain>> WorkloadChain::open(const Workload& workload) {
    std::unique_ptr<WorkloadChain> out(new WorkloadChain(workload));
    if (const auto prepared = out->prepare(workload.setup); !prepared) return prepared.error();
    return out;
}

WorkloadChain::WorkloadChain(const Workload& workload)
    : config_(ChainConfig::single_revision(workload.revision)) {
    for (const auto* part : {&workload.setup, &workload.transactions})
        if (!part->empty() && part->front().transaction.chain_id)
            config_.chain_id = *part->front().transaction.chain_id;
    for (const GenesisAccount& genesis : workload.genesis) {
        Account account = genesis.account;
        if (!genesis.code.empty()) account.code_hash = state_.add_code(genesis.code);
        state_.set_account(genesis.address, account);
        for (const auto& [slot, value] : genesis.storage)
            state_.set_storage(genesis.address, slot, value);
    }
    execute::deploy_system_contracts(workload.revision, state_);
    header_.gas_limit =
        workload.revision >= Revision::Amsterdam ? kGasLimitWithStateGas : kGasLimit;
    header_.timestamp = kGenesisTime;
    header_.base_fee_per_gas = Uint256{kInitialBaseFee};
    header_.withdrawals_root = Bytes32{};
    header_.blob_gas_used = 0;
    header_.excess_blob_gas = 0;
    header_.parent_beacon_block_root = Bytes32{};
    // What draws lots from the chain must not always draw the same.
    header_.prev_randao = keccak256(Bytes32{});
}

Result<void> WorkloadChain::prepare(std::span<const SignedTransaction> setup) {
    for (size_t i = 0; i < setup.size();) {
        const auto part = setup.subspan(i, fitting(setup.subspan(i), header_.gas_limit));
        execute::BlockInput block = input(part);
        // The state of the genesis block: no block of its own, and so nothing at its borders.
        block.scope = execute::BlockScope::TransactionsOnly;
        const auto result = execute::execute_block_serial(block, state_);
        if (!result) return result.error();
        for (size_t k = 0; k < part.size(); ++k)
            if (!result->receipts[k].success)
                return Error{ErrorCode::Mismatch,
                             "transaction " + std::to_string(i + k) + " of the preparation failed"};
        i += part.size();
        setup_gas_ += result->gas_used;
        apply(*result);
    }
    return {};
}

execute::BlockInput WorkloadChain::next_block(std::span<const SignedTransaction> transactions) {
    ++header_.number;
    header_.timestamp += kBlockSeconds;
    header_.prev_randao = keccak256(header_.prev_randao);
    return input(transactions);
}

execute::BlockInput WorkloadChain::input(std::span<const SignedTransaction> transactions) const {
    execute::BlockInput out;
    out.header = &header_;
    out.rules = execute::rules_for_block(config_, header_.number, header_.timestamp);
    out.transactions = transactions;
    return out;
}

}  // namespace switchyard::workloads
