// SPDX-License-Identifier: Apache-2.0
#include "host/node/http/request_policy.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace switchyard::http {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool contains(std::span<const std::string> list, std::string_view text) {
    return std::ranges::any_of(list, [text](const std::string& entry) {
        return entry == "*" || equal_ignoring_case(entry, text);
    });
}

bool is_address(std::string_view host) {
    std::array<unsigned char, 16> address{};
    const std::string text(host);
    return ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

/// `name:80`, `name`, `[::1]:80` and `::1` without port and brackets.
std::string_view without_port(std::string_view host) {
    if (host.starts_with('[')) {
        const size_t end = host.find(']');
        const bool whole =
            end != std::string_view::npos && (end + 1 == host.size() || host[end + 1] == ':');
        return whole ? host.substr(1, end - 1) : host;
    }
    const size_t colon = host.find(':');
    if (colon == std::string_view::npos || host.find(':', colon + 1) != std::string_view::npos)
        return host;
    return host.substr(0, colon);
}

/// Of `http://` or `https://` at the beginning of an absolute target; else 0.
size_t scheme_bytes(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"})
        if (equal_ignoring_case(target.substr(0, scheme.size()), scheme)) return scheme.size();
    return 0;
}

}  // namespace

bool is_host_allowed(std::string_view host, std::span<const std::string> allowed) {
    if (host.empty()) return true;
    const std::string_view name = without_port(host);
    return is_address(name) || contains(allowed, name);
}

bool is_origin_allowed(std::string_view origin, std::span<const std::string> allowed) {
    return !origin.empty() && contains(allowed, origin);
}

bool is_websocket_origin_allowed(std::string_view origin, std::span<const std::string> allowed) {
    if (origin.empty()) return true;
    if (!allowed.empty()) return contains(allowed, origin);
    const size_t scheme = origin.find("://");
    if (scheme == std::string_view::npos) return false;
    const std::string_view host = without_port(origin.substr(scheme + 3));
    return equal_ignoring_case(host, "localhost") || host == "127.0.0.1" || host == "::1";
}

bool is_json_content_type(std::string_view content_type) {
    std::string_view type =
        content_type.substr(0, std::min(content_type.find(';'), content_type.size()));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t'))
        type.remove_suffix(1);
    while (!type.empty() && (type.front() == ' ' || type.front() == '\t'))
        type.remove_prefix(1);
    return equal_ignoring_case(type, "application/json") ||
           equal_ignoring_case(type, "application/json-rpc") ||
           equal_ignoring_case(type, "application/jsonrequest");
}

std::string_view authority_of(std::string_view target) {
    const size_t scheme = scheme_bytes(target);
    if (scheme == 0) return {};
    return target.substr(scheme, target.find_first_of("/?", scheme) - scheme);
}

std::string_view path_of(std::string_view target) {
    if (const size_t scheme = scheme_bytes(target); scheme != 0) {
        const size_t path = target.find_first_of("/?", scheme);
        if (path == std::string_view::npos || target[path] == '?') return "/";
        target.remove_prefix(path);
    }
    return target.substr(0, std::min(target.find('?'), target.size()));
}

bool is_websocket_key(std::string_view key) {
    constexpr size_t kBytes = 24;
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return key.size() == kBytes && key.ends_with("==") &&
           key.find_first_not_of(kDigits) == kBytes - 2;
}

}  // namespace switchyard::http
