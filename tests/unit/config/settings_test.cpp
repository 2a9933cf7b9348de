// SPDX-License-Identifier: Apache-2.0
// The table of keys: whole, free of contradictions, and what the example file is made of.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "tools/config/show.hpp"

namespace switchyard::config {
namespace {

std::string quoted(std::string_view text) {
    std::string out(1, '"');
    out += text;
    out += '"';
    return out;
}

TEST(Settings, HaveOneTableEachAndStandInItsOrder) {
    std::set<std::string_view> names;
    size_t table = 0;
    for (const Setting& each : settings()) {
        EXPECT_TRUE(names.insert(each.name).second) << each.name;
        while (table < tables().size() && tables()[table].name != each.table())
            ++table;
        ASSERT_LT(table, tables().size()) << each.name << " is out of the order of tables";
        EXPECT_FALSE(each.meaning.empty());
        EXPECT_EQ(&each, find_setting(each.name));
    }
}

TEST(Settings, DefaultsAreAllowed) {
    const Configuration defaults;
    for (const Setting& each : settings())
        EXPECT_EQ(problem_of(each, each.get(defaults)), std::nullopt) << each.name;
}

TEST(Settings, EachKeyIsKeptInAPlaceOfItsOwn) {
    const Configuration defaults;
    for (const Setting& each : settings()) {
        Value other = each.get(defaults);
        if (auto* flag = std::get_if<bool>(&other)) *flag = !*flag;
        if (auto* number = std::get_if<uint64_t>(&other)) *number = *number == 1 ? 2 : 1;
        if (auto* text = std::get_if<std::string>(&other)) *text += "x";
        if (auto* texts = std::get_if<std::vector<std::string>>(&other)) texts->push_back("x");
        Configuration changed;
        each.set(changed, other);
        for (const Setting& looked : settings())
            EXPECT_EQ(looked.get(changed) == looked.get(defaults), &looked != &each)
                << each.name << " and " << looked.name;
    }
}

TEST(Settings, ValuesAreWrittenAsTheyAreRead) {
    for (const auto& [text, bytes] : {std::pair{"0 B", uint64_t{0}},
                                      {"1 B", 1},
                                      {"3 KiB", 3072},
                                      {"1536 KiB", 1'572'864},
                                      {"2 GiB", uint64_t{2} << 30}}) {
        EXPECT_EQ(parse_bytes(text), bytes);
        EXPECT_EQ(to_toml(*find_setting("pool.bytes"), bytes), quoted(text));
    }
    for (const auto& [text, ms] : {std::pair{"250 ms", uint64_t{250}},
                                   {"12 s", 12'000},
                                   {"90 s", 90'000},
                                   {"3 h", 10'800'000}}) {
        EXPECT_EQ(parse_duration(text), ms);
        EXPECT_EQ(to_toml(*find_setting("pool.lifetime"), ms), quoted(text));
    }
    EXPECT_EQ(parse_bytes("64MiB"), uint64_t{64} << 20);
    for (const char* wrong : {"", "MiB", "64", "-1 MiB", "64 MB", "1.5 MiB", "64 MiB ", " 64 MiB",
                              "18446744073709551615 KiB", "99999999999999999999 B"})
        EXPECT_EQ(parse_bytes(wrong), std::nullopt) << wrong;
    for (const char* wrong : {"250", "1 day", "18446744073709551615 s"})
        EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
}

TEST(Settings, TextsAreQuotedAsTomlReadsThem) {
    const Setting& setting = *find_setting("block.extra_data");
    const std::string text = "a \"b\" \\ \n\t\x01 \xc3\xa9";
    const Reading reading =
        read_configuration("[block]\nextra_data = " + to_toml(setting, Value{text}) + "\n");
    EXPECT_THAT(reading.problems, testing::IsEmpty());
    EXPECT_EQ(reading.configuration.block.extra_data, text);
}

TEST(Settings, AMisspeltKeyIsRecognised) {
    EXPECT_EQ(nearest_setting("pool.transaction"), "pool.transactions");
    EXPECT_EQ(nearest_setting("exeute.lanes"), "execute.lanes");
    EXPECT_EQ(nearest_setting("lanes"), "execute.lanes");
    EXPECT_EQ(nearest_setting("something.else_altogether"), "");
    EXPECT_EQ(nearest_setting(std::string(100'000, 'x')), "");
}

TEST(Show, TheExampleSaysNothingAndNamesEveryKey) {
    const std::string example = example_file();
    EXPECT_THAT(read_configuration(example).problems, testing::IsEmpty());
    EXPECT_THAT(read_configuration(example).places, testing::IsEmpty());
    // With every key set, it is the defaults.
    std::istringstream lines(example);
    std::string set;
    for (std::string line; std::getline(lines, line);)
        set += (line.size() > 1 && line[0] == '#' && line[1] != ' ' ? line.substr(1) : line) + "\n";
    const Reading reading = read_configuration(set);
    EXPECT_THAT(reading.problems, testing::IsEmpty());
    EXPECT_EQ(reading.places.size(), settings().size());
    const Configuration defaults;
    for (const Setting& each : settings())
        EXPECT_EQ(each.get(reading.configuration), each.get(defaults)) << each.name;
}

TEST(Show, TheCommittedExampleIsThisOne) {
    const char* const source = std::getenv("SWITCHYARD_SOURCE_DIR");
    ASSERT_NE(source, nullptr);
    std::ifstream file(std::string(source) + "/tools/config/example.toml");
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), example_file())
        << "write it anew: switchyard config example > tools/config/example.toml";
}

TEST(Show, TheEffectiveFileSaysTheSameAgain) {
    const Reading reading = read_configuration(
        "[pool]\ntransactions = 5000\n[http]\nenabled = true\napis = [\"eth\", \"debug\"]\n"
        "[block]\ninterval = \"250 ms\"\n");
    ASSERT_THAT(reading.problems, testing::IsEmpty());
    const std::string text = effective_file(reading, "a.toml");
    EXPECT_THAT(text, testing::HasSubstr("# a.toml:2\n"));
    const Reading again = read_configuration(text);
    EXPECT_THAT(again.problems, testing::IsEmpty());
    EXPECT_THAT(changed_settings(reading.configuration, again.configuration, true),
                testing::IsEmpty());
    EXPECT_THAT(changed_settings(reading.configuration, again.configuration, false),
                testing::IsEmpty());
}

}  // namespace
}  // namespace switchyard::config
