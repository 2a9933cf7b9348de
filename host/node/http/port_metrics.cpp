// SPDX-License-Identifier: Apache-2.0
#include "host/node/http/port_metrics.hpp"

namespace switchyard::http {
namespace {

using metrics::Kind;
using metrics::Metric;

struct PortMetric {
    Metric metric;
    std::atomic<uint64_t> PortCounters::*counter;
};

constexpr PortMetric kPortMetrics[] = {
    {{"switchyard_port_connections_open", Kind::Gauge, "Connections that are open."},
     &PortCounters::connections_open},
    {{"switchyard_port_websockets_open", Kind::Gauge, "WebSocket connections that are open."},
     &PortCounters::websockets_open},
    {{"switchyard_port_connections_total", Kind::Counter, "Connections that were accepted."},
     &PortCounters::connections},
    {{"switchyard_port_connections_refused_total", Kind::Counter,
      "Connections that were closed because too many were open."},
     &PortCounters::connections_refused},
    {{"switchyard_port_requests_total", Kind::Counter, "HTTP requests and WebSocket messages."},
     &PortCounters::requests},
    {{"switchyard_port_requests_refused_total", Kind::Counter,
      "Requests answered with an HTTP status that is an error."},
     &PortCounters::refused},
    {{"switchyard_port_requests_unauthorized_total", Kind::Counter,
      "Requests without a valid token where one is needed."},
     &PortCounters::unauthorized},
    {{"switchyard_port_requests_busy_total", Kind::Counter,
      "Requests answered with 'server busy': no worker or no memory was free."},
     &PortCounters::busy},
    {{"switchyard_port_requests_over_rate_total", Kind::Counter,
      "Requests answered with 'too many requests': their address made more than it may."},
     &PortCounters::over_rate},
    {{"switchyard_port_read_timeouts_total", Kind::Counter,
      "Connections ended because a request did not arrive in time."},
     &PortCounters::read_timeouts},
    {{"switchyard_port_write_timeouts_total", Kind::Counter,
      "Connections ended because a response was not taken in time."},
     &PortCounters::write_timeouts},
    {{"switchyard_port_notifications_total", Kind::Counter,
      "Notifications put into subscribers' queues."},
     &PortCounters::notifications},
    {{"switchyard_port_subscribers_dropped_total", Kind::Counter,
      "Connections dropped because they did not read their notifications."},
     &PortCounters::subscribers_dropped},
    {{"switchyard_port_received_bytes_total", Kind::Counter,
      "Bytes of bodies and messages received."},
     &PortCounters::bytes_in},
    {{"switchyard_port_sent_bytes_total", Kind::Counter,
      "Bytes of responses and notifications sent."},
     &PortCounters::bytes_out},
};

constexpr Metric kQueued = {"switchyard_port_requests_queued", Kind::Gauge,
                            "Requests that wait for a worker."};
constexpr Metric kSeconds = {"switchyard_port_request_seconds", Kind::Histogram,
                             "Time to run the methods of a request or batch, in seconds."};

struct DispatchMetric {
    Metric metric;
    std::atomic<uint64_t> rpc::DispatchCounters::*counter;
};

constexpr DispatchMetric kDispatchMetrics[] = {
    {{"switchyard_rpc_calls_total", Kind::Counter, "Calls and notifications, each one of a batch."},
     &rpc::DispatchCounters::requests},
    {{"switchyard_rpc_batches_total", Kind::Counter, "Batches."}, &rpc::DispatchCounters::batches},
    {{"switchyard_rpc_errors_total", Kind::Counter, "Calls answered with an error of any kind."},
     &rpc::DispatchCounters::errors},
    {{"switchyard_rpc_malformed_total", Kind::Counter, "Texts that are no JSON or no request."},
     &rpc::DispatchCounters::parse_errors},
    {{"switchyard_rpc_timeouts_total", Kind::Counter, "Calls given up at their deadline."},
     &rpc::DispatchCounters::timeouts},
    {{"switchyard_rpc_too_large_total", Kind::Counter, "Results over a limit of size."},
     &rpc::DispatchCounters::too_large},
};

}  // namespace

void add_port_metrics(metrics::Registry& registry, const Server& server, size_t index,
                      const std::string& name) {
    const PortCounters& counters = server.counters(index);
    for (const PortMetric& entry : kPortMetrics)
        registry.add(entry.metric, {{"port", name}}, [&counter = counters.*entry.counter] {
            return static_cast<double>(counter.load(std::memory_order_relaxed));
        });
    registry.add(kQueued, {{"port", name}},
                 [&server, index] { return static_cast<double>(server.queued(index)); });
    registry.add(kSeconds, {{"port", name}}, counters.request_seconds);
}

void add_dispatch_metrics(metrics::Registry& registry, const rpc::Dispatcher& dispatcher,
                          const std::string& name) {
    for (const DispatchMetric& entry : kDispatchMetrics)
        registry.add(entry.metric, {{"port", name}},
                     [&counter = dispatcher.counters().*entry.counter] {
                         return static_cast<double>(counter.load(std::memory_order_relaxed));
                     });
}

std::vector<Route> admin_routes(const metrics::Registry& registry,
                                std::function<std::string()> unready) {
    std::vector<Route> routes(3);
    routes[0].path = "/metrics";
    routes[0].content_type = metrics::Registry::kContentType;
    routes[0].answer = [&registry] { return RouteAnswer{200, registry.text()}; };
    routes[1].path = "/health";
    routes[1].open = true;
    routes[1].answer = [] { return RouteAnswer{200, "alive\n"}; };
    routes[2].path = "/ready";
    routes[2].open = true;
    routes[2].answer = [unready = std::move(unready)] {
        const std::string why = unready();
        return why.empty() ? RouteAnswer{200, "ready\n"} : RouteAnswer{503, why + "\n"};
    };
    return routes;
}

}  // namespace switchyard::http
