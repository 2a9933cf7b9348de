// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1_recover.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <secp256k1_recovery.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "simd/cpu_targets.hpp"
#include "simd/keccak256_ref.hpp"
#include "simd/secp256k1_ref.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::simd {
namespace {

using Bytes32 = std::array<uint8_t, 32>;

// With sanitizers the kernel runs many times slower; fewer signatures still take every path.
#ifdef SWITCHYARD_SIMD_OUTLINE
constexpr size_t kFewer = 8;
#else
constexpr size_t kFewer = 1;
#endif

std::vector<uint8_t> from_hex(const std::string& text) {
    std::vector<uint8_t> bytes;
    for (size_t i = 0; i + 1 < text.size(); i += 2)
        bytes.push_back(static_cast<uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
    return bytes;
}

struct ContextDeleter {
    void operator()(secp256k1_context* context) const { secp256k1_context_destroy(context); }
};
using Context = std::unique_ptr<secp256k1_context, ContextDeleter>;

const secp256k1_context* context() {
    static const Context instance(
        secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY));
    return instance.get();
}

struct Expected {
    bool ok = false;
    PublicKey key{};
};

/// What libsecp256k1 says of this signature.
Expected libsecp256k1_recover(const RecoverInput& input) {
    Expected expected;
    if (input.recovery_id > 3) return expected;  // the library's precondition
    std::array<uint8_t, 64> compact{};
    std::copy(input.r.begin(), input.r.end(), compact.begin());
    std::copy(input.s.begin(), input.s.end(), compact.begin() + 32);
    secp256k1_ecdsa_recoverable_signature signature;
    if (!secp256k1_ecdsa_recoverable_signature_parse_compact(context(), &signature, compact.data(),
                                                             input.recovery_id))
        return expected;
    secp256k1_pubkey key;
    if (!secp256k1_ecdsa_recover(context(), &key, &signature, input.message_hash.data()))
        return expected;
    std::array<uint8_t, 65> encoded{};
    size_t size = encoded.size();
    secp256k1_ec_pubkey_serialize(context(), encoded.data(), &size, &key,
                                  SECP256K1_EC_UNCOMPRESSED);
    std::copy(encoded.begin() + 1, encoded.end(), expected.key.begin());
    expected.ok = true;
    return expected;
}

Bytes32 random_bytes(std::mt19937_64& random) {
    Bytes32 bytes{};
    for (uint8_t& byte : bytes)
        byte = static_cast<uint8_t>(random());
    return bytes;
}

Bytes32 to_bytes(const ref::U256& value) {
    Bytes32 bytes{};
    ref::store_big_endian(value, bytes.data());
    return bytes;
}

/// A signature that libsecp256k1 made over a random hash with a random key.
RecoverInput random_signature(std::mt19937_64& random) {
    const Bytes32 secret = random_bytes(random);
    RecoverInput input{random_bytes(random), {}, {}, 0};
    secp256k1_ecdsa_recoverable_signature signature;
    EXPECT_EQ(secp256k1_ecdsa_sign_recoverable(context(), &signature, input.message_hash.data(),
                                               secret.data(), nullptr, nullptr),
              1);
    std::array<uint8_t, 64> compact{};
    int recovery_id = 0;
    secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), compact.data(), &recovery_id,
                                                            &signature);
    std::copy_n(compact.begin(), 32, input.r.begin());
    std::copy_n(compact.begin() + 32, 32, input.s.begin());
    input.recovery_id = static_cast<uint8_t>(recovery_id);
    return input;
}

const ref::U256 kZero{};
const ref::U256 kOne{1, 0, 0, 0};

ref::U256 random_scalar(std::mt19937_64& random) {
    return ref::mul_mod(ref::load_big_endian(random_bytes(random).data()), kOne, ref::kGroupOrder);
}

