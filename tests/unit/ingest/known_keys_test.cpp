// SPDX-License-Identifier: Apache-2.0
#include "host/ingest/known_keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "host/ingest/hint_privileges.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

using test::test_generator;

Address random_address(std::mt19937_64& random) {
    Address address;
    for (uint8_t& byte : address)
        byte = static_cast<uint8_t>(random());
    return address;
}

simd::PublicKey key_of(const Address& address) {
    simd::PublicKey key{};
    std::copy(address.begin(), address.end(), key.begin());
    return key;
}

TEST(KnownKeys, RoundsItsCapacity) {
    EXPECT_EQ(KnownKeys(0).capacity(), 0U);
    EXPECT_EQ(KnownKeys(1).capacity(), 4U);
    EXPECT_EQ(KnownKeys(5).capacity(), 8U);
    EXPECT_EQ(KnownKeys(65'536).capacity(), 65'536U);
}

TEST(KnownKeys, WithoutRoomItKnowsNothing) {
    KnownKeys keys(0);
    keys.remember({}, {});
    EXPECT_EQ(keys.find({}), nullptr);
    EXPECT_EQ(keys.size(), 0U);
}

TEST(KnownKeys, NeverGivesAnotherAddressItsKey) {
    auto random = test_generator(30);
    KnownKeys keys(64, random());
    std::vector<Address> addresses;
    size_t found = 0;
    for (size_t i = 0; i < 20'000; ++i) {
        if (addresses.size() < 300) addresses.push_back(random_address(random));
        const Address& address = addresses[random() % addresses.size()];
        if (random() % 2 == 0) {
            keys.remember(address, key_of(address));
            ASSERT_NE(keys.find(address), nullptr) << "what was just remembered is there";
        }
        const simd::PublicKey* key = keys.find(address);
        if (key == nullptr) continue;
        ++found;
        ASSERT_EQ(*key, key_of(address));
    }
    EXPECT_GT(found, 10'000U);
    EXPECT_EQ(keys.size(), 64U);
}

TEST(KnownKeys, KeepsWhatIsAskedForAgainstStrangers) {
    auto random = test_generator(31);
    KnownKeys keys(4, random());
    const Address regular = random_address(random);
    keys.remember(regular, key_of(regular));
    for (size_t i = 0; i < 1'000; ++i) {
        const Address stranger = random_address(random);
        keys.remember(stranger, key_of(stranger));
        ASSERT_NE(keys.find(regular), nullptr) << i;
    }
    // Nobody asks any more: four strangers are enough.
    for (size_t i = 0; i < 8; ++i) {
        const Address stranger = random_address(random);
        keys.remember(stranger, key_of(stranger));
    }
    EXPECT_EQ(keys.find(regular), nullptr);
}

/// How many of the next hints are passed over.
uint32_t passed_over(HintPrivileges& privileges, uint64_t source) {
    uint32_t count = 0;
    while (!privileges.use_hint(source))
        ++count;
    return count;
}

TEST(HintPrivileges, AWrongHintCostsItsSourceMoreEachTime) {
    HintPrivileges privileges(1);
    EXPECT_EQ(passed_over(privileges, 7), 0U);
    uint32_t expected = HintPrivileges::kPenaltyMin;
    for (int i = 0; i < 15; ++i) {
        privileges.report(7, false);
        privileges.report(7, false);  // of the same batch
        EXPECT_EQ(passed_over(privileges, 7), expected);
        expected = std::min(2 * expected, HintPrivileges::kPenaltyMax);
    }
    EXPECT_EQ(passed_over(privileges, 8), 0U) << "and nobody else";
}

TEST(HintPrivileges, RightHintsWinTrustBack) {
    HintPrivileges privileges(2);
    for (int i = 0; i < 3; ++i) {
        privileges.report(7, false);
        (void)passed_over(privileges, 7);
    }
    for (uint32_t i = 0; i < 2 * HintPrivileges::kRightHintsPerStep; ++i)
        privileges.report(7, true);
    privileges.report(7, false);
    EXPECT_EQ(passed_over(privileges, 7), 2 * HintPrivileges::kPenaltyMin);
}

TEST(HintPrivileges, TrustsAfterAThousandRightHintsAndUntilAWrongOne) {
    HintPrivileges privileges(3);
    const auto right_hints = [&](uint32_t count) {
        for (uint32_t i = 0; i < count; ++i)
            privileges.report(7, true);
    };
    EXPECT_FALSE(privileges.trusts(7));
    right_hints(HintPrivileges::kRightHintsPerStep - 1);
    EXPECT_FALSE(privileges.trusts(7));
    right_hints(1);
    EXPECT_TRUE(privileges.trusts(7));
    EXPECT_FALSE(privileges.trusts(8));
    right_hints(10);
    EXPECT_TRUE(privileges.trusts(7));
    privileges.report(7, false);
    EXPECT_FALSE(privileges.trusts(7));
    // What was right before or beside the last wrong one does not count.
    right_hints(HintPrivileges::kRightHintsPerStep / 2);
    privileges.report(7, false);
    right_hints(HintPrivileges::kRightHintsPerStep - 1);
    EXPECT_FALSE(privileges.trusts(7));
    right_hints(1);
    EXPECT_TRUE(privileges.trusts(7));
}

}  // namespace
}  // namespace switchyard
