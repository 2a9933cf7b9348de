// SPDX-License-Identifier: Apache-2.0
#include "tools/t8n/rejection.hpp"

#include <array>
#include <utility>

namespace switchyard::t8n {
namespace {

constexpr auto kPhrases = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"TypeNotSupported", "transaction type not supported"},
    {"WrongChainId", "invalid chain id for signer"},
    {"NonceTooLow", "nonce too low"},
    {"NonceTooHigh", "nonce too high"},
    {"NonceIsMax", "nonce has max value"},
    {"SenderHasCode", "sender not an eoa"},
    {"IntrinsicGasTooLow", "intrinsic gas too low"},
    {"FloorGasTooLow", "insufficient gas for floor data gas cost"},
    {"GasLimitAboveCap", "transaction gas limit too high"},
    {"GasLimitAboveBlock", "gas limit reached"},
    {"PriorityFeeAboveMaxFee", "max priority fee per gas higher than max fee per gas"},
    {"MaxFeeBelowBaseFee", "max fee per gas less than block base fee"},
    {"InsufficientBalance", "insufficient funds for gas * price + value"},
    {"InitCodeTooLarge", "max initcode size exceeded"},
    {"BlobTransactionCreates", "blob transaction of type create"},
    {"NoBlobs", "blob transaction missing blob hashes"},
    {"BlobHashVersion", "blob has invalid hash version"},
    {"TooManyBlobs", "blob transaction has too many blobs"},
    {"BlobGasAboveBlock", "blob gas would exceed maximum allowance"},
    {"BlobFeeBelowBaseFee", "max fee per blob gas less than block blob gas fee"},
    {"SetCodeTransactionCreates", "EIP-7702 transaction cannot be used to create contract"},
    {"NoAuthorizations", "EIP-7702 transaction with empty auth list"},
});

}  // namespace

std::string rejection_text(std::string_view message) {
    if (message.starts_with("transaction ")) {
        const size_t colon = message.find(": ");
        if (colon != std::string_view::npos) message.remove_prefix(colon + 2);
    }
    for (const auto& [name, phrase] : kPhrases)
        if (message == name) return std::string(phrase) + " (" + std::string(name) + ")";
    return std::string(message);
}

}  // namespace switchyard::t8n
