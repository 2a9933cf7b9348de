// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/exceptions.hpp"

#include <algorithm>
#include <array>

namespace switchyard::test {
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

constexpr std::string_view kPrefix = "TransactionException.";

bool reason_matches(std::string_view reason, TransactionError error) {
    if (!reason.starts_with(kPrefix)) return true;
    reason.remove_prefix(kPrefix.size());
    const auto named = [&](const Row& row) { return row.name == reason; };
    if (std::none_of(kRows.begin(), kRows.end(), named)) return true;
    return std::any_of(kRows.begin(), kRows.end(),
                       [&](const Row& row) { return named(row) && row.error == error; });
}

}  // namespace

bool exception_matches(std::string_view expected, TransactionError error) {
    while (true) {
        const size_t bar = expected.find('|');
        if (reason_matches(expected.substr(0, bar), error)) return true;
        if (bar == std::string_view::npos) return false;
        expected.remove_prefix(bar + 1);
    }
}

}  // namespace switchyard::test
