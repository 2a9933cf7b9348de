// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/record_arena.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>

#include "host/core/assert.hpp"

namespace switchyard::commitment {

#ifdef SWITCHYARD_SANITIZED

RecordArena::~RecordArena() = default;

uint8_t* RecordArena::allocate(size_t bytes) {
    return static_cast<uint8_t*>(::operator new (rounded(bytes), std::align_val_t{kStep}));
}

void RecordArena::release(uint8_t* block, size_t) noexcept {
    ::operator delete (block, std::align_val_t{kStep});
}

#else

RecordArena::~RecordArena() {
    for (uint8_t* chunk : chunks_)
        std::free(chunk);
}

uint8_t* RecordArena::allocate(size_t bytes) {
    SWITCHYARD_ASSERT(bytes != 0 && bytes <= kBlockBytesMax);
    const size_t size = rounded(bytes);
    std::vector<uint8_t*>& free = free_[size / kStep];
    if (!free.empty()) {
        uint8_t* block = free.back();
        free.pop_back();
        return block;
    }
    if (used_ + size > kChunkBytes) {
        auto* chunk = static_cast<uint8_t*>(std::aligned_alloc(kChunkBytes, kChunkBytes));
        if (chunk == nullptr) throw std::bad_alloc();
        // A refusal costs speed and nothing else.
        static_cast<void>(::madvise(chunk, kChunkBytes, MADV_HUGEPAGE));
        // The first step of a chunk says whose it is.
        RecordArena* const self = this;
        std::memcpy(chunk, &self, sizeof(self));
        chunks_.push_back(chunk);
        used_ = kStep;
    }
    uint8_t* block = chunks_.back() + used_;
    used_ += size;
    return block;
}

void RecordArena::release(uint8_t* block, size_t bytes) noexcept {
    const auto address = reinterpret_cast<uintptr_t>(block);
    RecordArena* arena = nullptr;
    std::memcpy(&arena, reinterpret_cast<const uint8_t*>(address & ~(kChunkBytes - 1)),
                sizeof(arena));
    arena->free_[rounded(bytes) / kStep].push_back(block);
}

#endif

}  // namespace switchyard::commitment
