// SPDX-License-Identifier: Apache-2.0
#include "host/core/hex.hpp"
#include "host/evm/gas_schedule.hpp"
#include "host/evm/tracer.hpp"
#include "host/node/eth/call_runner.hpp"
#include "host/node/eth/write_values.hpp"

namespace switchyard::node::eth {
namespace {

/// The first four bytes of the Keccak-256 of `Error(string)` and `Panic(uint256)`.
constexpr FixedBytes<4> kErrorSelector{{0x08, 0xc3, 0x79, 0xa0}};
constexpr FixedBytes<4> kPanicSelector{{0x4e, 0x48, 0x7b, 0x71}};
constexpr size_t kReasonBytesMax = 4096;

std::string panic_reason(uint64_t code) {
    switch (code) {
        case 0x00:
            return "generic panic";
        case 0x01:
            return "assert(false)";
        case 0x11:
            return "arithmetic underflow or overflow";
        case 0x12:
            return "division or modulo by zero";
        case 0x21:
            return "enum overflow";
        case 0x22:
            return "invalid encoded storage byte array accessed";
        case 0x31:
            return "out-of-bounds array access; popping on an empty array";
        case 0x32:
            return "out-of-bounds access of an array or bytesN";
        case 0x41:
            return "out of memory";
        case 0x51:
            return "uninitialized function";
        default:
            return "unknown panic code: " + to_hex_quantity(Uint256(code));
    }
}

std::optional<std::string> reason_of(BytesView data) {
    constexpr size_t kWord = 32;
    if (data.size() < 4) return std::nullopt;
    const BytesView selector = data.first(4);
    const BytesView arguments = data.subspan(4);
    if (equal(selector, kPanicSelector) && arguments.size() >= kWord)
        return panic_reason(load_big_endian(arguments.data()).saturated());
    if (!equal(selector, kErrorSelector) || arguments.size() < 2 * kWord) return std::nullopt;
    if (load_big_endian(arguments.data()) != Uint256(kWord)) return std::nullopt;
    const Uint256 size = load_big_endian(arguments.data() + kWord);
    if (size > Uint256(arguments.size() - 2 * kWord) || size > Uint256(kReasonBytesMax))
        return std::nullopt;
    const BytesView text = arguments.subspan(2 * kWord, size.saturated());
    return std::string(text.begin(), text.end());
}

}  // namespace

Bytes returned_data(const execute::TransactionOutcome& outcome, const StateChanges& changes) {
    if (!outcome.created) return outcome.output;
    const AccountChange* const account = changes.find(*outcome.created);
    if (account != nullptr && account->account)
        for (const CodeChange& change : changes.codes)
            if (change.hash == account->account->code_hash) return to_bytes(change.code->bytes());
    return {};
}

std::string describe_revert(BytesView data) {
    const auto reason = reason_of(data);
    return reason ? "execution reverted: " + *reason : "execution reverted";
}

std::string describe_status(const execute::TransactionOutcome& outcome) {
    if (outcome.status == evm::Status::Revert) return describe_revert(outcome.output);
    return std::string(evm::describe(outcome.status));
}

rpc::RpcError describe_failure(const execute::TransactionOutcome& outcome) {
    if (outcome.status == evm::Status::Interrupted)
        return {rpc::code::kTimeout, "the execution took too long", {}};
    if (outcome.status != evm::Status::Revert)
        return {rpc::code::kServer, describe_status(outcome), {}};
    std::string data(1, '"');
    data += to_hex(outcome.output);
    data += '"';
    return {rpc::code::kReverted, describe_revert(outcome.output), std::move(data)};
}

std::string describe_refusal(const SignedTransaction& call,
                             const execute::TransactionOutcome& outcome, const StateView& state,
                             const evm::BlockContext& block, Revision revision) {
    using execute::TransactionError;
    const Transaction& transaction = call.transaction;
    const std::string who = "address " + checksummed(call.sender);
    const Account account = state.account(call.sender).value_or(Account{});
    const auto nonces = [&] {
        return who + ", tx: " + std::to_string(transaction.nonce) +
               " state: " + std::to_string(account.nonce);
    };
    const auto have_want = [](uint64_t have, uint64_t want) {
        return "have " + std::to_string(have) + ", want " + std::to_string(want);
    };
    switch (outcome.error) {
        case TransactionError::NonceTooLow:
            return "nonce too low: " + nonces();
        case TransactionError::NonceTooHigh:
            return "nonce too high: " + nonces();
        case TransactionError::NonceIsMax:
            return "nonce has max value: " + who + ", nonce: " + std::to_string(transaction.nonce);
        case TransactionError::SenderHasCode:
            return "sender not an eoa: " + who + ", codehash: " + to_hex(account.code_hash);
        case TransactionError::MaxFeeBelowBaseFee:
            return "max fee per gas less than block base fee: " + who +
                   ", maxFeePerGas: " + to_decimal(transaction.max_fee_per_gas) +
                   ", baseFee: " + to_decimal(block.base_fee);
        case TransactionError::PriorityFeeAboveMaxFee:
            return "max priority fee per gas higher than max fee per gas: " + who +
                   ", maxPriorityFeePerGas: " + to_decimal(transaction.max_priority_fee_per_gas) +
                   ", maxFeePerGas: " + to_decimal(transaction.max_fee_per_gas);
        case TransactionError::InsufficientBalance: {
            const auto cost = execute::max_cost(transaction);
            return "insufficient funds for gas * price + value: " + who + " have " +
                   to_decimal(account.balance) + " want " +
                   (cost ? to_decimal(*cost) : std::string("above 2^256"));
        }
        case TransactionError::IntrinsicGasTooLow:
            return "intrinsic gas too low: " +
                   have_want(transaction.gas_limit, outcome.intrinsic_gas.total());
        case TransactionError::FloorGasTooLow:
            return "insufficient gas for floor data gas cost: " +
                   have_want(transaction.gas_limit, outcome.intrinsic_gas.floor);
        case TransactionError::InitCodeTooLarge:
            return "max initcode size exceeded: code size " +
                   std::to_string(transaction.data.size()) + " limit " +
                   std::to_string(evm::init_code_bytes_max(revision));
        case TransactionError::BlobFeeBelowBaseFee:
            return "max fee per blob gas less than block blob gas fee: " + who +
                   " blobGasFeeCap: " + to_decimal(transaction.max_fee_per_blob_gas) +
                   ", blobBaseFee: " + to_decimal(block.blob_base_fee);
        case TransactionError::NoBlobs:
            return "blob transaction missing blob hashes";
        case TransactionError::BlobTransactionCreates:
            return "blob transaction of type create";
        case TransactionError::BlobHashVersion:
            return "blob has invalid hash version";
        case TransactionError::NoAuthorizations:
            return "EIP-7702 transaction with empty auth list (sender " + checksummed(call.sender) +
                   ")";
        case TransactionError::SetCodeTransactionCreates:
            return "EIP-7702 transaction cannot be used to create contract (sender " +
                   checksummed(call.sender) + ")";
        case TransactionError::GasLimitAboveBlock:
            return "gas limit reached";
        default:
            return std::string(execute::to_string(outcome.error));
    }
}

}  // namespace switchyard::node::eth
