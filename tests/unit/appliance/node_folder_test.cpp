// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/node_folder.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "tools/config/read_configuration.hpp"

namespace switchyard::appliance {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class NodeFolderTest : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::path(::testing::TempDir()) /
                  ("switchyard-node-folder-" + std::to_string(::getpid()));
        fs::remove_all(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }
    [[nodiscard]] static unsigned mode_of(const fs::path& path) {
        struct stat status {};
        return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
    }

    fs::path folder_;
};

TEST_F(NodeFolderTest, ANewFolderHasAValidConfigurationAndSecretsOfItsOwner) {
    const auto made = make_node_folder({.folder = folder_, .genesis = {}, .interval_ms = 250});
    ASSERT_TRUE(made.has_value()) << made.error().message;
    EXPECT_EQ(made->chain_id, 31'337U);
    EXPECT_TRUE(made->configuration_is_new);
    const auto text = config::read_file(made->configuration.string());
    ASSERT_TRUE(text.has_value());
    const config::Reading reading = config::read_configuration(*text);
    EXPECT_TRUE(reading.problems.empty());
    EXPECT_EQ(reading.configuration.node.folder, folder_.string());
    EXPECT_EQ(reading.configuration.block.interval, std::chrono::milliseconds(250));
    EXPECT_FALSE(reading.configuration.engine.enabled);
    EXPECT_THAT(*text, HasSubstr("# ")) << "keys are explained";
    EXPECT_EQ(mode_of(made->engine_secret), 0600U);
    EXPECT_EQ(mode_of(made->admin_secret), 0600U);
    EXPECT_EQ(mode_of(folder_), 0700U);
}

TEST_F(NodeFolderTest, TheSameGenesisCompletesAndAnotherIsRefused) {
    const auto first = make_node_folder({.folder = folder_, .genesis = {}, .interval_ms = 100});
    ASSERT_TRUE(first.has_value()) << first.error().message;
    std::ofstream(first->configuration, std::ios::app) << "# mine\n";
    fs::remove(first->admin_secret);
    const auto secret = config::read_file(first->engine_secret.string());
    const auto again = make_node_folder({.folder = folder_, .genesis = {}, .interval_ms = 100});
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_FALSE(again->configuration_is_new);
    EXPECT_EQ(again->genesis, first->genesis);
    EXPECT_THAT(*config::read_file(first->configuration.string()), HasSubstr("# mine"));
    EXPECT_EQ(*config::read_file(first->engine_secret.string()), *secret);
    EXPECT_TRUE(fs::exists(first->admin_secret));

    const fs::path other = folder_ / "other.json";
    std::ofstream(other) << R"({"config": {"chainId": 5, "terminalTotalDifficulty": 0,
        "shanghaiTime": 0}, "gasLimit": "0x1c9c380", "difficulty": "0x0", "alloc": {}})";
    const auto refused = make_node_folder({.folder = folder_, .genesis = other, .interval_ms = 0});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidInput) << refused.error().message;
    EXPECT_FALSE(fs::exists(folder_ / "genesis.json"));
}

TEST_F(NodeFolderTest, AGenesisFileMakesAFolderForAConsensusClient) {
    fs::create_directories(folder_);
    const fs::path genesis = folder_.string() + ".json";
    std::ofstream(genesis) << R"({"config": {"chainId": 5, "terminalTotalDifficulty": 0,
        "shanghaiTime": 0}, "gasLimit": "0x1c9c380", "difficulty": "0x0", "alloc": {}})";
    const auto made = make_node_folder({.folder = folder_, .genesis = genesis, .interval_ms = 0});
    fs::remove(genesis);
    ASSERT_TRUE(made.has_value()) << made.error().message;
    EXPECT_EQ(made->chain_id, 5U);
    const config::Reading reading =
        config::read_configuration(*config::read_file(made->configuration.string()));
    EXPECT_TRUE(reading.configuration.engine.enabled);
    EXPECT_EQ(reading.configuration.block.interval.count(), 0);
    EXPECT_EQ(reading.configuration.node.genesis, (folder_ / "genesis.json").string());
    EXPECT_TRUE(fs::exists(folder_ / "genesis.json"));
    const auto wrong =
        make_node_folder({.folder = folder_ / "x", .genesis = genesis, .interval_ms = 0});
    EXPECT_FALSE(wrong.has_value()) << "the file has gone";
}

}  // namespace
}  // namespace switchyard::appliance
