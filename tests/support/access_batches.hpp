// SPDX-License-Identifier: Apache-2.0
// Batches for tests of conflict detectors: random ones, and those that hurt.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "firmware/abi/conflict_detector.h"
#include "host/offload/access_batch.hpp"

namespace switchyard::test {

struct BatchShape {
    uint32_t transactions = 100;
    uint32_t keys_max = 8;  ///< per transaction, at most
    uint64_t distinct_keys = 1000;
    uint32_t hot_percent = 0;  ///< of the accesses go to one key
    uint32_t write_percent = 33;
    uint32_t add_percent = 33;
};

[[nodiscard]] inline AccessBatch random_batch(const BatchShape& shape, std::mt19937_64& random) {
    AccessBatch batch;
    for (uint32_t i = 0; i < shape.transactions; ++i) {
        batch.begin_transaction(21'000 + random() % 1'000'000);
        const uint64_t keys = random() % (uint64_t{shape.keys_max} + 1);
        for (uint64_t k = 0; k < keys; ++k) {
            const bool hot = random() % 100 < shape.hot_percent;
            const uint64_t key =
                hot ? 42 : (random() % shape.distinct_keys) * 0x9e3779b97f4a7c15ULL;
            const uint64_t dice = random() % 100;
            batch.add(key, dice < shape.write_percent                       ? AccessKind::Write
                           : dice < shape.write_percent + shape.add_percent ? AccessKind::Add
                                                                            : AccessKind::Read);
        }
    }
    return batch;
}

/// `n` keys that all fall into `bucket` under `hash_seed`.
[[nodiscard]] inline std::vector<uint64_t> colliding_keys(uint32_t bucket, uint64_t n,
                                                          uint64_t hash_seed) {
    const uint64_t multiplier = hash_seed | 1;
    uint64_t inverse = 1;  // modulo 2^64, by Newton's iteration
    for (int i = 0; i < 6; ++i)
        inverse *= 2 - multiplier * inverse;
    std::vector<uint64_t> keys;
    for (uint64_t i = 0; i < n; ++i)
        keys.push_back(((uint64_t{bucket} << (64 - abi::kBucketBits)) + i) * inverse);
    return keys;
}

struct NamedBatch {
    std::string name;
    AccessBatch batch;
};

/// Batches at the edges of the detector's rules. `hash_seed` is the detector's.
[[nodiscard]] inline std::vector<NamedBatch> adversarial_batches(uint64_t hash_seed,
                                                                 std::mt19937_64& random) {
    std::vector<NamedBatch> out;
    out.push_back({"no transactions", {}});
    out.push_back({"no keys", random_batch({.transactions = 300, .keys_max = 0}, random)});
    out.push_back({"all the same key",
                   random_batch({.transactions = 300, .keys_max = 4, .distinct_keys = 1}, random)});
    out.push_back({"all write the same key", random_batch({.transactions = 300,
                                                           .keys_max = 2,
                                                           .distinct_keys = 1,
                                                           .write_percent = 100,
                                                           .add_percent = 0},
                                                          random)});
    out.push_back({"all add to the same key", random_batch({.transactions = 300,
                                                            .keys_max = 2,
                                                            .distinct_keys = 1,
                                                            .write_percent = 0,
                                                            .add_percent = 100},
                                                           random)});
    out.push_back(
        {"one hot key in 30%",
         random_batch({.transactions = 500, .distinct_keys = 100'000, .hot_percent = 30}, random)});
    out.push_back(
        {"a full table",
         random_batch({.transactions = 4000, .keys_max = 14, .distinct_keys = 1'000'000}, random)});

    NamedBatch chain{"a chain of pairs", {}};  // each writes what the next reads
    for (uint64_t i = 0; i < 400; ++i) {
        chain.batch.begin_transaction(21'000);
        chain.batch.add(i, AccessKind::Read);
        chain.batch.add(i + 1, AccessKind::Write);
    }
    out.push_back(std::move(chain));

    NamedBatch bucket{"one bucket", {}};
    const auto keys = colliding_keys(7, 20, hash_seed);
    for (uint32_t i = 0; i < 400; ++i) {
        bucket.batch.begin_transaction(21'000 + random() % 100'000);
        for (uint64_t k = random() % 6; k > 0; --k)
            bucket.batch.add(keys[random() % keys.size()], static_cast<AccessKind>(random() % 3));
    }
    out.push_back(std::move(bucket));

    NamedBatch wide{"wide transactions and barriers", {}};
    const uint32_t widths[] = {1, 7, 8, 895, 896, 897, 14, 3000, 2};
    for (const uint32_t width : widths)
        for (int repeat = 0; repeat < 3; ++repeat) {
            wide.batch.begin_transaction(width * 2'100);
            for (uint32_t k = 0; k < width; ++k)
                wide.batch.add(random() % 5000, static_cast<AccessKind>(random() % 3));
        }
    out.push_back(std::move(wide));

    NamedBatch gas{"extreme gas", {}};
    const uint64_t amounts[] = {0, 1, UINT32_MAX, uint64_t{UINT32_MAX} + 1, UINT64_MAX};
    for (uint32_t i = 0; i < 200; ++i) {
        gas.batch.begin_transaction(amounts[i % 5]);
        gas.batch.add(random() % 20, static_cast<AccessKind>(random() % 3));
    }
    out.push_back(std::move(gas));
    return out;
}

}  // namespace switchyard::test
