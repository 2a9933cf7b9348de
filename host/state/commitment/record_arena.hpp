// SPDX-License-Identifier: Apache-2.0
// Memory for pages and branches: many blocks of few sizes, side by side on huge pages.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace switchyard::commitment {

/// Hands out blocks from chunks of 2 MB, which the kernel is asked to map as huge pages: a block's
/// pages are touched in no order, and with small ones every touch misses the TLB as well (12% of a
/// block's time over a million accounts). A block that is given back serves the next one of its
/// size, and chunks are kept until the end. One thread.
///
/// Under sanitizers every block is an allocation of its own, so that they see its end.
class RecordArena {
  public:
    static constexpr size_t kBlockBytesMax = size_t{1} << 15;

    RecordArena() = default;
    ~RecordArena();
    RecordArena(const RecordArena&) = delete;
    RecordArena& operator=(const RecordArena&) = delete;

    /// A block of `bytes`, 1 to `kBlockBytesMax`, at a multiple of 64.
    [[nodiscard]] uint8_t* allocate(size_t bytes);
    /// Gives a block back to the arena that it is from.
    static void release(uint8_t* block, size_t bytes) noexcept;

    /// Bytes that a block of `bytes` takes.
    [[nodiscard]] static size_t rounded(size_t bytes) {
        return (bytes + kStep - 1) / kStep * kStep;
    }
    /// Bytes of all chunks.
    [[nodiscard]] size_t reserved() const { return chunks_.size() * kChunkBytes; }

  private:
    static constexpr size_t kStep = 64;
    static constexpr size_t kChunkBytes = size_t{1} << 21;

    std::array<std::vector<uint8_t*>, kBlockBytesMax / kStep + 1> free_;  ///< by size
    std::vector<uint8_t*> chunks_;
    [[maybe_unused]] size_t used_ = kChunkBytes;  ///< of the last chunk
};

}  // namespace switchyard::commitment
