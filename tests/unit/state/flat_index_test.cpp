// SPDX-License-Identifier: Apache-2.0
#include "host/state/flat_index.hpp"

#include <gtest/gtest.h>

#include <unordered_map>

#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

TEST(FlatMap, AgreesWithTheStandardMap) {
    auto random = test::test_generator(1);
    FlatMap<Uint256, uint64_t> ours;
    std::unordered_map<Uint256, uint64_t> reference;
    for (int step = 0; step < 200'000; ++step) {
        const Uint256 key{random() % 512};
        switch (random() % 4) {
            case 0:
            case 1:
                ours[key] = reference[key] = random();
                break;
            case 2:
                EXPECT_EQ(ours.erase(key), reference.erase(key) == 1);
                break;
            default: {
                const uint64_t* value = ours.find(key);
                const auto found = reference.find(key);
                ASSERT_EQ(value != nullptr, found != reference.end());
                if (value != nullptr) {
                    ASSERT_EQ(*value, found->second);
                }
            }
        }
        ASSERT_EQ(ours.size(), reference.size());
        if (random() % 50'000 == 0) {
            ours.clear();
            reference.clear();
        }
    }
    for (const auto& [key, value] : ours.entries())
        EXPECT_EQ(reference.at(key), value);
}

/// All keys share one home cell, so that erasing has to repair the probe sequences.
TEST(FlatIndex, ErasesInsideCollidingRuns) {
    auto random = test::test_generator(2);
    FlatIndex index;
    std::unordered_map<uint32_t, uint64_t> present;
    for (int step = 0; step < 20'000; ++step) {
        const auto position = static_cast<uint32_t>(random() % 24);
        const uint64_t hash = uint64_t{position % 3} << 40 | (position % 2 ? 15 : 0);
        const auto is_key = [&](uint32_t i) { return i == position; };
        const bool found = index.find(hash, is_key) != FlatIndex::kNone;
        ASSERT_EQ(found, present.count(position) == 1);
        if (found) {
            index.erase(hash, position);
            present.erase(position);
        } else {
            index.insert(hash, position);
            present[position] = hash;
        }
    }
}

}  // namespace
}  // namespace switchyard
