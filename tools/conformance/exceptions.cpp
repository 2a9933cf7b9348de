// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/exceptions.hpp"

#include <array>

#include "host/execute/transaction_error.hpp"

namespace switchyard::conformance {
namespace {

using execute::TransactionError;

struct Row {
    std::string_view name;
    TransactionError error;
};

constexpr std::array kRows{
    Row{"TYPE_1_TX_PRE_FORK", TransactionError::TypeNotSupported},
    Row{"TYPE_2_TX_PRE_FORK", TransactionError::TypeNotSupported},
    Row{"TYPE_3_TX_PRE_FORK", TransactionError::TypeNotSupported},
    Row{"TYPE_4_TX_PRE_FORK", TransactionError::TypeNotSupported},
    Row{"NONCE_MISMATCH_TOO_LOW", TransactionError::NonceTooLow},
    Row{"NONCE_MISMATCH_TOO_HIGH", TransactionError::NonceTooHigh},
    Row{"NONCE_IS_MAX", TransactionError::NonceIsMax},
    Row{"SENDER_NOT_EOA", TransactionError::SenderHasCode},
    Row{"INTRINSIC_GAS_TOO_LOW", TransactionError::IntrinsicGasTooLow},
    Row{"INTRINSIC_GAS_TOO_LOW", TransactionError::FloorGasTooLow},
    Row{"INTRINSIC_GAS_BELOW_FLOOR_GAS_COST", TransactionError::FloorGasTooLow},
    Row{"INTRINSIC_GAS_BELOW_FLOOR_GAS_COST", TransactionError::IntrinsicGasTooLow},
    Row{"GAS_LIMIT_EXCEEDS_MAXIMUM", TransactionError::GasLimitAboveCap},
    Row{"GAS_ALLOWANCE_EXCEEDED", TransactionError::GasLimitAboveBlock},
    Row{"PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS", TransactionError::PriorityFeeAboveMaxFee},
    Row{"INSUFFICIENT_MAX_FEE_PER_GAS", TransactionError::MaxFeeBelowBaseFee},
    Row{"INSUFFICIENT_ACCOUNT_FUNDS", TransactionError::InsufficientBalance},
    Row{"GASLIMIT_PRICE_PRODUCT_OVERFLOW", TransactionError::InsufficientBalance},
    Row{"INITCODE_SIZE_EXCEEDED", TransactionError::InitCodeTooLarge},
    Row{"TYPE_3_TX_ZERO_BLOBS", TransactionError::NoBlobs},
    Row{"TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH", TransactionError::BlobHashVersion},
    Row{"TYPE_3_TX_BLOB_COUNT_EXCEEDED", TransactionError::TooManyBlobs},
    Row{"TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED", TransactionError::TooManyBlobs},
    Row{"TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED", TransactionError::BlobGasAboveBlock},
    Row{"TYPE_3_TX_CONTRACT_CREATION", TransactionError::BlobTransactionCreates},
    Row{"INSUFFICIENT_MAX_FEE_PER_BLOB_GAS", TransactionError::BlobFeeBelowBaseFee},
    Row{"TYPE_4_EMPTY_AUTHORIZATION_LIST", TransactionError::NoAuthorizations},
    Row{"TYPE_4_TX_CONTRACT_CREATION", TransactionError::SetCodeTransactionCreates},
};

/// A reason for a block, and what our message then contains.
struct BlockRow {
    std::string_view name;
    std::string_view text;
};

constexpr std::array kBlockRows{
    BlockRow{"BlockException.BLOB_GAS_USED_ABOVE_LIMIT", "blob gas used: "},
    BlockRow{"BlockException.INCORRECT_BLOB_GAS_USED", "blob gas used: "},
    BlockRow{"BlockException.INCORRECT_BLOCK_FORMAT", ": present before "},
    BlockRow{"BlockException.INCORRECT_BLOCK_FORMAT", "integer has a leading zero"},
    // The header's gas used, or a transaction whose gas limit no longer fits into the block.
    BlockRow{"BlockException.GAS_USED_OVERFLOW", "gas used: above the gas limit"},
    BlockRow{"BlockException.GAS_USED_OVERFLOW", "GasLimitAboveBlock"},
    BlockRow{"BlockException.INCORRECT_EXCESS_BLOB_GAS", "excess blob gas: "},
    BlockRow{"BlockException.INVALID_BASEFEE_PER_GAS", "base fee: "},
    BlockRow{"BlockException.INVALID_DEPOSIT_EVENT_LAYOUT", "deposit event"},
    BlockRow{"BlockException.INVALID_GASLIMIT", "gas limit: "},
    BlockRow{"BlockException.INVALID_REQUESTS", "requests hash: "},
    BlockRow{"BlockException.INVALID_WITHDRAWALS_ROOT", "withdrawals root: "},
    BlockRow{"BlockException.INVALID_BLOCK_HASH", "block hash: "},
    BlockRow{"BlockException.INVALID_VERSIONED_HASHES", "blob versioned hashes: "},
    BlockRow{"TransactionException.TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED",
             "blob gas used: above"},
    BlockRow{"BlockException.INVALID_BLOCK_ACCESS_LIST", "block access list"},
    BlockRow{"BlockException.INCORRECT_BLOCK_FORMAT", "block access list"},
    BlockRow{"BlockException.BLOCK_ACCESS_LIST_GAS_LIMIT_EXCEEDED", " that the gas limit allows"},
    BlockRow{"BlockException.SYSTEM_CONTRACT_CALL_FAILED", "the call of system contract "},
    BlockRow{"BlockException.SYSTEM_CONTRACT_EMPTY", " has no code"},
    BlockRow{"BlockException.EXTRA_DATA_INVALID_DAO", "extra data: "},
    BlockRow{"BlockException.EXTRA_DATA_TOO_BIG", "extra data: "},
    BlockRow{"BlockException.INVALID_BLOCK_NUMBER", "number: "},
    BlockRow{"BlockException.INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT", "timestamp: "},
    BlockRow{"BlockException.INVALID_GAS_USED", "gas used: "},
    BlockRow{"BlockException.INVALID_LOG_BLOOM", "logs bloom: "},
    BlockRow{"BlockException.INVALID_STATE_ROOT", "state root: "},
    BlockRow{"BlockException.INVALID_TRANSACTIONS_ROOT", "transactions root: "},
    BlockRow{"BlockException.UNKNOWN_PARENT", "parent hash: "},
    BlockRow{"ExtraDataIncorrectDAO", "extra data: "},
    BlockRow{"ExtraDataTooBig", "extra data: "},
    BlockRow{"InvalidDifficulty", "difficulty: "},
    BlockRow{"InvalidGasLimit", "gas limit: "},
    BlockRow{"InvalidGasLimit2", "gas limit: "},
    BlockRow{"InvalidGasUsed", "gas used: "},
    BlockRow{"InvalidLogBloom", "logs bloom: "},
    BlockRow{"InvalidNumber", "number: "},
    BlockRow{"InvalidStateRoot", "state root: "},
    BlockRow{"InvalidTimestamp", "timestamp: "},
    BlockRow{"InvalidTimestampOlderParent", "timestamp: "},
    BlockRow{"InvalidTransactionsRoot", "transactions root: "},
    BlockRow{"InvalidUncleParentHash", "ommer: "},
    BlockRow{"InvalidUnclesHash", "ommers hash: "},
    BlockRow{"PostParisUncleHashIsNotEmpty", "ommers hash: "},
    BlockRow{"UncleInChain", "ommer: was included before"},
    BlockRow{"UncleInChain", "ommer: is an ancestor"},
    BlockRow{"UncleIsAncestor", "ommer: is an ancestor"},
    BlockRow{"UncleIsBrother", "ommer: its parent "},
    BlockRow{"UncleParentIsNotAncestor", "ommer: its parent "},
    BlockRow{"UncleTooOld", "ommer: its parent "},
    BlockRow{"UnknownParent", "parent hash: "},
    BlockRow{"UnknownParent2", "parent hash: "},
};

constexpr std::string_view kPrefix = "TransactionException.";

bool reason_matches(std::string_view reason, std::string_view message) {
    const auto contains = [&](std::string_view text) {
        return message.find(text) != std::string_view::npos;
    };
    // Fillers that leave a refused transaction out of the header's root make two reasons of one.
    if (reason.starts_with(kPrefix) && contains("transactions root: ")) return true;
    bool known = false;
    for (const BlockRow& row : kBlockRows) {
        if (row.name != reason) continue;
        if (contains(row.text)) return true;
        known = true;
    }
    for (const Row& row : kRows) {
        if (!reason.starts_with(kPrefix) || row.name != reason.substr(kPrefix.size())) continue;
        if (contains(execute::to_string(row.error))) return true;
        known = true;
    }
    return !known;
}

}  // namespace

bool exception_matches(std::string_view expected, std::string_view message) {
    for (;;) {
        const size_t bar = expected.find('|');
        if (reason_matches(expected.substr(0, bar), message)) return true;
        if (bar == std::string_view::npos) return false;
        expected.remove_prefix(bar + 1);
    }
}

}  // namespace switchyard::conformance
