// SPDX-License-Identifier: Apache-2.0
// Memory that is taken piece by piece and given back at once.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace switchyard::execute {

/// A bump allocator of chunks that are kept between uses. One thread makes objects; whoever sees
/// one may be another. Objects are never destroyed, so that their types must not need it.
class Arena {
  public:
    /// Gives everything back; every object is gone.
    void clear() {
        chunk_ = 0;
        used_ = 0;
    }

    template <typename T, typename... Arguments>
    [[nodiscard]] T* make(Arguments&&... arguments) {
        static_assert(std::is_trivially_destructible_v<T>);
        static_assert(sizeof(T) <= kChunkBytes);
        constexpr size_t kAlignment = alignof(T);
        size_t at = (used_ + kAlignment - 1) / kAlignment * kAlignment;
        if (chunks_.empty() || at + sizeof(T) > kChunkBytes) {
            if (!chunks_.empty()) ++chunk_;
            if (chunk_ == chunks_.size()) chunks_.push_back(std::make_unique<Chunk>());
            at = 0;
        }
        used_ = at + sizeof(T);
        // What is made next is written to soon, and no cache has it after a block.
        for (size_t line = 0; line < sizeof(T); line += 64)
            __builtin_prefetch(chunks_[chunk_]->bytes + used_ + sizeof(T) + line, 1);
        return new (chunks_[chunk_]->bytes + at) T{std::forward<Arguments>(arguments)...};
    }

  private:
    static constexpr size_t kChunkBytes = size_t{256} * 1024;
    static constexpr size_t kChunkSlack = 4'096;  ///< for addresses that are only prefetched
    struct alignas(64) Chunk {
        std::byte bytes[kChunkBytes + kChunkSlack];
    };
    std::vector<std::unique_ptr<Chunk>> chunks_;
    size_t chunk_ = 0;  ///< being filled
    size_t used_ = 0;   ///< of it
};

}  // namespace switchyard::execute
