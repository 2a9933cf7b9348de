// SPDX-License-Identifier: Apache-2.0
// Many clients on one port, over a path that loses, doubles, delays and damages frames, with
// strangers' garbage between theirs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "dataplane/client/client_session.hpp"
#include "dataplane/port.hpp"
#include "tests/soak/ingest_stock.hpp"

namespace switchyard::soak {

struct TrafficConfig {
    size_t clients = 64;
    uint64_t seed = 1;
    uint32_t server_ipv4 = 0x0A00'0002;
    // Probabilities, of each frame.
    double loss = 0.02;  ///< in both directions; the others: towards the server
    double doubling = 0.005;
    double delaying = 0.005;  ///< overtaken by twelve others
    double damage = 0.005;    ///< one bit is turned
    double garbage = 0.01;    ///< a frame of strangers goes before it
    // Of each session.
    uint64_t shortest = 2'000;  ///< transactions
    uint64_t longest = 60'000;
    double vanishing = 0.05;  ///< its client goes without a word
};

struct TrafficCounters {
    uint64_t sessions = 0;
    uint64_t vanished = 0;
    uint64_t resets = 0;  ///< sessions that the server forgot under a client that lives
    uint64_t submitted = 0;
    uint64_t answered = 0;
    uint64_t unanswered = 0;  ///< left behind by clients that vanished or were reset
    uint64_t wrong = 0;       ///< another verdict, or out of order
    uint64_t frames = 0;      ///< that left, copies and garbage included
    uint64_t lost = 0;
    uint64_t doubled = 0;
    uint64_t delayed = 0;
    uint64_t damaged = 0;
    uint64_t garbage = 0;
    uint64_t replies_lost = 0;
    uint64_t port_full = 0;  ///< frames that the port did not take: lost as well
};

/// Sends on one port and receives on another. Each client has one session at a time and, when that
/// has all its answers, another. One thread. Both ports must outlive it.
class IngestTraffic {
  public:
    IngestTraffic(dataplane::Port& to_server, dataplane::Port& from_server,
                  const TrafficConfig& config, const IngestStock& stock);

    /// Lets one client submit up to `budget` transactions, sends what is due and takes its results.
    /// Returns how many it submitted.
    size_t turn(size_t client, uint64_t now_ns, size_t budget);
    /// Hands replies that arrived to their clients; returns how many arrived.
    size_t take_replies(uint64_t now_ns);

    /// Clients submit nothing more, and end their sessions when all is answered.
    void finish() { finishing_ = true; }
    /// After `finish`: whether all sessions have ended.
    [[nodiscard]] bool finished() const;

    [[nodiscard]] size_t clients() const { return clients_.size(); }
    [[nodiscard]] const TrafficCounters& counters() const { return counters_; }
    /// What made a client fail other than that the server forgot its session; empty: nothing.
    [[nodiscard]] const std::string& failure() const { return failure_; }

  private:
    using FrameBytes = std::array<uint8_t, dataplane::kFrameBytesMax>;
    struct Client {
        dataplane::Endpoint address;
        std::optional<dataplane::ClientSession> session;
        std::vector<uint8_t> expected;  ///< verdicts of what is under way, by number
        uint64_t left = 0;              ///< transactions that it will still submit
        uint64_t next_result = 0;
        bool vanishes = false;
        bool due = false;  ///< a reply came
    };
    struct Delayed {
        size_t size = 0;
        uint64_t until = 0;  ///< value of `frames_seen_`
        FrameBytes bytes;
    };

    void open(Client& client, uint64_t now_ns);
    void end(Client& client);
    void take_results(Client& client);
    void send(const Client& client, const dataplane::FrameBatch& payloads);
    void pass(std::span<uint8_t> frame);
    void transmit(BytesView frame);
    void send_garbage();
    void release_delayed(bool all);
    void make_garbage();
    [[nodiscard]] bool chance(double probability);

    dataplane::Port& to_server_;
    dataplane::Port& from_server_;
    const TrafficConfig config_;
    const IngestStock& stock_;
    std::mt19937_64 random_;
    TrafficCounters counters_;
    std::string failure_;
    bool finishing_ = false;
    std::vector<Client> clients_;
    dataplane::FrameBatch payloads_;
    FrameBytes frame_{};
    std::vector<Bytes> garbage_;
    std::vector<Delayed> delayed_;  ///< a ring
    size_t delayed_begin_ = 0;
    size_t delayed_count_ = 0;
    uint64_t frames_seen_ = 0;
    FrameBytes replay_{};  ///< an old frame, to come again
    size_t replay_size_ = 0;
};

}  // namespace switchyard::soak
