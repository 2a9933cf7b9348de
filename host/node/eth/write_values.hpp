// SPDX-License-Identifier: Apache-2.0
// Blocks, transactions, receipts and logs as the execution-apis write them.
#pragma once

#include "host/chain/chain_config.hpp"
#include "host/node/archive/archive.hpp"
#include "host/node/json/writer.hpp"

namespace switchyard::node::eth {

/// Where a transaction or log stands. No hash: nowhere yet.
struct Place {
    std::optional<Bytes32> block_hash;
    uint64_t number = 0;
    uint64_t timestamp = 0;
    uint64_t position = 0;
    std::optional<Uint256> base_fee;
};
[[nodiscard]] Place place_of(const ArchivedBlock& block, uint64_t position);

/// The members of a header, into an object that is open.
void write_header(json::Writer& out, const BlockHeader& header, const Bytes32& hash);
/// A block: transactions whole or their hashes. The first writes its members into an object that is
/// open.
void write_block_members(json::Writer& out, const ArchivedBlock& block, bool whole_transactions);
void write_block(json::Writer& out, const ArchivedBlock& block, bool whole_transactions);
void write_transaction(json::Writer& out, const Transaction& transaction, const Bytes32& hash,
                       const Address& sender, const Place& place);
void write_log(json::Writer& out, const Log& log, const Bytes32& transaction_hash,
               const Place& place, uint64_t index);
/// `position` is in the block. `blob_fee`: of the block, where it has one.
void write_receipt(json::Writer& out, const ArchivedBlock& block, size_t position,
                   const std::optional<Uint256>& blob_fee);
void write_access_list(json::Writer& out, const AccessList& list);
void write_withdrawals(json::Writer& out, std::span<const Withdrawal> withdrawals);

/// The blob base fee of a block; none before Cancun.
[[nodiscard]] std::optional<Uint256> blob_fee_of(const ChainConfig& config,
                                                 const BlockHeader& header);
/// What a transaction of a block with this base fee pays for a unit of gas.
[[nodiscard]] Uint256 paid_gas_price(const Transaction& transaction,
                                     const std::optional<Uint256>& base_fee);
/// EIP-55.
[[nodiscard]] std::string checksummed(const Address& address);

}  // namespace switchyard::node::eth
