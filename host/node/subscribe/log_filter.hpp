// SPDX-License-Identifier: Apache-2.0
// Which logs somebody wants, as eth_getLogs, eth_newFilter and eth_subscribe write it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/node/json/document.hpp"
#include "host/node/rpc/rpc_error.hpp"

namespace switchyard::subscribe {

struct LogFilter {
    /// go-ethereum's bounds.
    static constexpr size_t kAddressesMax = 1000;
    static constexpr size_t kTopicsMax = 4;
    static constexpr size_t kAlternativesMax = 1000;

    std::vector<Address> addresses;            ///< any of them; empty: every address
    std::vector<std::vector<Bytes32>> topics;  ///< by position any of them; empty: every topic
    std::optional<uint64_t> from_block;        ///< where a number was given
    std::optional<uint64_t> to_block;

    [[nodiscard]] bool matches(const Address& address, std::span<const Bytes32> log_topics,
                               uint64_t block) const;
};

/// The filter in a parameter: `address`, `topics`, `fromBlock` and `toBlock` of it. Tags stand for
/// no bound. -32602 says what is wrong.
[[nodiscard]] rpc::Answer<LogFilter> read_log_filter(json::Element criteria);

}  // namespace switchyard::subscribe
