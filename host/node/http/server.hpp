// SPDX-License-Identifier: Apache-2.0
// JSON-RPC over HTTP/1.1 and WebSocket.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "host/core/result.hpp"
#include "host/node/http/port_config.hpp"

namespace switchyard::http {

struct ServerConfig {
    std::vector<PortConfig> ports;
    unsigned io_threads = 1;  ///< of all ports; they read and write, and run no method
};

/// Listens from `start` to `stop`. Connections are served by few I/O threads, methods by each
/// port's own workers, so that neither a slow client nor a slow method holds up another client, and
/// a busy public port does not hold up the Engine API.
///
/// All methods are safe from any thread but those that serve.
class Server {
  public:
    /// `Unavailable` when an address can't be bound, with its port's name in the message;
    /// `InvalidInput` for an address that is none.
    [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerConfig config);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// The port number that is listened on, of the port with this place in the configuration.
    [[nodiscard]] uint16_t port(size_t index = 0) const;
    [[nodiscard]] const PortCounters& counters(size_t index = 0) const;
    /// Requests that wait for a worker.
    [[nodiscard]] size_t queued(size_t index = 0) const;

    /// Takes over, of the port with this place, `next`'s hosts and origins, and of its limits those
    /// of connections, bodies, messages and rate, and the time-outs but `close_timeout`; the rest
    /// stays as it was started. Holds from the next request of each connection on; a
    /// WebSocket that waits for a message takes that one by the limits before. Connections that are
    /// open stay, also above a lower limit.
    void reconfigure(size_t index, const PortConfig& next);

    /// Serves a connected stream socket as if it had been accepted by the port, and owns it.
    void adopt(int descriptor, size_t index = 0);

    /// No more connections; requests that run are answered and WebSockets closed with 1001, for
    /// `grace` at most, then everything ends. Idempotent.
    void stop(std::chrono::milliseconds grace = std::chrono::milliseconds(2000));

  private:
    struct State;
    explicit Server(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace switchyard::http
