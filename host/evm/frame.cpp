// SPDX-License-Identifier: Apache-2.0
#include "host/evm/frame.hpp"

#include "host/core/assert.hpp"

namespace switchyard::evm {
namespace {

/// One below the first stack, then every stack full, then the item that an instruction may write
/// before its own overflow check of the next.
constexpr size_t kStackWords = 1 + (kCallDepthMax + 1) * kStackItemsMax;

/// Memory that a frame keeps between transactions. Few contracts use more; 1025 frames of it are
/// the most that an idle EVM holds.
constexpr uint64_t kRetainedMemoryBytes = 32 * 1024;

}  // namespace

FramePool::FramePool()
    : words_(static_cast<Uint256*>(
          ::operator new (kStackWords * sizeof(Uint256), std::align_val_t{64}))) {}

void FramePool::use(size_t depth) {
    SWITCHYARD_ASSERT(depth <= kCallDepthMax);
    while (frames_.size() <= depth)
        frames_.push_back(std::make_unique<Frame>());
    used_ = depth + 1;
}

void FramePool::release() {
    for (size_t i = 0; i < used_; ++i) {
        frames_[i]->code.reset();
        frames_[i]->memory.release_above(kRetainedMemoryBytes);
    }
    used_ = 0;
}

}  // namespace switchyard::evm
