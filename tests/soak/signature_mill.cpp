// SPDX-License-Identifier: Apache-2.0
#include "tests/soak/signature_mill.hpp"

#include <cstring>

#include "tests/support/secp256k1_signatures.hpp"

namespace switchyard::soak {
namespace {

using simd::RecoverInput;
using simd::ref::U256;
namespace ref = simd::ref;
using Bytes32 = std::array<uint8_t, 32>;

Bytes32 random_bytes(std::mt19937_64& random) {
    Bytes32 out;
    for (size_t i = 0; i < out.size(); i += 8) {
        const uint64_t word = random();
        std::memcpy(out.data() + i, &word, 8);
    }
    return out;
}

/// A border of some check or reduction: 0, n, p, p - n, n / 2, powers of two, each give or take
/// two.
Bytes32 border(std::mt19937_64& random) {
    const U256& n = ref::kGroupOrder.value;
    const U256& p = ref::kFieldOrder.value;
    U256 value{};
    switch (random() % 6) {
        case 0:
            break;
        case 1:
            value = n;
            break;
        case 2:
            value = p;
            break;
        case 3:
            value = ref::sub_mod(p, n, ref::kFieldOrder);
            break;
        case 4:
            value = {n[0] >> 1 | n[1] << 63, n[1] >> 1 | n[2] << 63, n[2] >> 1 | n[3] << 63,
                     n[3] >> 1};
            break;
        default: {
            const uint64_t bit = random() % 256;
            value[bit / 64] = uint64_t{1} << (bit % 64);
            break;
        }
    }
    // Modulo 2^256, so that what is below zero is near the top.
    const uint64_t delta = random() % 5 - 2;
    const uint64_t sign = (delta >> 63) != 0 ? ~uint64_t{0} : 0;
    unsigned __int128 sum = static_cast<unsigned __int128>(value[0]) + delta;
    value[0] = static_cast<uint64_t>(sum);
    for (size_t i = 1; i < 4; ++i) {
        sum = static_cast<unsigned __int128>(value[i]) + sign + static_cast<uint64_t>(sum >> 64);
        value[i] = static_cast<uint64_t>(sum);
    }
    Bytes32 out;
    ref::store_big_endian(value, out.data());
    return out;
}

}  // namespace

SignatureMill::SignatureMill(uint64_t seed)
    : random_(seed), exceptional_(simd::test::signatures_that_meet_equal_points(random_, 1000)) {}

void SignatureMill::make_random(RecoverInput& input) {
    input = {random_bytes(random_), random_bytes(random_), random_bytes(random_), 0};
    // R's x is r + n for one id in 2^128 of those that signers make; here for one in 64.
    input.recovery_id = static_cast<uint8_t>(random_() % 64 == 0 ? random_() % 4 : random_() % 2);
}

void SignatureMill::make_hostile(RecoverInput& input) {
    Bytes32* const fields[] = {&input.message_hash, &input.r, &input.s};
    switch (random_() % 8) {
        case 0: {
            const uint64_t bit = random_() % (3 * 256 + 8);
            if (bit < 3 * 256)
                (*fields[bit / 256])[bit % 256 / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
            else
                input.recovery_id ^= static_cast<uint8_t>(1U << (bit % 8));
            break;
        }
        case 1:
            *fields[random_() % 3] = border(random_);
            break;
        case 2:
            for (Bytes32* field : fields)
                *field = border(random_);
            input.recovery_id = static_cast<uint8_t>(random_() % 5);
            break;
        case 3:
            // Below p - n, about 2^128, where R's x can be r + n.
            std::memset(input.r.data(), 0, 16);
            input.recovery_id = static_cast<uint8_t>(random_() % 4);
            break;
        case 4:
            input = exceptional_[random_() % exceptional_.size()];
            break;
        case 5:
            input = exceptional_[random_() % exceptional_.size()];
            simd::test::damage(input, random_);
            break;
        default:
            simd::test::damage(input, random_);
            break;
    }
}

size_t SignatureMill::fill(std::span<RecoverInput> inputs) {
    size_t hostile = 0;
    for (RecoverInput& input : inputs) {
        if (random_() % 2 == 0)
            make_random(input);
        else
            input = simd::test::random_signature(random_);
        if (random_() % 100 != 0) continue;
        make_hostile(input);
        ++hostile;
    }
    return hostile;
}

}  // namespace switchyard::soak
