// SPDX-License-Identifier: Apache-2.0
#include "host/state/journal/format.hpp"

#include <gtest/gtest.h>

#include "tests/support/test_data.hpp"
#include "tests/unit/state/journal/journal_process.hpp"

namespace switchyard::test {
namespace {

/// Writes a file field by field from the documentation alone, with a bitwise CRC32C.
class ByHand {
  public:
    void text(std::string_view characters) {
        for (const char character : characters)
            bytes.push_back(static_cast<uint8_t>(character));
    }
    void integer(uint64_t value, int size) {
        for (int i = 0; i < size; ++i)
            bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
    }
    static uint32_t crc(BytesView view, uint32_t previous = 0) {
        uint32_t state = ~previous;
        for (const uint8_t byte : view) {
            state ^= byte;
            for (int bit = 0; bit < 8; ++bit)
                state = (state >> 1) ^ ((state & 1) != 0 ? 0x82F6'3B78 : 0);
        }
        return ~state;
    }
    /// Appends a record; gives its check.
    uint32_t record(uint32_t previous, uint64_t number, uint64_t acknowledged, uint32_t kind,
                    BytesView payload) {
        ByHand header;
        header.integer(previous, 4);
        header.integer(number, 8);
        header.integer(acknowledged, 8);
        header.integer(payload.size(), 4);
        header.integer(kind, 4);
        header.integer(crc(payload), 4);
        header.integer(0, 4);
        const uint32_t check = crc(header.bytes, crc(kStore));
        integer(check, 4);
        bytes.insert(bytes.end(), header.bytes.begin(), header.bytes.end());
        bytes.insert(bytes.end(), payload.begin(), payload.end());
        while (bytes.size() % 8 != 0)
            bytes.push_back(0);
        return check;
    }

    Bytes bytes;
};

TEST(JournalFormat, IsWhatIsDocumented) {
    const Bytes first{1, 2, 3};
    const Bytes second(16, 9);
    ByHand file;
    file.text("SWJRNL\r\n");
    file.integer(1, 4);
    file.integer(0, 4);
    file.bytes.insert(file.bytes.end(), kStore.begin(), kStore.end());
    file.integer(1, 8);
    file.integer(0, 4);
    file.integer(0, 4);
    file.integer(4096, 8);
    file.integer(0, 4);
    file.integer(ByHand::crc(file.bytes), 4);
    const uint32_t one = file.record(0, 1, 0, 2, first);
    const uint32_t mark = file.record(one, 2, 1, 1, {});
    file.record(mark, 3, 1, 2, second);
    file.bytes.resize(4096, 0);

    SimulatedDisk disk(1);
    JournalProcess process;
    ASSERT_TRUE(process.open(disk, {.store = kStore}));
    process.append(first);
    ASSERT_TRUE(process.write());
    ASSERT_TRUE(process.sync());
    ASSERT_TRUE(process.mark());
    process.append(second);
    ASSERT_TRUE(process.write());
    EXPECT_EQ(disk.contents().at("journal-00000000000000000001.swj"), file.bytes);
}

TEST(JournalFormat, NamesGoThereAndBack) {
    for (const uint64_t first : {uint64_t{1}, uint64_t{1234567890123}, UINT64_MAX}) {
        EXPECT_EQ(journal::parse_segment_name(journal::segment_name(first)), first);
        EXPECT_EQ(journal::segment_name(first).size(), 32u);
    }
    for (const char* other :
         {"", "journal-1.swj", "journal-0000000000000000000a.swj",
          "journal-99999999999999999999.swj", "journal-00000000000000000001.swj.damaged",
          "Journal-00000000000000000001.swj", "journal-00000000000000000001.swx"})
        EXPECT_FALSE(journal::parse_segment_name(other)) << other;
}

TEST(JournalFormat, HeadersWithAnyBitFlippedAreRefused) {
    journal::SegmentHeader segment{kStore, 7, 8, 4096};
    Bytes bytes;
    journal::encode_segment_header(segment, bytes);
    ASSERT_TRUE(journal::decode_segment_header(bytes));
    for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
        EXPECT_FALSE(journal::decode_segment_header(bytes)) << bit;
        bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    }
    journal::RecordHeader record{0, 1, 5, 4, 100, journal::RecordKind::Block, 6};
    const uint32_t seed = journal::record_seed(kStore);
    Bytes header(journal::kRecordHeaderBytes);
    journal::encode_record_header(record, seed, header.data());
    ASSERT_TRUE(journal::decode_record_header(header, seed));
    EXPECT_FALSE(journal::decode_record_header(header, seed + 1));
    for (size_t bit = 0; bit < 8 * header.size(); ++bit) {
        header[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
        EXPECT_FALSE(journal::decode_record_header(header, seed)) << bit;
        header[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    }
}

/// Of the fields that the check covers but a writer could get wrong.
TEST(JournalFormat, HeadersOutOfBoundsAreRefused) {
    const uint32_t seed = journal::record_seed(kStore);
    const journal::RecordHeader good{0, 1, 5, 4, 100, journal::RecordKind::Block, 6};
    const auto refused = [&](auto change) {
        journal::RecordHeader header = good;
        change(header);
        Bytes bytes(journal::kRecordHeaderBytes);
        journal::encode_record_header(header, seed, bytes.data());
        return !journal::decode_record_header(bytes, seed).has_value();
    };
    EXPECT_FALSE(refused([](auto&) {}));
    EXPECT_TRUE(refused([](auto& header) { header.acknowledged = header.number; }));
    EXPECT_TRUE(refused([](auto& header) { header.length = journal::kPayloadBytesMax + 1; }));
    EXPECT_TRUE(refused([](auto& header) { header.kind = journal::RecordKind::Mark; }));
    EXPECT_TRUE(refused([](auto& header) { header.kind = journal::RecordKind{0}; }));
}

TEST(JournalFormat, AnotherVersionIsUnsupported) {
    Bytes bytes;
    journal::encode_segment_header({kStore, 7, 8, 4096}, bytes);
    bytes[8] = 2;
    const uint32_t crc = ByHand::crc(BytesView(bytes).first(60));
    for (size_t i = 0; i < 4; ++i)
        bytes[60 + i] = static_cast<uint8_t>(crc >> (8 * i));
    const auto out = journal::decode_segment_header(bytes);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace switchyard::test
