// SPDX-License-Identifier: Apache-2.0
// Puts fragmented transactions together in a fixed number of preallocated slots.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/protocol/parse.hpp"

namespace switchyard::dataplane {

struct ReassemblyConfig {
    uint32_t slots = 64;                  ///< each has a buffer of kTransactionBytesMax
    uint32_t slots_per_session = 16;      ///< unfinished transactions of one session
    uint64_t timeout_ns = 2'000'000'000;  ///< from the latest piece until it is given up
};

enum class FragmentOutcome : uint8_t {
    Stored,     ///< more pieces are missing
    Completed,  ///< this was the last one missing
    Duplicate,  ///< the piece was there already
    Mismatch,   ///< total, count or size differ from the first piece's
    Limit,      ///< the session's share of slots is used up
    NoSlot,     ///< every slot is in use
};

struct FragmentResult {
    FragmentOutcome outcome;
    uint32_t slot = 0;        ///< Completed: to pass to `release`
    BytesView transaction{};  ///< Completed: valid until `release`
};

/// A slot is free, then open (pieces arrive), then complete (held until released). An open slot
/// that is too old goes back to free when a slot is wanted, or in `expire`. One thread; allocates
/// only in its constructor.
class Reassembler {
  public:
    explicit Reassembler(const ReassemblyConfig& config);

    /// Copies `piece`, which the parser accepted, into its slot. Pieces belong together when
    /// `source_id` and `piece.transaction` agree.
    [[nodiscard]] FragmentResult add(uint64_t source_id, const FragmentPiece& piece,
                                     uint64_t now_ns);

    /// Frees a complete slot.
    void release(uint32_t slot);

    /// Gives up open slots whose latest piece came `timeout_ns` or longer before `now_ns`.
    void expire(uint64_t now_ns);
    /// Gives up all open slots.
    void abandon_all();

    [[nodiscard]] uint32_t open_slots() const { return open_slots_; }
    [[nodiscard]] uint32_t complete_slots() const { return complete_slots_; }
    /// Unfinished transactions given up so far.
    [[nodiscard]] uint64_t abandoned() const { return abandoned_; }

  private:
    enum class State : uint8_t { Free, Open, Complete };
    struct Slot {
        State state = State::Free;
        uint64_t source_id = 0;
        uint64_t transaction = 0;
        uint64_t touched_ns = 0;
        uint32_t total = 0;
        uint32_t piece_size = 0;
        uint16_t count = 0;
        uint16_t received = 0;
        std::array<uint64_t, kFragmentsMax / 64> have{};
    };

    Slot* open(uint64_t source_id, const FragmentPiece& piece, uint64_t now_ns,
               FragmentOutcome& refusal);
    void abandon(Slot& slot);

    ReassemblyConfig config_;
    std::vector<Slot> slots_;
    std::unique_ptr<uint8_t[]> buffers_;
    uint32_t open_slots_ = 0;
    uint32_t complete_slots_ = 0;
    uint64_t abandoned_ = 0;
};

}  // namespace switchyard::dataplane
