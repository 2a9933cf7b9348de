// SPDX-License-Identifier: Apache-2.0
// Numbers and headers that datagrams and neighbour discovery share. For the .cpp files of this
// folder.
#pragma once

#include <cstring>

#include "dataplane/protocol/big_endian.hpp"
#include "dataplane/protocol/internet_checksum.hpp"
#include "dataplane/protocol/link.hpp"

namespace switchyard::dataplane {

inline constexpr uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr uint16_t kEtherTypeArp = 0x0806;
inline constexpr uint16_t kEtherTypeIpv6 = 0x86DD;
inline constexpr uint8_t kProtocolUdp = 17;
inline constexpr uint8_t kProtocolIcmpv6 = 58;
inline constexpr uint8_t kNextHeaderFragment = 44;

inline void write_ethernet_header(const MacAddress& to, const MacAddress& from, uint16_t type,
                                  uint8_t* out) {
    std::memcpy(out, to.data(), to.size());
    std::memcpy(out + 6, from.data(), from.size());
    store_be16(out + 12, type);
}

inline void write_ipv6_header(const IpAddress& from, const IpAddress& to, uint8_t next_header,
                              uint8_t hop_limit, uint16_t payload_bytes, uint8_t* out) {
    store_be32(out, uint32_t{6} << 28);
    store_be16(out + 4, payload_bytes);
    out[6] = next_header;
    out[7] = hop_limit;
    from.store(out + 8);
    to.store(out + 24);
}

/// Whether the checksum within `payload`, over the pseudo header of `ip` too, is right (RFC 8200,
/// section 8.1). `ip` is a header of 40 bytes; its addresses are at 8.
[[nodiscard]] inline bool ipv6_checksum_holds(const uint8_t* ip, BytesView payload,
                                              uint8_t next_header) {
    const uint64_t sum = internet_sum({ip + 8, 32}, uint64_t{next_header} + payload.size());
    return internet_fold(internet_sum(payload, sum)) == 0xFFFF;
}

}  // namespace switchyard::dataplane
