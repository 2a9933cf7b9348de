// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/parse.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "dataplane/protocol/datagram.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;
using test::parse_frame;
using test::ParsedFrame;
using test::refresh_checksums;

constexpr size_t kIp = kEthernetHeaderBytes;
constexpr size_t kUdp = kIp + kIpv4HeaderBytes;
constexpr size_t kDatagram = kLinkHeadersBytes;
constexpr size_t kBody = kDatagram + kDatagramHeaderBytes;
constexpr size_t kRecords = kBody + kTransactionsHeaderBytes;

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
    const std::vector<Bytes> transactions = {test::random_bytes(random, 1'350)};
    return to_bytes((*encode_all({.frame_bytes = 640}, test::views(transactions)))[1]);
}

/// Parses a copy that ends where its memory ends, so that the address sanitizer sees any overrun.
FrameError parse_exact(BytesView frame, ParsedFrame& out, Bytes* keep = nullptr) {
    const std::unique_ptr<uint8_t[]> copy(new uint8_t[frame.size()]);
    std::copy(frame.begin(), frame.end(), copy.get());
    const FrameError error = parse_frame({copy.get(), frame.size()}, {}, out);
    if (keep != nullptr && error == FrameError::None) {
        keep->assign(out.body.body.begin(), out.body.body.end());
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
    EXPECT_EQ(parsed.header.kind, FrameKind::Transactions);
    EXPECT_EQ(parsed.link.source.ip, IpAddress::v4(0x0A000001));
    EXPECT_EQ(parsed.link.source.port, kDefaultUdpPort);
    EXPECT_EQ(parsed.header.session, 99u);
    EXPECT_EQ(parsed.header.sequence, 3u);
    EXPECT_EQ(parsed.body.first, 12u);
    ASSERT_EQ(parsed.body.count, 3u);
    EXPECT_EQ(parsed.body.record(0).size(), 5u);
    EXPECT_EQ(parsed.body.record(1).size(), 60u);
    EXPECT_EQ(parsed.body.record(2).size(), 33u);
    EXPECT_EQ(parsed.body.record(2).data() + 33, frame.data() + frame.size())
        << "in place, no copy";
}

TEST(Parse, ReadsSenderHints) {
    const Bytes frame = sample_hinted_frame();
    ParsedFrame parsed;
    ASSERT_EQ(parse_frame(frame, {}, parsed), FrameError::None);
    ASSERT_EQ(parsed.body.count, 3u);
    EXPECT_EQ(parsed.body.record(0).size(), 5u);
    EXPECT_EQ(parsed.body.record(1).size(), 60u);
    EXPECT_EQ(parsed.body.record(2).size(), 33u);
    EXPECT_TRUE(equal(parsed.body.sender_hint(0), Bytes(20, 0xA1)));
    EXPECT_TRUE(parsed.body.sender_hint(1).empty());
    EXPECT_TRUE(equal(parsed.body.sender_hint(2), Bytes(20, 0xA3)));
}

TEST(Parse, ReadsAFragment) {
    ParsedFrame parsed;
    const Bytes frame = sample_fragment();
    ASSERT_EQ(parse_frame(frame, {}, parsed), FrameError::None);
    EXPECT_EQ(parsed.header.kind, FrameKind::Fragment);
    EXPECT_EQ(parsed.body.fragment.total, 1'350u);
    EXPECT_EQ(parsed.body.fragment.index, 1u);
    EXPECT_EQ(parsed.body.fragment.count, 3u);
    EXPECT_EQ(parsed.body.fragment.size, 640u - 86 - 20);
    EXPECT_EQ(parsed.body.fragment.offset, parsed.body.fragment.size);
    EXPECT_EQ(parsed.body.fragment.bytes.size(), parsed.body.fragment.size);
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
    EXPECT_EQ(parsed.body.record(2).data() + 33 + 20, frame.data() + frame.size());
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
            store_be16(cut.data() + kDatagram + offset::kBodyLength,
                       static_cast<uint16_t>(size - kBody));
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
                ASSERT_EQ(parsed.header.session, expected.header.session);
                ASSERT_EQ(parsed.header.sequence, expected.header.sequence);
                ASSERT_EQ(parsed.body.first, expected.body.first);
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
        {"EtherType VLAN", 12, 2, 0x8100, FrameError::NotForUs},
        {"EtherType IPv6", 12, 2, 0x86DD, FrameError::BadIpHeader},
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
        {"version 1", d + offset::kVersion, 1, 1, FrameError::BadVersion},
        {"version 3", d + offset::kVersion, 1, 3, FrameError::BadVersion},
        {"kind 0", d + offset::kKind, 1, 0, FrameError::BadKind},
        {"kind 12", d + offset::kKind, 1, 12, FrameError::BadKind},
        {"kind 255", d + offset::kKind, 1, 255, FrameError::BadKind},
        {"kind Fragment", d + offset::kKind, 1, 2, FrameError::Oversized},
        {"kind Parity outside a group", d + offset::kKind, 1, 3, FrameError::BadGroup},
        {"kind Query", d + offset::kKind, 1, 4, FrameError::BadLength},
        {"kind Hello", d + offset::kKind, 1, 5, FrameError::ReservedNotZero},
        {"kind Close", d + offset::kKind, 1, 6, FrameError::BadLength},
        {"kind Report", d + offset::kKind, 1, 7, FrameError::ReservedNotZero},
        {"kind Challenge", d + offset::kKind, 1, 8, FrameError::BadLength},
        {"kind Welcome", d + offset::kKind, 1, 9, FrameError::BadLength},
        {"kind Reset", d + offset::kKind, 1, 10, FrameError::BadLength},
        {"kind Versions in version 2", d + offset::kKind, 1, 11, FrameError::BadVersion},
        {"flags, bit 1", d + offset::kFlags, 1, 2, FrameError::ReservedNotZero},
        {"flags, bit 7", d + offset::kFlags, 1, 0x80, FrameError::ReservedNotZero},
        {"last data outside a group", d + offset::kFlags, 1, 1, FrameError::ReservedNotZero},
        {"header words 0", d + offset::kHeaderWords, 1, 0, FrameError::BadHeaderLength},
        {"header words 10", d + offset::kHeaderWords, 1, 10, FrameError::BadHeaderLength},
        {"header words 12", d + offset::kHeaderWords, 1, 12, FrameError::Truncated},
        {"header words 28", d + offset::kHeaderWords, 1, 28, FrameError::BadHeaderLength},
        {"header words 255", d + offset::kHeaderWords, 1, 255, FrameError::BadHeaderLength},
        {"session 0", d + offset::kSession, 8, 0, FrameError::BadSession},
        {"sequence", d + offset::kSequence, 8, UINT64_MAX, FrameError::None},
        {"cookie", d + offset::kCookie, 8, UINT64_MAX, FrameError::None},
        {"group outside a group", d + offset::kGroup, 4, 1, FrameError::ReservedNotZero},
        {"position 0", d + offset::kPosition, 1, 0, FrameError::None},
        {"position 31", d + offset::kPosition, 1, 31, FrameError::None},
        {"position 32", d + offset::kPosition, 1, 32, FrameError::BadGroup},
        {"position 47", d + offset::kPosition, 1, 47, FrameError::BadGroup},
        {"position 254", d + offset::kPosition, 1, 254, FrameError::BadGroup},
        {"zero", d + offset::kZero, 1, 1, FrameError::ReservedNotZero},
        {"body length one more", d + offset::kBodyLength, 2, 123, FrameError::Truncated},
        {"body length 65,535", d + offset::kBodyLength, 2, 0xFFFF, FrameError::Truncated},
        {"body length one less", d + offset::kBodyLength, 2, 121, FrameError::BadLength},
        {"first beyond the last number", kBody, 8, kTransactionNumbers, FrameError::BadNumber},
        {"first 2^64 - 1", kBody, 8, UINT64_MAX, FrameError::BadNumber},
        {"count 0", kBody + 8, 2, 0, FrameError::BadCount},
        {"count one less", kBody + 8, 2, 2, FrameError::BadLength},
        {"count one more", kBody + 8, 2, 4, FrameError::BadLength},
        {"count 257", kBody + 8, 2, 257, FrameError::BadCount},
        {"count 65,535", kBody + 8, 2, 0xFFFF, FrameError::BadCount},
        {"reserved of the body", kBody + 10, 2, 1, FrameError::ReservedNotZero},
        {"record length 0", kRecords, 2, 0, FrameError::BadLength},
        {"record length beyond the body", kRecords, 2, 0xFFFF, FrameError::BadLength},
        {"record flags, bit 1", kRecords + 2, 1, 2, FrameError::ReservedNotZero},
        {"record flags, bit 7", kRecords + 2, 1, 0x81, FrameError::ReservedNotZero},
        {"sender hint beyond the body", kRecords + 4 + 5 + 4 + 60 + 2, 1, 1, FrameError::BadLength},
        {"skip in the first record", kRecords + 3, 1, 1, FrameError::ReservedNotZero},
        {"skip in the second record", kRecords + 4 + 5 + 3, 1, 255, FrameError::None},
        {"last record one more", kRecords + 4 + 5 + 4 + 60, 2, 34, FrameError::BadLength},
        {"last record one less", kRecords + 4 + 5 + 4 + 60, 2, 32, FrameError::BadLength},
        {"nothing", d + offset::kSession, 8, 5, FrameError::None},
    };
    expect_mutations(sample_frame(), mutations);
    const Mutation without_flag[] = {{"sender hint that is not said to be there", kRecords + 2, 1,
                                      0, FrameError::ReservedNotZero}};
    expect_mutations(sample_hinted_frame(), without_flag);
}

TEST(Parse, NamesWhatIsWrongWithEachFragmentField) {
    const Mutation mutations[] = {
        {"number beyond the last", kBody, 8, kTransactionNumbers, FrameError::BadNumber},
        {"total 0", kBody + 8, 4, 0, FrameError::BadFragment},
        {"total too small for three pieces", kBody + 8, 4, 2 * 534, FrameError::BadFragment},
        {"total too large for three pieces", kBody + 8, 4, 3 * 534 + 1, FrameError::BadFragment},
        {"total of three full pieces", kBody + 8, 4, 3 * 534, FrameError::None},
        {"total above the limit", kBody + 8, 4, kTransactionBytesMax + 1, FrameError::Oversized},
        {"total 2^32 - 1", kBody + 8, 4, 0xFFFFFFFF, FrameError::Oversized},
        {"offset 0", kBody + 12, 4, 0, FrameError::BadFragment},
        {"offset one less", kBody + 12, 4, 533, FrameError::BadFragment},
        {"offset 2^32 - 1", kBody + 12, 4, 0xFFFFFFFF, FrameError::BadFragment},
        {"index 0", kBody + 16, 2, 0, FrameError::BadFragment},
        {"index of the last", kBody + 16, 2, 2, FrameError::BadFragment},
        {"index equal to count", kBody + 16, 2, 3, FrameError::BadFragment},
        {"index 65,535", kBody + 16, 2, 0xFFFF, FrameError::BadFragment},
        {"count 0", kBody + 18, 2, 0, FrameError::BadFragment},
        {"count 1", kBody + 18, 2, 1, FrameError::BadFragment},
        {"count 2", kBody + 18, 2, 2, FrameError::BadFragment},
        {"count 257", kBody + 18, 2, 257, FrameError::BadFragment},
    };
    expect_mutations(sample_fragment(), mutations);
}

/// A datagram of any kind, as its sender would write it.
Bytes control(FrameKind kind, BytesView body, uint8_t position = kNoPosition) {
    Bytes out(kLinkHeadersBytes + kDatagramHeaderBytes + body.size());
    const BytesView parts[] = {body};
    write_datagram({.kind = kind, .session = 9, .position = position}, parts,
                   std::span{out}.subspan(kLinkHeadersBytes));
    const EncoderConfig ends;
    write_link_headers(ends.source, ends.destination, out);
    return out;
}

Bytes with_bytes(size_t size, std::initializer_list<std::pair<size_t, uint8_t>> bytes) {
    Bytes out(size, 0);
    for (const auto& [position, value] : bytes)
        out[position] = value;
    return out;
}

TEST(Parse, ReadsControlDatagrams) {
    ParsedFrame parsed;
    const auto accept = [&](FrameKind kind, const Bytes& body) {
        const FrameError error = parse_exact(control(kind, body), parsed);
        EXPECT_EQ(error, FrameError::None) << to_string(error);
        EXPECT_EQ(parsed.header.kind, kind);
    };
    accept(FrameKind::Hello, with_bytes(kHelloBodyBytes, {{0, 1}, {1, 3}, {6, 16}}));
    EXPECT_EQ(parsed.body.version_min, 1u);
    EXPECT_EQ(parsed.body.version_max, 3u);
    EXPECT_EQ(parsed.body.window, 4'096u);
    accept(FrameKind::Challenge, {});
    accept(FrameKind::Welcome, with_bytes(kWelcomeBodyBytes, {{2, 1}, {4, 5}}));
    EXPECT_EQ(parsed.body.window, 256u);
    EXPECT_EQ(parsed.body.datagram_bytes, 1'280u);
    accept(FrameKind::Query, with_bytes(kQueryBodyBytes, {{7, 9}, {8, 4}}));
    EXPECT_EQ(parsed.body.first, 9u);
    EXPECT_EQ(parsed.body.count, 1'024u);
    Bytes report = with_bytes(kReportHeaderBytes + 2, {{7, 1}, {15, 2}, {23, 3}, {25, 2}});
    report[28] = kStateUnderWay;
    Bytes datagram = control(FrameKind::Report, report);
    ASSERT_EQ(parse_frame(datagram, {}, parsed), FrameError::None);
    EXPECT_EQ(parsed.body.limit, 1u);
    EXPECT_EQ(parsed.body.highest_sequence, 2u);
    EXPECT_EQ(parsed.body.first, 3u);
    ASSERT_EQ(parsed.body.states.size(), 2u);
    EXPECT_EQ(parsed.body.states[0], kStateUnderWay);
    accept(FrameKind::Report, Bytes(kReportHeaderBytes, 0));
    accept(FrameKind::Reset, {2, 0, 0, 0});
    EXPECT_EQ(parsed.body.reason, ResetReason::NoRoom);
    accept(FrameKind::Versions, {2, 5, 0, 0});
    accept(FrameKind::Close, {});
}

TEST(Parse, NamesWhatIsWrongWithControlDatagrams) {
    const auto refuse = [&](FrameKind kind, const Bytes& body, FrameError expected) {
        const FrameError error = parse_exact(control(kind, body));
        EXPECT_EQ(error, expected) << static_cast<int>(kind) << ' ' << to_string(error);
    };
    const Bytes hello = with_bytes(kHelloBodyBytes, {{0, 2}, {1, 2}});
    refuse(FrameKind::Hello, Bytes(hello.begin(), hello.end() - 1), FrameError::BadLength);
    for (const size_t reserved : {size_t{2}, size_t{3}, size_t{8}, kHelloBodyBytes - 1}) {
        Bytes body = hello;
        body[reserved] = 1;
        refuse(FrameKind::Hello, body, FrameError::ReservedNotZero);
    }
    refuse(FrameKind::Hello, with_bytes(kHelloBodyBytes, {{0, 3}, {1, 2}}), FrameError::BadVersion);
    refuse(FrameKind::Challenge, {0}, FrameError::BadLength);
    refuse(FrameKind::Close, {0}, FrameError::BadLength);
    refuse(FrameKind::Welcome, Bytes(kWelcomeBodyBytes, 0), FrameError::BadCount);
    refuse(FrameKind::Welcome, with_bytes(kWelcomeBodyBytes, {{1, 1}, {3, 1}}),
           FrameError::BadCount);
    refuse(FrameKind::Welcome, with_bytes(kWelcomeBodyBytes, {{2, 1}, {7, 1}}),
           FrameError::ReservedNotZero);
    refuse(FrameKind::Welcome, Bytes(kWelcomeBodyBytes + 1, 0), FrameError::BadLength);
    refuse(FrameKind::Query, Bytes(kQueryBodyBytes, 0), FrameError::BadCount);
    refuse(FrameKind::Query, with_bytes(kQueryBodyBytes, {{8, 4}, {9, 1}}), FrameError::BadCount);
    refuse(FrameKind::Query, with_bytes(kQueryBodyBytes, {{0, 0x40}, {9, 1}}),
           FrameError::BadNumber);
    refuse(FrameKind::Query, with_bytes(kQueryBodyBytes, {{9, 1}, {11, 1}}),
           FrameError::ReservedNotZero);
    refuse(FrameKind::Report, Bytes(kReportHeaderBytes - 1, 0), FrameError::BadLength);
    refuse(FrameKind::Report, with_bytes(kReportHeaderBytes, {{25, 1}}), FrameError::BadLength);
    refuse(FrameKind::Report, Bytes(kReportHeaderBytes + 1, 0), FrameError::BadLength);
    refuse(FrameKind::Report, with_bytes(kReportHeaderBytes, {{24, 5}}), FrameError::BadCount);
    refuse(FrameKind::Report, with_bytes(kReportHeaderBytes, {{27, 5}}),
           FrameError::ReservedNotZero);
    refuse(FrameKind::Reset, {0, 0, 0, 0}, FrameError::BadCount);
    refuse(FrameKind::Reset, {3, 0, 0, 0}, FrameError::BadCount);
    refuse(FrameKind::Reset, {1, 0, 0, 1}, FrameError::ReservedNotZero);
    refuse(FrameKind::Reset, {1, 0, 0}, FrameError::BadLength);
    refuse(FrameKind::Versions, {3, 2, 0, 0}, FrameError::BadVersion);
    refuse(FrameKind::Versions, {2, 2, 1, 0}, FrameError::ReservedNotZero);
    refuse(FrameKind::Versions, {2, 2, 0, 0, 0}, FrameError::BadLength);
    EXPECT_EQ(parse_exact(control(FrameKind::Close, {}, 0)), FrameError::BadGroup)
        << "only data and parity belong to groups";
}

TEST(Parse, NamesWhatIsWrongWithParity) {
    const auto parity = [](uint8_t k, uint8_t m, uint8_t zero, size_t shard, uint8_t position) {
        Bytes body(kParityHeaderBytes + shard, 0x55);
        body[0] = k;
        body[1] = m;
        body[2] = 0;
        body[3] = zero;
        return parse_exact(control(FrameKind::Parity, body, position));
    };
    EXPECT_EQ(parity(1, 1, 0, 4, 32), FrameError::None);
    EXPECT_EQ(parity(32, 16, 0, 1'000, 47), FrameError::None);
    EXPECT_EQ(parity(1, 1, 0, 3, 32), FrameError::BadLength);
    EXPECT_EQ(parity(0, 1, 0, 4, 32), FrameError::BadGroup);
    EXPECT_EQ(parity(33, 1, 0, 4, 32), FrameError::BadGroup);
    EXPECT_EQ(parity(1, 0, 0, 4, 32), FrameError::BadGroup);
    EXPECT_EQ(parity(1, 17, 0, 4, 32), FrameError::BadGroup);
    EXPECT_EQ(parity(1, 1, 1, 4, 32), FrameError::ReservedNotZero);
    EXPECT_EQ(parity(1, 1, 0, 4, 31), FrameError::BadGroup);
    EXPECT_EQ(parity(1, 1, 0, 4, 48), FrameError::BadGroup);
}

/// `frame` with an extension of these bytes, padded to whole words.
Bytes with_extension(const Bytes& frame, Bytes extension) {
    extension.resize((extension.size() + 3) / 4 * 4, 0);
    Bytes out = frame;
    out.insert(out.begin() + kBody, extension.begin(), extension.end());
    out[kDatagram + offset::kHeaderWords] =
        static_cast<uint8_t>((kDatagramHeaderBytes + extension.size()) / 4);
    store_be16(out.data() + kIp + 2, static_cast<uint16_t>(out.size() - kEthernetHeaderBytes));
    store_be16(out.data() + kUdp + 4, static_cast<uint16_t>(out.size() - kUdp));
    refresh_checksums(out);
    return out;
}

TEST(Parse, PassesOverExtensionsThatNeedNotBeUnderstood) {
    const Bytes frame = sample_frame();
    ParsedFrame parsed;
    const Bytes two = with_extension(frame, {5, 3, 1, 2, 3, 127, 0});
    ASSERT_EQ(parse_frame(two, {}, parsed), FrameError::None);
    EXPECT_EQ(parsed.header.extension.size(), 8u);
    EXPECT_EQ(parsed.body.count, 3u);
    EXPECT_EQ(parsed.body.record(2).data() + 33, two.data() + two.size());
    Bytes largest(kExtensionBytesMax, 0xAA);
    largest[0] = 1;
    largest[1] = kExtensionBytesMax - 2;
    EXPECT_EQ(parse_exact(with_extension(frame, largest)), FrameError::None);
    largest[1] = kExtensionBytesMax - 1;
    EXPECT_EQ(parse_exact(with_extension(frame, largest)), FrameError::BadExtension) << "too long";
    largest.resize(kExtensionBytesMax + 4);
    EXPECT_EQ(parse_exact(with_extension(frame, largest)), FrameError::BadHeaderLength);
    EXPECT_EQ(parse_exact(with_extension(frame, {128, 0})), FrameError::BadExtension) << "critical";
    EXPECT_EQ(parse_exact(with_extension(frame, {0, 0, 0, 1})), FrameError::BadExtension);
    EXPECT_EQ(parse_exact(with_extension(frame, {1, 1, 9, 1})), FrameError::BadExtension);
}

TEST(Parse, RefusesAFrameAboveTheLargest) {
    Bytes frame = sample_frame();
    frame.resize(kFrameBytesMax, 0);
    EXPECT_EQ(parse_exact(frame), FrameError::None) << "padding up to the largest frame";
    frame.resize(kFrameBytesMax + 1, 0);
    EXPECT_EQ(parse_exact(frame), FrameError::Oversized);
    DatagramHeader header;
    EXPECT_EQ(parse_header(Bytes(65'508, 0), header), FrameError::Oversized);
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
            if (parsed.header.kind == FrameKind::Fragment) {
                ASSERT_EQ(parsed.body.fragment.bytes.data() + parsed.body.fragment.bytes.size(),
                          end);
                ASSERT_LE(uint64_t{parsed.body.fragment.offset} + parsed.body.fragment.bytes.size(),
                          parsed.body.fragment.total);
                ASSERT_LE(parsed.body.fragment.total, kTransactionBytesMax);
                continue;
            }
            for (size_t j = 0; j < parsed.body.count; ++j) {
                ASSERT_GE(parsed.body.record(j).size(), 1u);
                ASSERT_LE(parsed.body.record(j).data() + parsed.body.record(j).size(), end);
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
