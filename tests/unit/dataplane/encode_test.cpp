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
// 02f86b and c0ffee00, session 0x1122334455667788, datagram 5, first transaction 40.
constexpr std::string_view kGoldenFrame =
    "02000000000202000000000108004500006b00004000401126800a0000010a000002768976890057"
    "ebe25357594401010000004000020000000f11223344556677880000000000000005000000000000"
    "002800000000000000000000000000000000000000007d3e62ef0003000002f86b00040000c0ffee"
    "00";

TEST(Encode, WritesTheGoldenFrame) {
    const Bytes first = {0x02, 0xF8, 0x6B};
    const Bytes second = {0xC0, 0xFF, 0xEE, 0x00};
    const BytesView transactions[] = {first, second};
    const auto frames =
        encode_all({.session = 0x1122334455667788, .first_sequence = 5, .first_transaction = 40},
                   transactions);
    ASSERT_TRUE(frames);
    ASSERT_EQ(frames->size(), 1u);
    EXPECT_EQ(to_hex((*frames)[0]), "0x" + std::string(kGoldenFrame));
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
    encoder->flush(out);
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(encoder->next_transaction(), 0u);
}

/// Encodes, parses and compares transactions of kind Transactions; returns the number of frames.
size_t round_trip(const EncoderConfig& config, const std::vector<Bytes>& transactions) {
    const auto frames = encode_all(config, test::views(transactions));
    EXPECT_TRUE(frames);
    size_t next = 0;
    ParsedFrame parsed;
    for (size_t i = 0; i < frames->size(); ++i) {
        const BytesView frame = (*frames)[i];
        EXPECT_LE(frame.size(), config.frame_bytes);
        const FrameError error =
            config.link_headers ? parse_frame(frame, {}, parsed) : parse_datagram(frame, parsed);
        EXPECT_EQ(error, FrameError::None) << to_string(error);
        EXPECT_EQ(parsed.kind, FrameKind::Transactions);
        EXPECT_EQ(parsed.session, config.session);
        EXPECT_EQ(parsed.sequence, config.first_sequence + i);
        EXPECT_EQ(parsed.transaction, config.first_transaction + next);
        for (size_t j = 0; j < parsed.count; ++j, ++next)
            EXPECT_TRUE(equal(parsed.record(j), transactions.at(next))) << next;
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
    // 1,514 - 106 bytes hold 12 records of 4 + 110 bytes.
    EXPECT_EQ(round_trip({}, test::random_transactions(random, 24, 110, 110)), 2u);
    EXPECT_EQ(round_trip({}, test::random_transactions(random, 25, 110, 110)), 3u);
    // No more than 256 to a frame, whatever fits.
    EXPECT_EQ(
        round_trip({.frame_bytes = kFrameBytesMax}, test::random_transactions(random, 257, 1, 1)),
        2u);
}

TEST(Encode, FillsAFrameToTheLastByte) {
    auto random = test_generator(12);
    const size_t body = kFrameBytesStandard - kLinkHeadersBytes - kDatagramHeaderBytes;
    const auto fitting = test::random_transactions(random, 1, body - 4, body - 4);
    EXPECT_EQ(round_trip({}, fitting), 1u);
    const auto frames = encode_all({}, test::views(fitting));
    EXPECT_EQ((*frames)[0].size(), kFrameBytesStandard);
    const auto larger = test::random_transactions(random, 1, body - 3, body - 3);
    EXPECT_EQ(encode_all({}, test::views(larger))->size(), 2u);
}

TEST(Encode, CountsTheSenderHintAsPartOfItsRecord) {
    const size_t body = kFrameBytesStandard - kLinkHeadersBytes - kDatagramHeaderBytes;
    const Bytes hint(kSenderHintBytes, 0xAB);
    // The largest that fits with its hint; one byte more goes without.
    for (const size_t size : {body - 24, body - 23, body - 4}) {
        auto encoder = FrameEncoder::create({});
        FrameBatch frames;
        ASSERT_TRUE(encoder->add(Bytes(size, 0x7E), frames, hint));
        encoder->flush(frames);
        ASSERT_EQ(frames.size(), 1u);
        ParsedFrame parsed;
        ASSERT_EQ(parse_frame(frames[0], {}, parsed), FrameError::None);
        EXPECT_TRUE(equal(parsed.record(0), Bytes(size, 0x7E)));
        EXPECT_EQ(parsed.sender_hint(0).empty(), size != body - 24);
    }
    auto encoder = FrameEncoder::create({});
    FrameBatch frames;
    for (int i = 0; i < 2; ++i)
        ASSERT_TRUE(encoder->add(Bytes(body / 2 - 23, 0x7E), frames, hint));
    encoder->flush(frames);
    EXPECT_EQ(frames.size(), 2u);
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
