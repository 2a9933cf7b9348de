// SPDX-License-Identifier: Apache-2.0
#include "host/execute/transaction_error.hpp"

namespace switchyard::execute {

std::string_view to_string(TransactionError error) {
    switch (error) {
        case TransactionError::None:
            return "None";
        case TransactionError::TypeNotSupported:
            return "TypeNotSupported";
        case TransactionError::WrongChainId:
            return "WrongChainId";
        case TransactionError::NonceTooLow:
            return "NonceTooLow";
        case TransactionError::NonceTooHigh:
            return "NonceTooHigh";
        case TransactionError::NonceIsMax:
            return "NonceIsMax";
        case TransactionError::SenderHasCode:
            return "SenderHasCode";
        case TransactionError::IntrinsicGasTooLow:
            return "IntrinsicGasTooLow";
        case TransactionError::FloorGasTooLow:
            return "FloorGasTooLow";
        case TransactionError::GasLimitAboveCap:
            return "GasLimitAboveCap";
        case TransactionError::GasLimitAboveBlock:
            return "GasLimitAboveBlock";
        case TransactionError::PriorityFeeAboveMaxFee:
            return "PriorityFeeAboveMaxFee";
        case TransactionError::MaxFeeBelowBaseFee:
            return "MaxFeeBelowBaseFee";
        case TransactionError::InsufficientBalance:
            return "InsufficientBalance";
        case TransactionError::InitCodeTooLarge:
            return "InitCodeTooLarge";
        case TransactionError::BlobTransactionCreates:
            return "BlobTransactionCreates";
        case TransactionError::NoBlobs:
            return "NoBlobs";
        case TransactionError::BlobHashVersion:
            return "BlobHashVersion";
        case TransactionError::TooManyBlobs:
            return "TooManyBlobs";
        case TransactionError::BlobGasAboveBlock:
            return "BlobGasAboveBlock";
        case TransactionError::BlobFeeBelowBaseFee:
            return "BlobFeeBelowBaseFee";
        case TransactionError::SetCodeTransactionCreates:
            return "SetCodeTransactionCreates";
        case TransactionError::NoAuthorizations:
            return "NoAuthorizations";
    }
    return "Unknown";
}

}  // namespace switchyard::execute
