// SPDX-License-Identifier: Apache-2.0
#include "host/offload/failover/cross_check.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "host/core/bytes.hpp"
#include "host/core/random.hpp"

namespace switchyard::offload {
namespace {

uint64_t drawn_seed() {
    std::array<uint8_t, 8> bytes;
    if (!fill_random(bytes)) return process_hash_seed();
    uint64_t out = 0;
    std::memcpy(&out, bytes.data(), bytes.size());
    return out;
}

std::string text(const LanePlan& plan, uint32_t i) {
    const auto [lane, place] = plan.assignment(i);
    return "lane " + std::to_string(lane) + " place " + std::to_string(place);
}

}  // namespace

CrossCheckSample::CrossCheckSample(uint32_t one_in, uint64_t seed)
    : one_in_(one_in), dice_(seed == 0 ? drawn_seed() : seed) {}

bool CrossCheckSample::next() {
    return one_in_ == 1 || (one_in_ != 0 && dice_() % one_in_ == 0);
}

PlanVerdict judge(const AccessBatch& batch, const MeasuredPlan& card, const MeasuredPlan& software,
                  OrderCheck& check) {
    if (card.plan == software.plan) return PlanVerdict::Same;
    if (card.plan.transaction_count() != software.plan.transaction_count() ||
        card.plan.lane_count() != software.plan.lane_count())
        return PlanVerdict::Wrong;
    if (card.overflowed_accesses == 0 && software.overflowed_accesses == 0)
        return PlanVerdict::Wrong;
    return check.find_unordered(batch, card.plan) ? PlanVerdict::Wrong : PlanVerdict::OtherButSafe;
}

std::string first_difference(const LanePlan& card, const LanePlan& software) {
    if (card.transaction_count() != software.transaction_count() ||
        card.lane_count() != software.lane_count())
        return "another number of transactions or lanes";
    for (uint32_t i = 0; i < card.transaction_count(); ++i) {
        if (card.assignment(i) != software.assignment(i))
            return "transaction " + std::to_string(i) + ": " + text(card, i) + " instead of " +
                   text(software, i);
        const auto [ours, theirs] = std::ranges::mismatch(card.waits(i), software.waits(i));
        if (ours != card.waits(i).end())
            return "transaction " + std::to_string(i) + ": waits for " + std::to_string(*ours) +
                   " instead of " + std::to_string(*theirs) + " of lane " +
                   std::to_string(ours - card.waits(i).begin());
    }
    return {};
}

}  // namespace switchyard::offload
