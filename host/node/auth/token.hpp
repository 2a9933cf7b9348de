// SPDX-License-Identifier: Apache-2.0
// Tokens: JSON Web Tokens with HS256, and static bearer tokens.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::auth {

using Secret = Bytes32;

/// HMAC-SHA-256 (RFC 2104). No value when the system's OpenSSL refuses to work.
[[nodiscard]] std::optional<Bytes32> hmac_sha256(BytesView key, BytesView message);

/// The secret in the file at `path`: 64 hex digits, with or without `0x`, white space around them.
/// Without the file, makes one with a random secret that only its owner may read. `InvalidInput`
/// when it holds anything else, `Io` when it can't be read or made.
[[nodiscard]] Result<Secret> read_or_create_secret(const std::string& path);

/// A token that proves the secret at `issued_at_s` (Unix time): what a client sends as
/// `Authorization: Bearer`.
[[nodiscard]] std::string make_token(const Secret& secret, int64_t issued_at_s);

/// Checks the `Authorization` header of requests to one port. Thread-safe.
class TokenCheck {
  public:
    /// Unix time in seconds.
    using Clock = std::function<int64_t()>;
    /// How far a token's `iat` may be from now, either way (execution-apis, authentication.md).
    static constexpr int64_t kDriftMax = 60;

    /// Accepts JWTs by `secret` and, if `bearer` is not empty, that token itself. Without a clock,
    /// the system's is asked.
    explicit TokenCheck(std::optional<Secret> secret, std::string bearer = {}, Clock clock = {});

    /// Nothing when the header holds a valid token; else why it does not, in go-ethereum's words.
    [[nodiscard]] std::optional<std::string> refuse(std::string_view authorization) const;

  private:
    [[nodiscard]] std::optional<std::string> refuse_jwt(std::string_view token) const;

    std::optional<Secret> secret_;
    std::string bearer_;
    Clock clock_;
};

}  // namespace switchyard::auth
