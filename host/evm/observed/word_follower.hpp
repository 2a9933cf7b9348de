// SPDX-License-Identifier: Apache-2.0
// Follows the words that an execution loads from storage, to prove at run time that it does no more
// with a slot than compare it and add to it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "host/core/uint256.hpp"
#include "host/evm/frame.hpp"
#include "host/evm/gas_schedule.hpp"
#include "host/state/transaction_state.hpp"

namespace switchyard::evm {

/// A word on the stack that is a slot's value before the transaction plus a constant of this
/// execution (modulo 2^256) is followed: through DUP, SWAP and POP, additions and subtractions,
/// back into its own slot and out of it again. A comparison with a constant, or with another such
/// word of the same slot, bounds the slot's value to those for which it comes out alike; so do the
/// price of an SSTORE and a JUMPI. Whatever else is done with the word makes the exact value count.
///
/// An ERC-20 transfer thus depends on its sender's balance being enough and on the recipient's not
/// overflowing, and adds to both: transfers to one recipient commute. It is a concolic execution
/// with one kind of constraint (Godefroid, Klarlund and Sen, DART, PLDI 2005); what is bounded is
/// the state (`TransactionState::open_slot`).
///
/// Follows `kWordsMax` words at a time; what is loaded beyond counts exactly. No allocation. One
/// thread.
class WordFollower {
  public:
    static constexpr size_t kWordsMax = 16;

    void begin_transaction() { count_ = 0; }
    /// Before an instruction of `frame`: `top` is its stack's topmost word.
    void before(TransactionState& state, const Frame& frame, const InstructionRules& rules,
                const uint8_t* pc, const Uint256* top) {
        loading_ = nullptr;
        const auto opcode = static_cast<Opcode>(*pc);
        if (count_ == 0 && opcode != Opcode::Sload && opcode != Opcode::Sstore) return;
        follow(state, frame, rules, opcode, top);
    }
    /// After it, if the frame goes on.
    void after(TransactionState& state, const Frame& frame) {
        if (loading_ != nullptr) loaded(state, frame);
    }
    /// The words of `frame` and of those above it are gone.
    void end_frame(const Frame& frame) { drop_above(frame.stack_bottom); }

  private:
    struct Word {
        const Uint256* at = nullptr;  ///< where it lies on the stack
        uint32_t slot = 0;            ///< whose value it contains (`TransactionState::view_slot`)
    };

    void follow(TransactionState& state, const Frame& frame, const InstructionRules& rules,
                Opcode opcode, const Uint256* top);
    void loaded(TransactionState& state, const Frame& frame);
    void store(TransactionState& state, const Frame& frame, const Uint256* top);
    void add(TransactionState& state, const Uint256* top, bool subtracts);
    void less_than(TransactionState& state, const Uint256* a, const Uint256* b);
    void equal(TransactionState& state, const Uint256* a, const Uint256* b);
    void use(TransactionState& state, const Uint256* top, size_t inputs);

    [[nodiscard]] Word* find(const Uint256* at);
    void put(TransactionState& state, const Uint256* at, uint32_t slot);
    void drop(const Uint256* at);
    void drop_above(const Uint256* top);
    void close_all(TransactionState& state);

    std::array<Word, kWordsMax> words_;
    size_t count_ = 0;
    /// Of an SLOAD that runs: where its result will lie, the key, and whether the slot had been
    /// loaded before.
    const Uint256* loading_ = nullptr;
    Uint256 loading_key_;
    bool loaded_before_ = false;
};

}  // namespace switchyard::evm
