// SPDX-License-Identifier: Apache-2.0
// Who has which MAC address: ARP (RFC 826) for IPv4, Neighbor Discovery (RFC 4861) for IPv6, as
// much of them as a port without a kernel must speak.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/protocol/link.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::dataplane {

inline constexpr size_t kArpFrameBytes = 42;
/// Ethernet, IPv6, and a solicitation or advertisement with one link-layer address.
inline constexpr size_t kNeighborFrameBytesMax = 86;

/// If `frame` asks for one of `own`'s addresses, writes the reply that names `mac` into `out` and
/// returns its size; else 0. A solicitation is believed as RFC 4861, section 7.1.1, says: its hop
/// limit is 255, so that no router passed it on, and its checksum holds. Never reads outside
/// `frame`.
[[nodiscard]] size_t answer_neighbor(BytesView frame, const LinkConfig& own, const MacAddress& mac,
                                     std::span<uint8_t, kNeighborFrameBytesMax> out);

/// Writes the question for the MAC address of `target` and returns its size. `own.ip` is of the
/// same family.
[[nodiscard]] size_t ask_neighbor(const Endpoint& own, const IpAddress& target,
                                  std::span<uint8_t, kNeighborFrameBytesMax> out);

/// The MAC address if `frame` answers that question.
[[nodiscard]] std::optional<MacAddress> neighbor_answer(BytesView frame, const IpAddress& target);

}  // namespace switchyard::dataplane
