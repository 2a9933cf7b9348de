// SPDX-License-Identifier: Apache-2.0
// secp256k1 signatures to recover keys from: good, damaged, made to meet exceptional additions, and
// those of Wycheproof; with what libsecp256k1 says of them.
#pragma once

#include <filesystem>
#include <random>
#include <vector>

#include "simd/secp256k1/recover/recover_batch.hpp"
#include "simd/secp256k1/ref.hpp"

namespace switchyard::simd::test {

inline constexpr ref::U256 kZero{};
inline constexpr ref::U256 kOne{1, 0, 0, 0};

/// The key is all zero when there is none.
struct ExpectedKey {
    bool ok = false;
    PublicKey key{};
};

/// Memory for recoveries of this thread.
[[nodiscard]] RecoverWorkspace& recover_workspace();

/// What libsecp256k1 says of this signature.
[[nodiscard]] ExpectedKey libsecp256k1_recover(const RecoverInput& input);

/// A signature that libsecp256k1 made over a random hash with a random key.
[[nodiscard]] RecoverInput random_signature(std::mt19937_64& random);

/// Makes `input` wrong, or borderline, in one of many ways.
void damage(RecoverInput& input, std::mt19937_64& random);

/// Below the order of the group.
[[nodiscard]] ref::U256 random_scalar(std::mt19937_64& random);

/// The signature whose recovery computes u1 G + u2 R with R = k G.
[[nodiscard]] RecoverInput signature_for(const ref::U256& k, const ref::U256& u1,
                                         const ref::U256& u2);

/// With R = k G for a small k, prefixes of u1 G + u2 R meet the tables' points, equal or opposite,
/// at the first, the last or a middle window: some hundred fixed cases and `count` random ones.
[[nodiscard]] std::vector<RecoverInput> signatures_that_meet_equal_points(std::mt19937_64& random,
                                                                          size_t count);

/// One vector of Wycheproof as the signatures with recovery ids 0 to 3, of which one must give the
/// key if it is valid, and none otherwise.
struct WycheproofSignature {
    size_t id = 0;
    bool valid = false;
    PublicKey key{};
    std::array<RecoverInput, 4> inputs{};
};

/// All of Wycheproof's ECDSA vectors over secp256k1 with integers r and s of 32 bytes, whatever the
/// hash and the encoding: DER, P1363, and Bitcoin's, whose rule that s is low is applied here; ids
/// are unique. `crypto` is the folder of the suite. Adds a GoogleTest failure where a file cannot
/// be read, or where a valid vector has an encoding that would keep it from recovery.
[[nodiscard]] std::vector<WycheproofSignature> wycheproof_signatures(
    const std::filesystem::path& crypto);

}  // namespace switchyard::simd::test
