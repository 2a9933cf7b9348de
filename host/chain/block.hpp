// SPDX-License-Identifier: Apache-2.0
// Block headers, withdrawals and whole blocks: values, encoding and hashes.
#pragma once

#include <optional>
#include <vector>

#include "host/chain/transaction.hpp"
#include "host/core/bytes.hpp"
#include "host/core/result.hpp"
#include "host/core/uint256.hpp"

namespace switchyard {

/// Fields in the order of the header's RLP (Yellow Paper, section 4.4, and the EIPs that appended
/// to it).
struct BlockHeader {
    Bytes32 parent_hash;
    Bytes32 ommers_hash;
    Address beneficiary;
    Bytes32 state_root;
    Bytes32 transactions_root;
    Bytes32 receipts_root;
    LogsBloom logs_bloom;
    Uint256 difficulty;
    uint64_t number = 0;
    uint64_t gas_limit = 0;
    uint64_t gas_used = 0;
    uint64_t timestamp = 0;
    Bytes extra_data;
    Bytes32 prev_randao;  ///< mixHash before Paris
    FixedBytes<8> nonce;
    std::optional<Uint256> base_fee_per_gas;          ///< EIP-1559, London
    std::optional<Bytes32> withdrawals_root;          ///< EIP-4895, Shanghai
    std::optional<uint64_t> blob_gas_used;            ///< EIP-4844, Cancun
    std::optional<uint64_t> excess_blob_gas;          ///< EIP-4844, Cancun
    std::optional<Bytes32> parent_beacon_block_root;  ///< EIP-4788, Cancun
    std::optional<Bytes32> requests_hash;             ///< EIP-7685, Prague
    std::optional<Bytes32> block_access_list_hash;    ///< EIP-7928, Amsterdam
    std::optional<uint64_t> slot_number;              ///< EIP-7843, Amsterdam

    bool operator==(const BlockHeader&) const = default;
};

/// EIP-4895. `amount_gwei` is in Gwei.
struct Withdrawal {
    uint64_t index = 0;
    uint64_t validator_index = 0;
    Address address;
    uint64_t amount_gwei = 0;
    bool operator==(const Withdrawal&) const = default;
};

struct Block {
    BlockHeader header;
    std::vector<Transaction> transactions;
    std::vector<BlockHeader> ommers;
    std::optional<std::vector<Withdrawal>> withdrawals;  ///< present from Shanghai on
    bool operator==(const Block&) const = default;
};

[[nodiscard]] Result<BlockHeader> decode_header(BytesView encoded);
[[nodiscard]] Bytes encode_header(const BlockHeader& header);
[[nodiscard]] Bytes32 header_hash(const BlockHeader& header);

/// Strict, as `decode_transaction`: the whole input is one block's RLP.
[[nodiscard]] Result<Block> decode_block(BytesView encoded);
[[nodiscard]] Bytes encode_block(const Block& block);

/// The canonical encodings of a block's transactions, in order, as views into `encoded_block`. The
/// transactions themselves are not decoded.
[[nodiscard]] Result<std::vector<BytesView>> split_block_transactions(BytesView encoded_block);

}  // namespace switchyard
