// SPDX-License-Identifier: Apache-2.0
#include "host/execute/parallel/plan_width.hpp"

#include <algorithm>
#include <vector>

namespace switchyard::execute {
namespace {

/// Transactions from which a plan that is wide so far is believed.
constexpr uint32_t kLook = 256;
constexpr double kWide = 1.5;

/// For each lane and place the weight of the heaviest chain that ends there.
class Chains {
  public:
    explicit Chains(const LanePlan& plan) : plan_(plan), ends_(plan.lane_count()) {}
    /// The next position of the plan, and the weight of what stands there.
    void add(uint32_t position, uint64_t weight) {
        const uint32_t own = plan_.assignment(position).lane;
        const auto waits = plan_.waits(position);
        uint64_t before = ends_[own].empty() ? 0 : ends_[own].back();
        for (uint32_t l = 0; l < waits.size(); ++l)
            if (waits[l] != 0) before = std::max(before, ends_[l][waits[l] - 1]);
        ends_[own].push_back(before + weight);
        heaviest_ = std::max(heaviest_, before + weight);
    }
    [[nodiscard]] uint64_t heaviest() const { return heaviest_; }

  private:
    const LanePlan& plan_;
    std::vector<std::vector<uint64_t>> ends_;
    uint64_t heaviest_ = 0;
};

double width_of(uint64_t all, uint64_t heaviest) {
    return heaviest == 0 ? 1 : static_cast<double>(all) / static_cast<double>(heaviest);
}

}  // namespace

double plan_width(const LanePlan& plan) {
    const uint32_t count = plan.transaction_count();
    Chains chains(plan);
    for (uint32_t i = 0; i < count; ++i) {
        chains.add(i, 1);
        if (i + 1 == kLook && width_of(kLook, chains.heaviest()) >= kWide)
            return width_of(kLook, chains.heaviest());
    }
    return width_of(count, chains.heaviest());
}

double plan_width(const LanePlan& plan, std::span<const uint64_t> weights) {
    Chains chains(plan);
    uint64_t all = 0;
    for (uint32_t i = 0; i < plan.transaction_count(); ++i) {
        const uint64_t weight = weights[plan.transaction_at(i)];
        all += weight;
        chains.add(i, weight);
    }
    return width_of(all, chains.heaviest());
}

}  // namespace switchyard::execute
