// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/plan_batches.hpp"

#include <random>

namespace switchyard::tool {
namespace {

/// Keys are hashes on the road; here they are numbers that are spread the same way.
uint64_t spread(uint64_t number) {
    number = (number ^ (number >> 32)) * 0xd6e8feb86659fd93;
    return number ^ (number >> 32);
}

void begin_transaction(AccessBatch& batch, std::mt19937_64& random) {
    batch.begin_transaction(21'000 + random() % 179'001);
}

AccessBatch drawn(uint32_t transactions, uint64_t seed, uint32_t hot_percent) {
    std::mt19937_64 random(seed);
    AccessBatch batch;
    const uint64_t keys = uint64_t{transactions} * kPlanKeysPerTransaction;
    for (uint32_t i = 0; i < transactions; ++i) {
        begin_transaction(batch, random);
        for (uint32_t k = 0; k < kPlanKeysPerTransaction; ++k) {
            const bool hot = random() % 100 < hot_percent;
            const AccessKind kind = random() % 2 == 0 ? AccessKind::Read : AccessKind::Write;
            batch.add(hot ? spread(keys) : spread(random() % keys), kind);
        }
    }
    return batch;
}

AccessBatch uniform(uint32_t transactions, uint64_t seed) {
    return drawn(transactions, seed, 0);
}

AccessBatch hot(uint32_t transactions, uint64_t seed) {
    return drawn(transactions, seed, 30);
}

AccessBatch erc20(uint32_t transactions, uint64_t seed) {
    constexpr uint64_t kTokens = 20;
    std::mt19937_64 random(seed);
    AccessBatch batch;
    const uint64_t accounts = 4 * uint64_t{transactions};
    const auto key = [](uint64_t what, uint64_t token, uint64_t account) {
        return spread(what << 56 | token << 48 | account);
    };
    for (uint32_t i = 0; i < transactions; ++i) {
        begin_transaction(batch, random);
        const uint64_t token = random() % kTokens;
        const uint64_t from = random() % accounts;
        const uint64_t to = random() % accounts;
        batch.add(key(0, 0, from), AccessKind::Write);
        batch.add(key(1, token, 0), AccessKind::Read);
        batch.add(key(2, token, 0), AccessKind::Read);
        batch.add(key(3, token, 0), AccessKind::Read);
        batch.add(key(4, token, from), AccessKind::Write);
        batch.add(key(4, token, to), AccessKind::Write);
        batch.add(key(5, token, from), AccessKind::Write);
        batch.add(key(6, 0, 0), AccessKind::Add);
    }
    return batch;
}

AccessBatch one_key(uint32_t transactions, uint64_t seed) {
    std::mt19937_64 random(seed);
    AccessBatch batch;
    for (uint32_t i = 0; i < transactions; ++i) {
        begin_transaction(batch, random);
        for (uint32_t k = 0; k < kPlanKeysPerTransaction; ++k)
            batch.add(spread(1), AccessKind::Write);
    }
    return batch;
}

}  // namespace

const std::vector<PlanWorkload>& plan_workloads() {
    static const std::vector<PlanWorkload> all = {
        {"uniform", "keys drawn alike", uniform},
        {"hot", "30% of accesses to one key", hot},
        {"erc20", "token transfers", erc20},
        {"one_key", "every access to one key", one_key},
    };
    return all;
}

}  // namespace switchyard::tool
