// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/neighbor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "host/core/hex.hpp"

namespace switchyard::dataplane {
namespace {

constexpr IpAddress kClient{.high = 0x2001'0DB8'0000'0000, .low = 1};
constexpr IpAddress kServer{.high = 0x2001'0DB8'0000'0000, .low = 2};
constexpr MacAddress kClientMac{2, 0, 0, 0, 0, 1};
constexpr MacAddress kServerMac{2, 0, 0, 0, 0, 2};

/// What Linux 6.18 sent to find out the MAC address of 2001:db8::2, taken off a veth.
const char* const kKernelSolicitation =
    "3333ff00000202000000000186dd6000000000203aff20010db8000000000000000000000001ff0200000000000000"
    "000001ff00000287001c270000000020010db80000000000000000000000020101020000000001";
/// What it sent before it took fe80::ff:fe00:2 for itself; with a nonce (RFC 7527).
const char* const kKernelProbe =
    "3333ff00000202000000000286dd6000000000203aff00000000000000000000000000000000ff0200000000000000"
    "000001ff0000028700021800000000fe80000000000000000000fffe0000020e01850c2243c5b2";

using Reply = std::array<uint8_t, kNeighborFrameBytesMax>;

size_t answer(BytesView frame, const LinkConfig& own, Reply& out) {
    // A copy of exactly its size, so that a sanitizer sees any byte too many.
    const auto copy = std::make_unique<uint8_t[]>(frame.size());
    std::copy(frame.begin(), frame.end(), copy.get());
    return answer_neighbor({copy.get(), frame.size()}, own, kServerMac, out);
}

TEST(Neighbor, AsksAsTheKernelDoes) {
    Reply out;
    ASSERT_EQ(ask_neighbor({.mac = kClientMac, .ip = kClient}, kServer, out), out.size());
    EXPECT_EQ(to_hex(out), std::string("0x") + kKernelSolicitation);
}

TEST(Neighbor, AnswersTheKernel) {
    const Bytes question = *from_hex(kKernelSolicitation);
    Reply reply;
    ASSERT_EQ(answer(question, {.ipv6 = kServer}, reply), reply.size());
    EXPECT_TRUE(std::equal(kClientMac.begin(), kClientMac.end(), reply.begin()));
    EXPECT_EQ(neighbor_answer(reply, kServer), kServerMac);
    EXPECT_EQ(neighbor_answer(reply, kClient), std::nullopt);
    EXPECT_EQ(answer(question, {.ipv6 = kClient}, reply), 0u);
    EXPECT_EQ(answer(question, {.ipv4 = 0x0A00'0002}, reply), 0u);
}

TEST(Neighbor, DefendsItsAddress) {
    const Bytes probe = *from_hex(kKernelProbe);
    Reply reply;
    ASSERT_EQ(answer(probe, {.ipv6 = kServer}, reply), 0u);
    ASSERT_EQ(answer(probe, {.ipv6 = *parse_ip("fe80::ff:fe00:2")}, reply), reply.size());
    EXPECT_EQ(to_string(IpAddress::load(reply.data() + 38)), "ff02::1");
    EXPECT_EQ(to_hex(BytesView{reply}.first(6)), "0x333300000001");
    EXPECT_EQ(reply[58] & 0x40, 0) << "nobody solicited it";
}

TEST(Neighbor, BelievesNothingThatIsDamagedOrCameFromAfar) {
    const Bytes question = *from_hex(kKernelSolicitation);
    Reply reply;
    for (size_t i = 14; i < question.size(); ++i) {
        Bytes changed = question;
        changed[i] ^= 0x11;
        // Not looked at: traffic class and flow label.
        if (i == 15 || i == 16 || i == 17) continue;
        EXPECT_EQ(answer(changed, {.ipv6 = kServer}, reply), 0u) << "byte " << i;
    }
    for (size_t size = 0; size < question.size(); ++size)
        EXPECT_EQ(answer(BytesView{question}.first(size), {.ipv6 = kServer}, reply), 0u) << size;
}

TEST(Neighbor, SpeaksArp) {
    Reply request;
    const Endpoint client{.mac = kClientMac, .ip = IpAddress::v4(0x0A00'0001)};
    const IpAddress server = IpAddress::v4(0x0A00'0002);
    ASSERT_EQ(ask_neighbor(client, server, request), kArpFrameBytes);
    // RFC 826, field by field.
    EXPECT_EQ(to_hex(BytesView{request}.first(kArpFrameBytes)),
              "0xffffffffffff020000000001"
              "0806"
              "0001080006040001"
              "0200000000010a000001"
              "0000000000000a000002");
    Reply reply;
    ASSERT_EQ(answer(BytesView{request}.first(kArpFrameBytes), {.ipv4 = 0x0A00'0002}, reply),
              kArpFrameBytes);
    const BytesView answered = BytesView{reply}.first(kArpFrameBytes);
    EXPECT_EQ(to_hex(answered),
              "0x020000000001020000000002"
              "0806"
              "0001080006040002"
              "0200000000020a000002"
              "0200000000010a000001");
    EXPECT_EQ(neighbor_answer(answered, server), kServerMac);
    EXPECT_EQ(neighbor_answer(answered, client.ip), std::nullopt);
    EXPECT_EQ(answer(BytesView{request}.first(kArpFrameBytes), {.ipv4 = 0x0A00'0003}, reply), 0u);
}

}  // namespace
}  // namespace switchyard::dataplane
