// SPDX-License-Identifier: Apache-2.0
// The client's side of the protocol: a state machine without input or output. Transactions,
// datagrams and the time go in; datagrams and verdicts come out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/protocol/encode.hpp"
#include "dataplane/protocol/parse.hpp"
#include "host/core/result.hpp"
#include "host/core/transaction_source.hpp"

namespace switchyard::dataplane {

struct ClientConfig {
    uint64_t session = 1;     ///< draw it at random (`fill_random`); not 0
    uint32_t window = 4'096;  ///< transactions under way; a power of two, 256 to 65,536
    GroupShape group{};       ///< parity 0: what is lost is sent again, nothing is rebuilt
    /// With link headers: 640 (over IPv6 660) to kFrameBytesMax.
    size_t frame_bytes = kFrameBytesStandard;
    bool ipv6 = false;  ///< the IP header is 20 bytes longer, and so datagrams are shorter
    /// Bytes that were sent and of which nothing was heard. What the network can hold: version 2
    /// has no congestion control of its own.
    size_t bytes_in_flight = 256 * 1024;
    uint64_t linger_ns = 500'000;             ///< how long a frame or group in the making may wait
    uint64_t first_timeout_ns = 100'000'000;  ///< until a reply is missed, before it was measured
    uint64_t patience_ns = 10'000'000'000;    ///< without a word from the server, then Timeout
};

enum class ClientState : uint8_t {
    Connecting,
    Open,
    Failed,  ///< see `failure`; what became of transactions without a result is not known
};

/// A transaction with its verdict.
struct TransactionResult {
    uint64_t number = 0;
    Verdict verdict{};
};

/// The enumerator's name in snake_case; "unknown" for values of a later version.
[[nodiscard]] const char* verdict_name(Verdict verdict);

struct ClientCounters {
    uint64_t datagrams_sent = 0;
    uint64_t datagrams_received = 0;
    uint64_t datagrams_refused = 0;   ///< did not parse, or not for this session
    uint64_t transactions_sent = 0;   ///< each time that one was put into a datagram
    uint64_t transactions_again = 0;  ///< of those, the ones that were sent before
    uint64_t queries = 0;
    uint64_t reports = 0;
    uint64_t round_trip_ns = 0;  ///< smoothed, the server's time included; 0: not measured
};

/// One session with one server. Keeps every transaction until its result was taken. One thread;
/// allocates while the buffers of its window grow, and not afterwards.
class ClientSession {
  public:
    /// InvalidInput when the configuration is outside the bounds stated with its fields.
    [[nodiscard]] static Result<ClientSession> create(const ClientConfig& config, uint64_t now_ns);

    /// Takes a transaction of 1 to kTransactionBytesMax bytes and its sender's address (20 bytes or
    /// none), and returns its number: 0, 1, 2, and so on. No value when the window is full of
    /// transactions whose results were not taken. InvalidInput for other sizes.
    [[nodiscard]] Result<std::optional<uint64_t>> submit(BytesView transaction,
                                                         BytesView sender_hint = {});

    /// Takes the UDP payload of a datagram that came from the server.
    void receive(BytesView datagram, uint64_t now_ns);

    /// Appends the datagrams to send now. Call after `submit`, after `receive` and at `deadline`.
    void poll(uint64_t now_ns, FrameBatch& out);
    /// When `poll` is wanted at the latest.
    [[nodiscard]] uint64_t deadline_ns() const;

    /// Results in the order of their numbers; each is given once.
    [[nodiscard]] size_t take_results(std::span<TransactionResult> out);
    /// Transactions whose results were not taken.
    [[nodiscard]] size_t outstanding() const { return static_cast<size_t>(next_ - base_); }

    /// Appends the datagram that ends the session at the server. Results that are missing stay so.
    void close(FrameBatch& out);

    [[nodiscard]] ClientState state() const { return state_; }
    /// Timeout, Unavailable (the server forgot the session or has no room), Unsupported (no version
    /// in common). Only in state Failed.
    [[nodiscard]] const Error& failure() const { return failure_; }
    [[nodiscard]] const ClientCounters& counters() const { return counters_; }

  private:
    enum class Progress : uint8_t { Waiting, Sent, Lost, Received, Done };
    struct Entry {
        Bytes bytes;
        std::array<uint8_t, kSenderHintBytes> hint{};
        bool has_hint = false;
        uint32_t times_sent = 0;
        Progress progress = Progress::Waiting;
        Verdict verdict{};
        uint64_t sequence = 0;  ///< of the datagram, or of the last fragment
        uint64_t sent_ns = 0;
    };
    struct SentDatagram {
        uint64_t sequence = UINT64_MAX;
        uint64_t sent_ns = 0;
    };

    explicit ClientSession(const ClientConfig& config, uint64_t now_ns);
    [[nodiscard]] Entry& entry(uint64_t number) { return entries_[number & (config_.window - 1)]; }
    void fail(ErrorCode code, const std::string& what);
    void open(const ParsedBody& welcome, uint64_t now_ns);
    void take_report(uint64_t now_ns);
    void measure(uint64_t sequence, uint64_t now_ns);
    void hello(uint64_t now_ns, FrameBatch& out);
    [[nodiscard]] bool may_send() const { return in_flight_bytes_ < config_.bytes_in_flight; }
    void send(uint64_t number, uint64_t now_ns, FrameBatch& out);
    void send_transactions(uint64_t now_ns, FrameBatch& out);
    void probe(uint64_t now_ns, FrameBatch& out);
    [[nodiscard]] uint64_t timeout_ns() const;

    ClientConfig config_;
    ClientState state_ = ClientState::Connecting;
    Error failure_;
    ClientCounters counters_;
    uint64_t cookie_ = 0;
    uint64_t heard_ns_ = 0;
    uint64_t hello_ns_ = 0;  ///< when the next Hello is due
    uint64_t hello_wait_ns_ = 0;
    uint64_t probe_ns_ = 0;  ///< when a reply is missed
    unsigned backoff_ = 0;
    uint64_t linger_from_ns_ = UINT64_MAX;  ///< since when something is in the making

    std::vector<Entry> entries_;
    uint64_t base_ = 0;       ///< lowest number whose result was not taken
    uint64_t next_ = 0;       ///< of the next transaction
    uint64_t send_next_ = 0;  ///< lowest number that was never sent
    uint64_t limit_ = 0;      ///< what the server allows, exclusive
    uint64_t window_ = 0;     ///< what it granted
    std::vector<uint64_t> lost_;
    size_t lost_taken_ = 0;
    size_t in_flight_bytes_ = 0;

    std::optional<FrameEncoder> encoder_;
    std::vector<SentDatagram> sent_;
    uint64_t highest_heard_ = 0;
    double smoothed_ns_ = 0;
    double variation_ns_ = 0;
    DatagramHeader header_;
    ParsedBody body_;
};

}  // namespace switchyard::dataplane
