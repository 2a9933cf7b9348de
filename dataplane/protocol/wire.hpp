// SPDX-License-Identifier: Apache-2.0
// The ingest datagram, version 2: every field with its place, and the reasons to refuse a frame.
//
// A datagram is the payload of one UDP datagram over IPv4. All numbers are unsigned and big-endian.
// dataplane/protocol/PROTOCOL.md describes the rules of the exchange.
//
//   Header, 44 bytes, and its extension:
//
//     offset size field
//          0    4 magic           "SWYD" (0x53575944)
//          4    1 version         2; 0 in kind Versions
//          5    1 kind            `FrameKind`
//          6    1 flags           bit 0: the last data shard of its group; the others 0
//          7    1 header_words    bytes of header and extension / 4: 11 to 27
//          8    8 session         drawn at random by the client; not 0
//         16    8 sequence        of this datagram within the session and direction, from 0, by 1
//         24    8 cookie          of the client, as the server's Challenge gave it; else 0
//         32    4 group           number of the group, from 0, by 1; 0 if in none
//         36    1 position        0 to 31 data, 32 to 47 parity, 255 in no group
//         37    1 zero
//         38    2 body_length     UDP payload less header and extension
//         40    4 checksum        CRC32C of bytes 0 to 39 and of all that follows this field
//         44    e extension       elements: type 1, length 1 (of the value), value; zeros at the
//         end
//
//   Bodies:
//
//     Transactions  0   8 first      number of the first transaction
//                   8   2 count      records, 1 to 256
//                  10   2 zero
//                  12     records, one after another, that fill the body exactly:
//                     0   2 length      bytes of the transaction, not 0
//                     2   1 flags       bit 0: a sender hint follows; the others 0
//                     3   1 skip        numbers left out before this one; 0 in the first record
//                     4   h sender_hint 20 bytes if bit 0 is set, else absent
//                   4+h   n transaction the EIP-2718 envelope or the legacy RLP
//
//     Fragment      0   8 transaction its number
//                   8   4 total      bytes of the whole transaction, 2 to 131,072
//                  12   4 offset     index * S
//                  16   2 index      of this piece, from 0
//                  18   2 count      pieces, 2 to 256
//                  20   n piece      S bytes, the last 1 to S
//
//     Parity        0   1 data       k, data shards of the group, 1 to 32
//                   1   1 parity     m, parity shards of the group, 1 to 16
//                   2   2 zero
//                   4   S shard      as long as the longest data shard
//         A data shard is  kind 1, zero 1, body_length 2, body  of its datagram, zeros up to S.
//
//     Hello         0   1 version_min, 1 version_max, 2 zero
//                   4   4 window     transactions that the client would keep under way
//                   8  80 zero       so that no reply is longer
//     Challenge     empty            the cookie stands in the header
//     Welcome       0   4 window     transactions that may be under way, 256 to 65,536
//                   4   2 datagram   bytes of the largest datagram that is taken
//                   6   2 zero
//     Query         0   8 first      asks for the states of these transactions
//                   8   2 count      1 to 1,024
//                  10   2 zero
//     Report        0   8 limit      transactions with this number or a higher one must wait
//                   8   8 highest    sequence that came from the client
//                  16   8 first      number of the first state
//                  24   2 count      0 to 1,024
//                  26   2 zero
//                  28   n states     one byte each: a verdict, 254 under way, 255 not here
//     Reset         0   1 reason     `ResetReason`
//                   1   3 zero
//     Versions      0   1 version_min, 1 version_max, 2 zero
//     Close         empty
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dataplane/erasure/group_code.hpp"
#include "host/core/bytes.hpp"
#include "host/core/limits.hpp"
#include "host/core/result.hpp"

