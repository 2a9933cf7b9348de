// SPDX-License-Identifier: Apache-2.0
// An execution of one transaction that nobody waits for, to learn from.
#pragma once

#include <memory>
#include <optional>

#include "host/execute/block_execution.hpp"
#include "host/plan/observed_accesses.hpp"

namespace switchyard {

/// Executes single transactions of a block over the state before it, observed. What it finds is a
/// prediction's matter alone: a transaction that depends on others of its block may do something
/// else there. One thread at a time, any; keeps its memory.
class Rehearsal {
  public:
    Rehearsal();
    ~Rehearsal();
    Rehearsal(const Rehearsal&) = delete;
    Rehearsal& operator=(const Rehearsal&) = delete;

    /// The gas that it used; nothing if it is refused there. Nonce and code of the sender are not
    /// asked for: they are what transactions before it make them. `observation` is emptied first.
    /// `parent` must bear other threads.
    [[nodiscard]] std::optional<uint64_t> run(const execute::BlockInput& input,
                                              const StateView& parent, size_t index,
                                              evm::Observation& observation,
                                              plan::ObservedAccesses& accesses);

    /// What `run` takes, in nanoseconds, for a transaction of so much `expected_work`: by a running
    /// mean of what it took before.
    [[nodiscard]] uint64_t expected_ns(uint64_t work) const {
        return static_cast<uint64_t>(static_cast<double>(work) * times_);
    }
    void note(uint64_t work, uint64_t took_ns);

  private:
    struct Machine;
    std::unique_ptr<Machine> machine_;  ///< made when first needed
    double times_ = 4;
};

}  // namespace switchyard
