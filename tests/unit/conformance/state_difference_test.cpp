// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/state_difference.hpp"

#include <gtest/gtest.h>

#include "tools/fixtures/memory_state.hpp"

namespace switchyard::conformance {
namespace {

constexpr Address kFirst{{1}};
constexpr Address kSecond{{2}};

fixtures::PreState small_state() {
    fixtures::PreState out;
    out[kFirst].balance = Uint256(7);
    out[kSecond].nonce = 3;
    out[kSecond].code = {0x60, 0x00};
    out[kSecond].storage = {{Uint256(5), Uint256(6)}, {Uint256(8), Uint256(0)}};
    return out;
}

/// What `change` to the found state shows.
template <typename Change>
std::string difference_after(Change change) {
    fixtures::PreState found = small_state();
    change(found);
    return first_state_difference(small_state(), fixtures::memory_state_of(found)).value_or("");
}

TEST(StateDifference, EqualStatesHaveNone) {
    EXPECT_EQ(difference_after([](auto&) {}), "");
    // A slot that holds 0 is a slot that is not there.
    EXPECT_EQ(difference_after([](auto& found) { found[kSecond].storage.erase(Uint256(8)); }), "");
}

TEST(StateDifference, NamesTheFieldWithBothValues) {
    const std::string first = "account 0x0100000000000000000000000000000000000000";
    const std::string second = "account 0x0200000000000000000000000000000000000000";
    EXPECT_EQ(difference_after([](auto& found) { found[kFirst].balance = Uint256(8); }),
              first + " balance: expected 7, found 8");
    EXPECT_EQ(difference_after([](auto& found) { found[kSecond].nonce = 4; }),
              second + " nonce: expected 3, found 4");
    EXPECT_EQ(
        difference_after([](auto& found) { found[kSecond].storage[Uint256(5)] = Uint256(9); }),
        second + " slot 0x5: expected 0x6, found 0x9");
    EXPECT_EQ(
        difference_after([](auto& found) { found[kSecond].storage[Uint256(1)] = Uint256(2); }),
        second + " slot 0x1: expected 0x0, found 0x2");
    EXPECT_TRUE(difference_after([](auto& found) {
                    found[kSecond].code = {0x60, 0x01};
                }).starts_with(second + " code hash: expected 0x"));
}

TEST(StateDifference, NamesTheAccountThatIsMissingOrTooMany) {
    EXPECT_EQ(difference_after([](auto& found) { found.erase(kFirst); }),
              "account 0x0100000000000000000000000000000000000000: expected present, found absent");
    EXPECT_EQ(difference_after([](auto& found) { found[Address{{3}}].nonce = 1; }),
              "account 0x0300000000000000000000000000000000000000: expected absent, found present");
}

}  // namespace
}  // namespace switchyard::conformance
