// SPDX-License-Identifier: Apache-2.0
#include "host/execute/block_roots.hpp"

#include "host/chain/rlp.hpp"
#include "host/state/trie/ordered_trie.hpp"

namespace switchyard::execute {
namespace {

Bytes encode_withdrawal(const Withdrawal& withdrawal) {
    Bytes out;
    rlp::Encoder encoder(out);
    const size_t mark = encoder.begin_list();
    encoder.uint64(withdrawal.index);
    encoder.uint64(withdrawal.validator_index);
    encoder.string(withdrawal.address);
    encoder.uint64(withdrawal.amount_gwei);
    encoder.end_list(mark);
    return out;
}

template <typename Item, typename Encode>
Bytes32 list_root(std::span<const Item> items, Encode&& encode) {
    std::vector<Bytes> encoded;
    encoded.reserve(items.size());
    for (const Item& item : items)
        encoded.push_back(encode(item));
    return trie::ordered_trie_root(encoded);
}

}  // namespace

Bytes32 receipts_root(std::span<const Receipt> receipts) {
    return list_root(receipts, encode_receipt);
}

Bytes32 withdrawals_root(std::span<const Withdrawal> withdrawals) {
    return list_root(withdrawals, encode_withdrawal);
}

Bytes32 transactions_root(std::span<const Transaction> transactions) {
    return list_root(transactions, encode_transaction);
}

Bytes32 transactions_root(std::span<const SignedTransaction> transactions) {
    return list_root(transactions, [](const SignedTransaction& item) {
        return encode_transaction(item.transaction);
    });
}

}  // namespace switchyard::execute
