// SPDX-License-Identifier: Apache-2.0
// What the stations count, as metrics. Those of the ports are `http::add_port_metrics`'s.
#pragma once

#include <functional>

#include "dataplane/receive/ingress_counters.hpp"
#include "host/ingest/submission_queue.hpp"
#include "host/ingest/verify_station.hpp"
#include "host/node/chain/chain.hpp"
#include "host/node/forward/forwarder.hpp"
#include "host/node/metrics/registry.hpp"
#include "host/node/subscribe/subscription_hub.hpp"
#include "host/pool/pool.hpp"
#include "tools/appliance/event_publisher.hpp"
#include "tools/appliance/execution.hpp"

namespace switchyard::appliance {

/// All outlive what reads the registry.
struct MeteredParts {
    const node::Chain& chain;
    const Pool& pool;
    const SubmissionQueue& queue;
    const EventPublisher& events;
    const Execution& execution;
    const subscribe::SubscriptionHub& hub;
    std::function<VerifyStatistics()> verify;
    std::function<forward::ForwardCounters()> forward;
    std::function<dataplane::IngressCounters()> ingress;  ///< empty: no data plane
    std::string version;
};

void add_appliance_metrics(metrics::Registry& registry, const MeteredParts& parts);

}  // namespace switchyard::appliance
