// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "host/precompiles/moved_precompiles.hpp"
#include "tests/unit/precompiles/vectors.hpp"

namespace switchyard::precompiles::test {
namespace {

TEST(PrecompileAddresses, AreThoseOfEachRevision) {
    struct Expected {
        Revision revision;
        size_t count;
        uint16_t last;
    };
    const Expected table[] = {
        {Revision::Frontier, 4, 4},
        {Revision::Homestead, 4, 4},
        {Revision::TangerineWhistle, 4, 4},
        {Revision::SpuriousDragon, 4, 4},
        {Revision::Byzantium, 8, 8},
        {Revision::Constantinople, 8, 8},
        {Revision::Petersburg, 8, 8},
        {Revision::Istanbul, 9, 9},
        {Revision::Berlin, 9, 9},
        {Revision::London, 9, 9},
        {Revision::Paris, 9, 9},
        {Revision::Shanghai, 9, 9},
        {Revision::Cancun, 10, 10},
        {Revision::Prague, 17, 17},
        {Revision::Osaka, 18, 0x100},
        {Revision::Amsterdam, 18, 0x100},
    };
    ASSERT_EQ(std::size(table), kRevisionCount);
    for (const Expected& e : table) {
        const auto addresses = precompile_addresses(e.revision);
        ASSERT_EQ(addresses.size(), e.count);
        EXPECT_EQ(addresses.back(), numbered_address(e.last));
        EXPECT_TRUE(std::is_sorted(addresses.begin(), addresses.end()));
        for (uint32_t number = 0; number <= 0xffff; ++number) {
            const Address address = numbered_address(static_cast<uint16_t>(number));
            EXPECT_EQ(is_precompile(address, e.revision),
                      std::binary_search(addresses.begin(), addresses.end(), address));
        }
    }
}

TEST(PrecompileAddresses, NeedEighteenLeadingZeroBytes) {
    for (size_t i = 0; i < 18; ++i) {
        Address address = numbered_address(1);
        address[i] = 1;
        EXPECT_FALSE(is_precompile(address, Revision::Osaka));
    }
}

TEST(PrecompileAddresses, MoveToAnyAddress) {
    const Address identity = numbered_address(4);
    const Address far{{0xcc, 1, 2, 3}};
    MovedPrecompiles moved;
    EXPECT_TRUE(moved.empty());
    EXPECT_EQ(moved.at(identity, Revision::Osaka), identity);
    EXPECT_EQ(moved.at(far, Revision::Osaka), std::nullopt);
    moved.put(far, identity);
    moved.remove(identity);
    EXPECT_FALSE(moved.empty());
    EXPECT_EQ(moved.at(identity, Revision::Osaka), std::nullopt);
    EXPECT_EQ(moved.at(far, Revision::Osaka), identity);
    EXPECT_EQ(moved.at(numbered_address(1), Revision::Osaka), numbered_address(1));
    EXPECT_EQ(moved.at(numbered_address(9), Revision::Frontier), std::nullopt);
}

}  // namespace
}  // namespace switchyard::precompiles::test
