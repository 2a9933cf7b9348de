// SPDX-License-Identifier: Apache-2.0
// One key changes, and nothing else does.
#include "tools/config/edit.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "tools/config/read_configuration.hpp"
#include "tools/config/setting.hpp"
#include "tools/config/show.hpp"

namespace switchyard::config {
namespace {

using testing::HasSubstr;

constexpr std::string_view kText = R"(# mine
[pool]   # waits
transactions = 5_000  # enough
bytes = "64 MiB"

[http]
enabled = true
# é comes before
apis = [
  "eth",  # é
  "net",
]
)";

std::string after(std::string_view name, std::string_view value, std::string_view text = kText) {
    auto out = set_key(text, name, value);
    return out ? *out : std::string("error: ").append(out.error().message);
}

std::string replaced(std::string_view what, std::string_view by) {
    std::string out(kText);
    return out.replace(out.find(what), what.size(), by);
}

TEST(SetKey, ChangesAValueWhereItStands) {
    EXPECT_EQ(after("pool.transactions", "70"), replaced("5_000", "70"));
    EXPECT_EQ(after("pool.bytes", "2 GiB"), replaced("\"64 MiB\"", "\"2 GiB\""));
    EXPECT_EQ(after("pool.bytes", "\"2 GiB\""), replaced("\"64 MiB\"", "\"2 GiB\""));
    EXPECT_EQ(after("http.enabled", "false"), replaced("true", "false"));
    EXPECT_EQ(after("http.apis", "[\"debug\"]"),
              replaced("[\n  \"eth\",  # é\n  \"net\",\n]", "[\"debug\"]"));
}

TEST(SetKey, AddsAKeyToItsTable) {
    EXPECT_EQ(after("pool.price_bump", "20"),
              replaced("bytes = \"64 MiB\"\n", "bytes = \"64 MiB\"\nprice_bump = 20\n"));
    EXPECT_EQ(after("http.batch", "9"), std::string(kText) + "batch = 9\n");
}

TEST(SetKey, AddsATableWhereThereIsNone) {
    EXPECT_EQ(after("log.level", "debug"), std::string(kText) + "\n[log]\nlevel = \"debug\"\n");
    EXPECT_EQ(after("log.level", "debug", ""), "\n[log]\nlevel = \"debug\"\n");
    EXPECT_EQ(after("log.level", "debug", "[pool]\nbytes = \"64 MiB\""),
              "[pool]\nbytes = \"64 MiB\"\n\n[log]\nlevel = \"debug\"\n");
    EXPECT_EQ(after("log.level", "debug", "[log]"), "[log]\nlevel = \"debug\"\n");
}

TEST(SetKey, RefusesWhatWouldBeWrong) {
    EXPECT_THAT(after("pool.transactions", "0"),
                HasSubstr("0 is not in 1 to 100000000 transactions"));
    EXPECT_THAT(after("pool.bytes", "2 GB"), HasSubstr("which is no size"));
    EXPECT_THAT(after("pool.bites", "2 GiB"), HasSubstr("did you mean pool.bytes?"));
    EXPECT_THAT(after("log.level", "loud"), HasSubstr("\"loud\" is not trace"));
    EXPECT_THAT(after("http.enabled", "yes"), HasSubstr("error: "));
    EXPECT_THAT(after("block.interval", "50 ms"), HasSubstr("below 100 ms"));
    // A value that would be more than one.
    EXPECT_THAT(after("pool.transactions", "7\nbytes = \"9 MiB\""), HasSubstr("error: "));
    EXPECT_THAT(after("pool.transactions", "700 # and"), HasSubstr("700 # and"));
    EXPECT_THAT(after("log.level", "debug", "[log\n"), HasSubstr("error: line"));
    EXPECT_THAT(after("pool.transactions", "5"), HasSubstr("transactions_per_sender"));
}

TEST(SetKey, EveryKeyCanBeSetInAnyFile) {
    std::mt19937_64 generator(11);
    std::string text = example_file();
    const Configuration defaults;
    for (int i = 0; i < 200; ++i) {
        const Setting& setting = settings()[generator() % settings().size()];
        const auto changed = set_key(text, setting.name, to_toml(setting, setting.get(defaults)));
        ASSERT_TRUE(changed) << setting.name << ": " << changed.error().message;
        text = *changed;
        ASSERT_TRUE(read_configuration(text).places.contains(setting.name)) << setting.name;
    }
    EXPECT_THAT(changed_settings(defaults, read_configuration(text).configuration, true),
                testing::IsEmpty());
}

TEST(ReplaceFile, KeepsTheModeAndLeavesNothingBehind) {
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / "switchyard-config-test";
    std::filesystem::create_directories(folder);
    const std::string path = (folder / "a.toml").string();
    std::ofstream(path) << "old";
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    ASSERT_TRUE(replace_file(path, "new text"));
    EXPECT_EQ(read_file(path).value(), "new text");
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    size_t files = 0;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder))
        ++files;
    EXPECT_EQ(files, 1U);
    EXPECT_EQ(replace_file((folder / "no" / "a.toml").string(), "x").error().code, ErrorCode::Io);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace switchyard::config
