// SPDX-License-Identifier: Apache-2.0
#include "host/road/serial_follower.hpp"

#include <algorithm>

#include "host/core/hex.hpp"

namespace switchyard {

Result<SerialFollower> SerialFollower::create(const ChainConfig& chain, const StateChanges& state) {
    SerialFollower out(chain);
    out.state_.apply(state);
    if (auto root = out.trie_.apply(state); !root) return root.error();
    return out;
}

Bytes32 SerialFollower::block_hash(uint64_t number) const {
    const Bytes32* hash = hashes_.find(Uint256{number});
    return hash != nullptr ? *hash : Bytes32{};
}

Result<void> SerialFollower::follow(const SealedBlock& block) {
    const std::string name = "block " + std::to_string(block.header.number);
    if (last_hash_ && block.header.parent_hash != *last_hash_)
        return Error{ErrorCode::Mismatch, name + ": it does not name the block before as parent"};
    execute::BlockInput input;
    input.header = &block.header;
    input.rules = execute::rules_for_block(chain_, block.header.number, block.header.timestamp);
    input.transactions = block.transactions;
    input.withdrawals = block.withdrawals;
    hashes_[Uint256{block.header.number - 1}] = block.header.parent_hash;
    input.hashes = this;
    auto result = [&] {
        const StationTimer timer(execution_, block.transactions.size());
        return execute::execute_block_serial(input, state_);
    }();
    if (!result) return result.error();
    const auto root = trie_.apply(result->changes);
    if (!root) return root.error();

    for (size_t i = 0; i < std::min(result->receipts.size(), block.receipts.size()); ++i)
        if (result->receipts[i] != block.receipts[i])
            return Error{ErrorCode::Mismatch,
                         name + ", receipt " + std::to_string(i) + ": parallel is not serial"};
    BlockHeader header = block.header;
    seal_header(header, block.transactions, block.withdrawals, *result, *root);
    const auto differs = [&](const char* field, const Bytes32& serial, const Bytes32& found) {
        return Error{ErrorCode::Mismatch, name + ", " + field + ": serial execution gives " +
                                              to_hex(serial) + ", the block " + to_hex(found)};
    };
    if (header.state_root != block.header.state_root)
        return differs("state root", header.state_root, block.header.state_root);
    if (header.receipts_root != block.header.receipts_root)
        return differs("receipts root", header.receipts_root, block.header.receipts_root);
    if (header_hash(header) != block.hash) return differs("hash", header_hash(header), block.hash);
    state_.apply(result->changes);
    last_hash_ = block.hash;
    return {};
}

}  // namespace switchyard
