// SPDX-License-Identifier: Apache-2.0
#include "host/execute/transaction_execution.hpp"

#include <algorithm>

#include "host/evm/gas_schedule.hpp"
#include "host/evm/value_logs.hpp"
#include "host/execute/call_execution.hpp"
#include "host/precompiles/precompiles.hpp"

namespace switchyard::execute {
namespace {

constexpr uint8_t kBlobHashVersionKzg = 0x01;  // EIP-4844

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

/// What a transaction carries besides its fees, and whether its gas pays for that.
TransactionError validate_contents(const Transaction& transaction, const IntrinsicGas& gas,
                                   const BlockRules& rules, const evm::BlockContext& block) {
    if (transaction.is_create() && rules.revision >= Revision::Shanghai &&
        transaction.data.size() > evm::init_code_bytes_max(rules.revision))
        return TransactionError::InitCodeTooLarge;
    if (transaction.type == TransactionType::Blob) {
        const auto error = validate_blobs(transaction, rules, block.blob_base_fee);
        if (error != TransactionError::None) return error;
    }
    if (transaction.type == TransactionType::SetCode) {
        if (transaction.is_create()) return TransactionError::SetCodeTransactionCreates;
        if (transaction.authorization_list.empty()) return TransactionError::NoAuthorizations;
    }
    if (transaction.gas_limit < gas.total()) return TransactionError::IntrinsicGasTooLow;
    if (transaction.gas_limit < gas.floor) return TransactionError::FloorGasTooLow;
    return TransactionError::None;
}

/// `validate_transaction` for whom `gas` is known.
TransactionError validate_with_gas(const Transaction& transaction, const IntrinsicGas& gas,
                                   const BlockRules& rules, const evm::BlockContext& block) {
    if (!type_is_known(transaction.type, rules.revision)) return TransactionError::TypeNotSupported;
    if (!chain_id_is_valid(transaction, rules)) return TransactionError::WrongChainId;
    if (transaction.nonce == UINT64_MAX) return TransactionError::NonceIsMax;
    if (rules.revision >= Revision::Amsterdam) {
        // EIP-8037: the cap holds for regular gas alone.
        if (std::max(gas.intrinsic, gas.floor) > kTransactionGasCap)
            return TransactionError::GasLimitAboveCap;
    } else if (rules.revision >= Revision::Osaka && transaction.gas_limit > kTransactionGasCap) {
        return TransactionError::GasLimitAboveCap;
    }
    if (!fits_block(transaction, gas, rules.revision, block.gas_limit, block.gas_limit))
        return TransactionError::GasLimitAboveBlock;
    if (const auto error = validate_fees(transaction, block.base_fee);
        error != TransactionError::None)
        return error;
    return validate_contents(transaction, gas, rules, block);
}

/// EIP-2929, EIP-2930, EIP-3651.
void warm_up(const SignedTransaction& signed_transaction, const BlockRules& rules,
             const evm::BlockContext& block, TransactionState& state) {
    if (rules.revision < Revision::Berlin) return;
    const Transaction& transaction = signed_transaction.transaction;
    state.set_always_warm(precompiles::precompile_addresses(rules.revision));
    state.warm_account(signed_transaction.sender);
    if (transaction.to) state.warm_account(*transaction.to);
    if (rules.revision >= Revision::Shanghai) state.warm_account(block.beneficiary);
    for (const AccessListEntry& entry : transaction.access_list) {
        state.warm_account(entry.address);
        for (const Bytes32& key : entry.storage_keys)
            state.warm_storage(entry.address, to_uint256(key));
    }
}

/// EIP-7702, section "Behavior": one tuple. One that fails any check is skipped. Returns whether
/// the authority was charged as a new account and is none.
bool apply_authorization(const Authorization& authorization, uint64_t chain_id,
                         TransactionState& state) {
    if (!authorization.chain_id.is_zero() && authorization.chain_id != Uint256(chain_id))
        return false;
    if (authorization.nonce == UINT64_MAX || !authorization.authority) return false;
    const Address& authority = *authorization.authority;
    state.warm_account(authority);
    const CodePointer code = state.code(authority);
    if (code->size() != 0 && !is_delegation(code->bytes())) return false;
    if (state.nonce(authority) != authorization.nonce) return false;
    const bool existed = state.exists(authority);
    state.set_code(authority, authorization.address.is_zero()
                                  ? Bytes{}
                                  : delegation_to(authorization.address));
    state.set_nonce(authority, authorization.nonce + 1);
    return existed;
}

/// Returns the number of authorities that existed before.
uint64_t apply_authorizations(const Transaction& transaction, const BlockRules& rules,
                              TransactionState& state) {
    if (transaction.type != TransactionType::SetCode) return 0;
    uint64_t existing = 0;
    for (const Authorization& authorization : transaction.authorization_list)
        existing += apply_authorization(authorization, rules.chain_id, state) ? 1 : 0;
    return existing;
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

/// EIP-7708: what a destroyed account was sent after its SELFDESTRUCT is burnt with it.
void log_burnt_balances(TransactionState& state) {
    for (const Address& address : state.self_destructed())
        evm::log_burn(state, address, state.balance(address));
}

evm::Message message_of(const SignedTransaction& signed_transaction) {
    const Transaction& transaction = signed_transaction.transaction;
    evm::Message message;
    message.kind = transaction.is_create() ? evm::MessageKind::Create : evm::MessageKind::Call;
    if (transaction.to) message.recipient = message.code_address = *transaction.to;
    message.sender = signed_transaction.sender;
    message.input = transaction.data;
    message.value = transaction.value;
    return message;
}

}  // namespace

Uint256 effective_gas_price(const Transaction& transaction, const Uint256& base_fee) {
    const Uint256 priority_max = transaction.max_fee_per_gas - base_fee;
    return base_fee + std::min(transaction.max_priority_fee_per_gas, priority_max);
}

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

TransactionError validate_transaction(const Transaction& transaction, const BlockRules& rules,
                                      const evm::BlockContext& block) {
    return validate_with_gas(
        transaction, intrinsic_gas(transaction, rules.revision, block.gas_limit), rules, block);
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
    if (!cost || !state.has_balance(sender, *cost)) return TransactionError::InsufficientBalance;
    return TransactionError::None;
}

namespace {

/// On what terms a transaction was admitted.
struct Terms {
    Uint256 paid;                ///< for a unit of gas
    std::optional<Uint256> tip;  ///< of that for the beneficiary; none: not even a credit of 0
    uint64_t nonce = 0;          ///< the sender's, before
};

/// The transition of an admitted transaction. Gives the gas that its message needed at most.
uint64_t run_admitted(evm::Evm& evm, TransactionState& state, const BlockRules& rules,
                      const evm::BlockContext& block, const SignedTransaction& signed_transaction,
                      const Terms& terms, std::span<const evm::KnownHash> known_hashes,
                      TransactionOutcome& outcome, StateChanges& changes) {
    const Transaction& transaction = signed_transaction.transaction;
    const Address& sender = signed_transaction.sender;
    const Uint256& gas_price = terms.paid;
    const IntrinsicGas& gas = outcome.intrinsic_gas;
    outcome.blob_gas_used = blob_gas(transaction);
    // The blob fee is burnt, whatever the message does (EIP-4844).
    state.subtract_balance(sender, Uint256(transaction.gas_limit) * gas_price +
                                       Uint256(outcome.blob_gas_used) * block.blob_base_fee);
    state.set_nonce(sender, terms.nonce + 1);
    warm_up(signed_transaction, rules, block, state);
    const uint64_t existing_authorities = apply_authorizations(transaction, rules, state);
    warm_delegation_target(transaction, rules, state);

    const GasGrant grant =
        grant_gas(transaction, gas, rules.revision, block.gas_limit, existing_authorities);
    state.add_refund(grant.refund);
    evm::Message message = message_of(signed_transaction);
    message.gas = grant.gas;
    message.state_gas = grant.state_gas;

    const evm::TransactionContext context{sender, gas_price, transaction.blob_versioned_hashes,
                                          known_hashes};
    evm::CallResult result = evm.execute(block, context, message, state);
    outcome.status = result.status;
    outcome.output = std::move(result.output);
    if (evm::has_no_result(result.status)) {
        outcome.unsupported_precompile = evm.unsupported_precompile();
        return 0;
    }
    if (outcome.success() && transaction.is_create()) outcome.created = result.created;

    const GasSettlement settled =
        settle_gas(transaction, gas, grant, result, rules.revision, block.gas_limit, state);
    outcome.gas_used = settled.gas_used;
    outcome.regular_gas_used = settled.regular_gas_used;
    outcome.state_gas_used = settled.state_gas_used;
    state.add_balance(sender, Uint256(transaction.gas_limit - outcome.gas_used) * gas_price);
    // EIP-1559: the base fee is burnt, the beneficiary gets what is above it.
    if (terms.tip) state.add_balance(block.beneficiary, Uint256(outcome.gas_used) * *terms.tip);
    if (rules.revision >= Revision::Amsterdam) log_burnt_balances(state);
    state.finish(changes);
    outcome.logs = state.take_logs();
    const uint64_t left = result.gas_left + result.state_gas_left;
    return std::max(transaction.gas_limit - std::min(left, transaction.gas_limit), gas.floor);
}

/// `validate_with_gas` under the rules of a call.
TransactionError validate_call(const Transaction& transaction, const IntrinsicGas& gas,
                               const BlockRules& rules, const evm::BlockContext& block,
                               const CallRules& call_rules, bool pays_nothing) {
    if (call_rules.check_nonce && transaction.nonce == UINT64_MAX)
        return TransactionError::NonceIsMax;
    if (!pays_nothing)
        if (const auto error = validate_fees(transaction, block.base_fee);
            error != TransactionError::None)
            return error;
    return validate_contents(transaction, gas, rules, block);
}

/// `validate_sender` under the rules of a call.
TransactionError validate_caller(const SignedTransaction& call, const BlockRules& rules,
                                 const CallRules& call_rules, TransactionState& state) {
    const Transaction& transaction = call.transaction;
    if (call_rules.check_sender_code && state.code_hash(call.sender) != kEmptyCodeHash &&
        !(rules.revision >= Revision::Prague && is_delegation(state.code(call.sender)->bytes())))
        return TransactionError::SenderHasCode;
    if (call_rules.check_nonce) {
        const uint64_t nonce = state.nonce(call.sender);
        if (transaction.nonce < nonce) return TransactionError::NonceTooLow;
        if (transaction.nonce > nonce) return TransactionError::NonceTooHigh;
    }
    const auto cost = max_cost(transaction);
    if (!cost || !state.has_balance(call.sender, *cost))
        return TransactionError::InsufficientBalance;
    return TransactionError::None;
}

}  // namespace

TransactionOutcome execute_transaction(evm::Evm& evm, TransactionState& state,
                                       const StateView& view, const BlockRules& rules,
                                       const evm::BlockContext& block,
                                       const SignedTransaction& signed_transaction,
                                       StateChanges& changes,
                                       std::span<const evm::KnownHash> known_hashes) {
    const Transaction& transaction = signed_transaction.transaction;
    TransactionOutcome outcome;
    changes.clear();
    state.begin(view, rules.revision);
    outcome.intrinsic_gas = intrinsic_gas(transaction, rules.revision, block.gas_limit);
    outcome.error = validate_with_gas(transaction, outcome.intrinsic_gas, rules, block);
    if (outcome.error == TransactionError::None)
        outcome.error = validate_sender(signed_transaction, rules, state);
    if (outcome.error != TransactionError::None) return outcome;

    const Uint256 gas_price = effective_gas_price(transaction, block.base_fee);
    static_cast<void>(run_admitted(evm, state, rules, block, signed_transaction,
                                   {gas_price, gas_price - block.base_fee, transaction.nonce},
                                   known_hashes, outcome, changes));
    return outcome;
}

CallOutcome execute_call(evm::Evm& evm, TransactionState& state, const StateView& view,
                         const BlockRules& rules, const evm::BlockContext& block,
                         const SignedTransaction& call, const CallRules& call_rules,
                         StateChanges& changes) {
    const Transaction& transaction = call.transaction;
    CallOutcome out;
    changes.clear();
    state.begin(view, rules.revision);
    const bool pays_nothing = !call_rules.check_zero_fees &&
                              transaction.max_fee_per_gas.is_zero() &&
                              transaction.max_priority_fee_per_gas.is_zero();
    out.outcome.intrinsic_gas = intrinsic_gas(transaction, rules.revision, block.gas_limit);
    // In the order of other clients: who, fees, whether it can pay, and then the gas.
    out.outcome.error = validate_caller(call, rules, call_rules, state);
    const TransactionError form = validate_call(transaction, out.outcome.intrinsic_gas, rules,
                                                block, call_rules, pays_nothing);
    const bool is_gas = form == TransactionError::IntrinsicGasTooLow ||
                        form == TransactionError::FloorGasTooLow ||
                        form == TransactionError::InitCodeTooLarge;
    if (out.outcome.error == TransactionError::None ||
        (out.outcome.error == TransactionError::InsufficientBalance &&
         form != TransactionError::None && !is_gas))
        out.outcome.error = form;
    if (out.outcome.error != TransactionError::None) return out;
    Terms terms{{}, {}, state.nonce(call.sender)};
    if (!pays_nothing) {
        terms.paid = effective_gas_price(transaction, block.base_fee);
        terms.tip = terms.paid - block.base_fee;
    }
    out.max_gas_used =
        run_admitted(evm, state, rules, block, call, terms, {}, out.outcome, changes);
    return out;
}

}  // namespace switchyard::execute
