// SPDX-License-Identifier: Apache-2.0
// A card's plan against software's: which batches, and what counts as wrong.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "host/offload/failover/order_check.hpp"

namespace switchyard::offload {

/// Chooses one in `one_in` batches (0: none, 1: all) at random, so that a fault that comes at
/// regular intervals cannot keep between the samples. `seed` 0 draws one, which nobody can
/// predict.
class CrossCheckSample {
  public:
    CrossCheckSample(uint32_t one_in, uint64_t seed);
    [[nodiscard]] bool next();

  private:
    uint32_t one_in_;
    std::mt19937_64 dice_;
};

enum class PlanVerdict : uint8_t {
    Same,
    OtherButSafe,  ///< a table overflowed, and every conflicting pair is ordered
    Wrong,
};

/// A plan and how many accesses of its batch overflowed their bucket where it was made.
struct MeasuredPlan {
    const LanePlan& plan;
    uint64_t overflowed_accesses = 0;
};

/// Plans must be equal bit for bit; only where a table overflowed, in one or the other (a card may
/// have a smaller one), a different plan is judged by its order alone. Preconditions: both plans
/// are well-formed; software's is of `batch`. `check` lends its memory.
[[nodiscard]] PlanVerdict judge(const AccessBatch& batch, const MeasuredPlan& card,
                                const MeasuredPlan& software, OrderCheck& check);

/// Where two plans differ first, for a person; empty if they are equal.
[[nodiscard]] std::string first_difference(const LanePlan& card, const LanePlan& software);

}  // namespace switchyard::offload
