// SPDX-License-Identifier: Apache-2.0
// What a pool is told: its limits, the chain's head, the room of a block.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "host/chain/transaction.hpp"
#include "host/core/transaction_source.hpp"
#include "host/state/state_view.hpp"

namespace switchyard {

class BlobKeeper;

/// Which transactions the pool lets in.
enum class Admission : uint8_t {
    /// Blocks are built from the pool: a transaction must fit the head of the chain by nonce,
    /// balance, fee and gas.
    Open,
    /// Blocks come from elsewhere and name their transactions (`take_exactly`): whoever built them
    /// vouches for the rules, which may depend on what a block does before. Only duplicates and the
    /// limits of the pool are refused.
    Named,
};

/// What the sender of a transaction was told when it was accepted, and so what may become of it.
enum class Origin : uint8_t {
    /// 'Accepted' was a promise (the data plane's reply): no dearer transaction takes its place.
    Promised,
    /// As with any public node (JSON-RPC): one that pays more may take its place when the pool is
    /// full.
    Public,
};

/// Beside each limit stands geth's default (core/txpool/legacypool, blobpool), which counts slots
/// of 32 KiB where this counts transactions and bytes.
struct PoolConfig {
    Admission admission = Admission::Open;
    /// Of what comes as to a `TransactionSink`.
    Origin sink_origin = Origin::Promised;
    /// Waiting, executable or not. geth: 5,120 + 1,024, some twenty mainnet blocks; here ten
    /// seconds of 100,000 a second.
    size_t transactions_max = 1'048'576;
    size_t bytes_max = size_t{512} << 20;  ///< of canonical encodings. geth: 192 MiB of slots
    /// Of one sender, executable or not. geth guarantees 16 executable ones, takes more while there
    /// is room and cuts back whoever has most. Nothing is cut back here, so that this is a limit.
    size_t transactions_per_sender_max = 1024;
    size_t queued_max = 131'072;        ///< behind a nonce gap, of all senders. geth: 1,024
    size_t queued_per_sender_max = 64;  ///< behind a nonce gap, of one sender. geth: 64
    bool takes_blobs = true;            ///< whether transactions with blobs are taken at all
    /// Has their sidecars; one without is refused (`Verdict::SidecarMissing`). Outlives the pool.
    /// Null: nobody here is asked for blobs, and they are taken without. `Admission::Named` does
    /// not ask it.
    BlobKeeper* blob_keeper = nullptr;
    /// Of sidecars, as `sidecar_bytes_max` counts them. geth: 2.5 GiB on the disk; here they stay
    /// in memory.
    size_t blob_bytes_max = size_t{512} << 20;
    size_t blobs_per_sender_max = 16;  ///< blob transactions of one sender. geth: 16
    Uint256 min_fee_per_gas{};         ///< below it a `max_fee_per_gas` is refused, in wei
    Uint256 min_tip_per_gas{};         ///< below it a priority fee is refused, in wei. geth: 1
    Uint256 min_fee_per_blob_gas{1};   ///< in wei. geth: 1
    uint32_t price_bump_percent = 10;  ///< of both fees, to replace a transaction. geth: 10
    uint32_t blob_price_bump_percent = 100;  ///< of all three fees of one with blobs. geth: 100
    /// How long a sender's transactions behind a gap wait after the last one of the sender that was
    /// executable. geth: 3 hours.
    uint64_t lifetime_s = 3 * 60 * 60;
    /// Transactions of a block whose tips are within so many per cent of one another may change
    /// places, so that those that conflict stand apart (spread.hpp). 0: never. `Named` does not
    /// care.
    uint32_t spread_percent = 5;
};

/// What the pool must know of the chain's head.
struct PoolHead {
    /// The state after the head; must outlive its being the head. May be null with
    /// `Admission::Named`.
    const StateView* state = nullptr;
    uint64_t block_gas_limit = 0;
    /// The rules of the next block that need no account: type, intrinsic gas, caps, the form of
    /// blob and set-code transactions. Says `Accepted` or why not. Given by the caller, because the
    /// pool does not see the executor, whose rules these are; not called with `Admission::Named`.
    std::function<Verdict(const Transaction&)> rules;
    uint64_t number = 0;
    /// All accounts that differ from the head before; without it, every sender's is read again.
    /// Borrowed for the call.
    std::optional<std::span<const Address>> changed;
};

/// The room and the prices of a block to be built.
struct BlockTarget {
    uint64_t gas_limit = 0;
    Uint256 base_fee;
    uint64_t blob_gas_limit = 0;
    Uint256 blob_base_fee;
    size_t transactions_max = 0;
    size_t bytes_max = SIZE_MAX;  ///< of the transactions as they stand in the block's RLP
};

/// Sums since the start.
struct PoolStatistics {
    std::array<uint64_t, kVerdictCount> verdicts{};  ///< by the value of `Verdict`
    uint64_t replaced = 0;  ///< accepted transactions whose sender put another one in their place
    uint64_t taken = 0;
    uint64_t put_back = 0;
    uint64_t stale = 0;             ///< dropped because the chain used their nonce
    uint64_t evicted = 0;           ///< dropped for dearer ones
    uint64_t expired = 0;           ///< dropped behind a gap that was not filled
    uint64_t rejected = 0;          ///< taken, and refused by execution
    uint64_t returned = 0;          ///< from blocks that were taken back, and accepted
    uint64_t returned_refused = 0;  ///< the others of those

    [[nodiscard]] uint64_t count(Verdict verdict) const {
        return verdicts[static_cast<size_t>(verdict)];
    }
};

}  // namespace switchyard
