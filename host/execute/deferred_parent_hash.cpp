// SPDX-License-Identifier: Apache-2.0
#include "host/execute/deferred_parent_hash.hpp"

#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"
#include "host/execute/system_contracts.hpp"

namespace switchyard::execute {
namespace {

constexpr uint64_t kHistoryServeWindow = 8191;  // EIP-2935

/// EIP-2935: the runtime code of the contract.
const Bytes32& code_hash_of_contract() {
    static const Bytes32 hash = [] {
        const auto code = from_hex(
            "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f356001430381116042"
            "57"
            "611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500");
        SWITCHYARD_ASSERT(code.has_value());
        return keccak256(*code);
    }();
    return hash;
}

bool has_standard_contract(const StateView& state) {
    const auto account = state.account(block_hashes_contract());
    return account && account->code_hash == code_hash_of_contract();
}

}  // namespace

DeferredParentHash::DeferredParentHash(const StateView& parent, uint64_t number, Revision revision,
                                       Wait wait)
    : parent_(parent),
      contract_(block_hashes_contract()),
      slot_((number - 1) % kHistoryServeWindow),
      wait_(std::move(wait)),
      is_deferred_(revision >= Revision::Prague && has_standard_contract(parent)) {}

Uint256 DeferredParentHash::storage(const Address& address, const Uint256& key) const {
    if (is_deferred_ && key == slot_ && address == contract_ &&
        !ended_.load(std::memory_order_acquire))
        return to_uint256(wait_());
    return parent_.storage(address, key);
}

}  // namespace switchyard::execute
