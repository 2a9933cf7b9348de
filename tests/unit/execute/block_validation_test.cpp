// SPDX-License-Identifier: Apache-2.0
#include "host/execute/block_validation.hpp"

#include "host/execute/dao_fork.hpp"
#include "tests/unit/execute/execute_fixture.hpp"

namespace switchyard::execute::test {
namespace {

/// A parent and a child that is valid under one revision; each test breaks one field of the child.
class HeaderValidation : public ::testing::Test {
  protected:
    explicit HeaderValidation(Revision revision = Revision::Osaka) { use(revision); }

    void use(Revision revision) {
        config_ = ChainConfig::single_revision(revision);
        rules_ = rules_for_block(config_, 100, 1000);
        Block empty;
        parent_ = {};
        parent_.number = 99;
        parent_.timestamp = 990;
        parent_.gas_limit = 30'000'000;
        parent_.gas_used = 15'000'000;
        parent_.ommers_hash = empty_ommers_;
        if (revision < Revision::Paris) parent_.difficulty = Uint256(1'000'000);
        if (revision >= Revision::London) parent_.base_fee_per_gas = Uint256(7);
        if (revision >= Revision::Cancun) {
            parent_.blob_gas_used = rules_.blobs.target * 131'072;
            parent_.excess_blob_gas = 131'072;
        }
        child_ = parent_;
        child_.number = 100;
        child_.timestamp = 1000;
        child_.parent_hash = header_hash(parent_);
        if (revision < Revision::Paris) child_.difficulty = Uint256(1'000'000);
        if (revision >= Revision::Shanghai) child_.withdrawals_root = Bytes32{};
        if (revision >= Revision::Cancun) {
            child_.parent_beacon_block_root = Bytes32{};
            child_.excess_blob_gas = parent_.excess_blob_gas;
        }
        if (revision >= Revision::Prague) child_.requests_hash = Bytes32{};
        if (revision >= Revision::Amsterdam) {
            child_.block_access_list_hash = Bytes32{};
            child_.slot_number = 7;
        }
    }

    /// The field that the error names, or "" for a valid header.
    [[nodiscard]] std::string broken_field() const {
        const auto result = validate_header(child_, parent_, rules_, rules_);
        if (result) return "";
        return result.error().message.substr(0, result.error().message.find(':'));
    }

