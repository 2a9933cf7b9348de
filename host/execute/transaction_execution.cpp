// SPDX-License-Identifier: Apache-2.0
#include "host/execute/transaction_execution.hpp"

#include <algorithm>

#include "host/precompiles/precompiles.hpp"

namespace switchyard::execute {
namespace {

constexpr uint64_t kTransactionGas = 21'000;
constexpr uint64_t kCreationGas = 32'000;             // EIP-2
constexpr uint64_t kZeroByteGas = 4;                  // Yellow Paper, appendix G
constexpr uint64_t kNonZeroByteGasFrontier = 68;      // Yellow Paper, appendix G
constexpr uint64_t kNonZeroByteGasIstanbul = 16;      // EIP-2028
constexpr uint64_t kAccessListAddressGas = 2'400;     // EIP-2930
constexpr uint64_t kAccessListStorageKeyGas = 1'900;  // EIP-2930
constexpr uint64_t kInitCodeWordGas = 2;              // EIP-3860
constexpr size_t kInitCodeBytesMax = 49'152;          // EIP-3860
constexpr uint64_t kFloorTokenGas = 10;               // EIP-7623
constexpr uint64_t kNonZeroByteTokens = 4;            // EIP-7623
constexpr uint64_t kAuthorizationGas = 25'000;        // EIP-7702, PER_EMPTY_ACCOUNT_COST
constexpr uint64_t kAuthorizationBaseGas = 12'500;    // EIP-7702, PER_AUTH_BASE_COST
constexpr uint64_t kRefundQuotientFrontier = 2;       // Yellow Paper, section 6.2
constexpr uint64_t kRefundQuotientLondon = 5;         // EIP-3529
constexpr uint8_t kBlobHashVersionKzg = 0x01;         // EIP-4844

/// EIP-7702: code of 23 bytes, 0xef0100 and an address.
constexpr std::array<uint8_t, 3> kDelegationPrefix{0xef, 0x01, 0x00};

bool is_delegation(BytesView code) {
    return code.size() == kDelegationPrefix.size() + Address::kSize &&
           equal(code.first(kDelegationPrefix.size()), kDelegationPrefix);
}

Bytes delegation_to(const Address& target) {
    Bytes code(kDelegationPrefix.size() + Address::kSize);
    std::copy(kDelegationPrefix.begin(), kDelegationPrefix.end(), code.begin());
    std::copy(target.begin(), target.end(), code.begin() + kDelegationPrefix.size());
    return code;
}

bool type_is_known(TransactionType type, Revision revision) {
    switch (type) {
        case TransactionType::Legacy:
            return true;
        case TransactionType::AccessList:
            return revision >= Revision::Berlin;
        case TransactionType::DynamicFee:
            return revision >= Revision::London;
        case TransactionType::Blob:
            return revision >= Revision::Cancun;
        case TransactionType::SetCode:
            return revision >= Revision::Prague;
    }
    return false;
}

bool chain_id_is_valid(const Transaction& transaction, const BlockRules& rules) {
    if (!transaction.chain_id) return transaction.type == TransactionType::Legacy;
    // EIP-155 signatures do not exist before Spurious Dragon: their v is out of range.
    return *transaction.chain_id == rules.chain_id && rules.revision >= Revision::SpuriousDragon;
}

TransactionError validate_fees(const Transaction& transaction, const Uint256& base_fee) {
    if (transaction.max_priority_fee_per_gas > transaction.max_fee_per_gas)
        return TransactionError::PriorityFeeAboveMaxFee;
    if (transaction.max_fee_per_gas < base_fee) return TransactionError::MaxFeeBelowBaseFee;
    return TransactionError::None;
}

/// EIP-4844 and, from Osaka on, EIP-7594.
TransactionError validate_blobs(const Transaction& transaction, const BlockRules& rules,
                                const Uint256& blob_base_fee) {
    if (transaction.is_create()) return TransactionError::BlobTransactionCreates;
    const auto& hashes = transaction.blob_versioned_hashes;
    if (hashes.empty()) return TransactionError::NoBlobs;
    if (rules.revision >= Revision::Osaka && hashes.size() > kMaxBlobsPerTransaction)
        return TransactionError::TooManyBlobs;
    if (hashes.size() > rules.blobs.max) return TransactionError::TooManyBlobs;
    if (std::any_of(hashes.begin(), hashes.end(),
                    [](const Bytes32& hash) { return hash[0] != kBlobHashVersionKzg; }))
        return TransactionError::BlobHashVersion;
    if (transaction.max_fee_per_blob_gas < blob_base_fee)
        return TransactionError::BlobFeeBelowBaseFee;
    return TransactionError::None;
}

/// The most that the transaction can take from its sender; no value above 2^256 - 1, which nobody
/// has.
std::optional<Uint256> max_cost(const Transaction& transaction) {
    const auto gas_product = [](uint64_t gas, const Uint256& price) -> std::optional<Uint256> {
        const auto full = multiply_full(Uint256(gas), price);
        if ((full[4] | full[5] | full[6] | full[7]) != 0) return std::nullopt;
        return Uint256(full[0], full[1], full[2], full[3]);
    };
    const auto gas = gas_product(transaction.gas_limit, transaction.max_fee_per_gas);
    const auto blobs = gas_product(blob_gas(transaction), transaction.max_fee_per_blob_gas);
    if (!gas || !blobs) return std::nullopt;
    const auto fees = add_with_carry(*gas, *blobs);
    const auto total = add_with_carry(fees.value, transaction.value);
    if (fees.carry || total.carry) return std::nullopt;
    return total.value;
}

/// EIP-2929, EIP-2930, EIP-3651.
void warm_up(const SignedTransaction& signed_transaction, const BlockRules& rules,
             const evm::BlockContext& block, TransactionState& state) {
    if (rules.revision < Revision::Berlin) return;
    const Transaction& transaction = signed_transaction.transaction;
    for (const Address& address : precompiles::precompile_addresses(rules.revision))
        state.warm_account(address);
    state.warm_account(signed_transaction.sender);
    if (transaction.to) state.warm_account(*transaction.to);
    if (rules.revision >= Revision::Shanghai) state.warm_account(block.beneficiary);
    for (const AccessListEntry& entry : transaction.access_list) {
        state.warm_account(entry.address);
        for (const Bytes32& key : entry.storage_keys)
            state.warm_storage(entry.address, to_uint256(key));
    }
}

/// EIP-7702, section "Behavior": one tuple. One that fails any check is skipped.
void apply_authorization(const Authorization& authorization, uint64_t chain_id,
                         TransactionState& state) {
    if (!authorization.chain_id.is_zero() && authorization.chain_id != Uint256(chain_id)) return;
    if (authorization.nonce == UINT64_MAX || !authorization.authority) return;
    const Address& authority = *authorization.authority;
    state.warm_account(authority);
    const CodePointer code = state.code(authority);
    if (code->size() != 0 && !is_delegation(code->bytes())) return;
    if (state.nonce(authority) != authorization.nonce) return;
    if (state.exists(authority))
        state.add_refund(static_cast<int64_t>(kAuthorizationGas - kAuthorizationBaseGas));
    state.set_code(authority, authorization.address.is_zero()
                                  ? Bytes{}
                                  : delegation_to(authorization.address));
    state.set_nonce(authority, authorization.nonce + 1);
}

void apply_authorizations(const Transaction& transaction, const BlockRules& rules,
                          TransactionState& state) {
    if (transaction.type != TransactionType::SetCode) return;
    for (const Authorization& authorization : transaction.authorization_list)
        apply_authorization(authorization, rules.chain_id, state);
}

/// EIP-7702: the target of a delegated recipient is warm from the start.
void warm_delegation_target(const Transaction& transaction, const BlockRules& rules,
                            TransactionState& state) {
    if (rules.revision < Revision::Prague || !transaction.to) return;
    const CodePointer code = state.code(*transaction.to);
    if (!is_delegation(code->bytes())) return;
    state.warm_account(
        fixed_bytes_unchecked<Address::kSize>(code->bytes().subspan(kDelegationPrefix.size())));
}

evm::Message message_of(const SignedTransaction& signed_transaction, uint64_t gas) {
    const Transaction& transaction = signed_transaction.transaction;
    evm::Message message;
    message.kind = transaction.is_create() ? evm::MessageKind::Create : evm::MessageKind::Call;
    message.gas = gas;
    if (transaction.to) message.recipient = message.code_address = *transaction.to;
    message.sender = signed_transaction.sender;
    message.input = transaction.data;
    message.value = transaction.value;
    return message;
}

/// Yellow Paper, section 6.2, as EIP-3529 and EIP-7623 changed it: the gas that is paid for.
uint64_t gas_after_refund(uint64_t gas_spent, int64_t refund_counter, uint64_t floor,
                          Revision revision) {
    const uint64_t quotient =
        revision >= Revision::London ? kRefundQuotientLondon : kRefundQuotientFrontier;
    const uint64_t counter = refund_counter > 0 ? static_cast<uint64_t>(refund_counter) : 0;
    return std::max(gas_spent - std::min(gas_spent / quotient, counter), floor);
}

}  // namespace

IntrinsicGas intrinsic_gas(const Transaction& transaction, Revision revision) {
    const auto zero_bytes = static_cast<uint64_t>(
        std::count(transaction.data.begin(), transaction.data.end(), uint8_t{0}));
    const uint64_t other_bytes = transaction.data.size() - zero_bytes;

    IntrinsicGas gas{kTransactionGas, 0};
    gas.intrinsic += kZeroByteGas * zero_bytes;
    gas.intrinsic += other_bytes * (revision >= Revision::Istanbul ? kNonZeroByteGasIstanbul
                                                                   : kNonZeroByteGasFrontier);
    if (transaction.is_create() && revision >= Revision::Homestead) gas.intrinsic += kCreationGas;
    if (transaction.is_create() && revision >= Revision::Shanghai)
        gas.intrinsic += kInitCodeWordGas * ((transaction.data.size() + 31) / 32);
    for (const AccessListEntry& entry : transaction.access_list)
        gas.intrinsic +=
            kAccessListAddressGas + kAccessListStorageKeyGas * entry.storage_keys.size();
    gas.intrinsic += kAuthorizationGas * transaction.authorization_list.size();
    if (revision >= Revision::Prague)
        gas.floor =
            kTransactionGas + kFloorTokenGas * (zero_bytes + kNonZeroByteTokens * other_bytes);
    return gas;
}

Uint256 effective_gas_price(const Transaction& transaction, const Uint256& base_fee) {
    const Uint256 priority_max = transaction.max_fee_per_gas - base_fee;
    return base_fee + std::min(transaction.max_priority_fee_per_gas, priority_max);
}

TransactionError validate_transaction(const Transaction& transaction, const BlockRules& rules,
                                      const evm::BlockContext& block) {
    if (!type_is_known(transaction.type, rules.revision)) return TransactionError::TypeNotSupported;
    if (!chain_id_is_valid(transaction, rules)) return TransactionError::WrongChainId;
    if (transaction.nonce == UINT64_MAX) return TransactionError::NonceIsMax;
    if (rules.revision >= Revision::Osaka && transaction.gas_limit > kTransactionGasCap)
        return TransactionError::GasLimitAboveCap;
    if (transaction.gas_limit > block.gas_limit) return TransactionError::GasLimitAboveBlock;
    if (const auto error = validate_fees(transaction, block.base_fee);
        error != TransactionError::None)
        return error;
    if (transaction.is_create() && rules.revision >= Revision::Shanghai &&
        transaction.data.size() > kInitCodeBytesMax)
        return TransactionError::InitCodeTooLarge;
    if (transaction.type == TransactionType::Blob) {
        const auto error = validate_blobs(transaction, rules, block.blob_base_fee);
        if (error != TransactionError::None) return error;
    }
    if (transaction.type == TransactionType::SetCode) {
        if (transaction.is_create()) return TransactionError::SetCodeTransactionCreates;
        if (transaction.authorization_list.empty()) return TransactionError::NoAuthorizations;
    }
    const IntrinsicGas gas = intrinsic_gas(transaction, rules.revision);
    if (transaction.gas_limit < gas.intrinsic) return TransactionError::IntrinsicGasTooLow;
    if (transaction.gas_limit < gas.floor) return TransactionError::FloorGasTooLow;
    return TransactionError::None;
}

TransactionError validate_sender(const SignedTransaction& signed_transaction,
                                 const BlockRules& rules, TransactionState& state) {
    const Transaction& transaction = signed_transaction.transaction;
    const Address& sender = signed_transaction.sender;
    // EIP-3607 holds for all blocks: no transaction in the history breaks it.
    if (state.code_hash(sender) != kEmptyCodeHash &&
        !(rules.revision >= Revision::Prague && is_delegation(state.code(sender)->bytes())))
        return TransactionError::SenderHasCode;
    const uint64_t nonce = state.nonce(sender);
    if (transaction.nonce < nonce) return TransactionError::NonceTooLow;
    if (transaction.nonce > nonce) return TransactionError::NonceTooHigh;
    const auto cost = max_cost(transaction);
    if (!cost || state.balance(sender) < *cost) return TransactionError::InsufficientBalance;
    return TransactionError::None;
}

TransactionOutcome execute_transaction(evm::Evm& evm, TransactionState& state,
                                       const StateView& view, const BlockRules& rules,
                                       const evm::BlockContext& block,
                                       const SignedTransaction& signed_transaction,
                                       StateChanges& changes) {
    const Transaction& transaction = signed_transaction.transaction;
    const Address& sender = signed_transaction.sender;
    TransactionOutcome outcome;
    changes.clear();
    state.begin(view, rules.revision);
    outcome.error = validate_transaction(transaction, rules, block);
    if (outcome.error == TransactionError::None)
        outcome.error = validate_sender(signed_transaction, rules, state);
    if (outcome.error != TransactionError::None) return outcome;

    const Uint256 gas_price = effective_gas_price(transaction, block.base_fee);
    const IntrinsicGas gas = intrinsic_gas(transaction, rules.revision);
    outcome.blob_gas_used = blob_gas(transaction);
    // The blob fee is burnt, whatever the message does (EIP-4844).
    state.subtract_balance(sender, Uint256(transaction.gas_limit) * gas_price +
                                       Uint256(outcome.blob_gas_used) * block.blob_base_fee);
    state.set_nonce(sender, transaction.nonce + 1);
    warm_up(signed_transaction, rules, block, state);
    apply_authorizations(transaction, rules, state);
    warm_delegation_target(transaction, rules, state);

    const evm::TransactionContext context{sender, gas_price, transaction.blob_versioned_hashes};
    evm::CallResult result =
        evm.execute(block, context,
                    message_of(signed_transaction, transaction.gas_limit - gas.intrinsic), state);
    outcome.status = result.status;
    outcome.output = std::move(result.output);
    if (result.status == evm::Status::UnsupportedPrecompile) {
        outcome.unsupported_precompile = evm.unsupported_precompile();
        return outcome;
    }
    if (outcome.success() && transaction.is_create()) outcome.created = result.created;

    outcome.gas_used = gas_after_refund(transaction.gas_limit - result.gas_left, state.refund(),
                                        gas.floor, rules.revision);
    state.add_balance(sender, Uint256(transaction.gas_limit - outcome.gas_used) * gas_price);
    // EIP-1559: the base fee is burnt, the beneficiary gets what is above it.
    state.add_balance(block.beneficiary, Uint256(outcome.gas_used) * (gas_price - block.base_fee));
    state.finish(changes);
    outcome.logs = state.take_logs();
    return outcome;
}

}  // namespace switchyard::execute
