// SPDX-License-Identifier: Apache-2.0
#include "host/node/auth/token.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "host/core/hex.hpp"

namespace switchyard::auth {
namespace {

BytesView view(std::string_view text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

/// Made by Python's hmac, json and base64 for the secret of 32 bytes 0x01, 0x02, ... 0x20.
Secret secret() {
    Secret out;
    for (size_t i = 0; i < 32; ++i)
        out[i] = static_cast<uint8_t>(i + 1);
    return out;
}
constexpr int64_t kIssued = 1'700'000'000;
constexpr std::string_view kPlain =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3MDAwMDAwMDB9."
    "PImRAQ9ASfA6sNaNXGOwlr2pLWNLJ5SQEyzckOr3ufo";
constexpr std::string_view kWithExtras =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9."
    "eyJpYXQiOjE3MDAwMDAwMDAuNSwiaWQiOiJub2RlIiwiZXhwIjoxNzAwMDAwMDEwfQ.3vJMCJ8ZhdrqLKCTxY-"
    "hMWcB2kAtKRdy0rqeBlK9-EA";
constexpr std::string_view kExpired =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDAwMH0."
    "qHXgFA0ogeQSR6A6GRhRkLI44v4-wYIdLMMey_akhlE";
constexpr std::string_view kWithoutTime =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6IngifQ.Koay8TJ85EPEJavJorY8Avkb-"
    "KsBO5bkJPpmTKPIC9A";
constexpr std::string_view kOfNoMethod =
    "eyJhbGciOiJub25lIn0.eyJpYXQiOjE3MDAwMDAwMDB9.DZd8sWmEZPWekd-ca8iY0_WNpg-TNf3dfMz8p6gY1BY";
constexpr std::string_view kOfAnotherMethod =
    "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3MDAwMDAwMDB9.FmzKRY0D9LFn_"
    "UtB5j1ZE7eLXK4TO48zPurwOpqpAkEQKDjLlEg82R3nPMxKZU6IAI-OMkMWknDReEvos9BGZw";

TokenCheck check_at(int64_t now) {
    return TokenCheck(secret(), {}, [now] { return now; });
}
std::string header(std::string_view token) {
    return "Bearer " + std::string(token);
}

TEST(Token, HmacIsThatOfTheStandard) {
    // RFC 4231, test cases 1, 2 and 6.
    EXPECT_EQ(to_hex(*hmac_sha256(Bytes(20, 0x0b), view("Hi There"))),
              "0xb0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(to_hex(*hmac_sha256(view("Jefe"), view("what do ya want for nothing?"))),
              "0x5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(to_hex(*hmac_sha256(Bytes(131, 0xaa),
                                  view("Test Using Larger Than Block-Size Key - Hash Key First"))),
              "0x60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Token, AcceptsWhatAnotherImplementationMade) {
    EXPECT_EQ(check_at(kIssued).refuse(header(kPlain)), std::nullopt);
    EXPECT_EQ(check_at(kIssued + 60).refuse(header(kPlain)), std::nullopt);
    EXPECT_EQ(check_at(kIssued - 60).refuse(header(kPlain)), std::nullopt);
    EXPECT_EQ(check_at(kIssued).refuse("bEARER   " + std::string(kPlain) + " "), std::nullopt);
    EXPECT_EQ(check_at(kIssued).refuse(header(kWithExtras)), std::nullopt);
    EXPECT_EQ(check_at(kIssued).refuse(header(make_token(secret(), kIssued))), std::nullopt);
    EXPECT_EQ(make_token(secret(), kIssued), kPlain);
}

TEST(Token, RefusesByTimeAndClaims) {
    EXPECT_EQ(check_at(kIssued + 61).refuse(header(kPlain)), "stale token");
    EXPECT_EQ(check_at(kIssued - 61).refuse(header(kPlain)), "future token");
    EXPECT_EQ(check_at(kIssued).refuse(header(kExpired)), "token is expired");
    EXPECT_EQ(check_at(kIssued).refuse(header(kWithoutTime)), "missing issued-at");
}

TEST(Token, RefusesOtherKeysAndMethods) {
    EXPECT_EQ(check_at(kIssued).refuse(header(kOfNoMethod)), "signing method is not HS256");
    EXPECT_EQ(check_at(kIssued).refuse(header(kOfAnotherMethod)), "signing method is not HS256");
    Secret other = secret();
    other[0] ^= 1;
    EXPECT_EQ(check_at(kIssued).refuse(header(make_token(other, kIssued))), "signature is invalid");
    const std::string token(kPlain);
    for (size_t i = 0; i < token.size(); ++i) {
        std::string changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_TRUE(check_at(kIssued).refuse(header(changed))) << i;
        EXPECT_TRUE(check_at(kIssued).refuse(header(token.substr(0, i)))) << i;
    }
    EXPECT_EQ(check_at(kIssued).refuse(""), "missing token");
    EXPECT_EQ(check_at(kIssued).refuse("Basic abc"), "missing token");
    EXPECT_EQ(check_at(kIssued).refuse("Bearer "), "missing token");
    EXPECT_TRUE(check_at(kIssued).refuse("Bearer a.b.c.d"));
    EXPECT_TRUE(check_at(kIssued).refuse("Bearer " + std::string(10'000, 'a')));
}

TEST(Token, ABearerTokenIsComparedWhole) {
    const TokenCheck check(std::nullopt, "correct horse");
    EXPECT_EQ(check.refuse("Bearer correct horse"), std::nullopt);
    EXPECT_TRUE(check.refuse("Bearer correct hors"));
    EXPECT_TRUE(check.refuse("Bearer correct horse2"));
    EXPECT_TRUE(check.refuse(header(make_token(Secret{}, kIssued)))) << "no secret accepts no JWT";
}

TEST(Token, MakesASecretThatOnlyItsOwnerReads) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("switchyard_token_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const std::string path = folder / "jwt.hex";
    const auto made = read_or_create_secret(path);
    ASSERT_TRUE(made);
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    EXPECT_EQ(*read_or_create_secret(path), *made);
    std::ofstream(path) << "  " << to_hex(secret()).substr(2) << "\r\n";
    EXPECT_EQ(*read_or_create_secret(path), secret());
    for (const char* text : {"", "0x12", "zz"}) {
        std::ofstream(path) << text;
        EXPECT_EQ(read_or_create_secret(path).error().code, ErrorCode::InvalidInput);
    }
    EXPECT_EQ(read_or_create_secret(folder / "none" / "jwt.hex").error().code, ErrorCode::Io);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace switchyard::auth
