// SPDX-License-Identifier: Apache-2.0
// Arithmetic, comparison and bitwise instructions (Yellow Paper, appendix H.2, 0x01 to 0x1e).
//
// A handler of this form sees the stack before the instruction: `top[0]` is the topmost item. It
// leaves its result where the topmost item will be afterwards.
#pragma once

#include "host/evm/context.hpp"
#include "host/evm/instructions/copy_word.hpp"

namespace switchyard::evm::instructions {

SWITCHYARD_EVM_INLINE void add(Uint256* top) {
    top[-1] = top[0] + top[-1];
}
SWITCHYARD_EVM_INLINE void multiply(Uint256* top) {
    copy_word(top[-1], top[0] * top[-1]);
}
SWITCHYARD_EVM_INLINE void subtract(Uint256* top) {
    top[-1] = top[0] - top[-1];
}
inline void divide(Uint256* top) {
    copy_word(top[-1], top[0] / top[-1]);
}
inline void signed_divide(Uint256* top) {
    copy_word(top[-1], switchyard::signed_divide(top[0], top[-1]));
}
inline void modulo(Uint256* top) {
    copy_word(top[-1], top[0] % top[-1]);
}
inline void signed_modulo(Uint256* top) {
    copy_word(top[-1], switchyard::signed_remainder(top[0], top[-1]));
}
inline void add_modulo(Uint256* top) {
    copy_word(top[-2], switchyard::add_mod(top[0], top[-1], top[-2]));
}
inline void multiply_modulo(Uint256* top) {
    copy_word(top[-2], switchyard::multiply_mod(top[0], top[-1], top[-2]));
}
inline void sign_extend(Uint256* top) {
    copy_word(top[-1], switchyard::sign_extend(top[0], top[-1]));
}

/// EXP: the price grows with the bytes of the exponent (EIP-160).
template <Revision R>
[[gnu::noinline]] Outcome exponentiate(Frame& frame, Uint256* top, uint64_t gas) {
    const Uint256& exponent = top[-1];
    const uint64_t cost = (bit_length(exponent) + 7) / 8 * gas::exponent_byte(R);
    if (gas < cost) return fail(frame, Status::OutOfGas);
    top[-1] = power(top[0], exponent);
    return {gas - cost, Signal::Continue};
}

SWITCHYARD_EVM_INLINE void less(Uint256* top) {
    top[-1] = Uint256{switchyard::less(top[0], top[-1]) ? 1U : 0U};
}
SWITCHYARD_EVM_INLINE void greater(Uint256* top) {
    top[-1] = Uint256{switchyard::less(top[-1], top[0]) ? 1U : 0U};
}
SWITCHYARD_EVM_INLINE void signed_less(Uint256* top) {
    top[-1] = Uint256{switchyard::signed_less(top[0], top[-1]) ? 1U : 0U};
}
SWITCHYARD_EVM_INLINE void signed_greater(Uint256* top) {
    top[-1] = Uint256{switchyard::signed_less(top[-1], top[0]) ? 1U : 0U};
}
SWITCHYARD_EVM_INLINE void equal(Uint256* top) {
    top[-1] = Uint256{top[0] == top[-1] ? 1U : 0U};
}
SWITCHYARD_EVM_INLINE void is_zero(Uint256* top) {
    top[0] = Uint256{top[0].is_zero() ? 1U : 0U};
}
SWITCHYARD_EVM_INLINE void bitwise_and(Uint256* top) {
    top[-1] = top[0] & top[-1];
}
SWITCHYARD_EVM_INLINE void bitwise_or(Uint256* top) {
    top[-1] = top[0] | top[-1];
}
SWITCHYARD_EVM_INLINE void bitwise_xor(Uint256* top) {
    top[-1] = top[0] ^ top[-1];
}
SWITCHYARD_EVM_INLINE void bitwise_not(Uint256* top) {
    top[0] = ~top[0];
}

/// BYTE: byte number `top[0]`, counted from the most significant one.
SWITCHYARD_EVM_INLINE void byte(Uint256* top) {
    const uint64_t index = top[0].saturated();
    if (index >= 32) {
        top[-1] = Uint256{};
        return;
    }
    const uint64_t position = 31 - index;
    top[-1] = Uint256{top[-1].limb[position / 8] >> (8 * (position % 8)) & 0xff};
}

SWITCHYARD_EVM_INLINE void shift_left(Uint256* top) {
    top[-1] = top[-1] << top[0].saturated();
}
SWITCHYARD_EVM_INLINE void shift_right(Uint256* top) {
    top[-1] = top[-1] >> top[0].saturated();
}
inline void shift_right_arithmetic(Uint256* top) {
    copy_word(top[-1], arithmetic_shift_right(top[-1], top[0]));
}
/// CLZ (EIP-7939).
SWITCHYARD_EVM_INLINE void count_leading_zeros(Uint256* top) {
    top[0] = Uint256{uint64_t{256} - bit_length(top[0])};
}

}  // namespace switchyard::evm::instructions
