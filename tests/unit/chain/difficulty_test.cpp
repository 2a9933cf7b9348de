// SPDX-License-Identifier: Apache-2.0
#include "host/chain/difficulty.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

using nlohmann::json;

struct Rules {
    Revision revision;
    uint64_t bomb_delay;
};

// The forks that the files name, some of which moved only the bomb.
const std::map<std::string, Rules> kRules = {
    {"Frontier", {Revision::Frontier, 0}},
    {"Homestead", {Revision::Homestead, 0}},
    {"Byzantium", {Revision::Byzantium, 3'000'000}},
    {"Constantinople", {Revision::Constantinople, 5'000'000}},
    {"Berlin", {Revision::Berlin, 9'000'000}},
    {"ArrowGlacier", {Revision::London, 10'700'000}},
    {"GrayGlacier", {Revision::London, 11'400'000}},
};

Uint256 number(const json& vector, const char* name) {
    const auto value = uint256_from_text(vector[name].get<std::string>());
    EXPECT_TRUE(value.has_value()) << name;
    return value.value_or(Uint256{});
}

void expect_difficulty(const Rules& rules, const json& vector) {
    const DifficultyParent parent{number(vector, "parentDifficulty"),
                                  number(vector, "parentTimestamp").limb[0],
                                  !number(vector, "parentUncles").is_zero()};
    ASSERT_EQ(to_decimal(next_difficulty(rules.revision, rules.bomb_delay, parent,
                                         number(vector, "currentBlockNumber").limb[0],
                                         number(vector, "currentTimestamp").limb[0])),
              to_decimal(number(vector, "currentDifficulty")));
}

TEST(Difficulty, EqualsEveryOfficialVector) {
    SWITCHYARD_REQUIRE_SUITE(misc, "misc");
    std::map<std::string, size_t> cases;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(misc / "DifficultyTests")) {
        if (entry.path().extension() != ".json") continue;
        SCOPED_TRACE(entry.path());
        const json file = json::parse(std::ifstream(entry.path()));
        for (const auto& [title, forks] : file.items()) {
            for (const auto& [fork, vectors] : forks.items()) {
                if (fork == "_info") continue;
                ASSERT_TRUE(kRules.contains(fork)) << fork;
                for (const auto& [name, vector] : vectors.items()) {
                    SCOPED_TRACE(title + " " + fork + " " + name);
                    expect_difficulty(kRules.at(fork), vector);
                    ++cases[fork];
                }
            }
        }
    }
    EXPECT_EQ(cases.size(), kRules.size());
}

TEST(Difficulty, IsZeroFromParisOn) {
    EXPECT_TRUE(
        next_difficulty(Revision::Paris, 0, {Uint256{1} << 40, 10, false}, 5, 20).is_zero());
}

}  // namespace
}  // namespace switchyard
