// SPDX-License-Identifier: Apache-2.0
// What is taken, what is refused, and that every refusal says where and why.
#include "tools/config/read_configuration.hpp"

#include <gmock/gmock.h>

#include <random>

#include "tools/config/setting.hpp"
#include "tools/config/show.hpp"

namespace switchyard::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> problems_of(std::string_view text) {
    std::vector<std::string> out;
    for (const Problem& each : read_configuration(text).problems)
        out.push_back(to_line("f", each));
    return out;
}

TEST(ReadConfiguration, TakesWhatIsThereAndKeepsDefaults) {
    const Reading reading = read_configuration(R"([execute]
lanes = 48
learn = false
[pool]
bytes = "2 GiB"
lifetime = "90 min"
[http]
enabled = true
cors = ["https://a.example", "https://b.example"]
[state]
sync = "interval"
)");
    ASSERT_THAT(reading.problems, IsEmpty());
    const Configuration& configuration = reading.configuration;
    EXPECT_EQ(configuration.execute.lanes, 48U);
    EXPECT_FALSE(configuration.execute.learn);
    EXPECT_EQ(configuration.pool.bytes, uint64_t{2} << 30);
    EXPECT_EQ(configuration.pool.lifetime, std::chrono::minutes{90});
    EXPECT_THAT(configuration.http.cors, ElementsAre("https://a.example", "https://b.example"));
    EXPECT_EQ(configuration.state.sync, "interval");
    EXPECT_EQ(configuration.verify.batch, Configuration{}.verify.batch);
    EXPECT_EQ(reading.places.at("pool.bytes"), (Place{5, 1}));
    EXPECT_EQ(reading.places.size(), 7U);
}

TEST(ReadConfiguration, TakesDottedKeysAndInlineTables) {
    EXPECT_EQ(read_configuration("execute.lanes = 3\n").configuration.execute.lanes, 3U);
    EXPECT_EQ(read_configuration("execute = {lanes = 3}\n").configuration.execute.lanes, 3U);
    EXPECT_EQ(read_configuration("[pool]\nbytes = 0x4000_0000\n").configuration.pool.bytes,
              uint64_t{1} << 30);
}

TEST(ReadConfiguration, SaysAllThatIsWrongAtOnce) {
    EXPECT_THAT(problems_of("[execute]\nlanes = 65\nlearn = 1\nthread = 2\n\n[pol]\nbytes = 3\n"),
                ElementsAre("f:2:9: execute.lanes: 65 is not in 1 to 64 lanes",
                            "f:3:9: execute.learn is an integer; it takes true or false",
                            "f:4:1: execute.thread is no key; did you mean execute.threads?",
                            "f:6:1: [pol] is no table",
                            "f:7:1: pol.bytes is no key; did you mean pool.bytes?"));
}

