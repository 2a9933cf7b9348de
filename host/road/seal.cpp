// SPDX-License-Identifier: Apache-2.0
#include "host/road/seal.hpp"

#include "host/chain/base_fee.hpp"
#include "host/chain/blob_fee.hpp"
#include "host/chain/hash.hpp"
#include "host/execute/block_roots.hpp"
#include "host/execute/block_validation.hpp"

namespace switchyard {
namespace {

constexpr size_t kExtraDataBytesMax = 32;  // Yellow Paper, section 4.4

}  // namespace

size_t transactions_bytes_max(Revision revision) {
    // A header with 32 bytes of extra data, no ommers, a few withdrawals and the prefixes of the
    // lists.
    constexpr size_t kAroundTransactions = 2048;
    return revision >= Revision::Osaka ? execute::kBlockBytesMax - kAroundTransactions : SIZE_MAX;
}

Bytes32 empty_ommers_hash() {
    static constexpr uint8_t kEmptyList = 0xc0;
    return keccak256(BytesView(&kEmptyList, 1));
}

Result<BlockHeader> next_header(const ChainConfig& chain, const BlockHeader& parent,
                                const BlockAttributes& attributes) {
    BlockHeader header;
    header.number = parent.number + 1;
    const Revision revision = chain.revision_at(header.number, attributes.timestamp);
    if (revision < Revision::Paris)
        return Error{ErrorCode::Unsupported, "blocks are built from Paris on; block " +
                                                 std::to_string(header.number) + " would be of " +
                                                 std::string(to_string(revision))};
    if (attributes.timestamp <= parent.timestamp)
        return Error{ErrorCode::InvalidInput, "timestamp " + std::to_string(attributes.timestamp) +
                                                  " is not above the parent's " +
                                                  std::to_string(parent.timestamp)};
    if (!is_valid_gas_limit(attributes.gas_limit, parent.gas_limit))
        return Error{ErrorCode::InvalidInput, "gas limit " + std::to_string(attributes.gas_limit) +
                                                  " is too far from the parent's " +
                                                  std::to_string(parent.gas_limit)};
    if (attributes.extra_data.size() > kExtraDataBytesMax)
        return Error{ErrorCode::InvalidInput, "extra data is longer than 32 bytes"};

    header.parent_hash = header_hash(parent);
    header.ommers_hash = empty_ommers_hash();
    header.beneficiary = attributes.beneficiary;
    header.gas_limit = attributes.gas_limit;
    header.timestamp = attributes.timestamp;
    header.extra_data = attributes.extra_data;
    header.prev_randao = attributes.prev_randao;
    const Uint256 parent_fee = parent.base_fee_per_gas.value_or(Uint256{kInitialBaseFee});
    header.base_fee_per_gas = next_base_fee(parent.gas_limit, parent.gas_used, parent_fee);
    if (revision >= Revision::Cancun) {
        header.parent_beacon_block_root = attributes.parent_beacon_block_root;
        const auto parameters = chain.blob_parameters_at(attributes.timestamp);
        header.excess_blob_gas =
            parameters
                ? next_excess_blob_gas(revision,
                                       {.excess_blob_gas = parent.excess_blob_gas.value_or(0),
                                        .blob_gas_used = parent.blob_gas_used.value_or(0),
                                        .base_fee_per_gas = parent_fee},
                                       *parameters)
                : 0;
    }
    if (revision >= Revision::Shanghai) header.withdrawals_root = Bytes32{};
    if (revision >= Revision::Cancun) header.blob_gas_used = 0;
    if (revision >= Revision::Prague) header.requests_hash = Bytes32{};
    if (revision >= Revision::Amsterdam) {
        header.block_access_list_hash = Bytes32{};
        header.slot_number = attributes.slot_number;
    }
    return header;
}

void seal_header(BlockHeader& header, std::span<const SignedTransaction> transactions,
                 std::span<const Withdrawal> withdrawals, const execute::BlockResult& result,
                 const Bytes32& state_root) {
    header.state_root = state_root;
    header.transactions_root = execute::transactions_root(transactions);
    header.receipts_root = execute::receipts_root(result.receipts);
    header.logs_bloom = result.logs_bloom;
    header.gas_used = result.gas_used;
    if (header.withdrawals_root) header.withdrawals_root = execute::withdrawals_root(withdrawals);
    if (header.blob_gas_used) header.blob_gas_used = result.blob_gas_used;
    if (header.requests_hash) header.requests_hash = result.requests_hash;
    if (header.block_access_list_hash)
        header.block_access_list_hash = result.block_access_list_hash;
}

}  // namespace switchyard
