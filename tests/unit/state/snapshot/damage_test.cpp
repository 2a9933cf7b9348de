// SPDX-License-Identifier: Apache-2.0
// What may be lost of a snapshot, what may not, and what is said about it.
#include <set>

#include "tests/unit/state/snapshot/snapshot_fixture.hpp"

namespace switchyard {
namespace {

namespace fs = std::filesystem;
using snapshot::ShardState;
using Lost = std::vector<uint32_t>;

class SnapshotDamage : public test::SnapshotFixture {
  protected:
    void SetUp() override {
        info_ = create(state_, good_);
        ASSERT_GT(info_.stripes, 5U);
        again();
    }
    MemoryState state_ = test::snapshot_state(240);
    snapshot::SnapshotInfo info_;
};

TEST_F(SnapshotDamage, WholeIsSound) {
    const auto report = verify({.deep = true});
    EXPECT_TRUE(report.sound());
    EXPECT_TRUE(report.deep);
    EXPECT_FALSE(report.content);
    EXPECT_EQ(report.info, info_);
    EXPECT_EQ(info_.counts, test::MemoryRows(state_).counts());
    for (uint32_t i = 0; i < 10; ++i)
        EXPECT_EQ(fs::file_size(shard(i)), info_.shard_bytes);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 10);
}

TEST_F(SnapshotDamage, AnyTwoOfTenMayBeLost) {
    for (uint32_t a = 0; a < 10; ++a) {
        for (uint32_t b = a + 1; b < 10; ++b) {
            again();
            fs::remove(shard(a));
            fs::remove(shard(b));
            const auto report = verify();
            EXPECT_TRUE(report.restorable());
            EXPECT_FALSE(report.sound());
            EXPECT_EQ(lost(report), (Lost{a, b}));
            EXPECT_EQ(report.shards[a].state, ShardState::Missing);
            expect_state(state_, "lost " + std::to_string(a) + " and " + std::to_string(b));
        }
    }
}

TEST_F(SnapshotDamage, TwoOtherShardsInEveryStripe) {
    uint64_t offset = snapshot::kHeaderBytes;
    auto shards = snapshot::ShardSet::open(good_);
    ASSERT_TRUE(shards);
    for (uint32_t stripe = 0; !(*shards)->at_end(); ++stripe) {
        ASSERT_TRUE((*shards)->next(snapshot::ShardSet::Read::All));
        // One loses its data, the other its header.
        flip(shard(stripe * 3 % 10), offset + snapshot::kChunkHeaderBytes + stripe);
        flip(shard((stripe * 3 + 1 + stripe % 9) % 10), offset + stripe % 24);
        offset += snapshot::kChunkHeaderBytes + (*shards)->chunk(0).size();
    }
    EXPECT_EQ(offset + snapshot::kHeaderBytes, info_.shard_bytes);
    const auto report = verify({.deep = true});
    EXPECT_TRUE(report.restorable());
    EXPECT_GT(lost(report).size(), 2U);
    expect_state(state_, "two of each stripe");
}

TEST_F(SnapshotDamage, EveryByteOfAShardCounts) {
    const Bytes sound = content(shard(3));
    for (size_t at = 0; at < sound.size(); at += at < 400 ? 1 : 13) {
        flip(shard(3), at);
        const auto report = verify();
        ASSERT_EQ(lost(report), Lost{3}) << "byte " << at;
        ASSERT_TRUE(report.restorable());
        const bool in_header =
            at < snapshot::kHeaderBytes || at >= sound.size() - snapshot::kHeaderBytes;
        ASSERT_EQ(report.shards[3].header_damaged, in_header) << "byte " << at;
        ASSERT_EQ(report.shards[3].damaged_chunks, in_header ? 0U : 1U) << "byte " << at;
        overwrite(shard(3), at, {sound[at]});
    }
    EXPECT_TRUE(verify().sound());
}

TEST_F(SnapshotDamage, EveryLengthOfAShardCounts) {
    const auto size = fs::file_size(shard(9));
    for (uint64_t length = 0; length < size; length += length < 300 ? 7 : 61) {
        again();
        fs::resize_file(shard(9), length);
        fs::remove(shard(0));
        const auto report = verify();
        ASSERT_EQ(lost(report), (Lost{0, 9})) << length;
        ASSERT_TRUE(report.shards[9].size_wrong);
        expect_state(state_, "length " + std::to_string(length));
    }
    again();
    fs::resize_file(shard(9), size + 1);
    EXPECT_EQ(lost(verify()), Lost{9});
}

TEST_F(SnapshotDamage, BothHeadersOfAFileMayBeLost) {
    flip(shard(4), 20);
    flip(shard(4), info_.shard_bytes - 1);
    fs::remove(shard(5));
    fs::remove(shard(6));
    const auto report = verify();
    EXPECT_EQ(lost(report), (Lost{4, 5, 6}));
    EXPECT_TRUE(report.restorable()) << "the chunks of shard 4 are sound";
    EXPECT_EQ(report.shards[4].damaged_chunks, 0U);
    expect_state(state_, "found by its name");
}

TEST_F(SnapshotDamage, NamesDoNotMatter) {
    fs::rename(shard(0), folder_ / "x.snap");
    fs::rename(shard(7), shard(0));
    fs::rename(folder_ / "x.snap", folder_ / "other name.snap");
    std::ofstream(folder_ / "notes.txt") << "not a shard";
    const auto report = verify();
    EXPECT_TRUE(report.sound());
    EXPECT_EQ(report.shards[7].file, "shard-00.snap");
    EXPECT_EQ(report.shards[0].file, "other name.snap");
    expect_state(state_, "renamed");
}

TEST_F(SnapshotDamage, ShardsOfAnotherSnapshotAreForeign) {
    const fs::path other = temporary_.path() / "other";
    create(state_, other);  // the same rows; only the id differs
    for (const uint32_t i : {1U, 8U})
        fs::copy_file(other / snapshot::shard_name(i), shard(i),
                      fs::copy_options::overwrite_existing);
    const auto report = verify();
    EXPECT_EQ(report.foreign, (std::vector<std::string>{"shard-01.snap", "shard-08.snap"}));
    EXPECT_EQ(lost(report), (Lost{1, 8}));
    EXPECT_TRUE(report.restorable());
    EXPECT_FALSE(report.sound());
    expect_state(state_, "two foreign");
    for (const uint32_t i : {2U, 3U, 4U})
        fs::copy_file(other / snapshot::shard_name(i), shard(i),
                      fs::copy_options::overwrite_existing);
    const auto half = snapshot::verify_snapshot(folder_);
    ASSERT_FALSE(half);
    EXPECT_EQ(half.error().code, ErrorCode::InvalidInput);
}

TEST_F(SnapshotDamage, AChunkOfAnotherShardOrStripeIsDamage) {
    const uint64_t first = snapshot::kHeaderBytes;
    Bytes chunk = content(shard(1));
    chunk.assign(chunk.begin() + static_cast<ptrdiff_t>(first),
                 chunk.begin() + static_cast<ptrdiff_t>(first + 200));
    overwrite(shard(0), first, chunk);
    const auto report = verify();
    EXPECT_EQ(lost(report), Lost{0});
    EXPECT_EQ(report.shards[0].damaged_stripes, std::vector<uint64_t>{0});
    expect_state(state_, "a chunk of shard 1 in shard 0");
}

TEST_F(SnapshotDamage, ThreeLostIsAnErrorThatNamesThem) {
    fs::remove(shard(2));
    flip(shard(5), snapshot::kHeaderBytes + 30);
    EXPECT_TRUE(verify().restorable());
    flip(shard(9), snapshot::kHeaderBytes + 30);
    const auto report = verify({.deep = true});
    EXPECT_FALSE(report.restorable());
    EXPECT_FALSE(report.deep) << "there is nothing to compute a root from";
    EXPECT_EQ(report.lost_stripes, 1U);
    EXPECT_EQ(report.first_loss->message,
              "stripe 0: 7 of 10 chunks are sound and 8 are needed; lost: shard-02.snap (missing), "
              "shard-05.snap (damaged), shard-09.snap (damaged)");
    const fs::path store = temporary_.path() / "store";
    const auto restored = snapshot::restore_snapshot(folder_, store);
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, ErrorCode::Corrupt);
    EXPECT_FALSE(fs::exists(store));
    const auto repaired = snapshot::repair_snapshot(folder_);
    ASSERT_FALSE(repaired);
    EXPECT_EQ(repaired.error().code, ErrorCode::Corrupt);
    fs::remove(shard(3));
    fs::remove(shard(4));
    EXPECT_EQ(verify().lost_stripes, info_.stripes);
}

