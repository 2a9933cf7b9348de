// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/evm_invariants.hpp"

#include <map>

#include "host/chain/block_access_list.hpp"
#include "host/chain/hash.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/rlp_schema.hpp"

namespace switchyard::fuzz {
namespace {

using execute::BlockResult;

/// An account and its storage. One that is absent and one that is empty are the same here.
struct Content {
    Account account;
    std::vector<StorageChange> storage;
    bool operator==(const Content&) const = default;
};

std::map<Address, Content> contents(const MemoryState& state) {
    const StateChanges all = state.all();
    std::map<Address, Content> out;
    for (const AccountChange& change : all.accounts) {
        const auto slots = all.storage_of(change);
        Content content{*change.account, {slots.begin(), slots.end()}};
        if (content != Content{}) out.emplace(change.address, std::move(content));
    }
    return out;
}

/// Puts the last value of everything in the list onto `state`.
void apply(const BlockAccessList& list, MemoryState& state) {
    for (const BlockAccessList::Account& entry : list.accounts) {
        Account account = state.account(entry.address).value_or(Account{});
        if (entry.balances.count != 0)
            account.balance = list.of(list.balances, entry.balances).back().value;
        if (entry.nonces.count != 0)
            account.nonce = list.of(list.nonces, entry.nonces).back().value;
        if (entry.codes.count != 0)
            account.code_hash = state.add_code(list.of(list.codes, entry.codes).back().value);
        state.set_account(entry.address, account);
        for (const BlockAccessList::Slot& slot : list.of(list.slots, entry.slots))
            state.set_storage(entry.address, slot.key,
                              list.of(list.values, slot.values).back().value);
    }
}

void check_access_list(const EvmWorld& world, const BlockResult& result, const MemoryState& after) {
    const auto& list = result.block_access_list;
    const bool wanted = world.block().rules.revision >= Revision::Amsterdam;
    require(list.has_value() == wanted, "an access list before Amsterdam, or none after");
    if (!list) return;
    const Bytes encoded = encode_block_access_list(*list);
    require(is_block_access_list(encoded), "the access list is not in order");
    require(result.block_access_list_hash == keccak256(encoded),
            "the access list hashes to another value");
    require(validate_block_access_list(*list, UINT64_MAX, world.block().transactions.size())
                .has_value(),
            "the access list has an index after the block");
    MemoryState by_list = world.state();
    apply(*list, by_list);
    require(contents(by_list) == contents(after), "the access list gives another state");
}

}  // namespace

void check_result(const EvmWorld& world, const BlockResult& result) {
    const execute::BlockInput block = world.block();
    require(result.receipts.size() == block.transactions.size(), "not one receipt each");
    // From Amsterdam on the last transaction may pass the limit (EIP-7778, EIP-8037).
    require(
        block.rules.revision >= Revision::Amsterdam || result.gas_used <= block.header->gas_limit,
        "more gas used than the block has");
    LogsBloom bloom;
    for (size_t i = 0; i < result.receipts.size(); ++i) {
        const Receipt& receipt = result.receipts[i];
        bloom |= bloom_of(receipt.logs);
        require(receipt.gas_used <= block.transactions[i].transaction.gas_limit,
                "a transaction used more gas than its limit");
    }
    require(bloom == result.logs_bloom, "the bloom is not that of the logs");

    MemoryState after = world.state();
    after.apply(result.changes);
    Uint256 wei;
    for (const AccountChange& change : after.all().accounts)
        wei += change.account->balance;
    require(wei <= world.wei_max(), "the block made ether");
    check_access_list(world, result, after);
}

}  // namespace switchyard::fuzz
