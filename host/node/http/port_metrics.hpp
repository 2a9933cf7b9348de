// SPDX-License-Identifier: Apache-2.0
// What the ports count, as metrics; and the routes of an admin port.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/node/http/server.hpp"
#include "host/node/metrics/registry.hpp"
#include "host/node/rpc/dispatcher.hpp"

namespace switchyard::http {

/// Metrics of port `index` of `server`, with the label `port="NAME"`. `server` must outlive what
/// reads `registry`.
void add_port_metrics(metrics::Registry& registry, const Server& server, size_t index,
                      const std::string& name);
/// Metrics of one dispatcher, with the label `port="NAME"`.
void add_dispatch_metrics(metrics::Registry& registry, const rpc::Dispatcher& dispatcher,
                          const std::string& name);

/// `/metrics`; `/health`: 200 as long as the process answers; `/ready`: 200, or 503 and the reason
/// that `unready` gives. The last two need no token: those who probe have none.
[[nodiscard]] std::vector<Route> admin_routes(const metrics::Registry& registry,
                                              std::function<std::string()> unready);

}  // namespace switchyard::http
