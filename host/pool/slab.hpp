// SPDX-License-Identifier: Apache-2.0
// Numbered objects that stay where they are, and whose memory serves again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace switchyard {

/// At most 2^32 - 2 objects. A number that was released is given out again; its object keeps its
/// last value until then.
template <typename T>
class Slab {
  public:
    [[nodiscard]] T& operator[](uint32_t i) { return (*chunks_[i / kChunk])[i % kChunk]; }
    [[nodiscard]] const T& operator[](uint32_t i) const {
        return (*chunks_[i / kChunk])[i % kChunk];
    }
    [[nodiscard]] uint32_t allocate() {
        if (!free_.empty()) {
            const uint32_t out = free_.back();
            free_.pop_back();
            return out;
        }
        if (size_ % kChunk == 0) chunks_.push_back(std::make_unique<std::array<T, kChunk>>());
        return size_++;
    }
    void release(uint32_t i) { free_.push_back(i); }
    /// Numbers given out so far, the released ones included: the end of a walk over all.
    [[nodiscard]] uint32_t end() const { return size_; }

  private:
    static constexpr uint32_t kChunk = 256;

    std::vector<std::unique_ptr<std::array<T, kChunk>>> chunks_;
    std::vector<uint32_t> free_;
    uint32_t size_ = 0;
};

}  // namespace switchyard
