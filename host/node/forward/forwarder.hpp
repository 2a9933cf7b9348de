// SPDX-License-Identifier: Apache-2.0
// Hands transactions on to an upstream node over its own JSON-RPC.
//
//   auto forwarder = Forwarder::open({.url = "http://127.0.0.1:8545"}, pool_feed(pool, sidecars));
//   ... forwarder->counters() ...
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"
#include "host/node/forward/upstream_answer.hpp"
#include "host/node/http/json_client.hpp"

namespace switchyard::forward {

struct ForwardConfig {
    std::string url;                       ///< as `http::JsonClientConfig::url`
    size_t transactions_max = 65'536;      ///< that wait
    size_t bytes_max = size_t{64} << 20;   ///< of those
    size_t batch_transactions = 256;       ///< of one request; at least 1
    size_t batch_bytes = size_t{1} << 20;  ///< of one request that has more than one
    std::chrono::milliseconds poll{20};    ///< how often the feed is asked
    std::chrono::milliseconds timeout{5'000};
    std::chrono::milliseconds retry_first{200};  ///< doubles with each failure in a row
    std::chrono::milliseconds retry_max{30'000};
    std::chrono::milliseconds lifetime{600'000};  ///< what waits longer is given up
};

/// Sums since the start.
struct ForwardCounters {
    uint64_t offered = 0;         ///< that the feed gave
    uint64_t accepted = 0;        ///< the upstream node took them from us
    uint64_t known = 0;           ///< it had them
    uint64_t refused = 0;         ///< it refused them for good
    uint64_t dropped_full = 0;    ///< no room to wait
    uint64_t dropped_old = 0;     ///< waited for longer than `lifetime`
    uint64_t missed = 0;          ///< that the feed could not give any more
    uint64_t requests = 0;        ///< sent
    uint64_t failures = 0;        ///< requests without a usable answer
    uint64_t retries = 0;         ///< transactions that were sent again
    size_t waiting = 0;           ///< at this moment
    size_t waiting_bytes = 0;     ///< at this moment
    std::string last_error = {};  ///< of the last failure
};

/// Appends transactions as eth_sendRawTransaction takes them, in order and at most `limit`; returns
/// how many it had to leave out because they are gone. Called by the forwarder's thread alone; must
/// not wait.
using Feed = std::function<size_t(size_t limit, std::vector<Bytes>& out)>;

/// A thread, a bounded queue and a connection. Nobody waits for it.
class Forwarder {
  public:
    /// Begins. `InvalidInput` for a URL that is none, or a configuration without room.
    [[nodiscard]] static Result<std::unique_ptr<Forwarder>> open(const ForwardConfig& config,
                                                                 Feed feed);
    /// Gives up what waits; ends an exchange under way.
    ~Forwarder();
    Forwarder(const Forwarder&) = delete;
    Forwarder& operator=(const Forwarder&) = delete;

    /// Goes on as `config` says; what waits stays, also above lower limits, and goes to the new
    /// URL. Ends an exchange under way, whose transactions are sent again. Errors as of `open`;
    /// nothing has changed then. From any thread.
    [[nodiscard]] Result<void> reconfigure(const ForwardConfig& config);

    /// From any thread.
    [[nodiscard]] ForwardCounters counters() const;

  private:
    using Clock = std::chrono::steady_clock;
    struct Waiting {
        Bytes bytes;
        Clock::time_point since;
        bool was_sent = false;
    };

    Forwarder(const ForwardConfig& config, Feed feed, std::unique_ptr<http::JsonClient> client);
    void run();
    /// What `reconfigure` said last. The caller has `mutex_`.
    void take_over();
    void fetch();
    void drop_old();
    /// What was put off comes before all others, in its order, once its time has come.
    void take_up_parked();
    /// Sends what stands first. Whether there is a reason to wait before the next: the other side
    /// took nothing of it.
    [[nodiscard]] bool send_batch();
    [[nodiscard]] size_t next_batch() const;
    void settle(std::span<const Delivery> outcomes);
    void note_failure(const Error& error);
    template <typename Change>
    void count(Change change) {
        const std::lock_guard lock(mutex_);
        change(counters_);
        counters_.waiting = queue_.size() + parked_.size();
        counters_.waiting_bytes = queue_bytes_;
    }

    const Feed feed_;

    // The thread's.
    ForwardConfig config_;
    std::deque<Waiting> queue_;
    std::vector<Waiting> parked_;  ///< the other side said 'later' of each
    Clock::time_point parked_until_{};
    std::chrono::milliseconds parked_pause_{0};
    size_t queue_bytes_ = 0;     ///< of both
    bool sends_single_ = false;  ///< the other side takes no batches
    json::Document document_;
    std::vector<Bytes> fetched_;

    mutable std::mutex mutex_;  ///< guards what follows
    /// The thread uses it without the lock, and replaces it with it.
    std::unique_ptr<http::JsonClient> client_;
    struct Change {
        ForwardConfig config;
        std::unique_ptr<http::JsonClient> client;
    };
    std::optional<Change> change_;  ///< that the thread has not taken over
    ForwardCounters counters_;
    bool ending_ = false;
    std::condition_variable wake_;

    std::thread thread_;  ///< last: it uses everything above
};

}  // namespace switchyard::forward
