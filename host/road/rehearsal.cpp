// SPDX-License-Identifier: Apache-2.0
#include "host/road/rehearsal.hpp"

#include <algorithm>

#include "host/execute/call_execution.hpp"

namespace switchyard {

struct Rehearsal::Machine {
    execute::ObservedEvm evm;
    TransactionState state;
    StateChanges changes;
};

Rehearsal::Rehearsal() = default;
Rehearsal::~Rehearsal() = default;

std::optional<uint64_t> Rehearsal::run(const execute::BlockInput& input, const StateView& parent,
                                       size_t index, evm::Observation& observation,
                                       plan::ObservedAccesses& accesses) {
    if (!machine_) machine_ = std::make_unique<Machine>();
    observation.clear();
    const SignedTransaction& transaction = input.transactions[index];
    const auto done = execute::execute_call(
        machine_->evm.evm_for(input.rules.revision, &observation, true), machine_->state, parent,
        input.rules, execute::block_context(input), transaction, {}, machine_->changes);
    if (done.outcome.error != execute::TransactionError::None ||
        done.outcome.status == evm::Status::UnsupportedPrecompile)
        return std::nullopt;
    accesses.assign(machine_->state.reads(), machine_->changes, transaction.sender,
                    input.header->beneficiary);
    return done.outcome.gas_used;
}

void Rehearsal::note(uint64_t work, uint64_t took_ns) {
    if (work == 0) return;
    const double times = static_cast<double>(took_ns) / static_cast<double>(work);
    times_ += (std::clamp(times, times_ / 4, times_ * 4) - times_) / 4;
}

}  // namespace switchyard