/// A signature whose R is k G for a known k, with z and s given by the caller.
RecoverInput signature_with_known_nonce(const ref::U256& k, const ref::U256& z,
                                        const ref::U256& s) {
    const ref::JacobianPoint point = ref::to_affine(ref::multiply(ref::generator(), k));
    RecoverInput input{to_bytes(z), to_bytes(point.x), to_bytes(s), 0};
    input.recovery_id = static_cast<uint8_t>(point.y[0] & 1);
    return input;
}

/// s R = z G, so that the key is the point at infinity.
RecoverInput signature_to_infinity(std::mt19937_64& random) {
    const ref::U256 k = random_scalar(random);
    const ref::U256 s = random_scalar(random);
    return signature_with_known_nonce(k, ref::mul_mod(s, k, ref::kGroupOrder), s);
}

/// Makes `input` wrong, or borderline, in one of many ways.
void damage(RecoverInput& input, std::mt19937_64& random) {
    const auto order_plus = [&](int64_t delta) {
        ref::U256 value = ref::kGroupOrder.value;
        value[0] += static_cast<uint64_t>(delta);
        return to_bytes(value);
    };
    Bytes32 ones;
    ones.fill(0xff);
    switch (random() % 22) {
        case 0:
            input.r.fill(0);
            break;
        case 1:
            input.s.fill(0);
            break;
        case 2:
            input.r = order_plus(0);
            break;
        case 3:
            input.s = order_plus(0);
            break;
        case 4:
            input.r = order_plus(1);
            break;
        case 5:
            input.s = order_plus(1);
            break;
        case 6:
            input.r = order_plus(-1);
            break;
        case 7:
            input.s = order_plus(-1);
            break;
        case 8:
            input.r = ones;
            break;
        case 9:
            input.s = ones;
            break;
        case 10:
            input.recovery_id = static_cast<uint8_t>(random());
            break;
        case 11:
            input.recovery_id ^= 1;
            break;
        case 12:
            input.recovery_id ^= 2;
            break;
        case 13:
            input.r = random_bytes(random);
            break;
        case 14:
            input.s = random_bytes(random);
            break;
        case 15: {
            // r below p - n, about 2^128, where recovery ids 2 and 3 can hold.
            input.r = random_bytes(random);
            std::fill_n(input.r.begin(), 16, uint8_t{0});
            input.recovery_id = static_cast<uint8_t>(random() % 4);
            break;
        }
        case 16: {
            // r at the border p - n itself.
            ref::U256 r = ref::sub_mod(ref::kFieldOrder.value, ref::kGroupOrder.value,
                                       {{~0ull, ~0ull, ~0ull, ~0ull}, {1, 0, 0, 0}});
            r[0] += random() % 40 - 20;
            input.r = to_bytes(r);
            input.recovery_id = static_cast<uint8_t>(random() % 4);
            break;
        }
        case 17:
            input.message_hash.fill(0);
            break;
        case 18:
            input.message_hash = order_plus(static_cast<int64_t>(random() % 5) - 2);
            break;
        case 19:
            input.message_hash = ones;
            break;
        case 20:
            input.s = to_bytes(
                ref::sub_mod(kZero, ref::load_big_endian(input.s.data()), ref::kGroupOrder));
            break;
        default:
            input = signature_to_infinity(random);
            break;
    }
}

