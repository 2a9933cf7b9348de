// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/exceptions.hpp"

#include <gtest/gtest.h>

#include <string>

#include "host/execute/transaction_error.hpp"

namespace switchyard::conformance {
namespace {

using execute::TransactionError;

std::string refusal_of(TransactionError error) {
    return "transaction 0: " + std::string(to_string(error));
}

TEST(Exceptions, NamesOfTransactionsMatchTheirRuleAlone) {
    const std::string nonce = refusal_of(TransactionError::NonceTooLow);
    EXPECT_TRUE(exception_matches("TransactionException.NONCE_MISMATCH_TOO_LOW", nonce));
    EXPECT_FALSE(exception_matches("TransactionException.NONCE_MISMATCH_TOO_HIGH", nonce));
    EXPECT_FALSE(exception_matches("TransactionException.INSUFFICIENT_ACCOUNT_FUNDS", nonce));
}

TEST(Exceptions, OneOfSeveralReasonsIsEnough) {
    const std::string refusal = refusal_of(TransactionError::TooManyBlobs);
    EXPECT_TRUE(exception_matches(
        "TransactionException.NONCE_IS_MAX|TransactionException.TYPE_3_TX_BLOB_COUNT_EXCEEDED",
        refusal));
    EXPECT_FALSE(exception_matches(
        "TransactionException.NONCE_IS_MAX|TransactionException.SENDER_NOT_EOA", refusal));
}

TEST(Exceptions, NamesOfBlocksMatchTheFieldThatOurMessageNames) {
    EXPECT_TRUE(exception_matches("BlockException.INVALID_STATE_ROOT", "state root: the header"));
    EXPECT_FALSE(exception_matches("BlockException.INVALID_STATE_ROOT", "gas used: the header"));
    EXPECT_TRUE(exception_matches("UncleTooOld", "ommer: its parent is not one of"));
    EXPECT_FALSE(exception_matches("UncleTooOld", "ommer: is an ancestor"));
    EXPECT_TRUE(exception_matches("BlockException.INVALID_BLOCK_HASH", "block hash: 0x01 is"));
}

TEST(Exceptions, NamesWithoutACounterpartMatchAnyRefusal) {
    EXPECT_TRUE(exception_matches("BlockException.RLP_STRUCTURES_ENCODING", "anything"));
    EXPECT_TRUE(exception_matches("unspecified", "anything"));
}

}  // namespace
}  // namespace switchyard::conformance
