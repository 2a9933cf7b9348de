// SPDX-License-Identifier: Apache-2.0
// Remembers, for a bounded number of sessions, which datagrams were taken.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace switchyard::dataplane {

/// Who sends: two senders with the same session number are told apart by their address.
struct SessionKey {
    uint64_t session = 0;
    uint32_t ipv4 = 0;
    uint16_t port = 0;
    bool operator==(const SessionKey&) const = default;
};

enum class SequenceState : uint8_t {
    New,        ///< never taken
    Duplicate,  ///< taken before
    Stale,      ///< below the window: not known
};

/// The anti-replay window of RFC 6479 over 64-bit sequence numbers: a bitmap of the last
/// `kWindow` numbers up to the highest one taken.
class SequenceWindow {
  public:
    static constexpr uint64_t kWindow = 1024;

    [[nodiscard]] SequenceState check(uint64_t sequence) const;

    struct Step {
        uint64_t skipped = 0;  ///< numbers between the highest so far and this one
        bool late = false;     ///< a higher one came before
    };
    /// Marks `sequence`, which `check` called New, as taken. The first one skips nothing.
    Step record(uint64_t sequence);

  private:
    // One word more than the window: a word is cleared as a whole when its turn comes again.
    static constexpr uint64_t kWords = kWindow / 64 + 1;
    uint64_t highest_ = 0;
    bool started_ = false;
    std::array<uint64_t, kWords> bits_{};
};

struct Session {
    SessionKey key;
    uint64_t id = 0;         ///< numbers sessions from 1; 0 marks an unused entry
    uint64_t last_used = 0;  ///< the table's own clock
    SequenceWindow window;
};

/// A set-associative table: 8 places per set, the least recently used one makes room. Allocates
/// only in its constructor. One thread.
class SessionTable {
  public:
    /// `capacity` is a power of two, 8 or more.
    explicit SessionTable(uint32_t capacity);

    /// The session of `key`, opened if it is not there. Valid until the next call.
    [[nodiscard]] Session& find_or_open(const SessionKey& key);

    [[nodiscard]] uint64_t opened() const { return opened_; }
    [[nodiscard]] uint64_t evicted() const { return evicted_; }

  private:
    static constexpr size_t kWays = 8;
    std::vector<Session> entries_;
    size_t set_mask_;
    uint64_t seed_;
    uint64_t clock_ = 0;
    uint64_t opened_ = 0;
    uint64_t evicted_ = 0;
};

}  // namespace switchyard::dataplane