void expect_as_libsecp256k1(const std::vector<RecoverInput>& inputs) {
    std::vector<PublicKey> keys(inputs.size());
    std::vector<AddressBytes> addresses(inputs.size());
    std::vector<RecoverStatus> statuses(inputs.size());
    std::vector<RecoverStatus> address_statuses(inputs.size());
    recover_batch(inputs, keys, statuses);
    recover_addresses(inputs, addresses, address_statuses);
    EXPECT_EQ(statuses, address_statuses);
    for (size_t i = 0; i < inputs.size(); ++i) {
        const Expected expected = libsecp256k1_recover(inputs[i]);
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
    std::mt19937_64 random = test::test_generator(21);
    std::vector<RecoverInput> inputs(2000 / kFewer);
    for (RecoverInput& input : inputs) {
        input = random_signature(random);
        if (random() % 4 == 0) damage(input, random);
    }
    expect_as_libsecp256k1(inputs);
}

TEST_P(RecoverOnEveryTarget, AgreesWithTheReferenceOnEveryReason) {
    std::mt19937_64 random = test::test_generator(22);
    std::vector<RecoverInput> inputs(400 / (kFewer == 1 ? 1 : 2));
    for (RecoverInput& input : inputs) {
        input = random_signature(random);
        damage(input, random);
        if (random() % 8 == 0) damage(input, random);
    }
    std::vector<PublicKey> keys(inputs.size());
    std::vector<RecoverStatus> statuses(inputs.size());
    recover_batch(inputs, keys, statuses);
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

/// The signature whose recovery computes u1 G + u2 R with R = k G.
RecoverInput signature_for(const ref::U256& k, const ref::U256& u1, const ref::U256& u2) {
    const ref::JacobianPoint point = ref::to_affine(ref::multiply(ref::generator(), k));
    const ref::U256 r = ref::mul_mod(point.x, kOne, ref::kGroupOrder);
    const ref::U256 z =
        ref::mul_mod(ref::sub_mod(kZero, u1, ref::kGroupOrder), r, ref::kGroupOrder);
    RecoverInput input{to_bytes(z), to_bytes(r), to_bytes(ref::mul_mod(u2, r, ref::kGroupOrder)),
                       0};
    input.recovery_id = static_cast<uint8_t>((point.y[0] & 1) |
                                             (ref::less(point.x, ref::kGroupOrder.value) ? 0 : 2));
    return input;
}

TEST_P(RecoverOnEveryTarget, MeetsEqualAndOppositePointsInEveryAddition) {
    // With R = k G for a small k, prefixes of u1 G + u2 R meet the tables' points, equal or
    // opposite, at the first, the last or a middle window.
    std::mt19937_64 random = test::test_generator(23);
    const auto small = [&](uint64_t limit) {
        const ref::U256 value{1 + random() % limit, 0, 0, 0};
        return random() % 2 == 0 ? value : ref::sub_mod(kZero, value, ref::kGroupOrder);
    };
    const auto shifted = [&](const ref::U256& value, uint64_t bits) {
        ref::U256 power = kOne;
        for (uint64_t i = 0; i < bits; ++i)
            power = ref::add_mod(power, power, ref::kGroupOrder);
        return ref::mul_mod(value, power, ref::kGroupOrder);
    };
    std::vector<RecoverInput> inputs;
    for (uint64_t k = 1; k <= 3; ++k)
        for (uint64_t i = 1; i <= (kFewer == 1 ? 6 : 2); ++i)
            for (uint64_t j = 0; j <= (kFewer == 1 ? 6 : 3); ++j) {
                const ref::U256 u1{j, 0, 0, 0};
                const ref::U256 minus_u1 = ref::sub_mod(kZero, u1, ref::kGroupOrder);
                inputs.push_back(signature_for({k, 0, 0, 0}, u1, {i, 0, 0, 0}));
                inputs.push_back(signature_for({k, 0, 0, 0}, minus_u1, {i, 0, 0, 0}));
            }
    for (size_t i = 0; i < 300 / kFewer; ++i) {
        const ref::U256 k = small(20);
        const uint64_t bits = random() % 120;
        const ref::U256 u2 = ref::add_mod(shifted(small(40), bits), small(1000), ref::kGroupOrder);
        ref::U256 u1 = ref::mul_mod(u2, k, ref::kGroupOrder);
        if (random() % 2 == 0) u1 = ref::sub_mod(kZero, u1, ref::kGroupOrder);
        if (random() % 2 == 0) u1 = ref::add_mod(u1, small(1000), ref::kGroupOrder);
        if (random() % 4 == 0) u1 = shifted(small(40), 128);
        inputs.push_back(signature_for(k, u1, u2));
    }
    expect_as_libsecp256k1(inputs);
}

TEST_P(RecoverOnEveryTarget, AttackOnTheLastAdditionStaysInItsVectorLane) {
    // Anybody may choose u2 = d + (+-d k - u1) / k, so that the last window of u2 meets its point.
    std::mt19937_64 random = test::test_generator(24);
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
    std::mt19937_64 random = test::test_generator(25);
    std::vector<RecoverInput> inputs(kFewer == 1 ? 270 : 132);
    for (RecoverInput& input : inputs) {
        input = random_signature(random);
        if (random() % 5 == 0) damage(input, random);
    }
    const std::span<const RecoverInput> all(inputs);
    for (size_t count = 0; count <= inputs.size(); count += count < 18 * 2 / kFewer ? 1 : 47) {
        std::vector<PublicKey> keys(count + 1);
        std::vector<RecoverStatus> statuses(count + 1, RecoverStatus::SOutOfRange);
        keys[count].fill(0xa5);
        recover_batch(all.first(count), keys, statuses);
        for (size_t i = 0; i < count; ++i) {
            const Expected expected = libsecp256k1_recover(inputs[i]);
            ASSERT_EQ(statuses[i] == RecoverStatus::Ok, expected.ok) << i << " of " << count;
            ASSERT_EQ(keys[i], expected.key) << i << " of " << count;
        }
        EXPECT_EQ(keys[count][0], 0xa5);
        EXPECT_EQ(statuses[count], RecoverStatus::SOutOfRange);
    }
}

TEST_P(RecoverOnEveryTarget, FindsTheKeysOfWycheproof) {
    SWITCHYARD_REQUIRE_SUITE(suite, "crypto");
    size_t valid = 0;
    size_t invalid = 0;
    for (const auto& [name, digest] :
         {std::pair{"sha256", EVP_sha256()}, std::pair{"sha512", EVP_sha512()}}) {
        std::ifstream file(suite / "wycheproof" /
                           ("ecdsa_secp256k1_" + std::string(name) + "_p1363_test.json"));
        ASSERT_TRUE(file.is_open());
        const nlohmann::json document = nlohmann::json::parse(file);
        for (const auto& group : document.at("testGroups")) {
            const auto key = from_hex(group.at("publicKey").at("uncompressed"));
            for (const auto& vector : group.at("tests")) {
                const auto message = from_hex(vector.at("msg"));
                const auto signature = from_hex(vector.at("sig"));
                // Recovery takes 64 bytes; other lengths never reach it.
                if (signature.size() != 64 || vector.at("tcId").get<size_t>() % kFewer != 0)
                    continue;
                std::array<uint8_t, EVP_MAX_MD_SIZE> hash{};
                ASSERT_EQ(EVP_Digest(message.data(), message.size(), hash.data(), nullptr, digest,
                                     nullptr),
                          1);
                std::array<RecoverInput, 4> inputs{};
                for (uint8_t id = 0; id < 4; ++id) {
                    std::copy_n(hash.begin(), 32, inputs[id].message_hash.begin());
                    std::copy_n(signature.begin(), 32, inputs[id].r.begin());
                    std::copy_n(signature.begin() + 32, 32, inputs[id].s.begin());
                    inputs[id].recovery_id = id;
                }
                std::array<PublicKey, 4> keys{};
                std::array<RecoverStatus, 4> statuses{};
                recover_batch(inputs, keys, statuses);
                bool found = false;
                for (size_t id = 0; id < 4; ++id)
                    found |= statuses[id] == RecoverStatus::Ok &&
                             std::equal(keys[id].begin(), keys[id].end(), key.begin() + 1);
                const bool is_valid = vector.at("result") == "valid";
                EXPECT_EQ(found, is_valid) << name << " vector " << vector.at("tcId");
                ++(is_valid ? valid : invalid);
            }
        }
    }
    EXPECT_GT(valid, 200u / kFewer);
    EXPECT_GT(invalid, 100u / kFewer);
}

}  // namespace
}  // namespace switchyard::simd
