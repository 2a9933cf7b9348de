// SPDX-License-Identifier: Apache-2.0
// Which logs a client wants, and the keys under which the archive finds blocks that have them.
#pragma once

#include <vector>

#include "host/chain/receipt.hpp"

namespace switchyard::node {

/// Addresses and topics as `eth_getLogs` takes them: an empty set fits everything, values of a set
/// are alternatives, sets all have to fit. A log with fewer topics than sets does not fit.
struct LogFilter {
    std::vector<Address> addresses;
    std::vector<std::vector<Bytes32>> topics;  ///< by position, at most 4

    [[nodiscard]] bool matches(const Log& log) const;
};

/// One criterion of a filter: a block can only fit if it has a log under one of these keys.
using LogKeys = std::vector<uint64_t>;

/// The keys of a log: of its address, and of each topic at its position. 64 bits of Keccak-256:
/// two values may share a key, so whoever finds a block looks at its logs.
[[nodiscard]] std::vector<uint64_t> keys_of(const Log& log);
/// The criteria of a filter; none for one that fits everything.
[[nodiscard]] std::vector<LogKeys> criteria_of(const LogFilter& filter);

}  // namespace switchyard::node
