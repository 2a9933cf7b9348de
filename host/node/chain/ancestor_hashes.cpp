// SPDX-License-Identifier: Apache-2.0
#include "host/node/chain/ancestor_hashes.hpp"

namespace switchyard::node {

Bytes32 AncestorHashes::block_hash(uint64_t number) const {
    if (number > parent_number_ || parent_number_ - number >= kWindow) return {};
    const uint64_t distance = parent_number_ - number;
    const std::lock_guard guard(mutex_);
    while (hashes_.size() <= distance) {
        const Bytes32 hash = last_->header().parent_hash;
        const auto block = archive_.block(hash);
        // The parent's hash is known also where its block is not.
        hashes_.push_back(hash);
        if (!block || *block == nullptr) {
            hashes_.resize(kWindow);
            break;
        }
        last_ = *block;
    }
    return hashes_[distance];
}

}  // namespace switchyard::node
