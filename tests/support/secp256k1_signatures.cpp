// SPDX-License-Identifier: Apache-2.0
#include "tests/support/secp256k1_signatures.hpp"

#include <gtest/gtest.h>
#include <secp256k1_recovery.h>

#include <algorithm>
#include <memory>

#include "simd/secp256k1/recover/workspace.hpp"

namespace switchyard::simd::test {
namespace {

using Bytes32 = std::array<uint8_t, 32>;

struct ContextDeleter {
    void operator()(secp256k1_context* context) const { secp256k1_context_destroy(context); }
};
using Context = std::unique_ptr<secp256k1_context, ContextDeleter>;

const secp256k1_context* context() {
    static const Context instance(
        secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY));
    return instance.get();
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

}  // namespace

ref::U256 random_scalar(std::mt19937_64& random) {
    return ref::mul_mod(ref::load_big_endian(random_bytes(random).data()), kOne, ref::kGroupOrder);
}

namespace {

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

}  // namespace

RecoverWorkspace& recover_workspace() {
    thread_local const auto memory = std::make_unique_for_overwrite<RecoverWorkspace>();
    return *memory;
}

ExpectedKey libsecp256k1_recover(const RecoverInput& input) {
    ExpectedKey expected;
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

std::vector<RecoverInput> signatures_that_meet_equal_points(std::mt19937_64& random, size_t count) {
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
        for (uint64_t i = 1; i <= 6; ++i)
            for (uint64_t j = 0; j <= 6; ++j) {
                const ref::U256 u1{j, 0, 0, 0};
                const ref::U256 minus_u1 = ref::sub_mod(kZero, u1, ref::kGroupOrder);
                inputs.push_back(signature_for({k, 0, 0, 0}, u1, {i, 0, 0, 0}));
                inputs.push_back(signature_for({k, 0, 0, 0}, minus_u1, {i, 0, 0, 0}));
            }
    for (size_t i = 0; i < count; ++i) {
        const ref::U256 k = small(20);
        const uint64_t bits = random() % 120;
        const ref::U256 u2 = ref::add_mod(shifted(small(40), bits), small(1000), ref::kGroupOrder);
        ref::U256 u1 = ref::mul_mod(u2, k, ref::kGroupOrder);
        if (random() % 2 == 0) u1 = ref::sub_mod(kZero, u1, ref::kGroupOrder);
        if (random() % 2 == 0) u1 = ref::add_mod(u1, small(1000), ref::kGroupOrder);
        if (random() % 4 == 0) u1 = shifted(small(40), 128);
        inputs.push_back(signature_for(k, u1, u2));
    }
    return inputs;
}

}  // namespace switchyard::simd::test
