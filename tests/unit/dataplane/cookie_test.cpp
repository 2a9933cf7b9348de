// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/cookie.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <cstring>
#include <set>

#include "dataplane/protocol/siphash.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;

constexpr uint64_t kSecond = 1'000'000'000;
constexpr SourceAddress kSource{0x0A000001, 40'000};

/// OpenSSL's SipHash with 8 bytes of output.
uint64_t openssl_siphash(const SipKey& key, BytesView message) {
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
    EVP_MAC_CTX* context = EVP_MAC_CTX_new(mac);
    size_t size = 8;
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                                     OSSL_PARAM_construct_end()};
    uint8_t out[8] = {};
    size_t written = 0;
    EXPECT_EQ(
        EVP_MAC_init(context, reinterpret_cast<const uint8_t*>(key.words.data()), 16, parameters),
        1);
    EXPECT_EQ(EVP_MAC_update(context, message.data(), message.size()), 1);
    EXPECT_EQ(EVP_MAC_final(context, out, &written, sizeof(out)), 1);
    EXPECT_EQ(written, 8u);
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
    uint64_t value = 0;
    std::memcpy(&value, out, 8);
    return value;
}

// Appendix A of the paper: key 00..0f, message 00..0e.
TEST(SipHash, GivesThePapersExample) {
    const SipKey key{{0x0706050403020100, 0x0f0e0d0c0b0a0908}};
    Bytes message(15);
    for (size_t i = 0; i < message.size(); ++i)
        message[i] = static_cast<uint8_t>(i);
    EXPECT_EQ(siphash24(key, message), 0xa129ca6149be45e5u);
}

TEST(SipHash, AgreesWithOpenSslAtEveryLength) {
    auto random = test_generator(120);
    for (size_t size = 0; size < 130; ++size) {
        const SipKey key{{random(), random()}};
        const Bytes message = test::random_bytes(random, size);
        ASSERT_EQ(siphash24(key, message), openssl_siphash(key, message)) << size;
    }
}

TEST(Cookie, HoldsInItsEpochAndTheNextOnly) {
    CookieMint mint({{1, 2}}, 60 * kSecond);
    for (const uint64_t start : {uint64_t{0}, 59 * kSecond, 3'600 * kSecond}) {
        const uint64_t cookie = mint.mint(kSource, 7, start);
        const uint64_t epoch = start / (60 * kSecond);
        EXPECT_TRUE(mint.holds(cookie, kSource, 7, start));
        EXPECT_TRUE(mint.holds(cookie, kSource, 7, (epoch + 2) * 60 * kSecond - 1));
        EXPECT_FALSE(mint.holds(cookie, kSource, 7, (epoch + 2) * 60 * kSecond));
        EXPECT_FALSE(mint.holds(cookie, kSource, 7, (epoch + 3) * 60 * kSecond));
    }
}

TEST(Cookie, IsOfOneAddressPortSessionAndSecret) {
    CookieMint mint({{1, 2}}, 60 * kSecond);
    const uint64_t cookie = mint.mint(kSource, 7, 0);
    EXPECT_FALSE(mint.holds(cookie, {kSource.ip.to_v4() + 1, kSource.port}, 7, 0));
    EXPECT_FALSE(mint.holds(cookie, {kSource.ip, 40'001}, 7, 0));
    EXPECT_FALSE(mint.holds(cookie, kSource, 8, 0));
    EXPECT_FALSE(mint.holds(cookie ^ 1, kSource, 7, 0));
    EXPECT_FALSE(mint.holds(0, kSource, 7, 0));
    CookieMint other({{1, 3}}, 60 * kSecond);
    EXPECT_FALSE(other.holds(cookie, kSource, 7, 0));
}

TEST(Cookie, IsOfEachOfThe128BitsOfAnAddress) {
    CookieMint mint({{1, 2}}, 60 * kSecond);
    const IpAddress address{.high = 0x2001'0DB8'0000'0000, .low = 1};
    const uint64_t cookie = mint.mint({address, 9}, 7, 0);
    EXPECT_TRUE(mint.holds(cookie, {address, 9}, 7, 0));
    for (unsigned bit = 0; bit < 64; ++bit) {
        const uint64_t flip = uint64_t{1} << bit;
        EXPECT_FALSE(mint.holds(
            cookie, {IpAddress{.high = address.high ^ flip, .low = address.low}, 9}, 7, 0));
        EXPECT_FALSE(mint.holds(
            cookie, {IpAddress{.high = address.high, .low = address.low ^ flip}, 9}, 7, 0));
    }
}

TEST(Cookie, DiffersFromSourceToSourceAndFromEpochToEpoch) {
    CookieMint mint({{1, 2}}, kSecond);
    std::set<uint64_t> seen;
    for (uint32_t i = 0; i < 100; ++i)
        for (uint64_t epoch = 0; epoch < 10; ++epoch)
            seen.insert(mint.mint({i, 9}, 1, epoch * kSecond));
    EXPECT_EQ(seen.size(), 1'000u);
    EXPECT_FALSE(seen.contains(0));
}

}  // namespace
}  // namespace switchyard::dataplane
