// SPDX-License-Identifier: Apache-2.0
// The ingest datagram, version 1: every field with its place, and the reasons to refuse a frame.
//
// A datagram is the payload of one UDP datagram over IPv4 over Ethernet II. All numbers are
// unsigned and big-endian. dataplane/README.md describes the rules of the exchange.
//
//   Header, 64 bytes:
//
//     offset size field
//          0    4 magic           "SWYD" (0x53575944)
//          4    1 version         1
//          5    1 kind            1 Transactions, 2 Fragment; the others are reserved (`FrameKind`)
//          6    2 flags           reserved, 0
//          8    2 header_length   64
//         10    2 count           Transactions: 1 to 256 records; Fragment: 1
//         12    4 body_length     bytes after the header; equals the UDP payload's size less 64
//         16    8 session         chosen at random by the sender each time it starts; not 0
//         24    8 sequence        of this datagram within the session, from 0, by 1
//         32    8 transaction     number within the session of the first transaction carried here
//         40    8 cookie          reserved for source validation, 0
//         48    4 group           reserved for forward error correction: number of the group, 0
//         52    1 group_index     reserved: place in the group, data shards first, 0
//         53    1 group_data      reserved: k, data shards of the group, 0
//         54    1 group_parity    reserved: m, parity shards of the group, 0
//         55    1 reserved        0
//         56    4 credit          reserved for credits and acknowledgements, 0
//         60    4 checksum        CRC32C of bytes 0 to 59 and of the body
//
//   Body of kind Transactions: `count` records, one after another, that fill the body exactly:
//
//          0    2 length          bytes of the transaction, not 0
//          2    1 record_flags    bit 0: a sender hint stands before the transaction; the others
//                                 are reserved, 0
//          3    1 reserved        0
//          4    h sender_hint     20 bytes if bit 0 is set, else absent: the address that signed,
//                                 as the sender of the datagram believes
//        4+h    n transaction     the EIP-2718 envelope or the legacy RLP
//
//   Body of kind Fragment: a piece of the one transaction whose number is `transaction`:
//
//          0    4 total           bytes of the whole transaction, 2 to 131,072
//          4    4 offset          of this piece within it
//          8    2 index           of this piece, from 0
//         10    2 count           pieces, 2 to 256
//         12    4 reserved        0
//         16    n piece           1 byte or more
//
//   All pieces but the last have the same size S, piece i starts at i * S, and the last holds what
//   is left (1 to S bytes). So two pieces never overlap, and one piece tells the shape of all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "host/core/limits.hpp"

namespace switchyard::dataplane {

inline constexpr uint32_t kMagic = 0x5357'5944;  // "SWYD"
inline constexpr uint8_t kProtocolVersion = 1;
/// Where a receiver listens unless configured otherwise. In the range that IANA leaves to users.
inline constexpr uint16_t kDefaultUdpPort = 30'345;

inline constexpr size_t kEthernetHeaderBytes = 14;
inline constexpr size_t kIpv4HeaderBytes = 20;  ///< as the encoder writes it, without options
inline constexpr size_t kUdpHeaderBytes = 8;
inline constexpr size_t kLinkHeadersBytes =
    kEthernetHeaderBytes + kIpv4HeaderBytes + kUdpHeaderBytes;
inline constexpr size_t kDatagramHeaderBytes = 64;
inline constexpr size_t kRecordHeaderBytes = 4;
inline constexpr size_t kSenderHintBytes = 20;
inline constexpr size_t kFragmentHeaderBytes = 16;

/// Bits of a record's `record_flags`.
inline constexpr uint8_t kRecordHasSenderHint = 1;

/// The largest frame of a standard Ethernet link, without the frame check sequence.
inline constexpr size_t kFrameBytesStandard = 1'514;
/// The largest frame that ports take: an MTU of 9,000, without the frame check sequence.
inline constexpr size_t kFrameBytesMax = 9'014;

inline constexpr size_t kTransactionsPerFrameMax = 256;
inline constexpr size_t kFragmentsMax = 256;
/// Size of the pieces below which the largest transaction would need more than `kFragmentsMax`.
inline constexpr size_t kFragmentBytesMin = kTransactionBytesMax / kFragmentsMax;

/// Byte offsets in the datagram's header.
namespace offset {
inline constexpr size_t kMagic = 0;
inline constexpr size_t kVersion = 4;
inline constexpr size_t kKind = 5;
inline constexpr size_t kFlags = 6;
inline constexpr size_t kHeaderLength = 8;
inline constexpr size_t kCount = 10;
inline constexpr size_t kBodyLength = 12;
inline constexpr size_t kSession = 16;
inline constexpr size_t kSequence = 24;
inline constexpr size_t kTransaction = 32;
inline constexpr size_t kCookie = 40;
inline constexpr size_t kGroup = 48;
inline constexpr size_t kCredit = 56;
inline constexpr size_t kChecksum = 60;
}  // namespace offset

/// What a datagram carries. Version 1 receives the first two; the others name what their numbers
/// are kept for, and are refused as `BadKind`.
enum class FrameKind : uint8_t {
    Transactions = 1,
    Fragment = 2,
    Parity = 3,    ///< reserved: a Reed-Solomon shard of a group
    Feedback = 4,  ///< reserved: credits and verdicts, from receiver to sender
    Cookie = 5,    ///< reserved: source validation
    Hello = 6,     ///< reserved: version negotiation
};

/// Why a frame was refused; `None` when it was not. The values index counters.
enum class FrameError : uint8_t {
    None = 0,
    Truncated,        ///< shorter than the headers that it must have, or than its IP length says
    NotForUs,         ///< not IPv4, not UDP, another UDP port or another address
    BadIpHeader,      ///< version, header length or header checksum
    IpFragment,       ///< a fragment of an IP packet; large transactions use Fragment datagrams
    BadUdpLength,     ///< the UDP length disagrees with the IP length
    BadMagic,         ///< not of this protocol
    BadVersion,       ///< a version that this receiver does not speak
    BadHeaderLength,  ///< not 64
    BadLength,    ///< body_length, or records that do not fill the body exactly, or an empty one
    BadChecksum,  ///< CRC32C
    BadKind,      ///< a kind that version 1 does not receive
    BadCount,     ///< no record, more than 256, or not 1 in a Fragment
    BadSession,   ///< session 0, or transaction numbers that pass 2^64
    ReservedNotZero,  ///< a reserved field carries something
    BadFragment,      ///< index, count, offset and size do not describe one shape
    Oversized,        ///< a transaction above kTransactionBytesMax, or a frame above kFrameBytesMax
};
inline constexpr size_t kFrameErrors = 17;

/// The enumerator's name in snake_case, as counters and reports print it.
[[nodiscard]] std::string_view to_string(FrameError error);

}  // namespace switchyard::dataplane
