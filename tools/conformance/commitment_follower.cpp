// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/commitment_follower.hpp"

namespace switchyard::conformance {

Result<Bytes32> CommitmentFollower::root_after(const Bytes32& parent, const MemoryState& state,
                                               const StateChanges& changes) {
    if (at_ != parent) {
        commitment_.reset();
        store_ = std::make_unique<commitment::MemoryRecordStore>();
        auto opened =
            commitment::StateCommitment::open(*store_, {.cache_bytes = 0, .page_leaves = 2});
        if (!opened) return opened.error();
        commitment_.emplace(*std::move(opened));
        if (const auto root = commitment_->apply(state.all()); !root) return root.error();
    }
    at_.reset();
    if (Result<void> done = commitment_->checkpoint(); !done) return done.error();
    return commitment_->apply(changes);
}

}  // namespace switchyard::conformance
