// SPDX-License-Identifier: Apache-2.0
// Learns templates from executions.
#pragma once

#include <vector>

#include "host/plan/code_resolver.hpp"
#include "host/plan/explainer.hpp"
#include "host/plan/term_evaluator.hpp"

namespace switchyard::plan {

/// One finished execution. Borrowed.
struct ObservedExecution {
    TransactionFacts facts;
    Bytes32 code_hash;  ///< of the code that ran, as `CodeResolver` has it
    const evm::Observation* observation = nullptr;
    const ObservedAccesses* accesses = nullptr;
    uint64_t gas_used = 0;
};

/// Compares executions with what templates say of them, and adds to a template what it did not
/// know. One thread.
class TemplateLearner {
  public:
    /// Starts a block over `parent`, the state before it, from which its predictions were made.
    void begin_block(const BlockFacts& block, const StateView& parent);
    /// Learns from an execution of a transaction that runs code: for its own template, and, while
    /// that is young, for that of call data of any length. Time: two evaluations of a template and
    /// one explanation
    /// (`Explainer::kWorkMax`).
    void learn(const ObservedExecution& execution, TemplateStore& store);

  private:
    void learn_template(const ObservedExecution& execution, Template& entry);
    void explain_missing(const ObservedExecution& execution, Template& entry);
    void note_proxy(const ObservedExecution& execution, TemplateStore& store) const;

    BlockFacts block_;
    const StateView* parent_ = nullptr;
    TermEvaluator evaluator_;
    Explainer explainer_;
    std::vector<bool> covered_;
    bool explains_ = false;  ///< the explainer has begun on the execution
};

}  // namespace switchyard::plan
