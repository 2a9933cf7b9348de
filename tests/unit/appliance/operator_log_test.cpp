// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/operator_log.hpp"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

namespace switchyard::appliance {
namespace {

TEST(OperatorLogTest, ALineForPeopleStaysOneLine) {
    EXPECT_EQ(log_line(false, 1'764'201'600'007, LogLevel::Info, "pool", "left\nright",
                       {{"size", "3"}, {"why", "a\x1b[31m"}}),
              "2025-11-27T00:00:00.007Z info    pool: left right size=3 why=a [31m");
}

TEST(OperatorLogTest, ALineForMachinesIsReadByAnotherParser) {
    const auto read = nlohmann::json::parse(
        log_line(true, 0, LogLevel::Warning, "http", "a \"b\"\n", {{"port", "8545"}}));
    EXPECT_EQ(read, (nlohmann::json{{"time", "1970-01-01T00:00:00.000Z"},
                                    {"level", "warning"},
                                    {"part", "http"},
                                    {"message", "a \"b\"\n"},
                                    {"port", "8545"}}));
}

TEST(OperatorLogTest, LevelAndFormChangeWhileItIsUsed) {
    std::array<char, 4096> text{};
    std::FILE* const file = ::fmemopen(text.data(), text.size(), "w");
    OperatorLog log(file, LogLevel::Warning);
    log.info("a", "not written");
    log.warning("a", "written");
    log.configure(log_level_of("debug"), true);
    log.debug("b", "too");
    std::fclose(file);
    const std::string_view all(text.data());
    EXPECT_EQ(all.find("not written"), std::string_view::npos);
    EXPECT_NE(all.find("warning a: written\n"), std::string_view::npos);
    EXPECT_NE(all.find("\"level\":\"debug\""), std::string_view::npos);
    EXPECT_EQ(log_level_of("error"), LogLevel::Error);
    EXPECT_EQ(to_string(LogLevel::Trace), "trace");
}

}  // namespace
}  // namespace switchyard::appliance
