// SPDX-License-Identifier: Apache-2.0
#include "host/node/http/request_policy.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace switchyard::http {
namespace {

using List = std::vector<std::string>;

TEST(RequestPolicy, HostsAreAddressesOrListed) {
    const List allowed = {"localhost", "node.example"};
    for (const char* host : {"", "localhost", "LocalHost:8545", "127.0.0.1", "127.0.0.1:8545",
                             "10.1.2.3", "[::1]:8545", "[::1]", "::1", "node.example:80"})
        EXPECT_TRUE(is_host_allowed(host, allowed)) << host;
    for (const char* host :
         {"evil.example", "localhost.evil.example:8545", "127.0.0.1.evil.example", "[::1",
          "node.example.", " localhost", "1.2.3", "[localhost]x"})
        EXPECT_FALSE(is_host_allowed(host, allowed)) << host;
    EXPECT_TRUE(is_host_allowed("evil.example", List{"*"}));
    EXPECT_FALSE(is_host_allowed("localhost", List{}));
}

TEST(RequestPolicy, OriginsAreListed) {
    EXPECT_FALSE(is_origin_allowed("https://a.example", List{}));
    EXPECT_TRUE(is_origin_allowed("https://a.example", List{"https://a.example"}));
    EXPECT_FALSE(is_origin_allowed("https://b.example", List{"https://a.example"}));
    EXPECT_TRUE(is_origin_allowed("https://b.example", List{"*"}));
    EXPECT_FALSE(is_origin_allowed("", List{"*"}));
}

TEST(RequestPolicy, WebSocketsOpenFromLocalPages) {
    EXPECT_TRUE(is_websocket_origin_allowed("", List{}));
    EXPECT_TRUE(is_websocket_origin_allowed("http://localhost:3000", List{}));
    EXPECT_TRUE(is_websocket_origin_allowed("https://localhost", List{}));
    EXPECT_TRUE(is_websocket_origin_allowed("http://127.0.0.1:8546", List{}));
    EXPECT_TRUE(is_websocket_origin_allowed("http://[::1]:8546", List{}));
    EXPECT_FALSE(is_websocket_origin_allowed("http://10.0.0.1", List{}));
    EXPECT_FALSE(is_websocket_origin_allowed("https://evil.example", List{}));
    EXPECT_FALSE(is_websocket_origin_allowed("https://localhost.evil.example", List{}));
    EXPECT_FALSE(is_websocket_origin_allowed("null", List{}));
    EXPECT_FALSE(is_websocket_origin_allowed("http://localhost", List{"https://a.example"}));
    EXPECT_TRUE(is_websocket_origin_allowed("https://a.example", List{"https://a.example"}));
}

TEST(RequestPolicy, ContentTypesAreJson) {
    for (const char* type : {"application/json", "Application/JSON; charset=utf-8",
                             "application/json-rpc", " application/jsonrequest ;"})
        EXPECT_TRUE(is_json_content_type(type)) << type;
    for (const char* type : {"", "text/plain", "application/jsonx",
                             "application/x-www-form-urlencoded", "text/plain;application/json"})
        EXPECT_FALSE(is_json_content_type(type)) << type;
    EXPECT_EQ(path_of("/metrics?a=/b"), "/metrics");
    EXPECT_EQ(path_of("/"), "/");
}

TEST(RequestPolicy, TargetsMayBeAbsolute) {
    EXPECT_EQ(path_of("http://a.example:80/metrics?x=http://b/"), "/metrics");
    EXPECT_EQ(path_of("HTTPS://a.example"), "/");
    EXPECT_EQ(path_of("http://a.example?x=/y"), "/");
    EXPECT_EQ(path_of("httpx://a.example/"), "httpx://a.example/");
    EXPECT_EQ(path_of("/?http://a.example/x"), "/");
    EXPECT_EQ(authority_of("http://a.example:80/metrics"), "a.example:80");
    EXPECT_EQ(authority_of("https://a.example"), "a.example");
    EXPECT_EQ(authority_of("http://a.example?x"), "a.example");
    EXPECT_EQ(authority_of("/http://a.example/"), "");
    EXPECT_EQ(authority_of("http:/"), "");
}

TEST(RequestPolicy, KeysOfWebSocketsAreSixteenBytes) {
    EXPECT_TRUE(is_websocket_key("dGhlIHNhbXBsZSBub25jZQ=="));
    for (const char* key :
         {"", "abc", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===",
          "dGhlIHNhbXBsZSBub25jZQA=", "dGhlIHNhbXBsZSBub25j-Q==", "dGhlIHNhbXBsZSBub25jZ==="})
        EXPECT_FALSE(is_websocket_key(key)) << key;
}

}  // namespace
}  // namespace switchyard::http