namespace switchyard::dataplane {

inline constexpr uint32_t kMagic = 0x5357'5944;  // "SWYD"
inline constexpr uint8_t kProtocolVersion = 2;
/// Where a receiver listens unless configured otherwise. In the range that IANA leaves to users.
inline constexpr uint16_t kDefaultUdpPort = 30'345;

inline constexpr size_t kEthernetHeaderBytes = 14;
inline constexpr size_t kIpv4HeaderBytes = 20;  ///< as the encoder writes it, without options
inline constexpr size_t kIpv6HeaderBytes = 40;
inline constexpr size_t kUdpHeaderBytes = 8;
/// Over IPv4.
inline constexpr size_t kLinkHeadersBytes =
    kEthernetHeaderBytes + kIpv4HeaderBytes + kUdpHeaderBytes;
inline constexpr size_t kLinkHeadersBytesIpv6 =
    kEthernetHeaderBytes + kIpv6HeaderBytes + kUdpHeaderBytes;

inline constexpr size_t kDatagramHeaderBytes = 44;
inline constexpr size_t kExtensionBytesMax = 64;
inline constexpr size_t kTransactionsHeaderBytes = 12;
inline constexpr size_t kRecordHeaderBytes = 4;
inline constexpr size_t kSenderHintBytes = 20;
inline constexpr size_t kFragmentHeaderBytes = 20;
inline constexpr size_t kParityHeaderBytes = 4;
inline constexpr size_t kShardHeaderBytes = 4;
inline constexpr size_t kHelloBodyBytes = 88;
inline constexpr size_t kWelcomeBodyBytes = 8;
inline constexpr size_t kQueryBodyBytes = 12;
inline constexpr size_t kReportHeaderBytes = 28;
inline constexpr size_t kResetBodyBytes = 4;
inline constexpr size_t kVersionsBodyBytes = 4;

/// Bits of the header's flags and of a record's.
inline constexpr uint8_t kFlagLastData = 1;
inline constexpr uint8_t kRecordHasSenderHint = 1;
/// `position` of a datagram that no parity protects.
inline constexpr uint8_t kNoPosition = 255;
/// Extension elements of this type or a higher one must be understood, or the datagram is refused;
/// lower ones are passed over. Version 2 defines none.
inline constexpr uint8_t kExtensionCritical = 128;

/// The largest frame of a standard Ethernet link, without the frame check sequence.
inline constexpr size_t kFrameBytesStandard = 1'514;
/// The largest frame that ports take: an MTU of 9,000, without the frame check sequence.
inline constexpr size_t kFrameBytesMax = 9'014;
/// The largest datagram, which such a frame carries over IPv4; over IPv6 it is 20 bytes smaller.
inline constexpr size_t kDatagramBytesMax = kFrameBytesMax - kLinkHeadersBytes;

inline constexpr size_t kTransactionsPerFrameMax = 256;
inline constexpr size_t kFragmentsMax = 256;
/// Size of the pieces below which the largest transaction would need more than `kFragmentsMax`.
inline constexpr size_t kFragmentBytesMin = kTransactionBytesMax / kFragmentsMax;
inline constexpr size_t kReportStatesMax = 1'024;
inline constexpr size_t kReportBytesMax =
    kDatagramHeaderBytes + kReportHeaderBytes + kReportStatesMax;
/// Transactions of one session that may be under way.
inline constexpr uint32_t kWindowMin = 256;
inline constexpr uint32_t kWindowMax = 65'536;
/// Transaction numbers are below this, so that sums of them never wrap.
inline constexpr uint64_t kTransactionNumbers = uint64_t{1} << 62;

/// States in a Report that are no verdict.
inline constexpr uint8_t kStateUnderWay = 254;  ///< received, its verdict is not there yet
inline constexpr uint8_t kStateAbsent = 255;    ///< not received, or forgotten: settled long ago

/// Byte offsets in the datagram's header.
namespace offset {
inline constexpr size_t kMagic = 0;
inline constexpr size_t kVersion = 4;
inline constexpr size_t kKind = 5;
inline constexpr size_t kFlags = 6;
inline constexpr size_t kHeaderWords = 7;
inline constexpr size_t kSession = 8;
inline constexpr size_t kSequence = 16;
inline constexpr size_t kCookie = 24;
inline constexpr size_t kGroup = 32;
inline constexpr size_t kPosition = 36;
inline constexpr size_t kZero = 37;
inline constexpr size_t kBodyLength = 38;
inline constexpr size_t kChecksum = 40;
}  // namespace offset

/// What a datagram carries; "C" from client to server, "S" from server to client.
enum class FrameKind : uint8_t {
    Transactions = 1,  ///< C: whole transactions
    Fragment = 2,      ///< C: a piece of a large one
    Parity = 3,        ///< C: a parity shard of a group
    Query = 4,         ///< C: asks for a Report
    Hello = 5,         ///< C: asks for a cookie or, with one, for a session
    Close = 6,         ///< C: ends the session
    Report = 7,        ///< S: states of transactions, and credit
    Challenge = 8,     ///< S: the cookie
    Welcome = 9,       ///< S: the session is open
    Reset = 10,        ///< S: there is no such session, or it ended
    Versions = 11,     ///< S: the version was not one of these
};

/// Why a server says that a session is not there.
enum class ResetReason : uint8_t {
    UnknownSession = 1,  ///< it was never opened, or is forgotten: idle for too long, or a restart
    NoRoom = 2,          ///< as many sessions as the server or the source may have are open
};

/// Why a frame was refused; `None` when it was not. The values index counters.
enum class FrameError : uint8_t {
    None = 0,
    Truncated,        ///< shorter than the headers that it must have, or than its IP length says
    NotForUs,         ///< not IP, not UDP, another UDP port or another address
    BadIpHeader,      ///< version, header length or header checksum
    IpFragment,       ///< a fragment of an IP packet; large transactions use Fragment datagrams
    BadUdpLength,     ///< the UDP length disagrees with the IP length
    BadMagic,         ///< not of this protocol
    BadVersion,       ///< a version that this receiver does not speak
    BadHeaderLength,  ///< header_words outside 11 to 27
    BadExtension,     ///< an element beyond the extension's end, or one that must be understood
    BadLength,        ///< body_length, or a body that its parts do not fill exactly
    BadChecksum,      ///< CRC32C
    BadKind,          ///< a kind that does not exist or goes the other way
    BadCount,         ///< no record, more than 256; no state, more than 1,024
    BadSession,       ///< session 0
    BadNumber,        ///< transaction numbers that reach 2^62
    BadGroup,         ///< position, k, m or the size of a shard make no group
    ReservedNotZero,  ///< a reserved field carries something
    BadFragment,      ///< index, count, offset and size do not describe one shape
    Oversized,        ///< a transaction above kTransactionBytesMax, or a frame above kFrameBytesMax
    BadUdpChecksum,   ///< over IPv6, where it protects the addresses, or none there
};
inline constexpr size_t kFrameErrors = 21;

/// The fields of a header that are not derived from the body.
struct DatagramFields {
    FrameKind kind{};
    bool last_data = false;
    uint64_t session = 0;
    uint64_t sequence = 0;
    uint64_t cookie = 0;
    uint32_t group = 0;
    uint8_t position = kNoPosition;
};

/// Whether a transaction and its sender hint (empty: none) can be sent at all. Errors:
/// InvalidInput, naming the size that is wrong and those that are right.
[[nodiscard]] Result<void> check_transaction(BytesView transaction, BytesView sender_hint);

/// The enumerator's name in snake_case, as counters and reports print it.
[[nodiscard]] std::string_view to_string(FrameError error);
[[nodiscard]] std::string_view to_string(ResetReason reason);

}  // namespace switchyard::dataplane