TEST_F(SnapshotDamage, NoChunkHeaderLeftEndsTheReading) {
    for (uint32_t i = 0; i < 10; ++i)
        flip(shard(i), snapshot::kHeaderBytes);
    const auto report = verify();
    EXPECT_EQ(report.lost_stripes, 1U);
    EXPECT_FALSE(report.restorable());
}

TEST_F(SnapshotDamage, RepairWritesWhatIsLost) {
    fs::remove(shard(0));
    flip(shard(9), 500);
    const auto repaired = snapshot::repair_snapshot(folder_);
    ASSERT_TRUE(repaired) << repaired.error().message;
    EXPECT_EQ(*repaired, (std::vector<std::string>{"shard-00.snap", "shard-09.snap"}));
    EXPECT_TRUE(verify({.deep = true}).sound());
    for (uint32_t i = 0; i < 10; ++i)
        EXPECT_EQ(content(shard(i)), content(good_ / snapshot::shard_name(i))) << i;
    EXPECT_TRUE(snapshot::repair_snapshot(folder_)->empty());
    // A file that is in the way is not overwritten.
    fs::remove(shard(0));
    fs::rename(shard(1), shard(0));
    const auto refused = snapshot::repair_snapshot(folder_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(content(shard(0)), content(good_ / snapshot::shard_name(1)));
}

TEST_F(SnapshotDamage, WhereThereIsNoSnapshot) {
    EXPECT_EQ(snapshot::verify_snapshot(temporary_.path() / "none").error().code,
              ErrorCode::NotFound);
    fs::create_directory(temporary_.path() / "empty");
    EXPECT_EQ(snapshot::verify_snapshot(temporary_.path() / "empty").error().code,
              ErrorCode::NotFound);
    for (uint32_t i = 0; i < 10; ++i)
        fs::resize_file(shard(i), 100);
    EXPECT_EQ(snapshot::verify_snapshot(folder_).error().code, ErrorCode::Corrupt);
}

}  // namespace
}  // namespace switchyard
