// SPDX-License-Identifier: Apache-2.0
// Serially or over lanes: what a block that has begun serially is to go on with.
#pragma once

#include <cstdint>

#include "host/chain/transaction.hpp"

namespace switchyard {

/// What a transaction takes to execute, about, in nanoseconds on a Zen 4. What counts is how they
/// compare: the road measures each block's own speed. `gas` is what it is predicted to use.
[[nodiscard]] uint64_t expected_work(const Transaction& transaction, uint64_t gas);

/// How far a block has come when its plan is there. Work is the sum of `expected_work`.
struct BlockProgress {
    uint32_t threads = 1;       ///< that would execute
    uint64_t transactions = 0;  ///< of the block
    uint64_t executed = 0;      ///< of these, serially
    uint64_t executed_ns = 0;   ///< what that took
    uint64_t executed_work = 0;
    uint64_t work = 0;          ///< of all transactions
    uint64_t largest_work = 0;  ///< of one
    /// Of those after `executed` whose accesses are known: payments, and calls with a template.
    uint64_t known_work = 0;
    double width = 1;  ///< how much of the plan may run side by side (`execute::plan_width`)
};

/// What lanes cost, in nanoseconds: as measured with mainnet blocks and workloads on two cores of a
/// Zen 4 (README of this folder).
struct LaneCosts {
    double start = 40'000;        ///< to wake other threads, and to come together at the end
    double take_over = 200;       ///< for each transaction executed before
    double transaction = 700;     ///< versions, validation, cells that pass from core to core
    double stretch = .1;          ///< of a transaction's time beside another's
    double unknown_stretch = .2;  ///< of one whose accesses are not known: it may run twice
    double gain_min = .08;        ///< share of the time left that lanes have to save
    double plan_min = 600'000;    ///< what has to be left for lanes before another thread is woken
    /// What is measured counts from here on: one transaction says little, and the first ones of a
    /// block are mostly its heaviest.
    double look_min = 30'000;
};

/// The time that the rest of the block takes, as far as is known.
struct ExpectedTimes {
    double serial_ns = 0;
    double lanes_ns = 0;
};
[[nodiscard]] ExpectedTimes expected_times(const BlockProgress& progress, const LaneCosts& costs);

/// Whether lanes are expected to finish the block sooner than going on serially, by more than
/// `gain_min`. Decides nothing but speed.
[[nodiscard]] bool lanes_pay(const BlockProgress& progress, const LaneCosts& costs = {});

/// What learning from a block may take after it, in nanoseconds: a hundredth of the `block_ns` that
/// it took, and a fifth of what lanes seem to have saved, if they took `lanes_ns` for the rest; 0:
/// it ran serially.
[[nodiscard]] uint64_t learning_budget(const BlockProgress& progress, const LaneCosts& costs,
                                       uint64_t block_ns, uint64_t lanes_ns);

/// What the rehearsal of one transaction may take after a block, which is a rare thing: a third of
/// what lanes seem to have saved.
[[nodiscard]] uint64_t rehearsal_budget(const BlockProgress& progress, const LaneCosts& costs,
                                        uint64_t lanes_ns);

/// A block before it has a plan. A call is a transaction with data, or one that makes a contract;
/// the others are payments.
struct BlockStart {
    uint64_t transactions = 0;
    uint64_t executed = 0;
    uint64_t executed_calls = 0;  ///< of these
    uint64_t executed_ns = 0;
    double calls_left = 0;  ///< how many of those not executed are calls, about
    /// `expected_work` of such a call, if it uses its gas limit: it mostly uses less.
    double call_work_max = 0;
};

/// Whether what is left seems to be work enough for a plan: to wake the thread that makes it takes
/// this one ten microseconds, and payments are over sooner than lanes share them out.
[[nodiscard]] bool plan_pays(const BlockStart& start, const LaneCosts& costs = {});

/// Whether a rest of `transactions` that is to run serially for `serial_ns` is worth learning from:
/// to look at what a transaction does takes half a microsecond, with those that are chosen.
[[nodiscard]] bool learning_pays(uint64_t transactions, double serial_ns);

}  // namespace switchyard
