// SPDX-License-Identifier: Apache-2.0
#include "host/evm/observed/word_follower.hpp"

#include <algorithm>
#include <utility>

namespace switchyard::evm {
namespace {

constexpr Uint256 kMax = ~Uint256{};

/// Bounds the slot so that `word`, which is its value plus a constant, stays within `min` to `max`
/// without a wrap on the way from where it is. Precondition: it is within them.
void bound_word(TransactionState& state, uint32_t slot, const Uint256& word, const Uint256& min,
                const Uint256& max) {
    const Uint256& value = state.view_value(slot);
    state.bound_slot(slot, value - std::min(value, word - min),
                     value + std::min(kMax - value, max - word));
}

/// The outcome depends on whether `word` is 0.
void bound_to_zero_or_not(TransactionState& state, uint32_t slot, const Uint256& word) {
    if (word.is_zero()) return state.close_slot(slot);
    bound_word(state, slot, word, Uint256{1}, kMax);
}

[[nodiscard]] constexpr bool is_between(Opcode opcode, Opcode first, Opcode last) {
    return opcode >= first && opcode <= last;
}

}  // namespace

WordFollower::Word* WordFollower::find(const Uint256* at) {
    const auto end = words_.begin() + count_;
    const auto found = std::find_if(words_.begin(), end, [&](const Word& w) { return w.at == at; });
    return found == end ? nullptr : &*found;
}

void WordFollower::put(TransactionState& state, const Uint256* at, uint32_t slot) {
    if (count_ == kWordsMax) return state.close_slot(slot);
    words_[count_++] = {at, slot};
}

void WordFollower::drop(const Uint256* at) {
    if (Word* const word = find(at)) *word = words_[--count_];
}

void WordFollower::drop_above(const Uint256* top) {
    for (size_t i = count_; i-- > 0;)
        if (words_[i].at > top) words_[i] = words_[--count_];
}

void WordFollower::close_all(TransactionState& state) {
    for (size_t i = 0; i < count_; ++i)
        state.close_slot(words_[i].slot);
    count_ = 0;
}

/// The instruction takes the topmost `inputs` words for something of its own.
void WordFollower::use(TransactionState& state, const Uint256* top, size_t inputs) {
    const Uint256* const last = top - inputs;
    for (size_t i = count_; i-- > 0;) {
        if (words_[i].at <= last) continue;
        state.close_slot(words_[i].slot);
        words_[i] = words_[--count_];
    }
}

/// ADD, and SUB of the second word from the first.
void WordFollower::add(TransactionState& state, const Uint256* top, bool subtracts) {
    const Word* const a = find(top);
    const Word* const b = find(top - 1);
    if (a != nullptr && b != nullptr) {
        // The difference of two words of one slot is a constant.
        if (subtracts && a->slot == b->slot) {
            drop(top);
            return drop(top - 1);
        }
        return use(state, top, 2);
    }
    if (a == nullptr && (b == nullptr || subtracts)) return use(state, top, 2);
    const uint32_t slot = a != nullptr ? a->slot : b->slot;
    drop(top);
    drop(top - 1);
    put(state, top - 1, slot);
}

/// A comparison for `*a < *b`.
void WordFollower::less_than(TransactionState& state, const Uint256* a, const Uint256* b) {
    const Word* const left = find(a);
    const Word* const right = find(b);
    const bool is_less = *a < *b;
    if (left != nullptr && right != nullptr) {
        if (left->slot == right->slot) {
            // Alike as long as neither wraps.
            const Uint256& value = state.view_value(left->slot);
            const Uint256 down = std::min({value, *a, *b});
            const Uint256 up = kMax - std::max({value, *a, *b});
            state.bound_slot(left->slot, value - down, value + up);
        } else {
            state.close_slot(left->slot);
            state.close_slot(right->slot);
        }
    } else if (left != nullptr) {
        if (is_less)
            bound_word(state, left->slot, *a, Uint256{}, *b - 1);
        else
            bound_word(state, left->slot, *a, *b, kMax);
    } else if (right != nullptr) {
        if (is_less)
            bound_word(state, right->slot, *b, *a + 1, kMax);
        else
            bound_word(state, right->slot, *b, Uint256{}, *a);
    }
    drop(a);
    drop(b);
}

void WordFollower::equal(TransactionState& state, const Uint256* a, const Uint256* b) {
    const Word* const left = find(a);
    const Word* const right = find(b);
    if (left != nullptr && right != nullptr) {
        // Two words of one slot have a constant difference.
        if (left->slot != right->slot) {
            state.close_slot(left->slot);
            state.close_slot(right->slot);
        }
    } else if (left != nullptr || right != nullptr) {
        const uint32_t slot = left != nullptr ? left->slot : right->slot;
        const Uint256& word = left != nullptr ? *a : *b;
        const Uint256& other = left != nullptr ? *b : *a;
        if (word == other)
            state.close_slot(slot);
        else if (word < other)
            bound_word(state, slot, word, Uint256{}, other - 1);
        else
            bound_word(state, slot, word, other + 1, kMax);
    }
    drop(a);
    drop(b);
}

/// SSTORE of `top[-1]` under `top[0]`. Its price asks which of the values before the transaction,
/// before the instruction and after it are 0, and which are equal: the latter is a matter of
/// constants (EIP-2200). The one before the instruction is the first, or was stored in its turn.
void WordFollower::store(TransactionState& state, const Frame& frame, const Uint256* top) {
    if (const Word* const key = find(top)) state.close_slot(key->slot);
    const auto slot = state.view_slot(frame.message.recipient, *top);
    const Word* const value = find(top - 1);
    const bool is_open = slot && state.is_open(*slot);
    if (value != nullptr && is_open && value->slot == *slot) {
        bound_to_zero_or_not(state, *slot, state.view_value(*slot));
        bound_to_zero_or_not(state, *slot, top[-1]);
    } else {
        if (value != nullptr) state.close_slot(value->slot);
        if (is_open) state.close_slot(*slot);
    }
    drop(top);
    drop(top - 1);
}

void WordFollower::follow(TransactionState& state, const Frame& frame,
                          const InstructionRules& rules, Opcode opcode, const Uint256* top) {
    drop_above(top);
    // What lies deeper belongs to the caller, and the instruction fails.
    if (frame.stack_size(top) < rules[static_cast<uint8_t>(opcode)].inputs) return;
    if (is_between(opcode, Opcode::Dup1, Opcode::Dup16)) {
        const auto depth = static_cast<ptrdiff_t>(opcode) - static_cast<ptrdiff_t>(Opcode::Dup1);
        if (const Word* const word = find(top - depth)) put(state, top + 1, word->slot);
        return;
    }
    if (is_between(opcode, Opcode::Swap1, Opcode::Swap16)) {
        const auto depth =
            static_cast<ptrdiff_t>(opcode) - static_cast<ptrdiff_t>(Opcode::Swap1) + 1;
        Word* const a = find(top);
        Word* const b = find(top - depth);
        if (a != nullptr) a->at = top - depth;
        if (b != nullptr) b->at = top;
        return;
    }
    switch (opcode) {
        case Opcode::Pop:
            return drop(top);
        case Opcode::Add:
            return add(state, top, false);
        case Opcode::Sub:
            return add(state, top, true);
        case Opcode::Lt:
            return less_than(state, top, top - 1);
        case Opcode::Gt:
            return less_than(state, top - 1, top);
        case Opcode::Eq:
            return equal(state, top, top - 1);
        case Opcode::Iszero:
            if (const Word* const word = find(top)) bound_to_zero_or_not(state, word->slot, *top);
            return drop(top);
        case Opcode::Jumpi:
            if (const Word* const word = find(top - 1))
                bound_to_zero_or_not(state, word->slot, top[-1]);
            drop(top - 1);
            return use(state, top, 1);
        case Opcode::Sload:
            use(state, top, 1);
            loading_ = top;
            loading_key_ = *top;
            loaded_before_ = state.view_slot(frame.message.recipient, *top).has_value();
            return;
        case Opcode::Sstore:
            return store(state, frame, top);
        case Opcode::Dupn:
        case Opcode::Swapn:
        case Opcode::Exchange:
            return close_all(state);
        default:
            return use(state, top, rules[static_cast<uint8_t>(opcode)].inputs);
    }
}

void WordFollower::loaded(TransactionState& state, const Frame& frame) {
    const auto slot = state.view_slot(frame.message.recipient, loading_key_);
    const Uint256* const at = std::exchange(loading_, nullptr);
    if (!slot) return;
    if (!loaded_before_) {
        if (count_ == kWordsMax) return;
        state.open_slot(*slot);
    }
    if (state.is_open(*slot)) put(state, at, *slot);
}

}  // namespace switchyard::evm
