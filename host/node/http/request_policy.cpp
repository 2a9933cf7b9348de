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

std::string_view path_of(std::string_view target) {
    return target.substr(0, std::min(target.find('?'), target.size()));
}

}  // namespace switchyard::http
