// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/recover/recover_batch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "simd/cpu_targets.hpp"
#include "simd/keccak256_ref.hpp"
#include "simd/secp256k1/ref.hpp"
#include "tests/support/secp256k1_signatures.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/simd/secp256k1/fewer.hpp"

namespace switchyard::simd {
namespace {

using test::damage;
using test::kZero;
using test::libsecp256k1_recover;
using test::random_scalar;
using test::random_signature;
using test::recover_workspace;
using test::signature_for;

/// What the dispatch chooses, and vectors where it would not choose them.
constexpr std::array kForms = {RecoverForm::Fastest, RecoverForm::Vectors};

void expect_as_libsecp256k1(const std::vector<RecoverInput>& inputs) {
    std::vector<PublicKey> keys(inputs.size());
    std::vector<AddressBytes> addresses(inputs.size());
    std::vector<RecoverStatus> statuses(inputs.size());
    std::vector<RecoverStatus> other_statuses(inputs.size());
    recover_batch(inputs, keys, statuses, recover_workspace(), RecoverForm::Vectors);
    recover_addresses(inputs, addresses, other_statuses, recover_workspace(), RecoverForm::Vectors);
    EXPECT_EQ(statuses, other_statuses);
    std::vector<PublicKey> dispatched(inputs.size());
    recover_batch(inputs, dispatched, other_statuses, recover_workspace());
    EXPECT_EQ(keys, dispatched);
    EXPECT_EQ(statuses, other_statuses);
    for (size_t i = 0; i < inputs.size(); ++i) {
        const test::ExpectedKey expected = libsecp256k1_recover(inputs[i]);
        ASSERT_EQ(statuses[i] == RecoverStatus::Ok, expected.ok)
            << "signature " << i << ": " << to_string(statuses[i]);
        ASSERT_EQ(keys[i], expected.key) << "signature " << i;
        AddressBytes address{};
        if (expected.ok) {
            const auto digest = ref::keccak256(expected.key);
            std::copy_n(digest.begin() + 12, 20, address.begin());
        }
        ASSERT_EQ(addresses[i], address) << "signature " << i;
    }
}

class RecoverOnEveryTarget : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override { ASSERT_TRUE(force_target(GetParam())); }
    void TearDown() override { force_target(""); }
};

INSTANTIATE_TEST_SUITE_P(Target, RecoverOnEveryTarget, testing::ValuesIn(supported_targets()),
                         [](const auto& instance) { return instance.param; });

TEST_P(RecoverOnEveryTarget, AgreesWithLibsecp256k1OnRandomAndDamagedSignatures) {
    std::mt19937_64 random = switchyard::test::test_generator(21);
    std::vector<RecoverInput> inputs(2000 / kFewer);
    for (RecoverInput& input : inputs) {
        input = random_signature(random);
        if (random() % 4 == 0) damage(input, random);
    }
    expect_as_libsecp256k1(inputs);
}

TEST_P(RecoverOnEveryTarget, AgreesWithTheReferenceOnEveryReason) {
    std::mt19937_64 random = switchyard::test::test_generator(22);
    std::vector<RecoverInput> inputs(400 / (kFewer == 1 ? 1 : 2));
    for (RecoverInput& input : inputs) {
        input = random_signature(random);
        damage(input, random);
        if (random() % 8 == 0) damage(input, random);
    }
    std::vector<PublicKey> keys(inputs.size());
    std::vector<RecoverStatus> statuses(inputs.size());
    recover_batch(inputs, keys, statuses, recover_workspace(), RecoverForm::Vectors);
    std::array<size_t, 6> seen{};
    for (size_t i = 0; i < inputs.size(); ++i) {
        PublicKey key{};
        EXPECT_EQ(statuses[i], ref::recover(inputs[i], key)) << "signature " << i;
        EXPECT_EQ(keys[i], key) << "signature " << i;
        ++seen[static_cast<size_t>(statuses[i])];
    }
    for (const size_t count : seen)
        EXPECT_GT(count, 0u);
}

TEST_P(RecoverOnEveryTarget, MeetsEqualAndOppositePointsInEveryAddition) {
    std::mt19937_64 random = switchyard::test::test_generator(23);
    expect_as_libsecp256k1(test::signatures_that_meet_equal_points(random, 300 / kFewer));
}

TEST_P(RecoverOnEveryTarget, MeetsEqualAndOppositePointsWhereTwoWindowsAreAdded) {
    // With d k = +-g, the multiples d R and g G that one window of u2 and of u1 select are equal or
    // opposite. Other windows are empty or not.
    std::mt19937_64 random = switchyard::test::test_generator(27);
    const auto mul = [](const ref::U256& a, const ref::U256& b) {
        return ref::mul_mod(a, b, ref::kGroupOrder);
    };
    std::vector<RecoverInput> inputs;
    for (size_t i = 0; i < 300 / kFewer; ++i) {
        const ref::U256 d{1 + random() % 15, 0, 0, 0};
        const ref::U256 g{1 + random() % 511, 0, 0, 0};
        ref::U256 k = mul(g, ref::inverse_mod(d, ref::kGroupOrder));
        if (random() % 2 == 0) k = ref::sub_mod(kZero, k, ref::kGroupOrder);
        const size_t bit = 10 * (random() % 7);
        const ref::U256 shift{bit < 64 ? uint64_t{1} << bit : 0, 0, 0, 0};
        const auto rest = [&] { return random() % 2 == 0 ? 0 : (random() >> 20) << 10; };
        const ref::U256 u1 = mul({g[0] + rest(), 0, 0, 0}, shift);
        const ref::U256 u2 = mul({d[0] + rest(), 0, 0, 0}, shift);
        inputs.push_back(i % 4 == 3 ? random_signature(random) : signature_for(k, u1, u2));
    }
    expect_as_libsecp256k1(inputs);
}

TEST_P(RecoverOnEveryTarget, AttackOnTheLastAdditionStaysInItsVectorLane) {
    // Anybody may choose u2 = d + (+-d k - u1) / k, so that the last window of u2 meets its point.
    std::mt19937_64 random = switchyard::test::test_generator(24);
    std::vector<RecoverInput> inputs;
    for (size_t i = 0; i < 256 / kFewer; ++i) {
        if (i % 3 != 0) {
            inputs.push_back(random_signature(random));
            continue;
        }
        const ref::U256 k = random_scalar(random);
        const ref::U256 u1 = random_scalar(random);
        const ref::U256 d{1 + random() % 16, 0, 0, 0};
        const ref::U256 dk = ref::mul_mod(d, k, ref::kGroupOrder);
        const ref::U256 numerator =
            random() % 2 == 0
                ? ref::sub_mod(dk, u1, ref::kGroupOrder)
                : ref::sub_mod(ref::sub_mod(kZero, dk, ref::kGroupOrder), u1, ref::kGroupOrder);
        const ref::U256 u2 = ref::add_mod(
            d, ref::mul_mod(numerator, ref::inverse_mod(k, ref::kGroupOrder), ref::kGroupOrder),
            ref::kGroupOrder);
        inputs.push_back(signature_for(k, u1, u2));
    }
    expect_as_libsecp256k1(inputs);
}

TEST_P(RecoverOnEveryTarget, RecoversBatchesOfEverySize) {
    std::mt19937_64 random = switchyard::test::test_generator(25);
    std::vector<RecoverInput> inputs(kFewer == 1 ? 270 : 132);
    for (RecoverInput& input : inputs) {
        input = random_signature(random);
        if (random() % 5 == 0) damage(input, random);
    }
    std::vector<test::ExpectedKey> expected;
    for (const RecoverInput& input : inputs)
        expected.push_back(libsecp256k1_recover(input));
    const std::span<const RecoverInput> all(inputs);
    const auto expect_batch = [&](size_t count, RecoverForm form) {
        std::vector<PublicKey> keys(count + 1);
        std::vector<RecoverStatus> statuses(count + 1, RecoverStatus::SOutOfRange);
        keys[count].fill(0xa5);
        recover_batch(all.first(count), keys, statuses, recover_workspace(), form);
        for (size_t i = 0; i < count; ++i) {
            ASSERT_EQ(statuses[i] == RecoverStatus::Ok, expected[i].ok) << i << " of " << count;
            ASSERT_EQ(keys[i], expected[i].key) << i << " of " << count;
        }
        EXPECT_EQ(keys[count][0], 0xa5);
        EXPECT_EQ(statuses[count], RecoverStatus::SOutOfRange);
    };
    for (size_t count = 0; count <= inputs.size(); count += count < 18 * 2 / kFewer ? 1 : 47)
        for (const RecoverForm form : kForms)
            expect_batch(count, form);
    // Remainders of a chunk: some lanes of a group, one by one, or both.
    for (size_t count = 129; count <= 132; ++count)
        expect_batch(count, RecoverForm::Fastest);
}

TEST_P(RecoverOnEveryTarget, FindsTheKeysOfWycheproof) {
    SWITCHYARD_REQUIRE_SUITE(suite, "crypto");
    static const std::vector<test::WycheproofSignature> vectors =
        test::wycheproof_signatures(suite);
    size_t valid = 0;
    size_t invalid = 0;
    for (const test::WycheproofSignature& vector : vectors) {
        if (vector.id % kFewer != 0) continue;
        std::array<PublicKey, 4> keys{};
        std::array<RecoverStatus, 4> statuses{};
        recover_batch(vector.inputs, keys, statuses, recover_workspace(), RecoverForm::Vectors);
        bool found = false;
        for (size_t id = 0; id < 4; ++id)
            found |= statuses[id] == RecoverStatus::Ok && keys[id] == vector.key;
        EXPECT_EQ(found, vector.valid) << "vector " << vector.id;
        ++(vector.valid ? valid : invalid);
    }
    EXPECT_GT(valid, 1500u / kFewer);
    EXPECT_GT(invalid, 700u / kFewer);
}

}  // namespace
}  // namespace switchyard::simd
