// SPDX-License-Identifier: Apache-2.0
// The listening ports that a configuration asks for, over one table of methods.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/node/http/port_metrics.hpp"
#include "host/node/http/server.hpp"
#include "tools/config/configuration.hpp"

namespace switchyard::appliance {

/// What the ports offer; everything that it names outlives them.
struct Offer {
    const rpc::MethodTable& methods;  ///< of all namespaces, the Engine API's too
    const metrics::Registry& registry;
    std::function<std::string()> unready;  ///< as of `http::admin_routes`
};

class Ports {
  public:
    ~Ports();
    struct Listening {
        std::string name;     ///< "http", "websocket", "engine", "admin"
        std::string address;  ///< with the port number that was taken
        bool websocket = false;
    };

    /// Opens them; `Unavailable` where an address is taken, `Io` or `InvalidInput` for a file of a
    /// secret. A WebSocket address that is the HTTP one makes one port of both.
    [[nodiscard]] static Result<std::unique_ptr<Ports>> open(const config::Configuration& now,
                                                             const Offer& offer);

    [[nodiscard]] const std::vector<Listening>& listening() const { return listening_; }
    /// Takes over the keys of `http` and `websocket` that reload (`http::Server::reconfigure`), and
    /// the size of a batch. Beside everything that serves.
    void reconfigure(const config::Configuration& now);

    /// The number of the port of this name; 0: there is none.
    [[nodiscard]] uint16_t port(std::string_view name) const;
    /// Their metrics; they must outlive what reads `registry`.
    void add_metrics(metrics::Registry& registry) const;
    /// Requests under way are answered, for some seconds at most; then every connection ends.
    void stop();

  private:
    Ports() = default;
    struct Service;

    /// Of each port; null: one of routes alone.
    std::vector<std::unique_ptr<Service>> services_;
    std::unique_ptr<http::Server> server_;
    std::vector<Listening> listening_;
};

/// Where a secret is: what the configuration says, or a file of the node's folder.
[[nodiscard]] std::string secret_file(const config::NodeSection& node, const std::string& stated,
                                      std::string_view name);
inline constexpr std::string_view kEngineSecret = "jwt.hex";
inline constexpr std::string_view kAdminSecret = "admin.hex";

}  // namespace switchyard::appliance
