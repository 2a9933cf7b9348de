// SPDX-License-Identifier: Apache-2.0
// On a development chain a transaction is answered when it stands in a block.
#pragma once

#include <chrono>

#include "host/node/submit/raw_transactions.hpp"
#include "host/pool/pool.hpp"

namespace switchyard::appliance {

/// Waits until none of the accepted transactions that a block could take is in the pool, at most
/// `patience` and the context's deadline. Clients that ask for a receipt once and then wait for the
/// next block (ethers) would wait for ever on a chain whose blocks come with transactions alone,
/// were the block made between the two. `pool` must outlive it.
[[nodiscard]] submit::BeforeAnswer answer_when_mined(const Pool& pool,
                                                     std::chrono::milliseconds patience);

}  // namespace switchyard::appliance
