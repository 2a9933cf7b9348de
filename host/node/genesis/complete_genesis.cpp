// SPDX-License-Identifier: Apache-2.0
#include "host/node/genesis/genesis.hpp"

#include "host/chain/base_fee.hpp"
#include "host/chain/hash.hpp"
#include "host/execute/requests.hpp"
#include "host/state/trie/trie.hpp"

namespace switchyard::node {
namespace {

constexpr uint8_t kEmptyList = 0xc0;  // RLP

template <typename T>
void set_if_absent(std::optional<T>& field, const T& value) {
    if (!field) field = value;
}

}  // namespace

Result<BlockHeader> complete_genesis(BlockHeader stated, Revision revision,
                                     const Bytes32& state_root) {
    BlockHeader out = std::move(stated);
    out.ommers_hash = keccak256(Bytes{kEmptyList});
    out.state_root = state_root;
    out.transactions_root = trie::kEmptyRoot;
    out.receipts_root = trie::kEmptyRoot;
    if (revision >= Revision::London) set_if_absent(out.base_fee_per_gas, Uint256(kInitialBaseFee));
    if (revision >= Revision::Shanghai) set_if_absent(out.withdrawals_root, trie::kEmptyRoot);
    if (revision >= Revision::Cancun) {
        set_if_absent(out.blob_gas_used, uint64_t{0});
        set_if_absent(out.excess_blob_gas, uint64_t{0});
        set_if_absent(out.parent_beacon_block_root, Bytes32{});
    }
    if (revision >= Revision::Prague) {
        const auto requests = execute::requests_hash({});
        if (!requests) return requests.error();
        set_if_absent(out.requests_hash, *requests);
    }
    if (revision >= Revision::Amsterdam) {
        set_if_absent(out.block_access_list_hash, keccak256(Bytes{kEmptyList}));
        set_if_absent(out.slot_number, uint64_t{0});
    }
    return out;
}

}  // namespace switchyard::node
