// SPDX-License-Identifier: Apache-2.0
#include "host/offload/lane_plan.hpp"

#include <array>
#include <string>

namespace switchyard {
namespace {

Error malformed(uint32_t transaction, const std::string& what) {
    return {ErrorCode::Corrupt,
            "lane plan: transaction " + std::to_string(transaction) + " " + what};
}

}  // namespace

void LanePlan::reset(uint32_t lane_count) {
    SWITCHYARD_ASSERT(lane_count >= 1 && lane_count <= kLanesMax);
    lane_count_ = lane_count;
    assignments_.clear();
    waits_.clear();
    order_.clear();
}

void LanePlan::reserve(uint32_t transactions) {
    assignments_.reserve(transactions);
    waits_.reserve(size_t{transactions} * lane_count_);
}

std::span<uint32_t> LanePlan::append(LaneAssignment assignment) {
    assignments_.push_back(assignment);
    waits_.resize(waits_.size() + lane_count_, 0);
    return {waits_.data() + waits_.size() - lane_count_, lane_count_};
}

Result<void> LanePlan::validate_order() const {
    if (order_.empty()) return {};
    if (order_.size() != assignments_.size())
        return Error{ErrorCode::Corrupt, "lane plan: an order of " + std::to_string(order_.size()) +
                                             " for " + std::to_string(assignments_.size()) +
                                             " transactions"};
    std::vector<bool> seen(order_.size(), false);
    for (uint32_t i = 0; i < order_.size(); ++i) {
        if (order_[i] >= order_.size() || seen[order_[i]])
            return malformed(i, "stands for transaction " + std::to_string(order_[i]) +
                                    ", which is not there or stands elsewhere as well");
        seen[order_[i]] = true;
    }
    return {};
}

Result<void> LanePlan::validate_shape() const {
    if (auto permutation = validate_order(); !permutation) return permutation;
    std::array<uint32_t, kLanesMax> earlier{};  // per lane: transactions earlier in the block
    for (uint32_t i = 0; i < transaction_count(); ++i) {
        const auto [lane, place] = assignments_[i];
        if (lane >= lane_count_)
            return malformed(
                i, "is in lane " + std::to_string(lane) + " of " + std::to_string(lane_count_));
        if (place != earlier[lane])
            return malformed(i, "has place " + std::to_string(place) + " in lane " +
                                    std::to_string(lane) + ", where " +
                                    std::to_string(earlier[lane]) + " comes next");
        const auto row = waits(i);
        for (uint32_t l = 0; l < lane_count_; ++l)
            if (row[l] > earlier[l])
                return malformed(i, "waits for " + std::to_string(row[l]) +
                                        " transactions of lane " + std::to_string(l) +
                                        ", which has " + std::to_string(earlier[l]) + " before it");
        ++earlier[lane];
    }
    return {};
}

}  // namespace switchyard
