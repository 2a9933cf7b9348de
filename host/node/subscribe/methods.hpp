// SPDX-License-Identifier: Apache-2.0
// eth_subscribe, eth_unsubscribe and the filters that are polled.
#pragma once

#include "host/node/rpc/method.hpp"
#include "host/node/subscribe/subscription_hub.hpp"

namespace switchyard::subscribe {

/// Adds them to `table`; eth_getFilterLogs calls its eth_getLogs. `hub` and `table` must outlive
/// the tables that serve them.
void add_subscription_methods(rpc::MethodTable& table, SubscriptionHub& hub);

}  // namespace switchyard::subscribe
