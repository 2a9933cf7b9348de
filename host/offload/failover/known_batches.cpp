// SPDX-License-Identifier: Apache-2.0
#include "host/offload/failover/known_batches.hpp"

#include <random>

#include "firmware/abi/conflict_detector.h"
#include "host/offload/failover/cross_check.hpp"

namespace switchyard::offload {
namespace {

constexpr uint64_t kGas = 21'000;
constexpr uint64_t kOddMultiplier = 0x9e3779b97f4a7c15;  // spreads small numbers over 64 bits

/// `count` transactions of one access each; `key_of(i)` and `kind_of(i)` say which.
template <typename KeyOf, typename KindOf>
AccessBatch single_accesses(uint32_t count, KeyOf key_of, KindOf kind_of) {
    AccessBatch batch;
    for (uint32_t i = 0; i < count; ++i) {
        batch.begin_transaction(kGas);
        batch.add(key_of(i), kind_of(i));
    }
    return batch;
}

AccessBatch mixed(uint32_t count, uint32_t keys_max, uint64_t distinct_keys, uint64_t seed) {
    std::mt19937_64 random(seed);
    AccessBatch batch;
    for (uint32_t i = 0; i < count; ++i) {
        batch.begin_transaction(kGas + random() % 1'000'000);
        const uint64_t accesses = random() % (uint64_t{keys_max} + 1);
        for (uint64_t k = 0; k < accesses; ++k) {
            const uint64_t key = random() % 10 < 3 ? 1 : random() % distinct_keys * kOddMultiplier;
            batch.add(key, static_cast<AccessKind>(random() % 3));
        }
    }
    return batch;
}

/// A transaction with more accesses than the card takes is a barrier between those around it.
AccessBatch with_barrier() {
    AccessBatch batch = mixed(20, 4, 50, 3);
    batch.begin_transaction(kGas);
    for (uint64_t k = 0; k <= abi::kAccessesPerTransaction; ++k)
        batch.add(k * kOddMultiplier, AccessKind::Read);
    for (uint64_t i = 0; i < 20; ++i) {
        batch.begin_transaction(kGas);
        batch.add(i * kOddMultiplier, AccessKind::Write);
    }
    return batch;
}

}  // namespace

Result<std::vector<KnownBatch>> make_known_batches(ConflictDetector& oracle) {
    const auto write = [](uint32_t) { return AccessKind::Write; };
    const auto one_key = [](uint32_t) { return uint64_t{7}; };
    const auto own_key = [](uint32_t i) { return (i + 1) * kOddMultiplier; };
    std::vector<KnownBatch> out;
    const auto add = [&out](std::string_view name, AccessBatch batch, uint32_t lanes) {
        out.push_back({name, std::move(batch), lanes, {}});
    };
    add("no transaction", {}, 1);
    add("independent", single_accesses(256, own_key, write), 8);
    add("one chain", single_accesses(256, one_key, write), 8);
    add("readers of one key",
        single_accesses(128, one_key, [](uint32_t) { return AccessKind::Read; }), 16);
    add("adders to one key",
        single_accesses(128, one_key, [](uint32_t) { return AccessKind::Add; }), 16);
    add("readers, adders, writers",
        single_accesses(192, one_key,
                        [](uint32_t i) { return static_cast<AccessKind>(i / 4 % 3); }),
        24);
    add("barrier", with_barrier(), 8);
    add("mixed, 1 lane", mixed(200, 8, 300, 11), 1);
    add("mixed, 25 lanes", mixed(300, 8, 300, 12), 25);
    add("mixed, 64 lanes", mixed(400, 12, 2000, 13), 64);
    for (KnownBatch& known : out)
        if (auto planned = oracle.plan(known.batch, known.lanes, known.plan); !planned)
            return planned.error();
    return out;
}

bool try_known_batches(ConflictDetector& detector, const std::vector<KnownBatch>& batches,
                       std::chrono::milliseconds patience, bool stop_early,
                       const std::function<void(const KnownBatchOutcome&)>& report) {
    bool good = true;
    LanePlan plan;
    for (const KnownBatch& known : batches) {
        const auto begin = std::chrono::steady_clock::now();
        Result<void> result = detector.plan(known.batch, known.lanes, plan, patience);
        const auto time = std::chrono::steady_clock::now() - begin;
        if (result && plan != known.plan)
            result = Error{ErrorCode::Mismatch, "known batch '" + std::string(known.name) +
                                                    "': " + first_difference(plan, known.plan)};
        const bool passed = result.has_value();
        good &= passed;
        report({known, time, std::move(result)});
        if (!passed && stop_early) break;
    }
    return good;
}

}  // namespace switchyard::offload
