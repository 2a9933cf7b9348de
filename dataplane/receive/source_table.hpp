// SPDX-License-Identifier: Apache-2.0
// A bounded number of sources, each with its meter: IPv4 addresses and IPv6 networks of 64 bits, as
// the owner of one has 2^64 addresses to send from. Only sources that own a session are in
// it, and so none whose address is forged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/protocol/ip_address.hpp"
#include "dataplane/receive/token_bucket.hpp"

namespace switchyard::dataplane {

struct MeteredSource {
    IpAddress subscriber{};  ///< an IPv4 address, or the /64 of an IPv6 one
    uint32_t sessions = 0;   ///< that belong to it; an entry with none may be given away
    uint64_t last_used = 0;  ///< 0: never
    TokenBucket bucket;
    uint32_t in_flight = 0;  ///< transactions of its sessions, on the ring or with the consumer
    uint32_t standing = 0;   ///< what its transactions said of it: see `MeterConfig`
    bool suspect = false;    ///< a stranger that sent a bad one
};

/// Set-associative, 8 places per set. Allocates only in its constructor. One thread.
class SourceTable {
  public:
    /// `capacity` is a power of two, 8 or more.
    explicit SourceTable(uint32_t capacity);

    /// The entry of `address`, or of its IPv6 network of 64 bits, made if there is room; null when
    /// all of its set own sessions.
    [[nodiscard]] MeteredSource* find_or_add(const IpAddress& address, uint64_t now_ns);

    /// Entries that own sessions; looks at all of them.
    [[nodiscard]] uint32_t owners() const;

  private:
    static constexpr size_t kWays = 8;
    std::vector<MeteredSource> entries_;
    size_t set_mask_;
    uint64_t seed_;
};

}  // namespace switchyard::dataplane
