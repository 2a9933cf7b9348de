// SPDX-License-Identifier: Apache-2.0
// The border between whatever brings bytes (a NIC, a file, a JSON-RPC port) and the road that knows
// transactions.
#pragma once

#include <cstdint>
#include <span>

#include "host/core/bytes.hpp"

namespace switchyard {

/// One signed transaction as it arrived: its EIP-2718 envelope or legacy RLP, unchecked.
struct RawTransaction {
    BytesView bytes;  ///< 1 to kTransactionBytesMax bytes, owned by the source until `release`
    uint64_t arrival_ns = 0;  ///< the source's monotonic clock when the last byte came in
    uint64_t source_id =
        0;  ///< who sent it: the source's own numbering of sessions, for meters and verdicts
    uint64_t sequence = 0;  ///< its number within `source_id`
    uintptr_t owner = 0;    ///< the source's handle on the buffer; opaque to everyone else
    /// The address that signed, as `source_id` claims: 20 bytes that live as long as `bytes`, or
    /// empty. Unchecked: it may only decide how the signature is verified, never the result.
    BytesView sender_hint;
};

/// Why a transaction that arrived went no further, or that it did. The values are stable: they
/// travel in replies.
enum class Verdict : uint8_t {
    Accepted = 0,
    Malformed = 1,         ///< not RLP, or not a transaction of a known type
    InvalidSignature = 2,  ///< r, s or the recovery id out of range, or no public key exists
    WrongChain = 3,
    Duplicate = 4,
    NonceTooLow = 5,
    InsufficientFunds = 6,
    FeeTooLow = 7,
    GasLimitTooHigh = 8,
    IntrinsicGasTooLow = 9,
    PoolFull = 10,
    TooLarge = 11,
    Unsupported = 12,
    ReplacementUnderpriced = 13,  ///< another of this sender and nonce waits, and pays as much
    NonceTooHigh = 14,            ///< a gap before a blob transaction
    NonceIsMax = 15,              ///< EIP-2681
    SenderLimit = 16,             ///< the sender has as many waiting as one may have
    FutureReplacesPending = 17,  ///< only an executable one could make room for this one with a gap
    AddressReserved = 18,        ///< the sender has transactions of the other kind (blobs or not)
    AuthorityReserved = 19,      ///< EIP-7702: an authority has transactions waiting
    DelegatedInFlight = 20,      ///< EIP-7702: one at a time from a delegated account
    DelegatedGap = 21,           ///< EIP-7702: no gap before one from a delegated account
    TipAboveMaxFee = 22,         ///< EIP-1559
    InitCodeTooLarge = 23,       ///< EIP-3860
    SenderHasCode = 24,          ///< EIP-3607
    FloorGasTooLow = 25,         ///< EIP-7623
    GasLimitAboveCap = 26,       ///< EIP-7825
    BlobsRefused = 27,           ///< EIP-4844, EIP-7594: number or version of blobs, or a creation
    SidecarMissing = 28,         ///< blobs have to come with the transaction
    SidecarInvalid = 29,         ///< what came does not prove the blobs that are named
    AuthorizationsRefused = 30,  ///< EIP-7702: none, or a creation
    NotDurable = 31,             ///< it could not be written down: nothing is acknowledged
};
/// Values of `Verdict` run from 0 to one less than this.
inline constexpr size_t kVerdictCount = static_cast<size_t>(Verdict::NotDurable) + 1;

/// A bounded stream of raw transactions. One consumer thread.
///
/// Ownership: the bytes of a polled transaction stay valid until the consumer passes it to
/// `release`; every polled transaction must be released exactly once, in any order, from the
/// consuming thread. A source that runs out of buffers because they are not released drops and
/// counts; it never blocks the wire.
class TransactionSource {
  public:
    virtual ~TransactionSource() = default;

    /// Takes up to `out.size()` transactions; returns how many. Never blocks; 0 means none are
    /// there at this moment.
    [[nodiscard]] virtual size_t poll(std::span<RawTransaction> out) = 0;

    /// Gives the buffers back, each with its verdict, so that the source can answer its sender.
    virtual void release(std::span<const RawTransaction> transactions,
                         std::span<const Verdict> verdicts) = 0;

    /// True when no transaction will ever come again (the end of a file). A NIC never says so.
    [[nodiscard]] virtual bool exhausted() const = 0;
};

}  // namespace switchyard
