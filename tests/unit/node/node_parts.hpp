// SPDX-License-Identifier: Apache-2.0
// What tests of a node begin with: a first state with funded senders, their payments, a small
// chain, a request and its answer.
#pragma once

#include <nlohmann/json.hpp>
#include <span>

#include "host/chain/hash.hpp"
#include "host/execute/system_code.hpp"
#include "host/node/chain/chain.hpp"
#include "host/node/rpc/dispatcher.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tools/workloads/signer.hpp"

namespace switchyard::test {

inline constexpr uint64_t kGwei = 1'000'000'000;

/// Each sender has a billion Gwei; the system contracts of the revision are there.
inline node::Genesis funded_genesis(Revision revision,
                                    std::span<const workloads::Identity> senders) {
    MemoryState state;
    for (const workloads::Identity& sender : senders) {
        Account account;
        account.balance = Uint256{1'000'000'000} * Uint256{kGwei};
        state.set_account(sender.address, account);
    }
    execute::deploy_system_contracts(revision, state);
    node::Genesis out;
    out.config = ChainConfig::single_revision(revision);
    out.state = state.all();
    BlockHeader header;
    header.gas_limit = 30'000'000;
    out.header = *node::complete_genesis(header, revision, trie::state_root(out.state));
    return out;
}

/// Caches that suit a few blocks.
inline node::ChainOptions small_chain() {
    node::ChainOptions out;
    out.store.flat.cache_bytes = out.store.flat.code_cache_bytes = 1 << 20;
    out.store.trie.cache_bytes = 16 << 20;
    return out;
}

/// 7 wei to somebody, on the chain with id 1.
inline SignedTransaction signed_payment(const workloads::Signer& signer,
                                        const workloads::Identity& sender, uint64_t nonce) {
    SignedTransaction out;
    Transaction& inner = out.transaction;
    inner.type = TransactionType::DynamicFee;
    inner.chain_id = 1;
    inner.nonce = nonce;
    inner.max_fee_per_gas = Uint256{100 * kGwei};
    inner.max_priority_fee_per_gas = Uint256{kGwei};
    inner.gas_limit = 21'000;
    inner.to = Address{{0xbb}};
    inner.value = Uint256{7};
    const Bytes encoded = signer.sign(inner, sender);
    out.hash = keccak256(encoded);
    out.sender = sender.address;
    out.encoded_bytes = static_cast<uint32_t>(encoded.size());
    return out;
}

/// The whole answer to one call.
inline nlohmann::json ask(const rpc::Dispatcher& dispatcher, const std::string& method,
                          nlohmann::json params) {
    std::string text =
        nlohmann::json{
            {"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}}
            .dump();
    std::string out;
    rpc::Context context;
    rpc::DispatchScratch scratch;
    dispatcher.answer(scratch, text, context, out);
    return nlohmann::json::parse(out);
}

}  // namespace switchyard::test
