// SPDX-License-Identifier: Apache-2.0
// Observations of a block's transactions, whoever executes them.
#pragma once

#include <optional>

#include "host/evm/observation.hpp"
#include "host/execute/transaction_execution.hpp"

namespace switchyard::execute {

/// Chooses the executions that are observed, and learns what became final. System calls are not
/// observed.
class BlockObservation {
  public:
    virtual ~BlockObservation() = default;
    /// Where the execution of transaction `index` that begins writes what it hashes and whom it
    /// calls, emptied; null: it runs unobserved. Called from any thread, and again for the same
    /// index when the transaction runs again because its reads did not hold. The object belongs to
    /// the callee and to this index until `commit`.
    [[nodiscard]] virtual evm::Observation* begin(size_t index) = 0;
    /// Transaction `index` is final, with what its last execution read and changed; the object of
    /// that execution's `begin` is complete. In block order, one call at a time, on any thread.
    virtual void commit(size_t index, const ReadSet& reads, const StateChanges& changes,
                        const TransactionOutcome& outcome) = 0;
};

/// The EVM of one thread for executions that are observed or merge, made when first needed. Must not
/// be moved once it has served.
class ObservedEvm {
  public:
    /// The EVM of `revision`, which from here on writes to `observation` (null: nowhere) and, if
    /// `follows_words`, leaves slots open.
    [[nodiscard]] evm::Evm& evm_for(Revision revision, evm::Observation* observation,
                                    bool follows_words) {
        target_ = {observation, follows_words};
        if (!evm_ || revision_ != revision) {
            evm_.emplace(revision, target_);
            revision_ = revision;
        }
        return *evm_;
    }

  private:
    evm::ObservationTarget target_;
    std::optional<evm::Evm> evm_;
    Revision revision_ = Revision::Frontier;
};

}  // namespace switchyard::execute
