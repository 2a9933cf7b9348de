// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/part_options.hpp"

#include <algorithm>

#include "host/core/hex.hpp"

namespace switchyard::appliance {
namespace {

Address address_of(const std::string& text) {
    return fixed_from_hex<20>(text).value_or(Address{});
}

Bytes bytes_of(const std::string& text) {
    return {text.begin(), text.end()};
}

}  // namespace

PoolConfig pool_options(const config::Configuration& now) {
    PoolConfig out;
    // The data plane's reply is a promise; JSON-RPC's answer is what any public node gives.
    out.sink_origin = now.ingress.device.empty() ? Origin::Public : Origin::Promised;
    out.transactions_max = now.pool.transactions;
    out.bytes_max = now.pool.bytes;
    out.transactions_per_sender_max = now.pool.transactions_per_sender;
    out.queued_per_sender_max = now.pool.transactions_per_sender;
    out.queued_max = std::min<size_t>(out.queued_max, now.pool.transactions);
    out.min_tip_per_gas = Uint256{now.pool.min_tip};
    out.price_bump_percent = now.pool.price_bump;
    out.lifetime_s = static_cast<uint64_t>(now.pool.lifetime / std::chrono::seconds{1});
    out.blob_bytes_max = now.pool.blob_bytes;
    return out;
}

ProducerConfig producer_options(const config::BlockSection& block) {
    return {block.interval, block.gas_limit, address_of(block.beneficiary),
            bytes_of(block.extra_data)};
}

PayloadBuilderConfig builder_options(const config::Configuration& now) {
    PayloadBuilderConfig out;
    out.gas_limit = now.block.gas_limit;
    out.extra_data = bytes_of(now.block.extra_data);
    // What the clock asks for may take an interval.
    out.get_deadline_ms =
        std::max(out.get_deadline_ms, static_cast<uint64_t>(now.block.interval.count()));
    return out;
}

forward::ForwardConfig forward_options(const config::ForwardSection& section) {
    forward::ForwardConfig out;
    out.url = section.url;
    out.transactions_max = section.transactions;
    out.bytes_max = section.bytes;
    out.batch_transactions = section.batch;
    out.timeout = section.timeout;
    out.lifetime = section.lifetime;
    return out;
}

}  // namespace switchyard::appliance
