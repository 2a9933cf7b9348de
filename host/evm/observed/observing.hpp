// SPDX-License-Identifier: Apache-2.0
// The instrumentation that writes messages and hashes into an `Observation` and follows loaded
// words.
#pragma once

#include "host/evm/context.hpp"
#include "host/evm/observation.hpp"
#include "host/evm/observed/word_follower.hpp"

namespace switchyard::evm {

/// Takes the place of `NoInstrumentation`. A message and a KECCAK256 cost a copy, an instruction a
/// comparison as long as no word is followed.
class Observing : public NoInstrumentation {
  public:
    static constexpr bool kObservesInstructions = true;

    Observing() = default;
    /// Both are borrowed.
    Observing(ObservationTarget& target, const InstructionRules& rules)
        : target_(&target), rules_(&rules) {}

    void on_instruction(TransactionScope& scope, const Frame& frame, const uint8_t* pc,
                        const Uint256* top, uint64_t /*gas*/) {
        if (target_->follows_words) follower_.before(*scope.state, frame, *rules_, pc, top);
    }
    void on_instruction_end(TransactionScope& scope, const Frame& frame, uint64_t /*gas*/,
                            Signal signal) {
        if (target_->follows_words && signal == Signal::Continue)
            follower_.after(*scope.state, frame);
    }
    void on_frame_start(TransactionScope& scope, const Frame& frame) {
        if (frame.message.depth == 0) follower_.begin_transaction();
        if (target_->current != nullptr)
            target_->current->add_frame(frame.message, scope.frames.at(0).message);
    }
    void on_frame_end(const Frame& frame) { follower_.end_frame(frame); }
    void on_keccak256(const Frame& /*frame*/, BytesView input, const Bytes32& hash) {
        if (target_->current != nullptr) target_->current->add_hash(input, hash);
    }

  private:
    ObservationTarget* target_ = nullptr;
    const InstructionRules* rules_ = nullptr;
    WordFollower follower_;
};

}  // namespace switchyard::evm
