// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/workload_chain.hpp"

#include "host/chain/base_fee.hpp"
#include "host/chain/hash.hpp"

namespace switchyard::workloads {
namespace {

constexpr uint64_t kGenesisTime = 1'750'000'000;
constexpr uint64_t kBlockSeconds = 12;
constexpr uint64_t kGasLimit = 1'000'000'000'000;
constexpr size_t kSetupBlock = 1'000;

}  // namespace

Result<std::unique_ptr<WorkloadChain>> WorkloadChain::open(const Workload& workload,
                                                           Revision revision) {
    if (revision < Revision::Cancun)
        return Error{ErrorCode::InvalidInput,
                     "the contracts of the workloads need Cancun or a later revision"};
    std::unique_ptr<WorkloadChain> out(new WorkloadChain(workload, revision));
    if (const auto prepared = out->prepare(workload.setup); !prepared) return prepared.error();
    return out;
}

WorkloadChain::WorkloadChain(const Workload& workload, Revision revision)
    : config_(ChainConfig::single_revision(revision)) {
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
    header_.gas_limit = kGasLimit;
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
    for (size_t i = 0; i < setup.size(); i += kSetupBlock) {
        const auto part = setup.subspan(i, std::min(kSetupBlock, setup.size() - i));
        execute::BlockInput block = input(part);
        // The state of the genesis block: no block of its own, and so nothing at its borders.
        block.scope = execute::BlockScope::TransactionsOnly;
        const auto result = execute::execute_block_serial(block, state_);
        if (!result) return result.error();
        for (size_t k = 0; k < part.size(); ++k)
            if (!result->receipts[k].success)
                return Error{ErrorCode::Mismatch,
                             "transaction " + std::to_string(i + k) + " of the preparation failed"};
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
