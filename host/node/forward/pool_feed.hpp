// SPDX-License-Identifier: Apache-2.0
// What the pool accepts, as a forwarder takes it.
#pragma once

#include "host/blobs/sidecar_store.hpp"
#include "host/node/forward/forwarder.hpp"
#include "host/pool/pool.hpp"

namespace switchyard::forward {

/// Every transaction that the pool takes in from here on; those with blobs in their network form,
/// where `sidecars` (may be null) has theirs. Pool and store outlive the feed.
[[nodiscard]] Feed pool_feed(Pool& pool, const blobs::SidecarStore* sidecars);

}  // namespace switchyard::forward
