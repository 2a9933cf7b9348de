// SPDX-License-Identifier: Apache-2.0
// Remembers, for a bounded number of sessions, which datagrams and transactions were taken.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/protocol/cookie.hpp"
#include "dataplane/receive/group_holds.hpp"
#include "dataplane/receive/source_table.hpp"
#include "dataplane/receive/verdict_window.hpp"

namespace switchyard::dataplane {

/// Who sends: two senders with the same session number are told apart by their address.
struct SessionKey {
    uint64_t session = 0;
    SourceAddress source;
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

    [[nodiscard]] uint64_t highest() const { return highest_; }

  private:
    // One word more than the window: a word is cleared as a whole when its turn comes again.
    static constexpr uint64_t kWords = kWindow / 64 + 1;
    uint64_t highest_ = 0;
    bool started_ = false;
    std::array<uint64_t, kWords> bits_{};
};

struct Session {
    SessionKey key;
    uint64_t id = 0;  ///< numbers sessions from 1; 0 marks an unused entry
    uint64_t opened_ns = 0;
    uint64_t last_used_ns = 0;
    uint64_t cookie = 0;
    uint64_t route = 0;  ///< where replies go on the link, as the last datagram said
    SequenceWindow sequences;
    VerdictWindow verdicts;
    SessionGroups groups{};
    MeteredSource* source = nullptr;  ///< null where sources are not validated
    uint32_t in_flight = 0;           ///< its part of `source->in_flight`

    // Transactions whose states the client is to be told: from `report_begin` up to `report_end`.
    bool report_due = false;
    uint32_t report_fresh = 0;  ///< verdicts since the last Report
    uint64_t report_since_ns = 0;
    uint64_t report_begin = 0;
    uint64_t report_end = 0;
    uint64_t report_previous = 0;  ///< where the last Report began: told twice, as one may be lost
    uint64_t report_sequence = 0;
};

/// A set-associative table, 8 places per set. Allocates only in its constructor. One thread.
class SessionTable {
  public:
    /// `capacity` is a power of two, 8 or more; `window` the largest number of transactions under
    /// way in a session, a power of two.
    SessionTable(uint32_t capacity, uint32_t window);

    /// The session of `key`, or null. Sessions keep their place.
    [[nodiscard]] Session* find(const SessionKey& key);

    /// The place that a session of `key` would take: an unused one, or the one that was used
    /// longest ago.
    [[nodiscard]] Session& place_for(const SessionKey& key);
    /// All places that a session of `key` could take.
    [[nodiscard]] std::span<Session> places_of(const SessionKey& key) {
        return std::span{entries_}.subspan(set_of(tag_of(key)), kWays);
    }
    /// Makes a session in `place`, which is unused, with room for `window` transactions.
    void open(Session& place, const SessionKey& key, uint32_t window);
    /// Makes it unused.
    void close(Session& session);

    [[nodiscard]] size_t index_of(const Session& session) const {
        return static_cast<size_t>(&session - entries_.data());
    }
    [[nodiscard]] Session& at(size_t index) { return entries_[index]; }
    [[nodiscard]] size_t capacity() const { return entries_.size(); }
    [[nodiscard]] uint64_t opened() const { return opened_; }
    [[nodiscard]] size_t open_count() const { return open_count_; }

  private:
    static constexpr size_t kWays = 8;
    [[nodiscard]] uint64_t tag_of(const SessionKey& key) const;
    [[nodiscard]] size_t set_of(uint64_t tag) const { return (tag & set_mask_) * kWays; }

    // Hashes of the keys, of a set in one cache line: only the entry that is meant is read.
    std::vector<uint64_t> tags_;
    std::vector<Session> entries_;
    uint32_t window_;
    // Uninitialised, so that the pages of places never used are never touched.
    std::unique_ptr<uint8_t[]> states_;
    size_t set_mask_;
    uint64_t seed_;
    uint64_t opened_ = 0;
    size_t open_count_ = 0;
};

}  // namespace switchyard::dataplane
