// SPDX-License-Identifier: Apache-2.0
// Who may ask, by what a request's header says: pure functions, as go-ethereum decides
// (node/rpcstack.go, rpc/http.go, rpc/websocket.go).
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace switchyard::http {

/// Whether the `Host` header may be served: none, an address, or one of `allowed`. The port in it
/// does not matter.
[[nodiscard]] bool is_host_allowed(std::string_view host, std::span<const std::string> allowed);

/// Whether a page from `origin` may read answers.
[[nodiscard]] bool is_origin_allowed(std::string_view origin, std::span<const std::string> allowed);

/// Whether a page from `origin` may open a WebSocket; clients that are no browsers send none.
/// Without a list: pages from this machine, by its name `localhost` as for go-ethereum, or by a
/// loopback address, which some clients name as their origin.
[[nodiscard]] bool is_websocket_origin_allowed(std::string_view origin,
                                               std::span<const std::string> allowed);

/// `application/json`, `application/json-rpc` or `application/jsonrequest`, with any parameters.
/// Browsers send none of them to another site without asking first.
[[nodiscard]] bool is_json_content_type(std::string_view content_type);

/// The host and port of a target in absolute form, which count instead of `Host` (RFC 9112, section
/// 3.2.2); empty for any other target.
[[nodiscard]] std::string_view authority_of(std::string_view target);

/// The path of a request's target, without the query; `/` for an absolute one without a path.
[[nodiscard]] std::string_view path_of(std::string_view target);

/// Whether `key` may be a `Sec-WebSocket-Key`: 16 bytes in Base64 (RFC 6455, section 4.2.1).
[[nodiscard]] bool is_websocket_key(std::string_view key);

}  // namespace switchyard::http