    // keccak256(rlp([])), Yellow Paper section 4.4.3.
    const Bytes32 empty_ommers_{{0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a, 0xab, 0x85, 0xb5,
                                 0x67, 0xb6, 0xcc, 0xd4, 0x1a, 0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a,
                                 0x74, 0x13, 0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47}};
    ChainConfig config_;
    BlockRules rules_;
    BlockHeader parent_;
    BlockHeader child_;
};

TEST_F(HeaderValidation, AcceptsAValidHeaderOfEachEra) {
    for (const auto revision : {Revision::London, Revision::Paris, Revision::Shanghai,
                                Revision::Cancun, Revision::Prague, Revision::Osaka,
                                Revision::Amsterdam}) {
        use(revision);
        EXPECT_EQ(broken_field(), "") << to_string(revision);
    }
}

TEST_F(HeaderValidation, ChecksTheLinkToTheParent) {
    child_.parent_hash[0] ^= 1;
    EXPECT_EQ(broken_field(), "parent hash");
    use(Revision::Osaka);
    child_.number = 101;
    EXPECT_EQ(broken_field(), "number");
    use(Revision::Osaka);
    child_.timestamp = parent_.timestamp;
    EXPECT_EQ(broken_field(), "timestamp");
}

TEST_F(HeaderValidation, BoundsTheGasLimit) {
    child_.gas_limit = 30'000'000 + 30'000'000 / 1024 - 1;
    EXPECT_EQ(broken_field(), "");
    ++child_.gas_limit;
    EXPECT_EQ(broken_field(), "gas limit");
    child_.gas_limit = 30'000'000;
    child_.gas_used = 30'000'001;
    EXPECT_EQ(broken_field(), "gas used");
}

TEST_F(HeaderValidation, ChecksTheBaseFee) {
    child_.base_fee_per_gas = Uint256(8);
    EXPECT_EQ(broken_field(), "base fee");
    child_.base_fee_per_gas.reset();
    EXPECT_EQ(broken_field(), "base fee");
}

TEST_F(HeaderValidation, DoublesTheGasLimitAtLondon) {
    use(Revision::London);
    BlockRules berlin = rules_;
    berlin.revision = Revision::Berlin;
    parent_.base_fee_per_gas.reset();
    child_.parent_hash = header_hash(parent_);
    child_.gas_limit = 60'000'000;
    child_.base_fee_per_gas = Uint256(1'000'000'000);
    EXPECT_TRUE(validate_header(child_, parent_, rules_, berlin));
    child_.gas_limit = 30'000'000;
    EXPECT_FALSE(validate_header(child_, parent_, rules_, berlin));
}

TEST_F(HeaderValidation, FixesProofOfWorkFieldsFromParisOn) {
    child_.difficulty = Uint256(1);
    EXPECT_EQ(broken_field(), "difficulty");
    child_.difficulty = Uint256(0);
    child_.nonce[7] = 1;
    EXPECT_EQ(broken_field(), "nonce");
    child_.nonce = {};
    child_.ommers_hash[0] ^= 1;
    EXPECT_EQ(broken_field(), "ommers hash");
}

TEST_F(HeaderValidation, WantsTheFieldsOfTheRevisionAndNoOthers) {
    child_.requests_hash.reset();
    EXPECT_EQ(broken_field(), "requests hash");
    use(Revision::Cancun);
    child_.requests_hash = Bytes32{};
    EXPECT_EQ(broken_field(), "requests hash");
    use(Revision::Cancun);
    child_.parent_beacon_block_root.reset();
    EXPECT_EQ(broken_field(), "parent beacon block root");
    use(Revision::Cancun);
    child_.blob_gas_used.reset();
    EXPECT_EQ(broken_field(), "blob gas");
    use(Revision::Amsterdam);
    child_.slot_number.reset();
    EXPECT_EQ(broken_field(), "slot number");
    child_.block_access_list_hash.reset();
    EXPECT_EQ(broken_field(), "block access list hash");
    use(Revision::Osaka);
    child_.block_access_list_hash = Bytes32{};
    EXPECT_EQ(broken_field(), "block access list hash");
    use(Revision::Paris);
    child_.withdrawals_root = Bytes32{};
    EXPECT_EQ(broken_field(), "withdrawals root");
}

TEST_F(HeaderValidation, ChecksExcessBlobGas) {
    child_.excess_blob_gas = 0;
    EXPECT_EQ(broken_field(), "excess blob gas");
}

TEST_F(HeaderValidation, WantsTheMarkOfTheDaoFork) {
    rules_.has_dao_mark = true;
    EXPECT_EQ(broken_field(), "extra data");
    child_.extra_data.assign(kDaoExtraData.begin(), kDaoExtraData.end());
    EXPECT_EQ(broken_field(), "");
    rules_.has_dao_mark = false;
    child_.extra_data.resize(33);
    EXPECT_EQ(broken_field(), "extra data");
}

TEST(BodyValidation, BoundsTheSizeOfABlockFromOsakaOn) {
    // EIP-7934: MAX_RLP_BLOCK_SIZE = 10,485,760 - 2,097,152.
    Block block;
    block.withdrawals.emplace();
    for (const auto revision : {Revision::Prague, Revision::Osaka}) {
        const auto rules = rules_for_block(ChainConfig::single_revision(revision), 1, 1);
        const auto at_limit = validate_body(block, 8'388'608, rules);
        const auto above = validate_body(block, 8'388'609, rules);
        ASSERT_FALSE(above);
        const bool named = above.error().message == "block: larger than EIP-7934 allows";
        EXPECT_EQ(named, revision == Revision::Osaka);
        ASSERT_FALSE(at_limit) << "the roots of this header are zero";
        EXPECT_EQ(at_limit.error().message, "transactions root: does not match the transactions");
    }
}

TEST(RulesForBlock, FollowsMainnet) {
    const ChainConfig mainnet = ChainConfig::mainnet();
    EXPECT_TRUE(rules_for_block(mainnet, 1'920'000, 1'469'020'840).is_dao_fork);
    EXPECT_FALSE(rules_for_block(mainnet, 1'920'001, 1'469'020'841).is_dao_fork);
    EXPECT_TRUE(rules_for_block(mainnet, 1'920'009, 1'469'020'900).has_dao_mark);
    EXPECT_FALSE(rules_for_block(mainnet, 1'920'010, 1'469'020'910).has_dao_mark);
    EXPECT_FALSE(rules_for_block(mainnet, 1'919'999, 1'469'020'830).has_dao_mark);
    EXPECT_EQ(rules_for_block(mainnet, 22'615'247, 1'748'888'888).blobs, kPragueBlobs);
}

}  // namespace
}  // namespace switchyard::execute::test
