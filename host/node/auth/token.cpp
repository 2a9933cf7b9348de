// SPDX-License-Identifier: Apache-2.0
#include "host/node/auth/token.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>

#include "host/core/hex.hpp"
#include "host/core/random.hpp"
#include "host/node/json/document.hpp"
#include "host/precompiles/openssl/digest.hpp"

namespace switchyard::auth {
namespace {

constexpr size_t kTokenBytesMax = 4096;
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

BytesView bytes_of(std::string_view text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

/// Base64url without padding (RFC 7515, appendix C).
std::string encode_base64url(BytesView bytes) {
    std::string out;
    uint32_t bits = 0;
    int count = 0;
    for (const uint8_t b : bytes) {
        bits = bits << 8 | b;
        for (count += 8; count >= 6; count -= 6)
            out += kAlphabet[bits >> (count - 6) & 63];
    }
    if (count > 0) out += kAlphabet[bits << (6 - count) & 63];
    return out;
}

std::optional<std::string> decode_base64url(std::string_view text) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::string out;
    uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const size_t value = kAlphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out += static_cast<char>(bits >> count & 0xff);
    }
    // Bits that belong to no byte are zero in the one encoding of a text.
    if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
    return out;
}

bool equal_in_constant_time(BytesView a, BytesView b) {
    if (a.size() != b.size()) return false;
    uint8_t difference = 0;
    for (size_t i = 0; i < a.size(); ++i)
        difference = static_cast<uint8_t>(difference | (a[i] ^ b[i]));
    return difference == 0;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Error system_error(const std::string& what, const std::string& path) {
    return {ErrorCode::Io, what + " " + path + ": " + std::strerror(errno)};
}

Result<Secret> create_secret(const std::string& path) {
    Secret secret;
    if (auto filled = fill_random(secret.bytes); !filled) return filled.error();
    const std::string text = to_hex(secret) + "\n";
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return system_error("cannot make", path);
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(file) == 0;
    const Error error = system_error("cannot write", path);
    ::close(file);
    if (!written) {
        ::unlink(path.c_str());
        return error;
    }
    return secret;
}

}  // namespace

std::optional<Bytes32> hmac_sha256(BytesView key, BytesView message) {
    std::array<uint8_t, 64> block{};
    if (key.size() > block.size()) {
        const auto digest = precompiles::sha256(key);
        if (!digest) return std::nullopt;
        std::memcpy(block.data(), digest->data(), digest->size());
    } else if (!key.empty()) {
        std::memcpy(block.data(), key.data(), key.size());
    }
    Bytes inner;
    inner.reserve(block.size() + message.size());
    for (const uint8_t b : block)
        inner.push_back(b ^ 0x36);
    inner.insert(inner.end(), message.begin(), message.end());
    const auto digest = precompiles::sha256(inner);
    if (!digest) return std::nullopt;
    Bytes outer;
    for (const uint8_t b : block)
        outer.push_back(b ^ 0x5c);
    outer.insert(outer.end(), digest->begin(), digest->end());
    return precompiles::sha256(outer);
}

Result<Secret> read_or_create_secret(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT ? create_secret(path)
                               : Result<Secret>(system_error("cannot read", path));
    std::array<char, 256> text{};
    const ssize_t size = ::read(file, text.data(), text.size());
    ::close(file);
    if (size < 0) return system_error("cannot read", path);
    const auto secret = fixed_from_hex<32>(trim({text.data(), static_cast<size_t>(size)}));
    if (!secret)
        return Error{ErrorCode::InvalidInput,
                     path + " must hold a secret of 64 hex digits; remove it to get a new one"};
    return *secret;
}

std::string make_token(const Secret& secret, int64_t issued_at_s) {
    std::string token = encode_base64url(bytes_of(R"({"alg":"HS256","typ":"JWT"})")) + "." +
                        encode_base64url(bytes_of("{\"iat\":" + std::to_string(issued_at_s) + "}"));
    const auto signature = hmac_sha256(secret, bytes_of(token));
    if (signature) token += "." + encode_base64url(*signature);
    return token;
}

TokenCheck::TokenCheck(std::optional<Secret> secret, std::string bearer, Clock clock)
    : secret_(secret), bearer_(std::move(bearer)), clock_(std::move(clock)) {
    if (!clock_)
        clock_ = [] {
            return std::chrono::duration_cast<std::chrono::seconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                .count();
        };
}

std::optional<std::string> TokenCheck::refuse(std::string_view authorization) const {
    constexpr std::string_view kScheme = "bearer ";
    bool scheme = authorization.size() >= kScheme.size();
    for (size_t i = 0; scheme && i < kScheme.size(); ++i) {
        const char c = authorization[i];
        scheme = (c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) == kScheme[i];
    }
    const std::string_view token =
        scheme ? trim(authorization.substr(kScheme.size())) : std::string_view{};
    if (token.empty()) return "missing token";
    if (token.size() > kTokenBytesMax) return "token is too long";
    if (!bearer_.empty() && equal_in_constant_time(bytes_of(bearer_), bytes_of(token)))
        return std::nullopt;
    if (!secret_) return "invalid token";
    return refuse_jwt(token);
}

std::optional<std::string> TokenCheck::refuse_jwt(std::string_view token) const {
    const size_t first = token.find('.');
    const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
        return "token contains an invalid number of segments";
    const auto header = decode_base64url(token.substr(0, first));
    const auto claims = decode_base64url(token.substr(first + 1, second - first - 1));
    const auto signature = decode_base64url(token.substr(second + 1));
    if (!header || !claims || !signature) return "token is malformed";

    json::Document document;
    const auto fields = document.parse(*header);
    if (!fields || fields->find("alg").string() != "HS256") return "signing method is not HS256";
    const auto expected = hmac_sha256(*secret_, bytes_of(token.substr(0, second)));
    if (!expected || !equal_in_constant_time(*expected, bytes_of(*signature)))
        return "signature is invalid";

    const auto root = document.parse(*claims);
    if (!root || !root->is_object()) return "token is malformed";
    const auto issued_at = root->find("iat").number();
    if (!issued_at || !std::isfinite(*issued_at)) return "missing issued-at";
    const auto now = static_cast<double>(clock_());
    if (const json::Element expiry = root->find("exp"); !expiry.is_absent()) {
        const auto at = expiry.number();
        if (!at || now >= *at) return "token is expired";
    }
    if (now - *issued_at > static_cast<double>(kDriftMax)) return "stale token";
    if (*issued_at - now > static_cast<double>(kDriftMax)) return "future token";
    return std::nullopt;
}

}  // namespace switchyard::auth
