// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/encode.hpp"

#include <gtest/gtest.h>

#include "host/core/hex.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;

// Written by a separate program from the tables in wire.hpp, with a bitwise CRC32C: transactions
// 02f86b as number 40 and c0ffee00 with a hint as number 43, session 0x1122334455667788, datagram
// 5, cookie 0x0102030405060708.
constexpr std::string_view kGoldenFrame =
    "02000000000202000000000108004500007700004000401126740a0000010a000002768976890063"
    "55cb535759440201000b11223344556677880000000000000005010203040506070800000000ff00"
    "002fba4cf52a0000000000000028000200000003000002f86b00040102ababababababababababab"
    "abababababababababc0ffee00";

TEST(Encode, WritesTheGoldenFrame) {
    const Bytes first = {0x02, 0xF8, 0x6B};
    const Bytes second = {0xC0, 0xFF, 0xEE, 0x00};
    auto encoder = FrameEncoder::create(
        {.session = 0x1122334455667788, .cookie = 0x0102030405060708, .first_sequence = 5});
    ASSERT_TRUE(encoder);
    FrameBatch frames;
    ASSERT_TRUE(encoder->add_numbered(40, first, frames));
    ASSERT_TRUE(encoder->add_numbered(43, second, frames, Bytes(20, 0xAB)));
    encoder->flush(frames);
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(to_hex(frames[0]), "0x" + std::string(kGoldenFrame));
}

