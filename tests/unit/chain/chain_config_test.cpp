// SPDX-License-Identifier: Apache-2.0
#include "host/chain/chain_config.hpp"

#include <gtest/gtest.h>

namespace switchyard {
namespace {

TEST(ChainConfig, GivesMainnetsRevisions) {
    const ChainConfig mainnet = ChainConfig::mainnet();
    ASSERT_TRUE(mainnet.check().has_value());
    const auto at = [&mainnet](uint64_t number, uint64_t timestamp) {
        return mainnet.revision_at(number, timestamp);
    };
    // The first blocks of each fork and the last ones before it, with their timestamps.
    EXPECT_EQ(at(0, 0), Revision::Frontier);
    EXPECT_EQ(at(1'149'999, 1'457'981'342), Revision::Frontier);
    EXPECT_EQ(at(1'150'000, 1'457'981'393), Revision::Homestead);
    EXPECT_EQ(at(2'463'000, 1'476'796'771), Revision::TangerineWhistle);
    EXPECT_EQ(at(2'675'000, 1'479'831'344), Revision::SpuriousDragon);
    EXPECT_EQ(at(4'370'000, 1'508'131'331), Revision::Byzantium);
    EXPECT_EQ(at(7'280'000, 1'551'383'524), Revision::Petersburg);
    EXPECT_EQ(at(9'069'000, 1'575'764'709), Revision::Istanbul);
    EXPECT_EQ(at(12'244'000, 1'618'481'223), Revision::Berlin);
    EXPECT_EQ(at(12'965'000, 1'628'166'822), Revision::London);
    EXPECT_EQ(at(15'537'393, 1'663'224'162), Revision::London);
    EXPECT_EQ(at(15'537'394, 1'663'224'179), Revision::Paris);
    EXPECT_EQ(at(17'034'870, 1'681'338'455), Revision::Shanghai);
    EXPECT_EQ(at(19'426'586, 1'710'338'123), Revision::Shanghai);
    EXPECT_EQ(at(19'426'587, 1'710'338'135), Revision::Cancun);
    EXPECT_EQ(at(22'431'084, 1'746'612'311), Revision::Prague);
    EXPECT_EQ(at(23'935'694, 1'764'798'551), Revision::Osaka);
    EXPECT_EQ(at(23'935'693, 1'764'798'550), Revision::Prague);
}

TEST(ChainConfig, GivesMainnetsBlobParameters) {
    const ChainConfig mainnet = ChainConfig::mainnet();
    EXPECT_EQ(mainnet.blob_parameters_at(1'710'338'134), std::nullopt);
    EXPECT_EQ(mainnet.blob_parameters_at(1'710'338'135), kCancunBlobs);
    EXPECT_EQ(mainnet.blob_parameters_at(1'746'612'311), kPragueBlobs);
    EXPECT_EQ(mainnet.blob_parameters_at(1'764'798'551), kPragueBlobs);
    EXPECT_EQ(mainnet.blob_parameters_at(1'765'290'071), kMainnetBpo1);
    EXPECT_EQ(mainnet.blob_parameters_at(1'767'747'670), kMainnetBpo1);
    EXPECT_EQ(mainnet.blob_parameters_at(1'767'747'671), kMainnetBpo2);
}

TEST(ChainConfig, GivesMainnetsBombDelays) {
    const ChainConfig mainnet = ChainConfig::mainnet();
    EXPECT_EQ(mainnet.bomb_delay_at(4'369'999), 0U);
    EXPECT_EQ(mainnet.bomb_delay_at(4'370'000), 3'000'000U);
    EXPECT_EQ(mainnet.bomb_delay_at(15'049'999), 10'700'000U);
    EXPECT_EQ(mainnet.bomb_delay_at(15'050'000), 11'400'000U);
}

TEST(ChainConfig, HoldsOneRevisionForEver) {
    for (size_t i = 0; i < kRevisionCount; ++i) {
        const auto revision = static_cast<Revision>(i);
        const ChainConfig config = ChainConfig::single_revision(revision);
        EXPECT_TRUE(config.check().has_value());
        EXPECT_EQ(config.revision_at(0, 0), revision);
        EXPECT_EQ(config.revision_at(UINT64_MAX, UINT64_MAX), revision);
        EXPECT_EQ(config.blob_parameters_at(0).has_value(), revision >= Revision::Cancun);
        EXPECT_EQ(revision_from_name(to_string(revision)), revision);
    }
    const BlobParameters own{1, 2, 3};
    EXPECT_EQ(ChainConfig::single_revision(Revision::Osaka, own).blob_parameters_at(7), own);
}

TEST(ChainConfig, ChangesRevisionAtABlockATimeOrADifficulty) {
    ChainConfig by_block = ChainConfig::single_revision(Revision::Berlin);
    by_block.activations[static_cast<size_t>(Revision::London)].block = 5;
    EXPECT_EQ(by_block.revision_at(4, 1'000'000), Revision::Berlin);
    EXPECT_EQ(by_block.revision_at(5, 0), Revision::London);

    ChainConfig by_time = ChainConfig::single_revision(Revision::Cancun);
    by_time.activations[static_cast<size_t>(Revision::Prague)].timestamp = 15'000;
    by_time.blob_schedule.push_back({15'000, kPragueBlobs});
    EXPECT_EQ(by_time.revision_at(1'000'000, 14'999), Revision::Cancun);
    EXPECT_EQ(by_time.revision_at(1, 15'000), Revision::Prague);
    EXPECT_EQ(by_time.blob_parameters_at(14'999), kCancunBlobs);
    EXPECT_EQ(by_time.blob_parameters_at(15'000), kPragueBlobs);

    ChainConfig by_difficulty = ChainConfig::single_revision(Revision::London);
    by_difficulty.terminal_total_difficulty = 0xC0000;
    EXPECT_EQ(by_difficulty.revision_at(3, 0, Uint256{0xBFFFF}), Revision::London);
    EXPECT_EQ(by_difficulty.revision_at(3, 0, Uint256{0xC0000}), Revision::Paris);
    EXPECT_EQ(by_difficulty.revision_at(3, 0), Revision::London);
}

TEST(ChainConfig, RefusesSchedulesThatCannotBeUsed) {
    ChainConfig config = ChainConfig::mainnet();
    config.blob_schedule[1].timestamp = config.blob_schedule[0].timestamp;
    EXPECT_FALSE(config.check().has_value());
    EXPECT_FALSE(ChainConfig::single_revision(Revision::Cancun, BlobParameters{3, 6, 0})
                     .check()
                     .has_value());
    EXPECT_FALSE(ChainConfig::single_revision(Revision::Cancun, BlobParameters{7, 6, 1})
                     .check()
                     .has_value());
}

TEST(Revision, KnowsTheNamesOfTheOfficialTests) {
    EXPECT_EQ(revision_from_name("EIP150"), Revision::TangerineWhistle);
    EXPECT_EQ(revision_from_name("EIP158"), Revision::SpuriousDragon);
    EXPECT_EQ(revision_from_name("ConstantinopleFix"), Revision::Petersburg);
    EXPECT_EQ(revision_from_name("Merge"), Revision::Paris);
    EXPECT_EQ(revision_from_name("BPO2"), Revision::Osaka);
    EXPECT_EQ(revision_from_name("Amsterdam"), Revision::Amsterdam);
    EXPECT_EQ(revision_from_name("Bogota"), std::nullopt);
    EXPECT_EQ(revision_from_name(""), std::nullopt);
}

}  // namespace
}  // namespace switchyard
