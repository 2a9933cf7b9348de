// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "host/node/http/port_metrics.hpp"
#include "tests/unit/node/server_fixture.hpp"

namespace switchyard::metrics {
namespace {

constexpr Metric kCalls = {"switchyard_test_calls_total", Kind::Counter,
                           "Calls \\ of the test\nand more."};
constexpr Metric kDepth = {"switchyard_test_depth", Kind::Gauge, "Depth."};
constexpr Metric kSeconds = {"switchyard_test_wait_seconds", Kind::Histogram, "Waits in seconds."};

/// Reads the text by the grammar of the format: every sample stands under its HELP and TYPE.
std::map<std::string, double> read(const std::string& text) {
    static const std::regex kSample(
        R"re(([a-z_][a-z0-9_]*)(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? (\+Inf|-Inf|NaN|[-+0-9.e]+))re");
    std::map<std::string, double> out;
    std::istringstream lines(text);
    std::string line;
    std::string family;
    std::set<std::string> families;
    while (std::getline(lines, line)) {
        if (line.starts_with("# HELP ")) {
            family = line.substr(7, line.find(' ', 7) - 7);
            EXPECT_TRUE(families.insert(family).second) << family << " twice";
            continue;
        }
        if (line.starts_with("# TYPE ")) {
            EXPECT_EQ(line.substr(7, family.size()), family);
            continue;
        }
        std::smatch match;
        EXPECT_TRUE(std::regex_match(line, match, kSample)) << line;
        EXPECT_TRUE(line.starts_with(family)) << line;
        EXPECT_TRUE(out.emplace(line.substr(0, line.rfind(' ')),
                                std::stod(line.substr(line.rfind(' ') + 1)))
                        .second)
            << line;
    }
    return out;
}

TEST(Metrics, TextIsThatOfTheFormat) {
    Registry registry;
    registry.add(kCalls, {{"port", "a\"b\\c\nd"}}, [] { return 5.0; });
    registry.add(kCalls, {{"port", "b"}}, [] { return 1e18; });
    registry.add(kDepth, {}, [] { return -2.5; });
    const std::string text = registry.text();
    EXPECT_TRUE(
        text.starts_with("# HELP switchyard_test_calls_total Calls \\\\ of the test\\nand more.\n# "
                         "TYPE switchyard_test_calls_total counter\n"));
    const auto samples = read(text);
    EXPECT_EQ(samples.at("switchyard_test_calls_total{port=\"a\\\"b\\\\c\\nd\"}"), 5);
    EXPECT_EQ(samples.at("switchyard_test_calls_total{port=\"b\"}"), 1e18);
    EXPECT_EQ(samples.at("switchyard_test_depth"), -2.5);
}

TEST(Metrics, HistogramsCountUpToEachBound) {
    Histogram histogram({0.1, 1, 10});
    for (const double value : {0.05, 0.1, 0.5, 1.5, 11.0, 12.0})
        histogram.observe(value);
    Registry registry;
    registry.add(kSeconds, {{"port", "x"}}, histogram);
    const auto samples = read(registry.text());
    EXPECT_EQ(samples.at("switchyard_test_wait_seconds_bucket{port=\"x\",le=\"0.1\"}"), 2);
    EXPECT_EQ(samples.at("switchyard_test_wait_seconds_bucket{port=\"x\",le=\"1\"}"), 3);
    EXPECT_EQ(samples.at("switchyard_test_wait_seconds_bucket{port=\"x\",le=\"10\"}"), 4);
    EXPECT_EQ(samples.at("switchyard_test_wait_seconds_bucket{port=\"x\",le=\"+Inf\"}"), 6);
    EXPECT_EQ(samples.at("switchyard_test_wait_seconds_count{port=\"x\"}"), 6);
    EXPECT_DOUBLE_EQ(samples.at("switchyard_test_wait_seconds_sum{port=\"x\"}"), 25.15);
}

TEST(Metrics, NamesFollowTheRules) {
    EXPECT_TRUE(is_well_named(kCalls));
    EXPECT_FALSE(is_well_named({"calls_total", Kind::Counter, "x"}));
    EXPECT_FALSE(is_well_named({"switchyard_calls", Kind::Counter, "x"}));
    EXPECT_FALSE(is_well_named({"switchyard_depth_total", Kind::Gauge, "x"}));
    EXPECT_FALSE(is_well_named({"switchyard_Depth", Kind::Gauge, "x"}));
    EXPECT_FALSE(is_well_named({"switchyard__depth", Kind::Gauge, "x"}));
    EXPECT_FALSE(is_well_named({"switchyard_depth", Kind::Gauge, ""}));
}

class PortMetricsFixture : public test::ServerFixture {};

TEST_F(PortMetricsFixture, AnAdminPortServesThem) {
    Registry registry;
    std::string unready = "no block yet";
    http::PortConfig port;
    port.token = std::make_shared<auth::TokenCheck>(std::nullopt, "secret");
    port.routes = http::admin_routes(registry, [&] { return unready; });
    start(port);
    http::add_port_metrics(registry, *server_, 0, "admin");
    http::add_dispatch_metrics(registry, dispatcher_, "admin");
    const auto get = [this](const std::string& path, const std::string& header = "") {
        tool::Connection connection = connect();
        EXPECT_TRUE(
            connection.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n"));
        return *connection.receive_reply();
    };
    const std::string token = "Authorization: Bearer secret\r\n";
    EXPECT_EQ(get("/health").status, 200U);
    EXPECT_EQ(get("/ready").status, 503U);
    EXPECT_EQ(get("/ready").body, "no block yet\n");
    unready.clear();
    EXPECT_EQ(get("/ready").status, 200U);
    EXPECT_EQ(get("/metrics").status, 401U);
    EXPECT_EQ(connect().post(call(1, "test_echo"), token)->status, 200U);
    EXPECT_EQ(connect().post(call(1, "none"), token)->status, 200U);
    const auto reply = get("/metrics", token);
    EXPECT_NE(reply.header.find("Content-Type: text/plain; version=0.0.4"), std::string::npos);
    const auto samples = read(reply.body);
    EXPECT_EQ(samples.at("switchyard_port_requests_total{port=\"admin\"}"), 8);
    EXPECT_EQ(samples.at("switchyard_port_requests_unauthorized_total{port=\"admin\"}"), 1);
    EXPECT_EQ(samples.at("switchyard_rpc_calls_total{port=\"admin\"}"), 2);
    EXPECT_EQ(samples.at("switchyard_rpc_errors_total{port=\"admin\"}"), 1);
    EXPECT_EQ(samples.at("switchyard_port_request_seconds_count{port=\"admin\"}"), 2);
}

}  // namespace
}  // namespace switchyard::metrics
