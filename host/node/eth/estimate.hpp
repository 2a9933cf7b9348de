// SPDX-License-Identifier: Apache-2.0
// The least gas limit with which a call succeeds, nearly.
#pragma once

#include "host/node/eth/call_runner.hpp"

namespace switchyard::node::eth {

/// As go-ethereum searches (eth/gasestimator): by halves, from what the call used, until the range
/// is 1.5% of the result. `kTimeout` where the runner's request has no time left.
[[nodiscard]] rpc::Answer<uint64_t> estimate_gas(CallRunner& runner, const CallRequest& request,
                                                 const EthLimits& limits);

}  // namespace switchyard::node::eth
