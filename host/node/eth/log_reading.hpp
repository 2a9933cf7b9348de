// SPDX-License-Identifier: Apache-2.0
// Filters of logs, for `eth_getLogs`, filters and subscriptions.
#pragma once

#include "host/node/eth/backend.hpp"

namespace switchyard::node::eth {

struct LogQuery {
    std::optional<Bytes32> block_hash;  ///< then the range means nothing
    BlockId from;
    BlockId to;
    LogFilter filter;
};

/// The filter object of the execution-apis.
[[nodiscard]] rpc::Answer<LogQuery> read_log_query(json::Element object);
/// The logs that fit, in order, within the backend's limits and the request's time.
[[nodiscard]] rpc::Answer<std::vector<FoundLog>> find_logs(const EthBackend& backend,
                                                           const LogQuery& query,
                                                           const rpc::Context& context);
void write_found_log(json::Writer& out, const FoundLog& found);

}  // namespace switchyard::node::eth
