// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/workloads/workload_run.hpp"

#include <algorithm>

#include "tools/workloads/contracts.hpp"

namespace switchyard::test {

WorkloadRun::WorkloadRun(Result<workloads::Workload> made, size_t block) {
    if (!made) {
        ADD_FAILURE() << made.error().message;
        return;
    }
    workload_ = std::move(*made);
    auto opened = workloads::WorkloadChain::open(workload_);
    if (!opened) {
        ADD_FAILURE() << workload_.name << ": " << opened.error().message;
        return;
    }
    chain_ = std::move(*opened);
    const std::span<const SignedTransaction> all = workload_.transactions;
    for (size_t i = 0; i < all.size(); i += block) {
        const auto input = chain_->next_block(all.subspan(i, std::min(block, all.size() - i)));
        const auto result = execute::execute_block_serial(input, chain_->state());
        if (!result) {
            ADD_FAILURE() << workload_.name << ": " << result.error().message;
            return;
        }
        receipts_.insert(receipts_.end(), result->receipts.begin(), result->receipts.end());
        chain_->apply(*result);
    }
}

size_t WorkloadRun::failures() const {
    return static_cast<size_t>(std::ranges::count(receipts_, false, &Receipt::success));
}

Address WorkloadRun::labelled(const std::string& label) const {
    const auto found = std::ranges::find(workload_.labels, label, &workloads::Label::text);
    if (found == workload_.labels.end()) {
        ADD_FAILURE() << "no label " << label;
        return {};
    }
    return found->address;
}

std::vector<Address> WorkloadRun::accounts() const {
    std::vector<Address> out;
    for (const workloads::GenesisAccount& account : workload_.genesis)
        out.push_back(account.address);
    return out;
}

std::vector<Uint256> WorkloadRun::view(const Address& contract, std::string_view artifact,
                                       std::string_view signature,
                                       std::initializer_list<workloads::AbiValue> arguments) {
    if (!chain_) return {Uint256{}};
    const Address& caller = workload_.genesis.front().address;
    SignedTransaction call;
    call.sender = caller;
    call.transaction.type = TransactionType::DynamicFee;
    call.transaction.chain_id = chain_->config().chain_id;
    call.transaction.nonce = chain_->state().account(caller)->nonce;
    call.transaction.max_fee_per_gas = *chain_->header().base_fee_per_gas;
    call.transaction.gas_limit = 10'000'000;
    call.transaction.to = contract;
    call.transaction.data =
        workloads::abi_call(workloads::selector(artifact, signature), arguments);
    execute::BlockInput input;
    input.header = &chain_->header();
    input.rules = execute::rules_for_block(chain_->config(), chain_->header().number,
                                           chain_->header().timestamp);
    evm::Evm evm(input.rules.revision);
    TransactionState state;
    StateChanges changes;
    const auto outcome = execute::execute_transaction(evm, state, chain_->state(), input.rules,
                                                      execute::block_context(input), call, changes);
    EXPECT_EQ(outcome.error, execute::TransactionError::None);
    EXPECT_TRUE(outcome.success()) << artifact << " " << signature;
    std::vector<Uint256> out;
    for (size_t i = 0; i + 32 <= outcome.output.size(); i += 32)
        out.push_back(load_big_endian(outcome.output.data() + i));
    if (out.empty()) {
        ADD_FAILURE() << "no answer: " << artifact << " " << signature;
        out.emplace_back();
    }
    return out;
}

Uint256 WorkloadRun::word(const Address& contract, std::string_view artifact,
                          std::string_view signature,
                          std::initializer_list<workloads::AbiValue> arguments) {
    return view(contract, artifact, signature, arguments).front();
}

}  // namespace switchyard::test
