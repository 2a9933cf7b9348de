// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/estimate.hpp"

#include <algorithm>

#include "host/chain/blob_fee.hpp"

namespace switchyard::node::eth {
namespace {

constexpr uint64_t kTransferGas = 21'000;
constexpr uint64_t kCallStipend = 2'300;
constexpr uint64_t kErrorPerMille = 15;

rpc::RpcError failed(std::string message) {
    return {rpc::code::kServer, std::move(message), {}};
}

bool is_out_of_gas(execute::TransactionError error) {
    return error == execute::TransactionError::IntrinsicGasTooLow ||
           error == execute::TransactionError::FloorGasTooLow;
}

/// What the sender can pay for, with all else paid.
rpc::Answer<uint64_t> affordable_gas(const SignedTransaction& call, const StateView& state,
                                     uint64_t at_most) {
    const Transaction& transaction = call.transaction;
    if (transaction.max_fee_per_gas.is_zero()) return at_most;
    Uint256 available = state.account(call.sender).value_or(Account{}).balance;
    if (!transaction.value.is_zero()) {
        if (transaction.value >= available) return failed("insufficient funds for transfer");
        available -= transaction.value;
    }
    const Uint256 blobs =
        Uint256(execute::blob_gas(transaction)) * transaction.max_fee_per_blob_gas;
    if (blobs >= available && !blobs.is_zero())
        return failed("insufficient funds for gas * price + value");
    available -= blobs;
    return std::min(at_most, (available / transaction.max_fee_per_gas).saturated());
}

}  // namespace

rpc::Answer<uint64_t> estimate_gas(CallRunner& runner, const CallRequest& request,
                                   const EthLimits& limits) {
    auto call = runner.transaction(request);
    if (!call) return call.error();
    uint64_t high = runner.block().gas_limit;
    if (request.gas && *request.gas >= kTransferGas) high = *request.gas;
    if (runner.rules().revision >= Revision::Osaka)
        high = std::min(high, execute::kTransactionGasCap);
    const auto affordable = affordable_gas(*call, runner.state(), high);
    if (!affordable) return affordable.error();
    high = std::min(*affordable, limits.call_gas);

    execute::CallOutcome last;
    const auto succeeds = [&](uint64_t gas) {
        call->transaction.gas_limit = gas;
        last = runner.run(*call);
        return last.outcome.error == execute::TransactionError::None && last.outcome.success();
    };
    const Account target =
        request.to ? runner.state().account(*request.to).value_or(Account{}) : Account{};
    const auto& outcome = last.outcome;
    if (request.to && request.data.empty() && !target.has_code() && high >= kTransferGas &&
        succeeds(kTransferGas))
        return kTransferGas;
    if (!succeeds(high)) {
        if (is_out_of_gas(outcome.error) || (outcome.error == execute::TransactionError::None &&
                                             outcome.status == evm::Status::OutOfGas))
            return failed("gas required exceeds allowance (" + std::to_string(high) + ")");
        if (outcome.error != execute::TransactionError::None)
            return failed("failed with " + std::to_string(high) +
                          " gas: " + runner.refusal(*call, outcome));
        return describe_failure(outcome);
    }
    uint64_t low = outcome.gas_used - 1;
    const uint64_t likely = (last.max_gas_used + kCallStipend) * 64 / 63;
    if (likely < high) (succeeds(likely) ? high : low) = likely;
    while (!evm::has_no_result(outcome.status) && low + 1 < high &&
           (high - low) * 1000 >= high * kErrorPerMille) {
        uint64_t middle = low + (high - low) / 2;
        // Most calls need little more than they use.
        if (middle / 2 > low) middle = low * 2;
        (succeeds(middle) ? high : low) = middle;
    }
    if (evm::has_no_result(outcome.status)) return describe_failure(outcome);
    return high;
}

}  // namespace switchyard::node::eth
