// SPDX-License-Identifier: Apache-2.0
// What one listening port offers, to whom, and within which limits.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/node/auth/token.hpp"
#include "host/node/metrics/registry.hpp"
#include "host/node/rpc/dispatcher.hpp"

namespace switchyard::http {

/// HTTP requests and WebSocket messages of one client address; a batch is one of them.
struct RequestRate {
    double per_second = 0;  ///< 0: no limit
    double burst = 0;       ///< what it may have saved up; at least 1 where there is a limit
};

/// Where go-ethereum has the limit, its value is the default.
struct PortLimits {
    size_t connections_max = 2048;
    size_t header_bytes_max = 16 * 1024;
    size_t body_bytes_max = 5 * 1024 * 1024;      ///< of an HTTP request
    size_t message_bytes_max = 32 * 1024 * 1024;  ///< of a WebSocket message
    /// Requests of one WebSocket connection that are served or whose responses are not sent yet; no
    /// more is read until one is. HTTP has one at a time.
    size_t requests_in_flight_max = 16;
    /// Requests of all connections that wait for a worker; beyond, HTTP answers 429 and JSON-RPC
    /// -32005.
    size_t queued_requests_max = 1024;
    /// Beyond, HTTP answers 429 and ends the connection, and JSON-RPC -32005.
    RequestRate rate{};
    /// Bodies and responses of all connections together.
    size_t bytes_in_flight_max = 512 * 1024 * 1024;
    /// What waits to be sent to one subscriber; beyond, the connection is dropped.
    size_t notifications_max = 1024;
    size_t notification_bytes_max = 4 * 1024 * 1024;

    /// What the kernel may hold for each connection that does not read; 0 leaves it to the system,
    /// which goes up to megabytes.
    int send_buffer_bytes = 0;

    std::chrono::milliseconds idle_timeout{120'000};  ///< between requests
    /// From a request's first byte to its last; of a WebSocket message, looked at every
    /// `close_timeout`.
    std::chrono::milliseconds read_timeout{30'000};
    std::chrono::milliseconds write_timeout{30'000};    ///< for a response, a notification
    std::chrono::milliseconds request_timeout{30'000};  ///< the deadline of its methods
    std::chrono::milliseconds close_timeout{3'000};     ///< for the other side to take a close
};

struct RouteAnswer {
    unsigned status = 200;
    std::string body;
};

/// A path that GET answers: metrics, health.
struct Route {
    std::string path;
    std::string content_type = "text/plain; charset=utf-8";
    bool open = false;                    ///< also without a token, for probes that can't have one
    std::function<RouteAnswer()> answer;  ///< runs on a worker; does not throw
};

struct PortConfig {
    std::string name = "http";
    std::string address = "127.0.0.1";  ///< of an interface, IPv4 or IPv6; not a name
    uint16_t port = 8545;               ///< 0 takes any that is free
    bool http = true;                   ///< JSON-RPC in POST requests
    bool websocket = false;
    std::string path = "/";  ///< where JSON-RPC is
    /// Names by which browsers may call this host, against DNS rebinding; `*` is any. Addresses
    /// may always be used.
    std::vector<std::string> virtual_hosts = {"localhost"};
    std::vector<std::string> cors_origins;  ///< whose pages may read answers; `*` is any
    /// Whose pages may open a WebSocket; `*` is any. Without any, pages from localhost may.
    std::vector<std::string> websocket_origins;
    /// Serves requests; must outlive the server. Null for a port with routes only.
    const rpc::Dispatcher* dispatcher = nullptr;
    std::shared_ptr<const auth::TokenCheck> token;  ///< null: nobody needs one
    std::vector<Route> routes;
    unsigned workers = 4;  ///< threads that run methods
    PortLimits limits;
};

/// Sums since the start, but for those that say `open`. Written by the server, read by anybody.
struct PortCounters {
    std::atomic<uint64_t> connections_open{0};
    std::atomic<uint64_t> websockets_open{0};
    std::atomic<uint64_t> connections{0};
    std::atomic<uint64_t> connections_refused{0};  ///< over `connections_max`
    std::atomic<uint64_t> requests{0};             ///< HTTP requests and WebSocket messages
    std::atomic<uint64_t> refused{0};       ///< answered with an HTTP status that is an error
    std::atomic<uint64_t> unauthorized{0};  ///< of `refused`, for want of a token
    std::atomic<uint64_t> busy{0};          ///< refused by a full queue or byte limit
    std::atomic<uint64_t> over_rate{0};     ///< refused by `PortLimits::rate`
    std::atomic<uint64_t> read_timeouts{0};
    std::atomic<uint64_t> write_timeouts{0};
    std::atomic<uint64_t> notifications{0};        ///< put into queues
    std::atomic<uint64_t> subscribers_dropped{0};  ///< for a full queue
    std::atomic<uint64_t> bytes_in{0};             ///< of bodies and messages
    std::atomic<uint64_t> bytes_out{0};
    metrics::Histogram request_seconds{metrics::second_bounds()};  ///< of running the methods
};

}  // namespace switchyard::http
