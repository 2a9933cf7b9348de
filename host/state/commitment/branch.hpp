// SPDX-License-Identifier: Apache-2.0
// A branch that is a record of its own, with the extension before it, in memory.
#pragma once

#include <array>
#include <memory>
#include <new>

#include "host/state/commitment/node_encoding.hpp"
#include "host/state/commitment/record_arena.hpp"

namespace switchyard::commitment {

/// A record in memory, until it is evicted.
using RecordId = uint32_t;
inline constexpr RecordId kNoRecord = UINT32_MAX;

/// Sixteen places below nibble `depth`. Everything that its encoding needs lies here, so that
/// hashing it touches no child.
struct Branch {
    std::array<Bytes32, 16> references;
    std::array<uint8_t, 16> reference_sizes{};  ///< 0: no child, or one that is not hashed yet
    std::array<uint32_t, 16> counts{};          ///< leaves below each child; 0: no child
    std::array<RecordId, 16> children;          ///< those in memory
    Bytes32 key;  ///< any key below it: the first `depth` nibbles are its path
    uint8_t depth = 0;

    Branch() { children.fill(kNoRecord); }

    [[nodiscard]] uint64_t leaf_count() const {
        uint64_t sum = 0;
        for (const uint32_t count : counts)
            sum += count;
        return sum;
    }
    [[nodiscard]] size_t child_count() const {
        size_t count = 0;
        for (const uint32_t leaves : counts)
            count += leaves != 0 ? 1 : 0;
        return count;
    }
    /// Asks for the lines that a walk reads, or for all of them.
    void prefetch_links() const {
        __builtin_prefetch(&reference_sizes);
        __builtin_prefetch(&children);
        __builtin_prefetch(&depth);
    }
    void prefetch() const {
        for (size_t i = 0; i < sizeof(Branch); i += 64)
            __builtin_prefetch(reinterpret_cast<const uint8_t*>(this) + i);
    }
    void set_reference(size_t nibble, BytesView reference) {
        std::memcpy(references[nibble].data(), reference.data(), reference.size());
        reference_sizes[nibble] = static_cast<uint8_t>(reference.size());
    }
    [[nodiscard]] Target target(size_t nibble) {
        return {references[nibble].data(), &reference_sizes[nibble]};
    }
    /// Without its extension. Every child is hashed.
    [[nodiscard]] BytesView encode(uint8_t* buffer) const {
        BranchEncoder encoder(buffer);
        for (uint8_t nibble = 0; nibble < 16; ++nibble)
            if (counts[nibble] != 0)
                encoder.child(nibble, references[nibble].data(), reference_sizes[nibble]);
        return encoder.finish();
    }
};

struct ReleaseBranch {
    void operator()(Branch* branch) const noexcept {
        RecordArena::release(reinterpret_cast<uint8_t*>(branch), sizeof(Branch));
    }
};
using BranchPointer = std::unique_ptr<Branch, ReleaseBranch>;
static_assert(std::is_trivially_destructible_v<Branch>);

[[nodiscard]] inline BranchPointer make_branch(RecordArena& arena) {
    return BranchPointer(new (arena.allocate(sizeof(Branch))) Branch);
}

}  // namespace switchyard::commitment
