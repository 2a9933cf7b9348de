// SPDX-License-Identifier: Apache-2.0
// ECRECOVER; the recovery itself is tested in tests/unit/simd.
#include <gtest/gtest.h>

#include "simd/keccak256_ref.hpp"
#include "tests/support/secp256k1_signatures.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/precompiles/vectors.hpp"

namespace switchyard::precompiles::test {
namespace {

using simd::RecoverInput;
namespace ref = simd::ref;
namespace signatures = simd::test;

/// The precompile itself: the word v, short and long call data, the address.
TEST(EcrecoverPrecompile, AnswersTheAddressOrNothing) {
    auto random = switchyard::test::test_generator(35);
    const RecoverInput signature = signatures::random_signature(random);
    const auto expected = signatures::libsecp256k1_recover(signature);
    ASSERT_TRUE(expected.ok);
    Bytes address(32, 0);
    const auto digest = ref::keccak256(expected.key);
    std::copy_n(digest.begin() + 12, 20, address.begin() + 12);

    Bytes input(128, 0);
    std::copy(signature.message_hash.begin(), signature.message_hash.end(), input.begin());
    input[63] = static_cast<uint8_t>(27 + signature.recovery_id);
    std::copy(signature.r.begin(), signature.r.end(), input.begin() + 64);
    std::copy(signature.s.begin(), signature.s.end(), input.begin() + 96);
    const auto answer = [](const Bytes& request) {
        const auto result = run_precompile(numbered_address(1), request, 3000, Revision::Osaka);
        EXPECT_EQ(result.outcome, Outcome::Success);
        EXPECT_EQ(result.gas_used, 3000U);
        return result.output;
    };
    EXPECT_EQ(answer(input), address);
    Bytes longer = input;
    longer.push_back(0xff);
    EXPECT_EQ(answer(longer), address);
    for (const int v : {0, 1, 26, 29, 30}) {
        Bytes wrong = input;
        wrong[63] = static_cast<uint8_t>(v);
        EXPECT_EQ(answer(wrong), Bytes{}) << "v " << v;
    }
    Bytes high = input;
    high[32] = 1;
    EXPECT_EQ(answer(high), Bytes{});
    EXPECT_EQ(answer(Bytes(input.begin(), input.begin() + 96)), Bytes{});
    EXPECT_EQ(answer({}), Bytes{});
}

}  // namespace
}  // namespace switchyard::precompiles::test
