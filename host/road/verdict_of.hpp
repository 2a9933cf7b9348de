// SPDX-License-Identifier: Apache-2.0
// What the rules of execution mean at the pool's door.
#pragma once

#include <functional>

#include "host/chain/block.hpp"
#include "host/chain/chain_config.hpp"
#include "host/core/transaction_source.hpp"
#include "host/execute/transaction_error.hpp"

namespace switchyard {

/// The pool's verdict for a transaction that the rules of execution refuse.
[[nodiscard]] Verdict verdict_of(execute::TransactionError error);

/// `PoolHead::rules` for the block after `head`: what execution asks of a transaction alone. Fees
/// are judged against a base fee of 0: a later block may be cheaper, and the pool has its own
/// minimum.
[[nodiscard]] std::function<Verdict(const Transaction&)> pool_rules(const ChainConfig& chain,
                                                                    const BlockHeader& head);

}  // namespace switchyard
