// SPDX-License-Identifier: Apache-2.0
// What the connections of one port share. Inside host/node/http only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "host/core/live.hpp"
#include "host/node/http/port_config.hpp"
#include "host/node/http/rate_limit.hpp"
#include "host/node/http/worker_pool.hpp"

namespace switchyard::http {

namespace net = boost::asio;
namespace beast = boost::beast;

/// Counts bytes of requests and responses against one limit.
class ByteBudget {
  public:
    explicit ByteBudget(size_t limit) : limit_(limit) {}
    [[nodiscard]] bool try_take(size_t bytes) {
        const size_t before = taken_.fetch_add(bytes, std::memory_order_relaxed);
        if (bytes <= limit_ && before <= limit_ - bytes) return true;
        give_back(bytes);
        return false;
    }
    void give_back(size_t bytes) { taken_.fetch_sub(bytes, std::memory_order_relaxed); }
    [[nodiscard]] size_t taken() const { return taken_.load(std::memory_order_relaxed); }

  private:
    const size_t limit_;
    std::atomic<size_t> taken_{0};
};

/// Bytes taken from a budget, given back at the end of life.
class ByteShare {
  public:
    ByteShare() = default;
    ~ByteShare() { reset(); }
    ByteShare(ByteShare&& other) noexcept { *this = std::move(other); }
    ByteShare& operator=(ByteShare&& other) noexcept {
        if (this == &other) return *this;
        reset();
        budget_ = std::exchange(other.budget_, nullptr);
        bytes_ = std::exchange(other.bytes_, 0);
        return *this;
    }
    /// More of them; false when the budget has no more.
    [[nodiscard]] bool take(ByteBudget& budget, size_t bytes) {
        if (!budget.try_take(bytes)) return false;
        budget_ = &budget;
        bytes_ += bytes;
        return true;
    }
    void reset() {
        if (budget_ != nullptr) budget_->give_back(bytes_);
        budget_ = nullptr;
        bytes_ = 0;
    }
    [[nodiscard]] size_t bytes() const { return bytes_; }

  private:
    ByteBudget* budget_ = nullptr;
    size_t bytes_ = 0;
};

/// A connection, as the server sees it when it stops. Both are safe from any thread.
class Session {
  public:
    virtual ~Session() = default;
    virtual void finish() = 0;  ///< end after what is being answered
    virtual void abort() = 0;   ///< end
};

/// Outlives its connections: each holds it, and its workers are joined before the last one goes.
struct Port {
    Port(PortConfig configured, std::shared_ptr<net::io_context> shared)
        : io(std::move(shared)),
          config(std::move(configured)),
          live(config),
          budget(config.limits.bytes_in_flight_max),
          rate(config.limits.rate) {}

    /// Sockets of connections that somebody still holds after the server's end need it.
    std::shared_ptr<net::io_context> io;
    const PortConfig config;  ///< as it was opened: for what `reconfigure` leaves alone
    Live<PortConfig> live;    ///< as it is now
    PortCounters counters;
    ByteBudget budget;
    RateLimit rate;
    /// Methods that see it give up.
    std::atomic<bool> stopping{false};
    std::unique_ptr<WorkerPool> workers;

    /// As of `Server::reconfigure`.
    void reconfigure(const PortConfig& next);

    void add(Session* session, std::weak_ptr<Session> handle);
    void remove(Session* session);
    [[nodiscard]] std::vector<std::shared_ptr<Session>> sessions() const;

    /// A number that no other connection of the process has.
    [[nodiscard]] static uint64_t next_connection();

    /// Runs the dispatcher on one request, on a worker, for `timeout` at most. The response is
    /// empty for notifications, and an error when `share` can't take it from the budget.
    [[nodiscard]] std::string answer(rpc::DispatchScratch& scratch, std::string& request,
                                     rpc::Context& context, std::chrono::milliseconds timeout,
                                     ByteShare& share);

  private:
    mutable std::mutex mutex_;
    std::unordered_map<Session*, std::weak_ptr<Session>> sessions_;
};

inline void count(std::atomic<uint64_t>& counter, uint64_t by = 1) {
    counter.fetch_add(by, std::memory_order_relaxed);
}

/// What `RateLimit` knows a socket's other side by; that of one that is not connected is 0.
[[nodiscard]] uint64_t source_of(const net::ip::tcp::socket& socket);

/// A JSON-RPC response that says that a limit of the server is reached.
[[nodiscard]] std::string busy_response();
/// The same for a client that asks too often.
[[nodiscard]] std::string over_rate_response();

/// Serves HTTP on a connected socket until it is closed or becomes a WebSocket.
void serve_http(std::shared_ptr<Port> port, net::ip::tcp::socket socket);

}  // namespace switchyard::http
