// SPDX-License-Identifier: Apache-2.0
// Verification with known keys against libsecp256k1: whatever is claimed, the results are those of
// recovery, and the work stays bounded.
#include "simd/secp256k1/verify/verify_known.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "simd/cpu_targets.hpp"
#include "simd/curve/secp256k1_recover_one.hpp"
#include "simd/secp256k1/ref.hpp"
#include "simd/secp256k1/verify/kernel.hpp"
#include "simd/secp256k1/verify/workspace.hpp"
#include "tests/support/secp256k1_signatures.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/simd/secp256k1/fewer.hpp"

namespace switchyard::simd {
namespace {

using test::ExpectedKey;
using test::libsecp256k1_recover;
using test::random_scalar;
using test::random_signature;
using test::signature_for;

VerifyWorkspace& workspace() {
    static const auto memory = std::make_unique_for_overwrite<VerifyWorkspace>();
    return *memory;
}

std::vector<Coefficient> random_coefficients(size_t count, std::mt19937_64& random) {
    std::vector<Coefficient> out(count);
    for (Coefficient& coefficient : out)
        for (uint8_t& byte : coefficient)
            byte = static_cast<uint8_t>(random());
    return out;
}

/// A batch with what libsecp256k1 says of its signatures.
struct Batch {
    std::vector<RecoverInput> signatures;
    std::vector<ExpectedKey> expected;
    std::vector<PublicKey> keys;
    std::vector<uint32_t> claims;
    std::vector<uint32_t> sources;
    std::vector<uint8_t> groups;

    void add(const RecoverInput& signature, const PublicKey& claim, uint32_t source = 0) {
        signatures.push_back(signature);
        expected.push_back(libsecp256k1_recover(signature));
        claims.push_back(static_cast<uint32_t>(keys.size()));
        keys.push_back(claim);
        sources.push_back(source);
    }
    void add_right(const RecoverInput& signature, uint32_t source = 0) {
        add(signature, libsecp256k1_recover(signature).key, source);
    }
    /// Claims for item i what is another item's key.
    void make_wrong(size_t i) { claims[i] = claims[(i + 1) % claims.size()]; }

