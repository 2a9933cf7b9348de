// SPDX-License-Identifier: Apache-2.0
// The hash precompiles against the answers that their standards publish.
#include <gtest/gtest.h>

#include <string_view>
#include <thread>
#include <vector>

#include "host/core/hex.hpp"
#include "tests/unit/precompiles/vectors.hpp"

namespace switchyard::precompiles::test {
namespace {

std::string answer(uint16_t number, BytesView input) {
    const auto result =
        run_precompile(numbered_address(number), input, 1'000'000'000, Revision::Osaka);
    EXPECT_EQ(result.outcome, Outcome::Success);
    return to_hex(result.output);
}

BytesView text(std::string_view s) {
    return {reinterpret_cast<const uint8_t*>(s.data()), s.size()};
}

// FIPS 180-2, appendix B, and the digest of no bytes.
TEST(Sha256Precompile, GivesThePublishedDigests) {
    EXPECT_EQ(answer(2, {}), "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(answer(2, text("abc")),
              "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(answer(2, Bytes(1'000'000, 'a')),
              "0xcdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// The test values of the RIPEMD-160 page of its authors (Dobbertin, Bosselaers, Preneel).
TEST(Ripemd160Precompile, GivesThePublishedDigests) {
    const std::string pad = "0x000000000000000000000000";
    EXPECT_EQ(answer(3, {}), pad + "9c1185a5c5e9fc54612808977ee8f548b2258d31");
    EXPECT_EQ(answer(3, text("abc")), pad + "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
    EXPECT_EQ(answer(3, Bytes(1'000'000, 'a')), pad + "52783243c1697bdbe16d37f97f68f08325dc1528");
}

TEST(IdentityPrecompile, CopiesItsInput) {
    EXPECT_EQ(answer(4, {}), "0x");
    EXPECT_EQ(answer(4, text("switchyard")), to_hex(text("switchyard")));
}

TEST(HashPrecompiles, WorkFromManyThreads) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([] {
            for (int i = 0; i < 200; ++i) {
                EXPECT_EQ(answer(2, text("abc")).substr(0, 10), "0xba7816bf");
                EXPECT_EQ(answer(3, text("abc")).substr(26, 8), "8eb208f7");
            }
        });
    for (std::thread& thread : threads)
        thread.join();
}

}  // namespace
}  // namespace switchyard::precompiles::test
