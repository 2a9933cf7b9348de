// SPDX-License-Identifier: Apache-2.0
#include "host/execute/system_contracts.hpp"

#include "host/core/hex.hpp"

namespace switchyard::execute {
namespace {

constexpr uint64_t kSystemCallGas = 30'000'000;  // EIP-4788

Address address_of(std::string_view hex) {
    const auto address = fixed_from_hex<Address::kSize>(hex);
    SWITCHYARD_ASSERT(address.has_value());
    return *address;
}

}  // namespace

Address beacon_roots_contract() {
    static const Address address = address_of("000f3df6d732807ef1319fb7b8bb8522d0beac02");
    return address;
}
Address block_hashes_contract() {
    static const Address address = address_of("0000f90827f1c53a10cb7a02335b175320002935");
    return address;
}
Address withdrawal_requests_contract() {
    static const Address address = address_of("00000961ef480eb55e80d19ad83579a64c007002");
    return address;
}
Address consolidation_requests_contract() {
    static const Address address = address_of("0000bbddc7ce488642fb579f8b00f3a590007251");
    return address;
}

Error no_result_error(evm::Status status, const Address& precompile) {
    if (status == evm::Status::Interrupted)
        return {ErrorCode::Timeout, "the execution was interrupted"};
    return {ErrorCode::Unsupported,
            "precompile " + to_hex(precompile) + " is not supported by this build"};
}

Result<Bytes> system_call(evm::Evm& evm, TransactionState& transaction_state,
                          const BlockEffects& effects, const BlockRules& rules,
                          const evm::BlockContext& block, const Address& contract, BytesView input,
                          SystemCallPolicy policy) {
    static const Address system_address = address_of("fffffffffffffffffffffffffffffffffffffffe");
    const bool required = policy == SystemCallPolicy::Require;
    StateChanges changes;
    transaction_state.begin(effects.state, rules.revision);
    if (transaction_state.code(contract)->size() == 0) {
        if (!required) {
            // Nothing ran, but the contract was looked for (EIP-7928).
            transaction_state.finish(changes);
            effects.apply(changes);
            return Bytes{};
        }
        return Error{ErrorCode::InvalidInput,
                     "system contract " + to_hex(contract) + " has no code"};
    }
    transaction_state.warm_account(contract);

    evm::Message message;
    message.gas = kSystemCallGas;
    message.recipient = message.code_address = contract;
    message.sender = system_address;
    message.input = input;
    const evm::TransactionContext context{system_address, Uint256(0), {}};
    evm::CallResult result = evm.execute(block, context, message, transaction_state);
    if (evm::has_no_result(result.status))
        return no_result_error(result.status, evm.unsupported_precompile());
    if (result.status != evm::Status::Success && required)
        return Error{ErrorCode::InvalidInput,
                     "the call of system contract " + to_hex(contract) + " failed"};
    transaction_state.finish(changes);
    effects.apply(changes);
    return std::move(result.output);
}

}  // namespace switchyard::execute
