// SPDX-License-Identifier: Apache-2.0
// A frame (one running message) and the pool that all frames of an EVM come from.
#pragma once

#include <memory>
#include <new>
#include <vector>

#include "host/evm/evm.hpp"
#include "host/evm/gas_schedule.hpp"
#include "host/evm/memory.hpp"
#include "host/evm/state_gas.hpp"

namespace switchyard::evm {

/// One message from its start to its end. Lives in the pool and is reused with its buffers.
///
/// While the interpreter runs a frame it holds `pc`, `top` and `gas` in registers; the members are
/// current only while the frame is suspended by a sub-call.
struct Frame {
    Message message;
    BytesView call_data;  ///< the message's input; none for a creation, whose input is its code
    CodePointer code;
    Memory memory;

    Uint256* stack_bottom = nullptr;  ///< one below the lowest item; the stack grows upwards
    const uint8_t* pc = nullptr;
    Uint256* top = nullptr;  ///< the topmost item; `stack_bottom` when the stack is empty
    uint64_t gas = 0;

    /// RETURNDATA (EIP-211): a view of the memory or of the own output of the frame above, which
    /// does not start another message before this view is reset.
    BytesView return_data;
    uint64_t output_offset = 0;  ///< where the running sub-call's output goes
    uint64_t output_size = 0;

    StateGasAccount state_gas;  ///< from Amsterdam on

    size_t snapshot = 0;  ///< of the state, before the message
    Status status = Status::Success;
    BytesView output;    ///< in `memory` or `owned_output`
    Bytes owned_output;  ///< of a precompile

    [[nodiscard]] bool is_creation() const {
        return message.kind == MessageKind::Create || message.kind == MessageKind::Create2;
    }
    [[nodiscard]] size_t stack_size(const Uint256* at) const {
        return static_cast<size_t>(at - stack_bottom);
    }
};

/// The frames of one EVM, one for each call depth, and the words that all their stacks share.
///
/// The stack of a frame starts right above its caller's topmost item: 1024 items for each of 1025
/// depths is the most that can be in use, and that much address space is reserved once; pages that
/// were never touched take no memory. Frames are made at first use and then kept.
class FramePool {
  public:
    FramePool();

    /// The frame `depth` levels above the first; 0 to 1024.
    [[nodiscard]] Frame& at(size_t depth) {
        if (depth >= used_) use(depth);
        return *frames_[depth];
    }
    /// Where the first frame's stack starts.
    [[nodiscard]] Uint256* stack_bottom() const { return words_.get(); }

    /// Ends a transaction: its frames release their code, and memory that is larger than a frame
    /// keeps.
    void release();

  private:
    void use(size_t depth);

    struct Free {
        void operator()(Uint256* words) const {
            ::operator delete (static_cast<void*>(words), std::align_val_t{64});
        }
    };
    std::vector<std::unique_ptr<Frame>> frames_;
    size_t used_ = 0;  ///< frames that the running transaction has asked for
    std::unique_ptr<Uint256, Free> words_;
};

}  // namespace switchyard::evm