TEST(ReadConfiguration, RefusesValuesThatAreNone) {
    const std::pair<const char*, const char*> cases[] = {
        {"[pool]\nbytes = \"2 GB\"",
         "f:2:9: pool.bytes is \"2 GB\", which is no size; write it as"},
        {"[pool]\nbytes = -1", "f:2:9: pool.bytes is -1, which is not in 1 MiB to 1 TiB"},
        {"[pool]\nbytes = 12", "f:2:9: pool.bytes: \"12 B\" is not in 1 MiB to 1 TiB"},
        {"[pool]\nlifetime = 90", "f:2:12: pool.lifetime is an integer; it takes 1 s to 720 h, as"},
        {"[pool]\nlifetime = \"0 s\"", "f:2:12: pool.lifetime: \"0 ms\" is not in 1 s to 720 h"},
        {"[pool]\ntransactions = 1e6",
         "pool.transactions is floating-point; it takes 1 to 100000000"},
        {"[pool]\ntransactions = 1979-05-27", "pool.transactions is date; it takes"},
        {"[log]\nlevel = \"loud\"", "\"loud\" is not trace, debug, info, warning or error"},
        {"[http]\napis = [\"eth\", \"admin\"]",
         "\"admin\" is not eth, net, web3, txpool, debug or"},
        {"[http]\napis = [\"eth\", 1]", "http.apis is an array that holds more than texts"},
        {"[http]\napis = \"eth\"", "http.apis is a text; it takes an array of eth"},
        {"[http]\naddress = \"8545\"", "is not an address and a port"},
        {"[http]\naddress = \"127.0.0.1:65536\"", "has no port in 0 to 65535"},
        {"[http]\naddress = \"127.0.0.1:080\"", "has no port in 0 to 65535"},
        {"[http]\naddress = \"127.0.0:80\"", "has no IP address in front of its port"},
        {"[http]\naddress = \"::1:80\"", "stands in brackets"},
        {"[ingress]\naddress = \"10.0.0.256\"", "is not an IPv4 address"},
        {"[ingress]\nlcores = \"1,\"", "is neither \"auto\" nor CPUs"},
        {"[block]\nbeneficiary = \"0x12\"", "is not an address: 0x and 40 hexadecimal digits"},
        {"[block]\nextra_data = \"123456789012345678901234567890123\"",
         "longer than a header's 32"},
        {"[node]\nfolder = \"\"", "is empty; name a folder"},
        {"[http.tls]\nkey = 1", "[http.tls] is no table"},
        {"[http]\naddress.port = 1", "[http.address] is no table"},
        {"execute = 3", "f:1:1: execute is no key"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(problems_of(text), testing::Contains(HasSubstr(expected))) << text;
    EXPECT_THAT(problems_of("[http]\naddress = \"[::1]:8545\""), IsEmpty());
}

TEST(ReadConfiguration, SaysWhereTheSyntaxIsWrong) {
    EXPECT_THAT(problems_of("[pool]\ntransactions 5\n"), ElementsAre(testing::StartsWith("f:2:")));
    EXPECT_THAT(problems_of("[pool]\nbytes = 1\nbytes = 2\n"),
                ElementsAre(testing::StartsWith("f:3:")));
    EXPECT_THAT(problems_of("a = \"\xff\"\n"), ElementsAre(testing::StartsWith("f:1:")));
}

TEST(ReadConfiguration, LooksAtWhatHasToFitTogether) {
    EXPECT_THAT(
        problems_of("[ingress]\ndevice = \"net_tap0\"\n"),
        ElementsAre("f: ingress.address is missing: a device needs an IPv4 address of its own"));
    EXPECT_THAT(problems_of("[block]\ninterval = \"50 ms\"\n"),
                ElementsAre("f:2:1: block.interval is below 100 ms and not 0"));
    EXPECT_THAT(problems_of("[pool]\ntransactions = 5\n"),
                ElementsAre("f: pool.transactions_per_sender is more than pool.transactions"));
    EXPECT_THAT(
        problems_of("[http]\nenabled = true\n[engine]\nenabled = true\n"
                    "address = \"127.0.0.1:8545\"\n"),
        ElementsAre("f:5:1: engine.address has the port of http.address; each needs its own"));
    EXPECT_THAT(problems_of("[http]\nenabled = true\n[engine]\naddress = \"127.0.0.1:8545\"\n"),
                IsEmpty());
}

TEST(ReadConfiguration, WarnsOfWhatIsOpenToOthers) {
    const Reading reading = read_configuration(
        "[http]\nenabled = true\naddress = \"0.0.0.0:8545\"\ncors = [\"*\"]\n[state]\nsync = "
        "\"off\"\n[block]\ninterval = \"1 s\"\n");
    EXPECT_THAT(reading.problems, IsEmpty());
    ASSERT_EQ(reading.warnings.size(), 3U);
    EXPECT_THAT(to_line("f", reading.warnings[0]),
                HasSubstr("f:3:1: http.address is 0.0.0.0:8545"));
    EXPECT_THAT(
        read_configuration("[http]\nenabled = true\n[block]\ninterval = \"1 s\"\n").warnings,
        IsEmpty());
}

TEST(ReadConfiguration, OneOfClockAndConsensusClientMakesBlocks) {
    EXPECT_THAT(problems_of("[engine]\nenabled = true\n[block]\ninterval = \"1 s\""),
                ElementsAre("f:4:1: block.interval is not 0 and engine.enabled is true: either the "
                            "clock or a consensus client makes blocks"));
    EXPECT_TRUE(read_configuration("[block]\ninterval = \"1 s\"").warnings.empty());
    EXPECT_EQ(read_configuration("").warnings.size(), 1U) << "nobody makes blocks";
}

TEST(ReadConfiguration, HttpAndWebSocketMayShareAPortAndThenTheirKeys) {
    const std::string both =
        "[http]\nenabled = true\n[websocket]\nenabled = true\naddress = \"127.0.0.1:8545\"\n";
    EXPECT_THAT(problems_of(both), IsEmpty());
    EXPECT_THAT(problems_of(both + "batch = 7"),
                ElementsAre("f:6:1: websocket.batch differs from http.batch, whose port it shares: "
                            "the keys of [http] hold for both"));
    EXPECT_EQ(problems_of("[http]\nenabled = true\n[admin]\nenabled = true\naddress = "
                          "\"127.0.0.1:8545\"")
                  .size(),
              1U)
        << "no other port is shared";
}

TEST(ReadConfiguration, TellsWhatARunningApplianceTakesOver) {
    Configuration before;
    Configuration after;
    after.block.gas_limit = 20'000'000;
    after.execute.lanes = 8;
    EXPECT_THAT(changed_settings(before, after, true), ElementsAre("block.gas_limit"));
    EXPECT_THAT(changed_settings(before, after, false), ElementsAre("execute.lanes"));
}

TEST(ReadConfiguration, BearsAnyText) {
    std::mt19937_64 generator(7);
    const std::string example = example_file();
    for (int i = 0; i < 300; ++i) {
        std::string text = example;
        for (int k = 0; k < 5; ++k) {
            const size_t at = generator() % text.size();
            if (generator() % 2 == 0)
                text[at] = static_cast<char>(generator());
            else
                text.erase(at, generator() % 40);
        }
        for (const Problem& each : read_configuration(text).problems)
            EXPECT_FALSE(each.message.empty());
    }
    // Deep nesting is refused, not followed.
    const std::string deep = "a = " + std::string(10'000, '[') + std::string(10'000, ']');
    EXPECT_EQ(read_configuration(deep).problems.size(), 1U);
}

TEST(ReadFile, SaysWhatIsWrongWithAFile) {
    EXPECT_EQ(read_file("/nowhere/at/all.toml").error().code, ErrorCode::NotFound);
    EXPECT_EQ(read_file("/dev/zero").error().code, ErrorCode::LimitExceeded);
    EXPECT_EQ(read_file("/").error().code, ErrorCode::Io);
}

}  // namespace
}  // namespace switchyard::config
