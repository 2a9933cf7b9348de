// SPDX-License-Identifier: Apache-2.0
// Instructions that only move stack items: POP, PUSH, DUP, SWAP.
#pragma once

#include "host/evm/context.hpp"

namespace switchyard::evm::instructions {

SWITCHYARD_EVM_INLINE void pop(Uint256* /*top*/) {}

SWITCHYARD_EVM_INLINE void push_zero(Uint256* top) {
    top[1] = Uint256{};
}

/// PUSH1 to PUSH32: the big-endian bytes behind the opcode. The code's zero padding lets every read
/// take whole words: `Code::padded` promises 33 bytes past the end.
template <unsigned kBytes>
SWITCHYARD_EVM_INLINE void push(const uint8_t* pc, Uint256* top) {
    const uint8_t* const data = pc + 1;
    Uint256 value;
    for (unsigned limb = 0; limb < kBytes / 8; ++limb) {
        uint64_t word = 0;
        std::memcpy(&word, data + kBytes - 8 * (limb + 1), 8);
        value.limb[limb] = __builtin_bswap64(word);
    }
    if constexpr (kBytes % 8 != 0) {
        uint64_t word = 0;
        std::memcpy(&word, data, 8);
        value.limb[kBytes / 8] = __builtin_bswap64(word) >> (64 - 8 * (kBytes % 8));
    }
    top[1] = value;
}

/// Copies limb by limb. A 16-byte load of a word that arithmetic has just stored in four 8-byte
/// parts would wait until the stores have left the store buffer.
SWITCHYARD_EVM_INLINE void copy_word(Uint256& to, const Uint256& from) {
    const auto [l0, l1, l2, l3] = from.limb;
    to.limb = {l0, l1, l2, l3};
}

template <int kDepth>
SWITCHYARD_EVM_INLINE void duplicate(Uint256* top) {
    copy_word(top[1], top[1 - kDepth]);
}

template <int kDepth>
SWITCHYARD_EVM_INLINE void swap(Uint256* top) {
    const auto [a0, a1, a2, a3] = top[0].limb;
    copy_word(top[0], top[-kDepth]);
    top[-kDepth].limb = {a0, a1, a2, a3};
}

}  // namespace switchyard::evm::instructions
