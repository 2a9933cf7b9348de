// SPDX-License-Identifier: Apache-2.0
// Logs, receipts and the logs bloom.
#pragma once

#include <span>
#include <variant>
#include <vector>

#include "host/chain/transaction.hpp"
#include "host/core/bytes.hpp"

namespace switchyard {

struct Log {
    Address address;
    std::vector<Bytes32> topics;  ///< 0 to 4
    Bytes data;
    bool operator==(const Log&) const = default;
};

/// Yellow Paper, section 4.4.1; EIP-658 replaced the intermediate state root by a status in
/// Byzantium.
struct Receipt {
    TransactionType type = TransactionType::Legacy;
    bool success = false;
    std::optional<Bytes32> post_state_root;  ///< before Byzantium only
    uint64_t cumulative_gas_used = 0;
    LogsBloom logs_bloom;
    std::vector<Log> logs;

    uint64_t gas_used = 0;  ///< of this transaction alone; not part of the encoding
    std::optional<Address> created_address;  ///< not part of the encoding
    bool operator==(const Receipt&) const = default;
};

/// Yellow Paper, section 4.4.1, function M: three bits for the address and for each topic.
void add_to_bloom(LogsBloom& bloom, const Log& log);
[[nodiscard]] LogsBloom bloom_of(std::span<const Log> logs);
LogsBloom& operator|=(LogsBloom& a, const LogsBloom& b);
/// Fills the bloom, still empty, of each receipt from its logs, hashing in vector lanes across
/// receipts, and adds all of them to `total`.
void fill_logs_blooms(std::span<Receipt> receipts, LogsBloom& total);

/// As put into the receipts trie: EIP-2718 type byte for types above 0.
[[nodiscard]] Bytes encode_receipt(const Receipt& receipt);
/// rlp of the list of logs, whose Keccak-256 the official state tests state.
[[nodiscard]] Bytes encode_logs(std::span<const Log> logs);

}  // namespace switchyard
