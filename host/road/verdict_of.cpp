// SPDX-License-Identifier: Apache-2.0
#include "host/road/verdict_of.hpp"

#include "host/execute/transaction_execution.hpp"

namespace switchyard {

Verdict verdict_of(execute::TransactionError error) {
    using execute::TransactionError;
    switch (error) {
        case TransactionError::None:
            return Verdict::Accepted;
        case TransactionError::TypeNotSupported:
            return Verdict::Unsupported;
        case TransactionError::WrongChainId:
            return Verdict::WrongChain;
        case TransactionError::NonceTooLow:
            return Verdict::NonceTooLow;
        case TransactionError::InsufficientBalance:
            return Verdict::InsufficientFunds;
        case TransactionError::NonceTooHigh:
            return Verdict::NonceTooHigh;
        case TransactionError::NonceIsMax:
            return Verdict::NonceIsMax;
        case TransactionError::SenderHasCode:
            return Verdict::SenderHasCode;
        case TransactionError::IntrinsicGasTooLow:
            return Verdict::IntrinsicGasTooLow;
        case TransactionError::FloorGasTooLow:
            return Verdict::FloorGasTooLow;
        case TransactionError::GasLimitAboveCap:
            return Verdict::GasLimitAboveCap;
        case TransactionError::GasLimitAboveBlock:
            return Verdict::GasLimitTooHigh;
        case TransactionError::PriorityFeeAboveMaxFee:
            return Verdict::TipAboveMaxFee;
        case TransactionError::MaxFeeBelowBaseFee:
        case TransactionError::BlobFeeBelowBaseFee:
            return Verdict::FeeTooLow;
        case TransactionError::InitCodeTooLarge:
            return Verdict::InitCodeTooLarge;
        case TransactionError::BlobTransactionCreates:
        case TransactionError::NoBlobs:
        case TransactionError::BlobHashVersion:
        case TransactionError::TooManyBlobs:
        case TransactionError::BlobGasAboveBlock:
            return Verdict::BlobsRefused;
        case TransactionError::SetCodeTransactionCreates:
        case TransactionError::NoAuthorizations:
            return Verdict::AuthorizationsRefused;
    }
    return Verdict::Malformed;
}

std::function<Verdict(const Transaction&)> pool_rules(const ChainConfig& chain,
                                                      const BlockHeader& head) {
    const auto rules = execute::rules_for_block(chain, head.number + 1, head.timestamp + 1);
    evm::BlockContext block;
    block.number = head.number + 1;
    block.gas_limit = head.gas_limit;
    block.chain_id = chain.chain_id;
    return [rules, block](const Transaction& transaction) {
        return verdict_of(execute::validate_transaction(transaction, rules, block));
    };
}

}  // namespace switchyard