    [[nodiscard]] ClaimOutcome outcome(size_t i) const {
        if (i >= claims.size() || claims[i] >= keys.size()) return ClaimOutcome::None;
        return expected[i].ok && expected[i].key == keys[claims[i]] ? ClaimOutcome::Right
                                                                    : ClaimOutcome::Wrong;
    }
};

Batch right_batch(size_t count, std::mt19937_64& random) {
    Batch batch;
    for (size_t i = 0; i < count; ++i)
        batch.add_right(random_signature(random));
    return batch;
}

/// Claims that are worth an equation here, on any target.
constexpr size_t kLeast = 24;

/// How many of `count` right claims an equation proves: all, or none of too few.
constexpr size_t provable(size_t count, size_t least = kLeast) {
    return count >= least ? count : 0;
}

VerifyStatistics expect_as_recovery(const Batch& batch,
                                    const std::vector<Coefficient>& coefficients) {
    const size_t count = batch.signatures.size();
    std::vector<PublicKey> keys(count + 1);
    std::vector<RecoverStatus> statuses(count + 1, RecoverStatus::SOutOfRange);
    std::vector<ClaimOutcome> outcomes(count + 1, ClaimOutcome::Wrong);
    keys[count].fill(0xa5);
    const VerifyStatistics statistics = verify_known(
        {batch.signatures, batch.keys, batch.claims, batch.sources, coefficients, batch.groups},
        {std::span(keys).first(count), std::span(statuses).first(count),
         std::span(outcomes).first(count)},
        workspace(), kLeast);
    EXPECT_EQ(keys[count][0], 0xa5);
    EXPECT_EQ(statistics.items_proven + statistics.items_recovered, count);
    EXPECT_LE(statistics.items_checked, 2 * (count + statistics.items_proven));
    for (size_t i = 0; i < count; ++i) {
        PublicKey unused;
        const RecoverStatus status =
            batch.expected[i].ok ? RecoverStatus::Ok : recover_one(batch.signatures[i], unused);
        const bool same = statuses[i] == status && keys[i] == batch.expected[i].key &&
                          outcomes[i] == batch.outcome(i);
        EXPECT_TRUE(same) << "signature " << i << " of " << count << ": " << to_string(statuses[i])
                          << ", outcome " << static_cast<int>(outcomes[i]);
        if (!same) break;
    }
    return statistics;
}

VerifyStatistics expect_as_recovery(const Batch& batch, std::mt19937_64& random) {
    return expect_as_recovery(batch, random_coefficients(batch.signatures.size(), random));
}

class VerifyOnEveryTarget : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override { ASSERT_TRUE(force_target(GetParam())); }
    void TearDown() override { force_target(""); }
};

INSTANTIATE_TEST_SUITE_P(Target, VerifyOnEveryTarget, testing::ValuesIn(supported_targets()),
                         [](const auto& instance) { return instance.param; });

TEST_P(VerifyOnEveryTarget, ProvesRightClaimsInBatchesOfEverySize) {
    std::mt19937_64 random = switchyard::test::test_generator(31);
    const Batch all = right_batch(kFewer == 1 ? 5000 : 300, random);
    std::vector<size_t> sizes;
    for (size_t size = 0; size <= 70; size += kFewer)
        sizes.push_back(size);
    for (const size_t size : {100u, 256u, 300u, 1023u, 1024u, 1025u, 5000u})
        if (size <= all.signatures.size()) sizes.push_back(size);
    for (const size_t size : sizes) {
        Batch batch = all;
        batch.signatures.resize(size);
        batch.claims.resize(size);
        const VerifyStatistics statistics = expect_as_recovery(batch, random);
        EXPECT_EQ(statistics.items_proven, provable(size));
        EXPECT_EQ(statistics.items_checked, statistics.items_proven);
    }
}

TEST_P(VerifyOnEveryTarget, TakesEquationsFromTheBreakEvenOn) {
    std::mt19937_64 random = switchyard::test::test_generator(46);
    const size_t size = 128;
    const Batch all = right_batch(size, random);
    const std::vector<Coefficient> coefficients = random_coefficients(size, random);
    std::vector<PublicKey> keys(size);
    std::vector<RecoverStatus> statuses(size);
    std::vector<ClaimOutcome> outcomes(size);
    for (const size_t count : {size - 1, size_t{23}, size_t{13}, size_t{11}}) {
        const VerifyStatistics statistics = verify_known(
            {std::span(all.signatures).first(count), all.keys, all.claims, {}, coefficients},
            {keys, statuses, outcomes}, workspace());
        EXPECT_EQ(statistics.items_proven, provable(count, break_even()));
        EXPECT_EQ(statistics.items_recovered, count - statistics.items_proven);
        EXPECT_TRUE(std::equal(keys.begin(), keys.begin() + static_cast<ptrdiff_t>(count),
                               all.keys.begin()));
    }
}

TEST_P(VerifyOnEveryTarget, FindsOneWrongClaimAtEveryPlace) {
    std::mt19937_64 random = switchyard::test::test_generator(32);
    for (const size_t size : {size_t{48}, size_t{128}, size_t{1024} / kFewer}) {
        const Batch all = right_batch(size, random);
        const size_t step = size <= 128 ? kFewer : 93;
        for (size_t i = 0; i < size; i += step) {
            Batch batch = all;
            batch.make_wrong(i);
            const VerifyStatistics statistics = expect_as_recovery(batch, random);
            EXPECT_LT(statistics.items_recovered, 32u);
        }
    }
}

TEST_P(VerifyOnEveryTarget, RecoversWhereAllClaimsAreWrong) {
    std::mt19937_64 random = switchyard::test::test_generator(33);
    Batch batch = right_batch(1024 / kFewer, random);
    std::rotate(batch.claims.begin(), batch.claims.begin() + 1, batch.claims.end());
    const VerifyStatistics statistics = expect_as_recovery(batch, random);
    EXPECT_EQ(statistics.items_recovered, batch.signatures.size());
}

TEST_P(VerifyOnEveryTarget, KeepsOtherSourcesProvenBesideAPoisonedOne) {
    std::mt19937_64 random = switchyard::test::test_generator(34);
    const size_t count = kFewer == 1 ? 1024 : 512;
    Batch batch = right_batch(count, random);
    // Eight sources, mixed; half of what number 5 claims is wrong.
    size_t of_five = 0;
    for (size_t i = 0; i < count; ++i) {
        batch.sources[i] = static_cast<uint32_t>(random() % 8);
        if (batch.sources[i] != 5) continue;
        ++of_five;
        if (random() % 2 == 0) batch.make_wrong(i);
    }
    const VerifyStatistics statistics = expect_as_recovery(batch, random);
    EXPECT_GE(statistics.items_proven, count - of_five);
}

/// Right claims, item i of source i modulo `sources`.
Batch of_many_sources(size_t count, uint32_t sources, std::mt19937_64& random) {
    Batch batch = right_batch(count, random);
    for (size_t i = 0; i < count; ++i)
        batch.sources[i] = static_cast<uint32_t>(i % sources);
    return batch;
}

constexpr size_t kPerSource = 32;
constexpr uint32_t kManySources = 32 / kFewer;
constexpr size_t kOfManySources = kPerSource * kManySources;

TEST_P(VerifyOnEveryTarget, WrongClaimsOfOneSourceCostOnlyItsOwnProofs) {
    std::mt19937_64 random = switchyard::test::test_generator(42);
    const Batch all = of_many_sources(kOfManySources, kManySources, random);
    for (const size_t wrong : {1u, 2u, 6u, 30u}) {
        Batch batch = all;
        for (size_t i = 0; i < wrong; ++i)
            batch.make_wrong(kManySources * (i * kPerSource / wrong) + 2);
        const VerifyStatistics statistics = expect_as_recovery(batch, random);
        EXPECT_LE(statistics.items_recovered, kPerSource) << wrong;
        // One equation of all, one for each halving down to the source, and a few within it.
        EXPECT_LE(statistics.checks, 1u + 5 + 3) << wrong;
        EXPECT_LE(statistics.items_checked, 2 * kOfManySources) << wrong;
    }
}

TEST_P(VerifyOnEveryTarget, FindsSeveralSourcesWithWrongClaims) {
    std::mt19937_64 random = switchyard::test::test_generator(43);
    const Batch all = of_many_sources(kOfManySources, kManySources, random);
    for (const uint32_t hostile : {2u, 4u / (kFewer == 1 ? 1 : 2)}) {
        Batch batch = all;
        for (uint32_t k = 0; k < hostile; ++k)
            for (size_t i = 0; i < 3; ++i)
                batch.make_wrong(kManySources * 10 * i + k * kManySources / hostile);
        const VerifyStatistics statistics = expect_as_recovery(batch, random);
        EXPECT_LE(statistics.items_recovered, hostile * kPerSource) << hostile;
    }
}

TEST_P(VerifyOnEveryTarget, ProvesMostOfASourceThatIsSeldomWrong) {
    if (kFewer != 1) GTEST_SKIP() << "takes a full piece";
    std::mt19937_64 random = switchyard::test::test_generator(44);
    const Batch all = right_batch(1024, random);
    for (const size_t wrong : {2u, 3u, 4u}) {
        Batch batch = all;
        for (size_t i = 0; i < wrong; ++i)
            batch.make_wrong(i * 1024 / wrong + 100);
        const VerifyStatistics statistics = expect_as_recovery(batch, random);
        EXPECT_LT(statistics.items_recovered, wrong * 32u) << wrong;
    }
}

TEST_P(VerifyOnEveryTarget, WrongClaimsOfOneGroupCostOthersNothing) {
    std::mt19937_64 random = switchyard::test::test_generator(45);
    Batch batch = of_many_sources(kOfManySources, kManySources, random);
    // Every third source is of group 7, and wrong; the last of them are of no named group.
    size_t right = 0;
    batch.groups.resize(kOfManySources - 5);
    for (size_t i = 0; i < kOfManySources; ++i) {
        const bool hostile = batch.sources[i] % 3 == 0 && i < batch.groups.size();
        if (hostile) {
            batch.groups[i] = 7;
            batch.make_wrong(i);
        } else {
            ++right;
        }
    }
    const VerifyStatistics statistics = expect_as_recovery(batch, random);
    EXPECT_EQ(statistics.items_proven, provable(right));
    // The right ones are in one equation and in no recheck.
    const size_t wrong = kOfManySources - right;
    EXPECT_LE(statistics.items_checked, right + 2 * wrong);
}

TEST_P(VerifyOnEveryTarget, TakesMissingClaimsKeysAndCoefficients) {
    std::mt19937_64 random = switchyard::test::test_generator(35);
    const size_t count = 200;
    Batch batch = right_batch(count, random);
    for (size_t i = 0; i < count; i += 3)
        batch.claims[i] = i % 2 == 0 ? kNoClaim : static_cast<uint32_t>(count + random() % 9);
    batch.claims.resize(190);
    batch.sources.resize(50);
    expect_as_recovery(batch, random);
    std::vector<Coefficient> coefficients = random_coefficients(150, random);
    for (size_t i = 1; i < coefficients.size(); i += 3)
        coefficients[i].fill(0);
    batch.make_wrong(1);
    batch.make_wrong(160);
    const VerifyStatistics statistics = expect_as_recovery(batch, coefficients);
    EXPECT_EQ(statistics.items_proven, provable(50));
    // Constant coefficients prove little, but must end, and lists become long.
    coefficients.assign(count, Coefficient{1});
    expect_as_recovery(right_batch(count, random), coefficients);
}

TEST_P(VerifyOnEveryTarget, TakesKeysThatAreNoPoints) {
    std::mt19937_64 random = switchyard::test::test_generator(36);
    Batch batch = right_batch(96, random);
    const ref::U256& p = ref::kFieldOrder.value;
    for (size_t i = 0; i < 12; ++i) {
        PublicKey& key = batch.keys[8 * i];
        switch (i) {
            case 0:
                key.fill(0);
                break;
            case 1:
                key.fill(0xff);
                break;
            case 2:
                key[63] ^= 1;
                break;
            case 3:
                key[0] ^= 1;
                break;
            case 4:
                ref::store_big_endian(p, key.data());
                break;
            case 5:
                ref::store_big_endian(p, key.data() + 32);
                break;
            case 6:
                ref::store_big_endian({}, key.data());
                break;
            case 7:
                ref::store_big_endian({}, key.data() + 32);
                break;
            case 8: {
                // The opposite point: on the curve, and wrong.
                const ref::U256 y = ref::load_big_endian(key.data() + 32);
                ref::store_big_endian(ref::sub_mod({}, y, ref::kFieldOrder), key.data() + 32);
                break;
            }
            case 9: {
                // lambda times the point: the same y.
                const ref::U256 beta{0xc1396c28719501ee, 0x9cf0497512f58995, 0x6e64479eac3434e9,
                                     0x7ae96a2b657c0710};
                const ref::U256 x = ref::load_big_endian(key.data());
                ref::store_big_endian(ref::mul_mod(x, beta, ref::kFieldOrder), key.data());
                break;
            }
            case 10:
                // x + p, if that fits 256 bits; then not below p.
                std::fill_n(key.begin(), 28, uint8_t{0xff});
                break;
            default:
                std::swap_ranges(key.begin(), key.begin() + 32, key.begin() + 32);
                break;
        }
    }
    expect_as_recovery(batch, random);
}

TEST_P(VerifyOnEveryTarget, AgreesOnDamagedSignatures) {
    std::mt19937_64 random = switchyard::test::test_generator(37);
    for (const size_t rate : {2u, 20u, 200u}) {
        Batch batch;
        for (size_t i = 0; i < 1024 / kFewer; ++i) {
            RecoverInput signature = random_signature(random);
            const PublicKey key = libsecp256k1_recover(signature).key;
            if (random() % rate == 0) test::damage(signature, random);
            batch.add(signature, key, static_cast<uint32_t>(random() % 5));
        }
        expect_as_recovery(batch, random);
        // Now the claim is what the damaged signature gives, if anything.
        for (size_t i = 0; i < batch.keys.size(); ++i)
            batch.keys[i] = batch.expected[i].key;
        const VerifyStatistics statistics = expect_as_recovery(batch, random);
        const auto good = std::count_if(batch.expected.begin(), batch.expected.end(),
                                        [](const ExpectedKey& e) { return e.ok; });
        EXPECT_EQ(statistics.items_proven, provable(static_cast<size_t>(good)));
    }
}

TEST_P(VerifyOnEveryTarget, MeetsEqualAndOppositePointsInEveryAddition) {
    std::mt19937_64 random = switchyard::test::test_generator(38);
    Batch batch;
    // R and Q are small multiples of G: u1 = 0, Q = G, Q = +-R and equal points among them.
    for (const RecoverInput& signature :
         test::signatures_that_meet_equal_points(random, 300 / kFewer))
        batch.add_right(signature);
    expect_as_recovery(batch, random);
    // With coefficients that are all alike, these points meet in the same buckets.
    for (const uint8_t value : {uint8_t{1}, uint8_t{0x80}, uint8_t{0xff}}) {
        Coefficient coefficient;
        coefficient.fill(value);
        expect_as_recovery(batch, std::vector<Coefficient>(batch.signatures.size(), coefficient));
    }
}

TEST_P(VerifyOnEveryTarget, TakesOneSignatureManyTimes) {
    std::mt19937_64 random = switchyard::test::test_generator(39);
    const RecoverInput one = random_signature(random);
    Batch batch;
    for (size_t i = 0; i < 400 / kFewer; ++i)
        batch.add_right(one);
    const size_t proven = provable(batch.signatures.size());
    EXPECT_EQ(expect_as_recovery(batch, random).items_proven, proven);
    // One key for all, as one claim.
    std::fill(batch.claims.begin(), batch.claims.end(), 0u);
    EXPECT_EQ(expect_as_recovery(batch, random).items_proven, proven);
    std::vector<Coefficient> alike(batch.signatures.size(), Coefficient{0, 1, 2, 3});
    EXPECT_EQ(expect_as_recovery(batch, alike).items_proven, proven);
    // And its mirror image: R and s negated, the same key.
    Batch mirrored = batch;
    for (size_t i = 0; i < mirrored.signatures.size(); i += 2) {
        RecoverInput& signature = mirrored.signatures[i];
        const ref::U256 s = ref::load_big_endian(signature.s.data());
        ref::store_big_endian(ref::sub_mod({}, s, ref::kGroupOrder), signature.s.data());
        signature.recovery_id ^= 1;
    }
    EXPECT_EQ(expect_as_recovery(mirrored, random).items_proven, proven);
    EXPECT_EQ(expect_as_recovery(mirrored, alike).items_proven, proven);
    for (size_t i = 0; i < batch.signatures.size(); i += 7)
        batch.signatures[i].recovery_id ^= 1;
    for (size_t i = 0; i < batch.signatures.size(); ++i)
        batch.expected[i] = libsecp256k1_recover(batch.signatures[i]);
    expect_as_recovery(batch, random);
}

TEST_P(VerifyOnEveryTarget, WrongClaimsDoNotCancelEachOther) {
    std::mt19937_64 random = switchyard::test::test_generator(40);
    // Two signatures with equal r/s, each claiming the key of the other, and keys Q + D, Q - D: the
    // plain sum of the equations holds, the random one does not.
    Batch batch = right_batch(64, random);
    for (size_t i = 0; i < 16; i += 2) {
        const ref::U256 k = random_scalar(random);
        const ref::U256 u2 = random_scalar(random);
        const RecoverInput first = signature_for(k, random_scalar(random), u2);
        const RecoverInput second = signature_for(k, random_scalar(random), u2);
        batch.add(first, libsecp256k1_recover(second).key);
        batch.add(second, libsecp256k1_recover(first).key);
    }
    EXPECT_LT(expect_as_recovery(batch, random).items_proven, 65u);
}

TEST_P(VerifyOnEveryTarget, AgreesOnMixtures) {
    std::mt19937_64 random = switchyard::test::test_generator(41);
    const Batch all = right_batch(kFewer == 1 ? 1500 : 200, random);
    for (size_t round = 0; round < 12 / (kFewer == 1 ? 1 : 4); ++round) {
        Batch batch;
        const size_t count = random() % all.signatures.size();
        const uint64_t wrong_one_in = 1 + random() % 300;
        const uint64_t sources = 1 + random() % 40;
        batch.keys = all.keys;
        for (size_t i = 0; i < count; ++i) {
            const size_t from = random() % all.signatures.size();
            batch.signatures.push_back(all.signatures[from]);
            batch.expected.push_back(all.expected[from]);
            batch.claims.push_back(all.claims[from]);
            batch.sources.push_back(static_cast<uint32_t>(random() % sources));
        }
        for (size_t i = 0; i < count; ++i)
            if (random() % wrong_one_in == 0) batch.make_wrong(i);
        expect_as_recovery(batch, random);
    }
}

TEST_P(VerifyOnEveryTarget, ProvesTheKeysOfWycheproof) {
    SWITCHYARD_REQUIRE_SUITE(suite, "crypto");
    std::mt19937_64 random = switchyard::test::test_generator(42);
    Batch batch;
    Batch right;
    for (const test::WycheproofSignature& vector : test::wycheproof_signatures(suite)) {
        if (vector.id % kFewer != 0) continue;
        bool found = false;
        for (const RecoverInput& input : vector.inputs) {
            batch.add(input, vector.key, static_cast<uint32_t>(vector.id));
            if (batch.outcome(batch.claims.size() - 1) != ClaimOutcome::Right) continue;
            found = true;
            right.add(input, vector.key);
        }
        EXPECT_EQ(found, vector.valid) << "vector " << vector.id;
    }
    expect_as_recovery(batch, random);
    EXPECT_EQ(expect_as_recovery(right, random).items_proven, right.signatures.size());
    EXPECT_GT(right.signatures.size(), 200u / kFewer);
}

}  // namespace
}  // namespace switchyard::simd
