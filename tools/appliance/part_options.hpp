// SPDX-License-Identifier: Apache-2.0
// What the keys of `pool`, `block` and `forward` become, at the start and at each reload.
#pragma once

#include "host/building/payload_builder.hpp"
#include "host/node/forward/forwarder.hpp"
#include "host/pool/pool_config.hpp"
#include "tools/appliance/block_producer.hpp"
#include "tools/config/configuration.hpp"

namespace switchyard::appliance {

/// All but `blob_keeper`.
[[nodiscard]] PoolConfig pool_options(const config::Configuration& now);
[[nodiscard]] ProducerConfig producer_options(const config::BlockSection& block);
/// What `PayloadBuilder::reconfigure` reads.
[[nodiscard]] PayloadBuilderConfig builder_options(const config::Configuration& now);
[[nodiscard]] forward::ForwardConfig forward_options(const config::ForwardSection& section);

}  // namespace switchyard::appliance
