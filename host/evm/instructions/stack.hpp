// SPDX-License-Identifier: Apache-2.0
// Instructions that only move stack items: POP, PUSH, DUP, SWAP, and EIP-8024's DUPN, SWAPN,
// EXCHANGE.
#pragma once

#include "host/evm/context.hpp"
#include "host/evm/instructions/copy_word.hpp"

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
    // Each limb goes where it belongs at once: g++ builds a word that is a variable in memory, and
    // copies it from there by the 16-byte loads that `copy_word` is about.
    uint64_t* const to = top[1].limb.data();
    for (unsigned limb = 0; limb < 4; ++limb) {
        uint64_t word = 0;
        if (8 * (limb + 1) <= kBytes) {
            std::memcpy(&word, data + kBytes - 8 * (limb + 1), 8);
            word = __builtin_bswap64(word);
        } else if (8 * limb < kBytes) {
            std::memcpy(&word, data, 8);
            word = __builtin_bswap64(word) >> (64 - 8 * (kBytes % 8)) % 64;
        }
        to[limb] = word;
    }
}

template <int kDepth>
SWITCHYARD_EVM_INLINE void duplicate(Uint256* top) {
    copy_word(top[1], top[1 - kDepth]);
}

SWITCHYARD_EVM_INLINE void swap_words(Uint256& a, Uint256& b) {
    const uint64_t a0 = a.limb[0];
    const uint64_t a1 = a.limb[1];
    const uint64_t a2 = a.limb[2];
    const uint64_t a3 = a.limb[3];
    copy_word(a, b);
    b.limb[0] = a0;
    b.limb[1] = a1;
    b.limb[2] = a2;
    b.limb[3] = a3;
}

template <int kDepth>
SWITCHYARD_EVM_INLINE void swap(Uint256* top) {
    swap_words(top[0], top[-kDepth]);
}

/// The depth, 17 to 235, that the immediate of DUPN and SWAPN encodes; 0 for the values that it
/// must not have, among them JUMPDEST and PUSH1 to PUSH32 (EIP-8024, `decode_single`).
[[nodiscard]] constexpr unsigned decode_single(uint8_t immediate) {
    if (immediate > 0x5a && immediate < 0x80) return 0;
    return (immediate + 145U) % 256U;
}

/// The two depths that the immediate of EXCHANGE encodes, the smaller first; zeros for the values
/// that it must not have (EIP-8024, `decode_pair`).
struct DepthPair {
    unsigned near = 0;
    unsigned far = 0;
};
[[nodiscard]] constexpr DepthPair decode_pair(uint8_t immediate) {
    if (immediate > 0x51 && immediate < 0x80) return {};
    const unsigned key = immediate ^ 0x8fU;
    const unsigned q = key / 16;
    const unsigned r = key % 16;
    return q < r ? DepthPair{q + 1, r + 1} : DepthPair{r + 1, 29 - q};
}

inline Outcome duplicate_n(Frame& frame, const uint8_t* pc, Uint256* top, uint64_t gas) {
    const unsigned depth = decode_single(pc[1]);
    if (depth == 0) return fail(frame, Status::InvalidInstruction);
    if (frame.stack_size(top) < depth) return fail(frame, Status::StackUnderflow);
    copy_word(top[1], *(top - depth + 1));
    return {gas, Signal::Continue};
}

inline Outcome swap_n(Frame& frame, const uint8_t* pc, Uint256* top, uint64_t gas) {
    const unsigned depth = decode_single(pc[1]);
    if (depth == 0) return fail(frame, Status::InvalidInstruction);
    if (frame.stack_size(top) <= depth) return fail(frame, Status::StackUnderflow);
    swap_words(top[0], *(top - depth));
    return {gas, Signal::Continue};
}

inline Outcome exchange(Frame& frame, const uint8_t* pc, Uint256* top, uint64_t gas) {
    const DepthPair depths = decode_pair(pc[1]);
    if (depths.near == 0) return fail(frame, Status::InvalidInstruction);
    if (frame.stack_size(top) <= depths.far) return fail(frame, Status::StackUnderflow);
    swap_words(*(top - depths.near), *(top - depths.far));
    return {gas, Signal::Continue};
}

}  // namespace switchyard::evm::instructions