TEST(Encode, RefusesWhatItsBoundsExclude) {
    EXPECT_EQ(FrameEncoder::create({.session = 0}).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(FrameEncoder::create({.frame_bytes = 639}).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(FrameEncoder::create({.frame_bytes = kFrameBytesMax + 1}).error().code,
              ErrorCode::InvalidInput);
    auto encoder = FrameEncoder::create({});
    ASSERT_TRUE(encoder);
    FrameBatch out;
    EXPECT_EQ(encoder->add({}, out).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(encoder->add(Bytes(kTransactionBytesMax + 1), out).error().code,
              ErrorCode::InvalidInput);
    EXPECT_EQ(encoder->add(Bytes(1), out, Bytes(19)).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(encoder->add(Bytes(1), out, Bytes(21)).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(encoder->add_numbered(kTransactionNumbers, Bytes(1), out).error().code,
              ErrorCode::InvalidInput);
    for (const GroupShape shape : {GroupShape{0, 1}, GroupShape{33, 1}, GroupShape{8, 17}})
        EXPECT_EQ(FrameEncoder::create({.group = shape}).error().code, ErrorCode::InvalidInput);
    encoder->flush(out);
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(encoder->next_transaction(), 0u);
}

/// Encodes, parses and compares transactions of kind Transactions; returns the number of frames.
size_t round_trip(const EncoderConfig& config, const std::vector<Bytes>& transactions) {
    const auto frames = encode_all(config, test::views(transactions));
    EXPECT_TRUE(frames);
    size_t next = 0;
    test::ParsedFrame parsed;
    for (size_t i = 0; i < frames->size(); ++i) {
        const BytesView frame = (*frames)[i];
        EXPECT_LE(frame.size(), config.frame_bytes);
        const FrameError error = config.link_headers
                                     ? test::parse_frame(frame, {}, parsed)
                                     : parse_datagram(frame, parsed.header, parsed.body);
        EXPECT_EQ(error, FrameError::None) << to_string(error);
        EXPECT_EQ(parsed.header.kind, FrameKind::Transactions);
        EXPECT_EQ(parsed.header.session, config.session);
        EXPECT_EQ(parsed.header.sequence, config.first_sequence + i);
        EXPECT_EQ(parsed.body.first, config.first_transaction + next);
        for (size_t j = 0; j < parsed.body.count; ++j, ++next)
            EXPECT_TRUE(equal(parsed.body.record(j), transactions.at(next))) << next;
    }
    EXPECT_EQ(next, transactions.size());
    return frames->size();
}

TEST(Encode, RoundTripsSmallTransactionsInOrder) {
    auto random = test_generator(10);
    for (const size_t frame_bytes : {size_t{640}, kFrameBytesStandard, kFrameBytesMax}) {
        const auto transactions = test::random_transactions(random, 500, 1, 300);
        round_trip({.session = 7, .frame_bytes = frame_bytes}, transactions);
        round_trip({.session = UINT64_MAX,
                    .first_sequence = 1'000,
                    .first_transaction = 77,
                    .frame_bytes = frame_bytes,
                    .link_headers = false},
                   transactions);
    }
}

TEST(Encode, PacksSeveralTransactionsIntoAFrame) {
    auto random = test_generator(11);
    // 1,514 - 98 bytes hold 12 records of 4 + 110 bytes.
    EXPECT_EQ(round_trip({}, test::random_transactions(random, 24, 110, 110)), 2u);
    EXPECT_EQ(round_trip({}, test::random_transactions(random, 25, 110, 110)), 3u);
    // No more than 256 to a frame, whatever fits.
    EXPECT_EQ(
        round_trip({.frame_bytes = kFrameBytesMax}, test::random_transactions(random, 257, 1, 1)),
        2u);
}

TEST(Encode, FillsAFrameToTheLastByte) {
    auto random = test_generator(12);
    const size_t body =
        kFrameBytesStandard - kLinkHeadersBytes - kDatagramHeaderBytes - kTransactionsHeaderBytes;
    const auto fitting = test::random_transactions(random, 1, body - 4, body - 4);
    EXPECT_EQ(round_trip({}, fitting), 1u);
    const auto frames = encode_all({}, test::views(fitting));
    EXPECT_EQ((*frames)[0].size(), kFrameBytesStandard);
    const auto larger = test::random_transactions(random, 1, body - 3, body - 3);
    EXPECT_EQ(encode_all({}, test::views(larger))->size(), 2u);
}

TEST(Encode, CountsTheSenderHintAsPartOfItsRecord) {
    const size_t body =
        kFrameBytesStandard - kLinkHeadersBytes - kDatagramHeaderBytes - kTransactionsHeaderBytes;
    const Bytes hint(kSenderHintBytes, 0xAB);
    // The largest that fits with its hint; one byte more goes without.
    for (const size_t size : {body - 24, body - 23, body - 4}) {
        auto encoder = FrameEncoder::create({});
        FrameBatch frames;
        ASSERT_TRUE(encoder->add(Bytes(size, 0x7E), frames, hint));
        encoder->flush(frames);
        ASSERT_EQ(frames.size(), 1u);
        test::ParsedFrame parsed;
        ASSERT_EQ(test::parse_frame(frames[0], {}, parsed), FrameError::None);
        EXPECT_TRUE(equal(parsed.body.record(0), Bytes(size, 0x7E)));
        EXPECT_EQ(parsed.body.sender_hint(0).empty(), size != body - 24);
    }
    auto encoder = FrameEncoder::create({});
    FrameBatch frames;
    for (int i = 0; i < 2; ++i)
        ASSERT_TRUE(encoder->add(Bytes(body / 2 - 23, 0x7E), frames, hint));
    encoder->flush(frames);
    EXPECT_EQ(frames.size(), 2u);
}

// Numbers in a datagram ascend by 1 to 256; else the next datagram takes them.
TEST(Encode, NumbersRecordsOneByOne) {
    const std::vector<uint64_t> numbers = {5, 6, 262, 519, 520, 3, 3, 4, 1'000};
    auto encoder = FrameEncoder::create({});
    FrameBatch frames;
    for (const uint64_t number : numbers)
        ASSERT_TRUE(encoder->add_numbered(number, Bytes(10, static_cast<uint8_t>(number)), frames));
    encoder->flush(frames);
    std::vector<uint64_t> found;
    std::vector<size_t> counts;
    test::ParsedFrame parsed;
    for (size_t i = 0; i < frames.size(); ++i) {
        ASSERT_EQ(test::parse_frame(frames[i], {}, parsed), FrameError::None);
        counts.push_back(parsed.body.count);
        for (size_t j = 0; j < parsed.body.count; ++j) {
            found.push_back(parsed.body.number(j));
            EXPECT_EQ(parsed.body.record(j)[0], static_cast<uint8_t>(found.back()));
        }
    }
    EXPECT_EQ(found, numbers);
    EXPECT_EQ(counts, (std::vector<size_t>{3, 2, 1, 2, 1}));
}

TEST(Encode, FollowsEachGroupWithItsParity) {
    auto random = test_generator(14);
    // 12 to a frame: 40 frames of data, so five groups of 8 that are full, or six of 7.
    const auto transactions = test::random_transactions(random, 480, 110, 110);
    for (const uint8_t data : {uint8_t{8}, uint8_t{7}}) {
        const auto frames = encode_all({.group = {data, 3}}, test::views(transactions));
        ASSERT_TRUE(frames);
        test::ParsedFrame parsed;
        uint32_t group = 0;
        size_t data_frames = 0;
        size_t in_group = 0;
        size_t parity = 0;
        for (size_t i = 0; i < frames->size(); ++i) {
            EXPECT_LE((*frames)[i].size(), kFrameBytesStandard);
            ASSERT_EQ(test::parse_frame((*frames)[i], {}, parsed), FrameError::None);
            ASSERT_EQ(parsed.header.sequence, i);
            ASSERT_EQ(parsed.header.group, group);
            if (parsed.header.kind == FrameKind::Transactions) {
                ASSERT_EQ(parsed.header.position, in_group++);
                ++data_frames;
                ASSERT_EQ(parsed.header.last_data, in_group == data || data_frames == 40);
                continue;
            }
            ASSERT_EQ(parsed.header.kind, FrameKind::Parity);
            ASSERT_EQ(parsed.header.position, kGroupDataMax + parity++);
            ASSERT_EQ(parsed.body.group_data, in_group);
            ASSERT_EQ(parsed.body.group_parity, 3u);
            if (parity < 3) continue;
            ++group;
            in_group = parity = 0;
        }
        EXPECT_EQ(group, 480u / 12 / data + (data == 7 ? 1 : 0));
        EXPECT_EQ(in_group, 0u) << "the last group ends with its parity too";
    }
}

// RFC 1071, section 3: the bytes 00 01 f2 03 f4 f5 f6 f7 sum to ddf2.
TEST(InternetChecksum, GivesTheExampleOfRfc1071) {
    const Bytes bytes = {0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7};
    EXPECT_EQ(internet_fold(internet_sum(bytes)), 0xDDF2);
    EXPECT_EQ(internet_sum(Bytes{0xAB}), 0xAB00u);
}

// RFC 768 and RFC 1071: over pseudo header, header and data, with the checksum in place.
TEST(Encode, WritesAUdpChecksumThatAReceiverAccepts) {
    auto random = test_generator(13);
    const auto transactions = test::random_transactions(random, 100, 1, 200);
    const auto frames = encode_all({}, test::views(transactions));
    for (size_t i = 0; i < frames->size(); ++i) {
        const BytesView ip = (*frames)[i].subspan(kEthernetHeaderBytes);
        const BytesView udp = ip.subspan(kIpv4HeaderBytes);
        uint64_t sum = internet_sum(ip.subspan(12, 8));
        sum += 17 + udp.size();
        EXPECT_EQ(internet_fold(internet_sum(udp, sum)), 0xFFFF);
    }
}

}  // namespace
}  // namespace switchyard::dataplane
