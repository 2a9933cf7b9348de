// SPDX-License-Identifier: Apache-2.0
// A client of another node's JSON-RPC port: one connection, one request at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "host/core/result.hpp"

namespace switchyard::http {

struct JsonClientConfig {
    std::string url;  ///< `http://HOST[:PORT][/PATH]`; no TLS: what needs it takes a proxy
    std::chrono::milliseconds timeout{5'000};  ///< of connecting, and of each exchange
    size_t response_bytes_max = size_t{8} << 20;
};

/// Blocking, with deadlines. The connection is opened by the first request, kept for those that
/// follow, and opened again after an error. One thread; `cancel` from any.
class JsonClient {
  public:
    /// `InvalidInput` for a URL that is not of the form above.
    [[nodiscard]] static Result<std::unique_ptr<JsonClient>> create(const JsonClientConfig& config);
    ~JsonClient();
    JsonClient(const JsonClient&) = delete;
    JsonClient& operator=(const JsonClient&) = delete;

    /// The body of the answer to a POST of `body`. Errors: `Unavailable` (no connection, or it
    /// broke), `Io` (a status other than 200), `Timeout`, `LimitExceeded` for an answer that is too
    /// large. After any of them the request may have been carried out.
    [[nodiscard]] Result<std::string> post(std::string_view body);
    /// `post` returns soon, and from then on at once, with `Unavailable`.
    void cancel();

  private:
    struct Implementation;
    explicit JsonClient(std::unique_ptr<Implementation> implementation);
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace switchyard::http
