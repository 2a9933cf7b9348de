// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/parse.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;
using test::refresh_checksums;

constexpr size_t kIp = kEthernetHeaderBytes;
constexpr size_t kUdp = kIp + kIpv4HeaderBytes;
constexpr size_t kDatagram = kLinkHeadersBytes;
constexpr size_t kBody = kDatagram + kDatagramHeaderBytes;

/// A frame of three transactions of 5, 60 and 33 bytes.
Bytes sample_frame() {
    auto random = test_generator(20);
    const std::vector<Bytes> transactions = {test::random_bytes(random, 5),
                                             test::random_bytes(random, 60),
                                             test::random_bytes(random, 33)};
    return to_bytes((*encode_all({.session = 99, .first_sequence = 3, .first_transaction = 12},
                                 test::views(transactions)))[0]);
}

/// Three transactions of 5, 60 and 33 bytes, the first and the last with a sender hint.
Bytes sample_hinted_frame() {
    auto random = test_generator(22);
    FrameBatch frames;
    auto encoder = FrameEncoder::create({.session = 99});
    EXPECT_TRUE(encoder->add(test::random_bytes(random, 5), frames, Bytes(20, 0xA1)));
    EXPECT_TRUE(encoder->add(test::random_bytes(random, 60), frames));
    EXPECT_TRUE(encoder->add(test::random_bytes(random, 33), frames, Bytes(20, 0xA3)));
    encoder->flush(frames);
    return to_bytes(frames[0]);
}

