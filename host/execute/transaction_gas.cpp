// SPDX-License-Identifier: Apache-2.0
#include "host/execute/transaction_gas.hpp"

#include <algorithm>

#include "host/evm/state_gas.hpp"

namespace switchyard::execute {
namespace {

constexpr uint64_t kTransactionGas = 21'000;
constexpr uint64_t kCreationGas = 32'000;               // EIP-2
constexpr uint64_t kCreationGasAmsterdam = 9'000;       // EIP-8037
constexpr uint64_t kZeroByteGas = 4;                    // Yellow Paper, appendix G
constexpr uint64_t kNonZeroByteGasFrontier = 68;        // Yellow Paper, appendix G
constexpr uint64_t kNonZeroByteGasIstanbul = 16;        // EIP-2028
constexpr uint64_t kAccessListAddressGas = 2'400;       // EIP-2930
constexpr uint64_t kAccessListStorageKeyGas = 1'900;    // EIP-2930
constexpr uint64_t kInitCodeWordGas = 2;                // EIP-3860
constexpr uint64_t kFloorTokenGas = 10;                 // EIP-7623
constexpr uint64_t kFloorTokenGasAmsterdam = 16;        // EIP-7976
constexpr uint64_t kNonZeroByteTokens = 4;              // EIP-7623
constexpr uint64_t kAuthorizationGas = 25'000;          // EIP-7702, PER_EMPTY_ACCOUNT_COST
constexpr uint64_t kAuthorizationBaseGas = 12'500;      // EIP-7702, PER_AUTH_BASE_COST
constexpr uint64_t kAuthorizationGasAmsterdam = 7'500;  // EIP-8037
constexpr uint64_t kRefundQuotientFrontier = 2;         // Yellow Paper, section 6.2
constexpr uint64_t kRefundQuotientLondon = 5;           // EIP-3529

/// EIP-8037: the account that a creation makes; an account and a designator for each authorization.
uint64_t intrinsic_state_gas(bool is_create, uint64_t authorizations, uint64_t block_gas_limit) {
    const uint64_t bytes =
        (is_create ? evm::kStateBytesNewAccount : 0) +
        authorizations * (evm::kStateBytesNewAccount + evm::kStateBytesAuthorization);
    const auto gas =
        static_cast<unsigned __int128>(bytes) * evm::cost_per_state_byte(block_gas_limit);
    return gas > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(gas);
}

/// EIP-8037: what the accounts that the transaction made and destroyed had paid for their state.
uint64_t destroyed_state_gas(const TransactionState& state, uint64_t cost_per_byte) {
    uint64_t bytes = 0;
    for (const Address& address : state.self_destructed())
        bytes += evm::kStateBytesNewAccount +
                 evm::kStateBytesStorageSet * state.created_slots(address) +
                 state.created_code_size(address);
    return bytes * cost_per_byte;
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

IntrinsicGas intrinsic_gas(const Transaction& transaction, Revision revision,
                           uint64_t block_gas_limit) {
    const bool amsterdam = revision >= Revision::Amsterdam;
    const auto zero_bytes = static_cast<uint64_t>(
        std::count(transaction.data.begin(), transaction.data.end(), uint8_t{0}));
    const uint64_t other_bytes = transaction.data.size() - zero_bytes;

    IntrinsicGas gas{kTransactionGas, 0};
    gas.intrinsic += kZeroByteGas * zero_bytes;
    gas.intrinsic += other_bytes * (revision >= Revision::Istanbul ? kNonZeroByteGasIstanbul
                                                                   : kNonZeroByteGasFrontier);
    if (transaction.is_create() && revision >= Revision::Homestead)
        gas.intrinsic += amsterdam ? kCreationGasAmsterdam : kCreationGas;
    if (transaction.is_create() && revision >= Revision::Shanghai)
        gas.intrinsic += kInitCodeWordGas * ((transaction.data.size() + 31) / 32);
    uint64_t access_list_bytes = 0;
    for (const AccessListEntry& entry : transaction.access_list) {
        gas.intrinsic +=
            kAccessListAddressGas + kAccessListStorageKeyGas * entry.storage_keys.size();
        access_list_bytes += Address::kSize + Bytes32::kSize * entry.storage_keys.size();
    }
    const uint64_t authorizations = transaction.authorization_list.size();
    gas.intrinsic += (amsterdam ? kAuthorizationGasAmsterdam : kAuthorizationGas) * authorizations;
    if (amsterdam) {
        // EIP-7976: zero bytes count as all others; EIP-7981: so does the access list, which also
        // pays the floor's price on top of its own.
        const uint64_t access_list_gas =
            kFloorTokenGasAmsterdam * kNonZeroByteTokens * access_list_bytes;
        gas.intrinsic += access_list_gas;
        gas.floor = kTransactionGas + access_list_gas +
                    kFloorTokenGasAmsterdam * kNonZeroByteTokens * transaction.data.size();
        gas.state = intrinsic_state_gas(transaction.is_create(), authorizations, block_gas_limit);
    } else if (revision >= Revision::Prague) {
        gas.floor =
            kTransactionGas + kFloorTokenGas * (zero_bytes + kNonZeroByteTokens * other_bytes);
    }
    return gas;
}

bool fits_block(const Transaction& transaction, const IntrinsicGas& gas, Revision revision,
                uint64_t regular_gas_left, uint64_t state_gas_left) {
    if (revision < Revision::Amsterdam) return transaction.gas_limit <= regular_gas_left;
    const uint64_t limit = transaction.gas_limit;
    const uint64_t regular = limit - std::min(limit, gas.state);
    const uint64_t state = limit - std::min(limit, gas.intrinsic);
    return std::min(regular, kTransactionGasCap) <= regular_gas_left && state <= state_gas_left;
}

GasGrant grant_gas(const Transaction& transaction, const IntrinsicGas& gas, Revision revision,
                   uint64_t block_gas_limit, uint64_t existing_authorities) {
    GasGrant grant;
    grant.gas = transaction.gas_limit - gas.total();
    if (revision < Revision::Amsterdam) {
        grant.refund = static_cast<int64_t>(existing_authorities *
                                            (kAuthorizationGas - kAuthorizationBaseGas));
        return grant;
    }
    const uint64_t regular = std::min(grant.gas, kTransactionGasCap - gas.intrinsic);
    grant.returned_state_gas = existing_authorities * evm::kStateBytesNewAccount *
                               evm::cost_per_state_byte(block_gas_limit);
    grant.state_gas = grant.gas - regular + grant.returned_state_gas;
    grant.gas = regular;
    return grant;
}

GasSettlement settle_gas(const Transaction& transaction, const IntrinsicGas& gas,
                         const GasGrant& grant, const evm::CallResult& result, Revision revision,
                         uint64_t block_gas_limit, const TransactionState& state) {
    GasSettlement settled;
    if (revision < Revision::Amsterdam) {
        settled.gas_used = gas_after_refund(transaction.gas_limit - result.gas_left, state.refund(),
                                            gas.floor, revision);
        settled.regular_gas_used = settled.gas_used;
        return settled;
    }
    uint64_t state_gas_left = result.state_gas_left;
    uint64_t state_gas_used = result.state_gas_used;
    if (result.status == evm::Status::Success) {
        const uint64_t destroyed = std::min(
            destroyed_state_gas(state, evm::cost_per_state_byte(block_gas_limit)), state_gas_used);
        state_gas_left += destroyed;
        state_gas_used -= destroyed;
    }
    settled.gas_used = gas_after_refund(transaction.gas_limit - result.gas_left - state_gas_left,
                                        state.refund(), gas.floor, revision);
    // The gas that a creation loses to a collision counts in neither dimension of the block, as the
    // execution specifications have it.
    const uint64_t consumed = result.status == evm::Status::CreateCollision
                                  ? 0
                                  : grant.gas - result.gas_left - result.state_gas_spilled;
    const uint64_t regular = gas.intrinsic + consumed;
    settled.regular_gas_used = std::max(regular, gas.floor);
    settled.state_gas_used = gas.state + state_gas_used;
    return settled;
}

}  // namespace switchyard::execute
