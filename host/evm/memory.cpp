// SPDX-License-Identifier: Apache-2.0
#include "host/evm/memory.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "host/core/assert.hpp"

namespace switchyard::evm {
namespace {

constexpr uint64_t kFirstCapacity = 4096;

}  // namespace

void Memory::grow(uint64_t size) {
    if (size > capacity_) {
        const uint64_t capacity = std::max(kFirstCapacity, std::bit_ceil(size));
        auto* moved = static_cast<uint8_t*>(std::realloc(data_.get(), capacity));
        SWITCHYARD_ASSERT(moved != nullptr);
        static_cast<void>(data_.release());
        data_.reset(moved);
        capacity_ = capacity;
    }
    std::memset(data_.get() + size_, 0, size - size_);
    size_ = size;
}

void Memory::release_above(uint64_t bytes) {
    if (capacity_ <= bytes) return;
    data_.reset();
    size_ = 0;
    capacity_ = 0;
}

}  // namespace switchyard::evm