/// The middle one of three pieces of a transaction.
Bytes sample_fragment() {
    auto random = test_generator(21);
    const std::vector<Bytes> transactions = {test::random_bytes(random, 1'300)};
    return to_bytes((*encode_all({.frame_bytes = 640}, test::views(transactions)))[1]);
}

/// Parses a copy that ends where its memory ends, so that the address sanitizer sees any overrun.
FrameError parse_exact(BytesView frame, ParsedFrame& out, Bytes* keep = nullptr) {
    const std::unique_ptr<uint8_t[]> copy(new uint8_t[frame.size()]);
    std::copy(frame.begin(), frame.end(), copy.get());
    const FrameError error = parse_frame({copy.get(), frame.size()}, {}, out);
    if (keep != nullptr && error == FrameError::None) {
        keep->assign(out.body.begin(), out.body.end());
    }
    return error;
}

FrameError parse_exact(BytesView frame) {
    ParsedFrame out;
    return parse_exact(frame, out);
}

TEST(Parse, ReadsEveryField) {
    const Bytes frame = sample_frame();
    ParsedFrame parsed;
    ASSERT_EQ(parse_frame(frame, {}, parsed), FrameError::None);
    EXPECT_EQ(parsed.kind, FrameKind::Transactions);
    EXPECT_EQ(parsed.source_ipv4, 0x0A000001u);
    EXPECT_EQ(parsed.source_port, kDefaultUdpPort);
    EXPECT_EQ(parsed.session, 99u);
    EXPECT_EQ(parsed.sequence, 3u);
    EXPECT_EQ(parsed.transaction, 12u);
    ASSERT_EQ(parsed.count, 3u);
    EXPECT_EQ(parsed.record(0).size(), 5u);
    EXPECT_EQ(parsed.record(1).size(), 60u);
    EXPECT_EQ(parsed.record(2).size(), 33u);
    EXPECT_EQ(parsed.record(2).data() + 33, frame.data() + frame.size()) << "in place, no copy";
}

TEST(Parse, ReadsSenderHints) {
    const Bytes frame = sample_hinted_frame();
    ParsedFrame parsed;
    ASSERT_EQ(parse_frame(frame, {}, parsed), FrameError::None);
    ASSERT_EQ(parsed.count, 3u);
    EXPECT_EQ(parsed.record(0).size(), 5u);
    EXPECT_EQ(parsed.record(1).size(), 60u);
    EXPECT_EQ(parsed.record(2).size(), 33u);
    EXPECT_TRUE(equal(parsed.sender_hint(0), Bytes(20, 0xA1)));
    EXPECT_TRUE(parsed.sender_hint(1).empty());
    EXPECT_TRUE(equal(parsed.sender_hint(2), Bytes(20, 0xA3)));
}

TEST(Parse, ReadsAFragment) {
    ParsedFrame parsed;
    const Bytes frame = sample_fragment();
    ASSERT_EQ(parse_frame(frame, {}, parsed), FrameError::None);
    EXPECT_EQ(parsed.kind, FrameKind::Fragment);
    EXPECT_EQ(parsed.fragment_total, 1'300u);
    EXPECT_EQ(parsed.fragment_index, 1u);
    EXPECT_EQ(parsed.fragment_count, 3u);
    EXPECT_EQ(parsed.fragment_size, 640u - 106 - 16);
    EXPECT_EQ(parsed.fragment_offset, parsed.fragment_size);
    EXPECT_EQ(parsed.piece.size(), parsed.fragment_size);
}

TEST(Parse, TakesOnlyItsPortAndAddress) {
    const Bytes frame = sample_frame();
    ParsedFrame parsed;
    EXPECT_EQ(parse_frame(frame, {.udp_port = 1}, parsed), FrameError::NotForUs);
    EXPECT_EQ(parse_frame(frame, {.ipv4 = 0x0A000003}, parsed), FrameError::NotForUs);
    EXPECT_EQ(parse_frame(frame, {.ipv4 = 0x0A000002}, parsed), FrameError::None);
}

TEST(Parse, IgnoresEthernetPadding) {
    Bytes frame = sample_frame();
    frame.insert(frame.end(), 20, 0xEE);
    ParsedFrame parsed;
    ASSERT_EQ(parse_frame(frame, {}, parsed), FrameError::None);
    EXPECT_EQ(parsed.record(2).data() + 33 + 20, frame.data() + frame.size());
}

TEST(Parse, SkipsIpv4Options) {
    Bytes frame = sample_frame();
    frame.insert(frame.begin() + kUdp, {0x01, 0x01, 0x01, 0x00});
    frame[kIp] = 0x46;
    store_be16(frame.data() + kIp + 2, static_cast<uint16_t>(frame.size() - kEthernetHeaderBytes));
    store_be16(frame.data() + kIp + 10, 0);
    const uint16_t sum = internet_fold(internet_sum(BytesView{frame}.subspan(kIp, 24)));
    store_be16(frame.data() + kIp + 10, static_cast<uint16_t>(~sum));
    EXPECT_EQ(parse_exact(frame), FrameError::None);
}

TEST(Parse, RefusesEveryTruncation) {
    for (const Bytes& frame : {sample_frame(), sample_hinted_frame(), sample_fragment()})
        for (size_t size = 0; size < frame.size(); ++size)
            ASSERT_EQ(parse_exact(BytesView{frame}.first(size)), FrameError::Truncated) << size;
}

// A datagram cut short by somebody who writes right lengths into the outer headers.
TEST(Parse, RefusesEveryTruncationBehindHonestOuterHeaders) {
    for (const Bytes& frame : {sample_frame(), sample_hinted_frame(), sample_fragment()}) {
        for (size_t size = kDatagram; size < frame.size(); ++size) {
            Bytes cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
            store_be16(cut.data() + kIp + 2, static_cast<uint16_t>(size - kIp));
            store_be16(cut.data() + kUdp + 4, static_cast<uint16_t>(size - kUdp));
            if (size < kBody) {
                store_be16(cut.data() + kIp + 10, 0);
                const uint16_t sum = internet_fold(internet_sum({cut.data() + kIp, 20}));
                store_be16(cut.data() + kIp + 10, static_cast<uint16_t>(~sum));
                ASSERT_EQ(parse_exact(cut), FrameError::Truncated) << size;
                continue;
            }
            refresh_checksums(cut);
            ASSERT_EQ(parse_exact(cut), FrameError::Truncated) << size;
            store_be32(cut.data() + kDatagram + offset::kBodyLength,
                       static_cast<uint32_t>(size - kBody));
            refresh_checksums(cut);
            const FrameError error = parse_exact(cut);
            if (frame[kDatagram + offset::kKind] == 1)
                ASSERT_EQ(error, FrameError::BadLength) << size;
            else
                ASSERT_TRUE(error == FrameError::BadLength || error == FrameError::BadFragment)
                    << size << ' ' << to_string(error);
        }
    }
}

/// True for the bytes that no checksum we verify covers: the MAC addresses, and the source port and
/// checksum of UDP.
bool is_unprotected(size_t position) {
    return position < 12 || position == kUdp || position == kUdp + 1 || position == kUdp + 6 ||
           position == kUdp + 7;
}

TEST(Parse, NeverAcceptsAChangedByteInWhatItHandsOn) {
    for (const Bytes& original : {sample_frame(), sample_hinted_frame(), sample_fragment()}) {
        ParsedFrame expected;
        Bytes expected_body;
        ASSERT_EQ(parse_exact(original, expected, &expected_body), FrameError::None);
        ParsedFrame parsed;
        Bytes body;
        for (size_t i = 0; i < original.size(); ++i) {
            for (unsigned flip = 1; flip < 256; ++flip) {
                Bytes frame = original;
                frame[i] = static_cast<uint8_t>(frame[i] ^ flip);
                const FrameError error = parse_exact(frame, parsed, &body);
                ASSERT_EQ(error == FrameError::None, is_unprotected(i)) << i << ' ' << flip;
                if (error != FrameError::None) continue;
                ASSERT_EQ(body, expected_body);
                ASSERT_EQ(parsed.session, expected.session);
                ASSERT_EQ(parsed.sequence, expected.sequence);
                ASSERT_EQ(parsed.transaction, expected.transaction);
            }
        }
    }
}

struct Mutation {
    const char* what;
    size_t position;
    size_t width;
    uint64_t value;
    FrameError expected;
};

void expect_mutations(const Bytes& original, std::span<const Mutation> mutations) {
    for (const Mutation& mutation : mutations) {
        Bytes frame = original;
        for (size_t i = 0; i < mutation.width; ++i)
            frame[mutation.position + i] =
                static_cast<uint8_t>(mutation.value >> (8 * (mutation.width - 1 - i)));
        refresh_checksums(frame);
        const FrameError error = parse_exact(frame);
        EXPECT_EQ(error, mutation.expected) << mutation.what << ": " << to_string(error);
    }
}

// With right checksums: the sender means what it says, and still must not be believed.
TEST(Parse, NamesWhatIsWrongWithEachField) {
    const size_t d = kDatagram;
    const Mutation mutations[] = {
        {"EtherType IPv6", 12, 2, 0x86DD, FrameError::NotForUs},
        {"IP version", kIp, 1, 0x65, FrameError::BadIpHeader},
        {"IP header length", kIp, 1, 0x44, FrameError::BadIpHeader},
        {"IP total length beyond the frame", kIp + 2, 2, 0xFFFF, FrameError::Truncated},
        {"IP total length below its header", kIp + 2, 2, 19, FrameError::BadIpHeader},
        {"IP total length below UDP's header", kIp + 2, 2, 27, FrameError::Truncated},
        {"IP more fragments", kIp + 6, 2, 0x2000, FrameError::IpFragment},
        {"IP fragment offset", kIp + 6, 2, 0x0001, FrameError::IpFragment},
        {"IP protocol TCP", kIp + 9, 1, 6, FrameError::NotForUs},
        {"UDP port", kUdp + 2, 2, 53, FrameError::NotForUs},
        {"UDP length", kUdp + 4, 2, 8, FrameError::BadUdpLength},
        {"magic", d + offset::kMagic, 4, 0x53575945, FrameError::BadMagic},
        {"version 0", d + offset::kVersion, 1, 0, FrameError::BadVersion},
        {"version 2", d + offset::kVersion, 1, 2, FrameError::BadVersion},
        {"kind 0", d + offset::kKind, 1, 0, FrameError::BadKind},
        {"kind Parity", d + offset::kKind, 1, 3, FrameError::BadKind},
        {"kind 255", d + offset::kKind, 1, 255, FrameError::BadKind},
        {"flags", d + offset::kFlags, 2, 0x8000, FrameError::ReservedNotZero},
        {"header length 68", d + offset::kHeaderLength, 2, 68, FrameError::BadHeaderLength},
        {"header length 0", d + offset::kHeaderLength, 2, 0, FrameError::BadHeaderLength},
        {"count 0", d + offset::kCount, 2, 0, FrameError::BadCount},
        {"count one less", d + offset::kCount, 2, 2, FrameError::BadLength},
        {"count one more", d + offset::kCount, 2, 4, FrameError::BadLength},
        {"count 257", d + offset::kCount, 2, 257, FrameError::BadCount},
        {"count 65,535", d + offset::kCount, 2, 0xFFFF, FrameError::BadCount},
        {"body length one more", d + offset::kBodyLength, 4, 111, FrameError::Truncated},
        {"body length huge", d + offset::kBodyLength, 4, 0xFFFFFFFF, FrameError::Truncated},
        {"body length one less", d + offset::kBodyLength, 4, 109, FrameError::BadLength},
        {"session 0", d + offset::kSession, 8, 0, FrameError::BadSession},
        {"transaction wraps", d + offset::kTransaction, 8, UINT64_MAX - 2, FrameError::BadSession},
        {"cookie", d + offset::kCookie, 8, 1, FrameError::ReservedNotZero},
        {"group", d + offset::kGroup, 4, 1, FrameError::ReservedNotZero},
        {"group index", d + offset::kGroup + 4, 1, 1, FrameError::ReservedNotZero},
        {"group data", d + offset::kGroup + 5, 1, 1, FrameError::ReservedNotZero},
        {"group parity", d + offset::kGroup + 6, 1, 1, FrameError::ReservedNotZero},
        {"reserved", d + offset::kGroup + 7, 1, 1, FrameError::ReservedNotZero},
        {"credit", d + offset::kCredit, 4, 1, FrameError::ReservedNotZero},
        {"record length 0", kBody, 2, 0, FrameError::BadLength},
        {"record length beyond the body", kBody, 2, 0xFFFF, FrameError::BadLength},
        {"record flags, bit 1", kBody + 2, 1, 2, FrameError::ReservedNotZero},
        {"record flags, bit 7", kBody + 2, 1, 0x81, FrameError::ReservedNotZero},
        {"sender hint beyond the body", kBody + 4 + 5 + 4 + 60 + 2, 1, 1, FrameError::BadLength},
        {"record reserved", kBody + 3, 1, 1, FrameError::ReservedNotZero},
        {"last record one more", kBody + 4 + 5 + 4 + 60, 2, 34, FrameError::BadLength},
        {"last record one less", kBody + 4 + 5 + 4 + 60, 2, 32, FrameError::BadLength},
        {"nothing", d + offset::kSession, 8, 5, FrameError::None},
    };
    expect_mutations(sample_frame(), mutations);
    const Mutation without_flag[] = {
        {"sender hint that is not said to be there", kBody + 2, 1, 0, FrameError::ReservedNotZero}};
    expect_mutations(sample_hinted_frame(), without_flag);
}

TEST(Parse, NamesWhatIsWrongWithEachFragmentField) {
    const Mutation mutations[] = {
        {"count of transactions", kDatagram + offset::kCount, 2, 2, FrameError::BadCount},
        {"transaction wraps", kDatagram + offset::kTransaction, 8, UINT64_MAX,
         FrameError::BadSession},
        {"total 0", kBody, 4, 0, FrameError::BadFragment},
        {"total too small for three pieces", kBody, 4, 2 * 518, FrameError::BadFragment},
        {"total too large for three pieces", kBody, 4, 3 * 518 + 1, FrameError::BadFragment},
        {"total of three full pieces", kBody, 4, 3 * 518, FrameError::None},
        {"total above the limit", kBody, 4, kTransactionBytesMax + 1, FrameError::Oversized},
        {"total 2^32 - 1", kBody, 4, 0xFFFFFFFF, FrameError::Oversized},
        {"offset 0", kBody + 4, 4, 0, FrameError::BadFragment},
        {"offset one less", kBody + 4, 4, 517, FrameError::BadFragment},
        {"offset 2^32 - 1", kBody + 4, 4, 0xFFFFFFFF, FrameError::BadFragment},
        {"index 0", kBody + 8, 2, 0, FrameError::BadFragment},
        {"index of the last", kBody + 8, 2, 2, FrameError::BadFragment},
        {"index equal to count", kBody + 8, 2, 3, FrameError::BadFragment},
        {"index 65,535", kBody + 8, 2, 0xFFFF, FrameError::BadFragment},
        {"count 0", kBody + 10, 2, 0, FrameError::BadFragment},
        {"count 1", kBody + 10, 2, 1, FrameError::BadFragment},
        {"count 2", kBody + 10, 2, 2, FrameError::BadFragment},
        {"count 257", kBody + 10, 2, 257, FrameError::BadFragment},
        {"reserved", kBody + 12, 4, 1, FrameError::ReservedNotZero},
    };
    expect_mutations(sample_fragment(), mutations);
}

TEST(Parse, RefusesAFrameAboveTheLargest) {
    Bytes frame = sample_frame();
    frame.resize(kFrameBytesMax, 0);
    EXPECT_EQ(parse_exact(frame), FrameError::None) << "padding up to the largest frame";
    frame.resize(kFrameBytesMax + 1, 0);
    EXPECT_EQ(parse_exact(frame), FrameError::Oversized);
    ParsedFrame parsed;
    EXPECT_EQ(parse_datagram(Bytes(65'508, 0), parsed), FrameError::Oversized);
}

TEST(Parse, RefusesGarbage) {
    auto random = test_generator(22);
    for (int i = 0; i < 20'000; ++i) {
        const Bytes garbage = test::random_bytes(random, random() % 300);
        ASSERT_NE(parse_exact(garbage), FrameError::None);
    }
}

// Random changes of several bytes, with the checksums made right, so that the deep checks are
// reached: whatever is accepted must lie inside the frame.
TEST(Parse, StaysInsideTheFrameUnderRandomMutation) {
    auto random = test_generator(23);
    ParsedFrame parsed;
    size_t accepted = 0;
    for (const Bytes& original : {sample_frame(), sample_hinted_frame(), sample_fragment()}) {
        for (int i = 0; i < 50'000; ++i) {
            Bytes frame = original;
            const size_t changes = 1 + random() % 4;
            for (size_t j = 0; j < changes; ++j) {
                const size_t span = std::min<size_t>(frame.size() - kDatagram, 110);
                frame[kDatagram + random() % span] = static_cast<uint8_t>(random());
            }
            refresh_checksums(frame);
            if (parse_frame(frame, {}, parsed) != FrameError::None) continue;
            ++accepted;
            const uint8_t* end = frame.data() + frame.size();
            if (parsed.kind == FrameKind::Fragment) {
                ASSERT_EQ(parsed.piece.data() + parsed.piece.size(), end);
                ASSERT_LE(uint64_t{parsed.fragment_offset} + parsed.piece.size(),
                          parsed.fragment_total);
                ASSERT_LE(parsed.fragment_total, kTransactionBytesMax);
                continue;
            }
            for (size_t j = 0; j < parsed.count; ++j) {
                ASSERT_GE(parsed.record(j).size(), 1u);
                ASSERT_LE(parsed.record(j).data() + parsed.record(j).size(), end);
            }
        }
    }
    EXPECT_GT(accepted, 100u) << "the mutations must reach accepted frames too";
}

TEST(Parse, NamesEveryError) {
    for (size_t i = 0; i < kFrameErrors; ++i)
        EXPECT_NE(to_string(static_cast<FrameError>(i)), "unknown");
    EXPECT_EQ(to_string(static_cast<FrameError>(kFrameErrors)), "unknown");
}

}  // namespace
}  // namespace switchyard::dataplane
