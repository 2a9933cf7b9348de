// SPDX-License-Identifier: Apache-2.0
// Why a transaction may not stand in a block: one value for each rule of the protocol.
#pragma once

#include <cstdint>
#include <string_view>

namespace switchyard::execute {

/// The values and their names are stable: they appear in errors, logs and metrics.
enum class TransactionError : uint8_t {
    None = 0,
    TypeNotSupported = 1,            ///< the revision does not know the type
    WrongChainId = 2,                ///< EIP-155, EIP-2930: signed for another chain
    NonceTooLow = 3,                 ///< Yellow Paper, section 6.2
    NonceTooHigh = 4,                ///< Yellow Paper, section 6.2
    NonceIsMax = 5,                  ///< EIP-2681: 2^64 - 1 cannot be incremented
    SenderHasCode = 6,               ///< EIP-3607, with the exception of EIP-7702
    IntrinsicGasTooLow = 7,          ///< Yellow Paper, equation 60; EIP-2, 2028, 2930, 3860, 7702
    FloorGasTooLow = 8,              ///< EIP-7623
    GasLimitAboveCap = 9,            ///< EIP-7825: 2^24 gas for each transaction
    GasLimitAboveBlock = 10,         ///< the block has not so much gas left
    PriorityFeeAboveMaxFee = 11,     ///< EIP-1559
    MaxFeeBelowBaseFee = 12,         ///< EIP-1559
    InsufficientBalance = 13,        ///< for gas at its maximal price, blob gas and value
    InitCodeTooLarge = 14,           ///< EIP-3860
    BlobTransactionCreates = 15,     ///< EIP-4844: `to` is required
    NoBlobs = 16,                    ///< EIP-4844
    BlobHashVersion = 17,            ///< EIP-4844: the version byte is not 0x01
    TooManyBlobs = 18,               ///< EIP-7594: above 6 blobs; before Osaka: above the block's
    BlobGasAboveBlock = 19,          ///< EIP-4844: the block has not so much blob gas left
    BlobFeeBelowBaseFee = 20,        ///< EIP-4844
    SetCodeTransactionCreates = 21,  ///< EIP-7702: `to` is required
    NoAuthorizations = 22,           ///< EIP-7702
};

/// The enumerator's own name.
[[nodiscard]] std::string_view to_string(TransactionError error);

}  // namespace switchyard::execute
