// SPDX-License-Identifier: Apache-2.0
// Every bound that more than one station relies on, with its source.
#pragma once

#include <cstddef>
#include <cstdint>

namespace switchyard {

/// The largest signed transaction that the road takes: what geth's pool accepts (core/txpool,
/// txMaxSize is 4 slots of 32 KiB). Blob sidecars do not travel on the road, so that type 3 obeys
/// the same bound.
inline constexpr size_t kTransactionBytesMax = 128 * 1024;

/// The largest batch that a station hands to the next.
inline constexpr size_t kBatchTransactionsMax = 1024;

/// Lanes that a plan may use, and so the width of a wait vector.
inline constexpr uint32_t kLanesMax = 64;

/// Transactions of one block. 60 M gas at 21,000 each is below 3,000; the appliance's own blocks
/// are larger.
inline constexpr uint32_t kBlockTransactionsMax = 65'536;

}  // namespace switchyard
