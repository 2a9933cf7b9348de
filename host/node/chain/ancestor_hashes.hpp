// SPDX-License-Identifier: Apache-2.0
// BLOCKHASH for a block, on whatever branch it stands.
#pragma once

#include <mutex>

#include "host/evm/evm.hpp"
#include "host/node/archive/archive.hpp"

namespace switchyard::node {

/// Follows parent hashes from `parent` backwards, as far as somebody asks. Safe from any thread.
/// `archive` must outlive it.
class AncestorHashes final : public evm::BlockHashes {
  public:
    AncestorHashes(const Archive& archive, BlockPointer parent)
        : archive_(archive), parent_number_(parent->number()), last_(std::move(parent)) {
        hashes_.push_back(last_->hash);
    }

    /// 0 for what is not among the 256 blocks up to the parent.
    [[nodiscard]] Bytes32 block_hash(uint64_t number) const override;

  private:
    static constexpr uint64_t kWindow = 256;

    const Archive& archive_;
    const uint64_t parent_number_;
    mutable std::mutex mutex_;
    mutable BlockPointer last_;            ///< the block of `hashes_.back()`
    mutable std::vector<Bytes32> hashes_;  ///< of the parent and its ancestors, descending
};

}  // namespace switchyard::node
