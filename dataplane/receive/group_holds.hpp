// SPDX-License-Identifier: Apache-2.0
// Holds the frames of groups until all their data came, or until parity can replace what is lost.
//
// A frame that was delivered in place stays where it is: the group only keeps its buffer from going
// home. Bytes are copied when something was lost, and only then.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/erasure/group_code.hpp"
#include "dataplane/protocol/parse.hpp"

namespace switchyard::dataplane {

inline constexpr size_t kGroupsPerSession = 4;
inline constexpr uint32_t kNoFrame = UINT32_MAX;

/// The latest groups of a session, each at its number modulo kGroupsPerSession.
struct SessionGroup {
    enum class State : uint8_t { Unused, Open, Closed };
    State state = State::Unused;
    uint32_t number = 0;
    uint32_t index = 0;  ///< Open: of the group's hold
};
using SessionGroups = std::array<SessionGroup, kGroupsPerSession>;

struct GroupConfig {
    uint32_t groups = 256;              ///< open at a time, of all sessions
    uint32_t frames_held = 2'048;       ///< at a time, of all groups
    uint32_t rebuilt_slots = 64;        ///< rebuilt datagrams that are not released
    uint64_t timeout_ns = 500'000'000;  ///< from a group's first shard until it is given up
};

/// What a shard did to its group.
enum class GroupOutcome : uint8_t {
    Held,       ///< its frame must stay until `unheld` names it
    NotHeld,    ///< its frame is not needed: the group is closed, old, or there is no room
    Completed,  ///< with it, all data is there
    Rebuilt,    ///< with it, what was lost could be computed: see `take_rebuilt`
    Mismatch,   ///< disagrees with shards that came before; not held
};

/// A datagram that parity gave back.
struct RebuiltDatagram {
    uint32_t slot = 0;  ///< to pass to `release_rebuilt`
    FrameKind kind{};
    BytesView body;
    uint64_t owner = 0;  ///< as `GroupHolds::add` was told
};

/// One thread. Allocates only in its constructor: about 3 KiB per open group, 9 KiB per slot and
/// 300 KiB to compute in.
class GroupHolds {
  public:
    explicit GroupHolds(const GroupConfig& config);

    /// Adds the shard of a datagram in a group: `header` of kind Transactions, Fragment or (with
    /// `parity`) Parity, which stands in frame `frame`, or kNoFrame when it cannot be held. `owner`
    /// is handed back with rebuilt datagrams.
    [[nodiscard]] GroupOutcome add(SessionGroups& groups, uint64_t owner,
                                   const DatagramHeader& header, const ParsedBody* parity,
                                   uint32_t frame, uint64_t now_ns);

    /// Gives up all groups of a session.
    void close_all(SessionGroups& groups);
    /// Looks at a few groups and gives up those that are too old. Call it all the time.
    void expire_some(uint64_t now_ns);

    /// Frames that are no longer held, since `clear_unheld`.
    [[nodiscard]] std::span<const uint32_t> unheld() const { return unheld_; }
    void clear_unheld() { unheld_.clear(); }

    /// The next rebuilt datagram, oldest first; false when there is none. It stays the next one
    /// until `pop_rebuilt`.
    [[nodiscard]] bool next_rebuilt(RebuiltDatagram& out) const;
    [[nodiscard]] bool has_rebuilt() const { return waiting_count_ != 0; }
    void pop_rebuilt();
    void release_rebuilt(uint32_t slot);

    [[nodiscard]] uint32_t open_groups() const;
    [[nodiscard]] uint32_t frames_held() const { return frames_held_; }
    [[nodiscard]] uint32_t rebuilt_in_use() const;
    [[nodiscard]] uint64_t given_up() const { return given_up_; }
    [[nodiscard]] uint64_t unprotected() const { return unprotected_; }
    [[nodiscard]] uint64_t datagrams_rebuilt() const { return datagrams_rebuilt_; }

  private:
    static constexpr size_t kPositions = kGroupDataMax + kGroupParityMax;
    static constexpr size_t kShardBytesMax = kDatagramBytesMax;

    struct Shard {
        BytesView bytes;  ///< the body of a data datagram, or the shard of a parity one
        FrameKind kind{};
        uint32_t frame = kNoFrame;
    };
    struct Hold {
        SessionGroup* group = nullptr;  ///< null: unused
        uint64_t owner = 0;
        uint64_t opened_ns = 0;
        uint8_t data = 0;          ///< k, once it is known
        uint16_t shard_bytes = 0;  ///< S, once a parity shard came
        uint64_t have = 0;         ///< bit per position
        std::array<Shard, kPositions> shards;
    };
    struct RebuiltSlot {
        FrameKind kind{};
        uint16_t length = 0;
        uint64_t owner = 0;
    };

    [[nodiscard]] Hold* open(SessionGroup& group, uint64_t owner, uint64_t now_ns);
    [[nodiscard]] bool agrees(const Hold& hold, const DatagramHeader& header,
                              const ParsedBody* parity) const;
    [[nodiscard]] bool rebuild(Hold& hold);
    void close(Hold& hold, uint32_t except);
    [[nodiscard]] uint8_t* rebuilt_buffer(size_t slot) const {
        return rebuilt_bytes_.get() + slot * kShardBytesMax;
    }

    GroupConfig config_;
    std::vector<Hold> holds_;
    std::vector<uint32_t> free_holds_;
    size_t cursor_ = 0;
    uint32_t frames_held_ = 0;
    std::vector<uint32_t> unheld_;

    GroupCode code_;
    std::unique_ptr<uint8_t[]> scratch_;
    std::unique_ptr<uint8_t[]> rebuilt_bytes_;
    std::vector<RebuiltSlot> rebuilt_;
    std::vector<uint32_t> free_rebuilt_;
    // A ring: no more can wait than there are slots.
    std::vector<uint32_t> waiting_;
    size_t waiting_begin_ = 0;
    size_t waiting_count_ = 0;

    uint64_t given_up_ = 0;
    uint64_t unprotected_ = 0;
    uint64_t datagrams_rebuilt_ = 0;
};

}  // namespace switchyard::dataplane
