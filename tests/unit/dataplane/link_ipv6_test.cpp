// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>

#include "host/core/hex.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;
using test::ParsedFrame;

constexpr IpAddress kClient{.high = 0x2001'0DB8'0000'0000, .low = 1};
constexpr IpAddress kServer{.high = 0x2001'0DB8'0000'0000, .low = 2};
constexpr size_t kIp = kEthernetHeaderBytes;
constexpr size_t kUdp = kIp + kIpv6HeaderBytes;

/// What Linux 6.18 sent for 23 bytes from [2001:db8::1]:40000 to [2001:db8::2]:30345, taken off a
/// veth.
const char* const kKernelFrame =
    "02000000000202000000000186dd600608fe001f114020010db800000000000000000000000120010db80000000000"
    "000000000000029c407689001f157d537769746368796172642c206f6464206c656e67746821";

Bytes kernel_frame() {
    return *from_hex(kKernelFrame);
}

EncoderConfig ipv6_encoder() {
    EncoderConfig out;
    out.source.ip = kClient;
    out.destination.ip = kServer;
    out.session = 99;
    return out;
}

/// Parses a copy of exactly the frame's size, so that a sanitizer sees any byte too many.
FrameError parse_exact(BytesView frame, const LinkConfig& config = {}) {
    const auto copy = std::make_unique<uint8_t[]>(frame.size());
    std::copy(frame.begin(), frame.end(), copy.get());
    LinkHeaders out;
    return parse_link({copy.get(), frame.size()}, config, out);
}

TEST(IpAddress, ReadsAndWritesBothNotations) {
    EXPECT_EQ(parse_ip("10.0.0.1"), IpAddress::v4(0x0A00'0001));
    EXPECT_EQ(parse_ip("2001:db8::1"), kClient);
    EXPECT_EQ(parse_ip("::ffff:10.0.0.1"), IpAddress::v4(0x0A00'0001));
    for (const char* bad : {"", "10.0.0", "10.0.0.256", "2001:db8:::1", "[2001:db8::1]", "::1%lo",
                            "localhost", "10.0.0.1 "})
        EXPECT_FALSE(parse_ip(bad)) << bad;
    for (const char* text : {"10.0.0.1", "255.255.255.255", "::", "::1", "2001:db8::ff00:42:8329"})
        EXPECT_EQ(to_string(*parse_ip(text)), text);
}

TEST(IpAddress, TellsSubscribersApart) {
    EXPECT_EQ(parse_ip("10.0.0.1")->subscriber(), *parse_ip("10.0.0.1"));
    EXPECT_EQ(parse_ip("2001:db8:0:1:2:3:4:5")->subscriber(), *parse_ip("2001:db8:0:1::"));
    EXPECT_NE(parse_ip("2001:db8:0:1::1")->subscriber(), parse_ip("2001:db8:0:2::1")->subscriber());
}

TEST(LinkIpv6, ReadsWhatTheKernelSent) {
    LinkHeaders link;
    const Bytes frame = kernel_frame();
    ASSERT_EQ(parse_link(frame, {.ipv6 = kServer}, link), FrameError::None);
    EXPECT_EQ(link.source, (SourceAddress{kClient, 40'000}));
    EXPECT_EQ(link.destination, kServer);
    const std::string text = "Switchyard, odd length!";
    EXPECT_TRUE(std::ranges::equal(link.payload, text));
}

TEST(LinkIpv6, WritesWhatTheKernelSent) {
    Bytes frame = kernel_frame();
    Bytes written(frame.size());
    std::copy(frame.begin() + kLinkHeadersBytesIpv6, frame.end(),
              written.begin() + kLinkHeadersBytesIpv6);
    write_link_headers({.mac = {2, 0, 0, 0, 0, 1}, .ip = kClient, .udp_port = 40'000},
                       {.mac = {2, 0, 0, 0, 0, 2}, .ip = kServer}, written);
    // The flow label, which we leave at 0 and which no checksum covers.
    std::fill(frame.begin() + kIp + 1, frame.begin() + kIp + 4, uint8_t{0});
    EXPECT_EQ(written, frame);
}

TEST(LinkIpv6, NamesWhatIsWrong) {
    struct Mutation {
        const char* what;
        size_t at;
        uint8_t value;
        FrameError expected;
    };
    const Mutation mutations[] = {
        {"version 4", kIp, 0x40, FrameError::BadIpHeader},
        {"traffic class, which is not ours", kIp + 1, 0xF6, FrameError::None},
        {"payload length beyond the frame", kIp + 5, 32, FrameError::Truncated},
        {"payload length below the UDP header", kIp + 5, 7, FrameError::Truncated},
        {"payload length unlike UDP's", kIp + 5, 30, FrameError::BadUdpLength},
        {"TCP", kIp + 6, 6, FrameError::NotForUs},
        {"hop-by-hop options", kIp + 6, 0, FrameError::NotForUs},
        {"a fragment", kIp + 6, 44, FrameError::IpFragment},
        {"hop limit, which routers change", kIp + 7, 1, FrameError::None},
        {"another source", kIp + 8 + 15, 3, FrameError::BadUdpChecksum},
        {"another destination", kIp + 24 + 15, 3, FrameError::BadUdpChecksum},
        {"another source port", kUdp + 1, 0x41, FrameError::BadUdpChecksum},
        {"another port", kUdp + 3, 0x88, FrameError::NotForUs},
        {"UDP length", kUdp + 5, 30, FrameError::BadUdpLength},
        {"UDP checksum", kUdp + 7, 0x7E, FrameError::BadUdpChecksum},
        {"payload", kUdp + 8, 0x54, FrameError::BadUdpChecksum},
    };
    for (const Mutation& mutation : mutations) {
        Bytes frame = kernel_frame();
        ASSERT_NE(frame[mutation.at], mutation.value) << mutation.what;
        frame[mutation.at] = mutation.value;
        EXPECT_EQ(parse_exact(frame), mutation.expected)
            << mutation.what << ": " << to_string(parse_exact(frame));
    }
    Bytes unchecked = kernel_frame();
    unchecked[kUdp + 6] = unchecked[kUdp + 7] = 0;
    EXPECT_EQ(parse_exact(unchecked), FrameError::BadUdpChecksum) << "RFC 8200 forbids it";
    // As Linux hands it to a veth with checksum offload: the pseudo header's sum alone, which is
    // that of the addresses, protocol and length.
    Bytes partial = kernel_frame();
    uint64_t sum = 17 + 31;
    for (size_t i = kIp + 8; i < kUdp; i += 2)
        sum += load_be16(partial.data() + i);
    store_be16(partial.data() + kUdp + 6, internet_fold(sum));
    EXPECT_EQ(parse_exact(partial), FrameError::None);
    partial[kIp + 8 + 15] ^= 1;
    EXPECT_EQ(parse_exact(partial), FrameError::BadUdpChecksum);
    for (size_t size = 0; size < kernel_frame().size(); ++size)
        EXPECT_EQ(parse_exact(BytesView{kernel_frame()}.first(size)), FrameError::Truncated)
            << size;
}

TEST(LinkIpv6, TakesOnlyItsOwnAddresses) {
    const Bytes ipv6 = kernel_frame();
    const auto ipv4 = encode_all({}, std::array<BytesView, 1>{BytesView{ipv6}});
    const uint32_t own = 0x0A00'0002;
    EXPECT_EQ(parse_exact(ipv6, {.ipv6 = kClient}), FrameError::NotForUs);
    EXPECT_EQ(parse_exact(ipv6, {.ipv4 = own}), FrameError::NotForUs);
    EXPECT_EQ(parse_exact((*ipv4)[0], {.ipv6 = kServer}), FrameError::NotForUs);
    const LinkConfig both{.ipv4 = own, .ipv6 = kServer};
    EXPECT_EQ(parse_exact(ipv6, both), FrameError::None);
    EXPECT_EQ(parse_exact((*ipv4)[0], both), FrameError::None);
}

TEST(LinkIpv6, RefusesMappedAddressesOnTheWire) {
    for (const size_t at : {kIp + 8, kIp + 24}) {
        Bytes frame = kernel_frame();
        IpAddress::v4(0x0A00'0001).store(frame.data() + at);
        EXPECT_EQ(parse_exact(frame), FrameError::BadIpHeader)
            << "it would pass for an IPv4 source";
    }
}

TEST(LinkIpv6, CarriesEveryKindOfDatagram) {
    auto random = test_generator(61);
    const auto transactions = test::random_transactions(random, 300, 1, 9'000);
    EncoderConfig config = ipv6_encoder();
    config.group = {8, 3};
    const auto frames = encode_all(config, test::views(transactions));
    ASSERT_TRUE(frames);
    std::array<size_t, 4> kinds{};
    ParsedFrame parsed;
    for (size_t i = 0; i < frames->size(); ++i) {
        const BytesView frame = (*frames)[i];
        ASSERT_LE(frame.size(), kFrameBytesStandard);
        ASSERT_EQ(test::parse_frame(frame, {.ipv6 = kServer}, parsed), FrameError::None);
        ++kinds[static_cast<size_t>(parsed.header.kind)];
        // Any one bit that flips is noticed: what UDP's sum covers by UDP's sum.
        Bytes damaged = to_bytes(frame);
        const size_t at = kIp + 8 + random() % (damaged.size() - kIp - 8);
        damaged[at] ^= static_cast<uint8_t>(1u << random() % 8);
        EXPECT_NE(test::parse_frame(damaged, {.ipv6 = kServer}, parsed), FrameError::None) << at;
    }
    EXPECT_GT(kinds[1], 0u);
    EXPECT_GT(kinds[2], 0u);
    EXPECT_GT(kinds[3], 0u);
}

TEST(LinkIpv6, EncoderRefusesWhatCannotBe) {
    EncoderConfig mixed;
    mixed.destination.ip = kServer;
    EXPECT_EQ(FrameEncoder::create(mixed).error().code, ErrorCode::InvalidInput);
    EncoderConfig small = ipv6_encoder();
    small.frame_bytes = 659;
    EXPECT_EQ(FrameEncoder::create(small).error().code, ErrorCode::InvalidInput);
    small.frame_bytes = 660;
    EXPECT_TRUE(FrameEncoder::create(small));
}

TEST(InternetChecksum, IsTheSumOfRfc1071ForEveryLength) {
    auto random = test_generator(62);
    for (size_t size = 0; size < 100; ++size) {
        const Bytes bytes = test::random_bytes(random, size);
        uint64_t plain = 0x1234;
        for (size_t i = 0; i < size; ++i)
            plain += uint64_t{bytes[i]} << (i % 2 == 0 ? 8 : 0);
        EXPECT_EQ(internet_fold(internet_sum(bytes, 0x1234)), internet_fold(plain)) << size;
    }
    EXPECT_EQ(internet_fold(internet_sum(Bytes(9'000, 0xFF))), 0xFFFF);
}

}  // namespace
}  // namespace switchyard::dataplane
