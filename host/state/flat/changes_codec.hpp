// SPDX-License-Identifier: Apache-2.0
// The bytes of an undo record.
#pragma once

#include "host/core/result.hpp"
#include "host/state/state_view.hpp"

namespace switchyard::flat {

/// Absolute changes of accounts and storage, code apart, as bytes:
///
///   number of accounts   4 bytes, big-endian
///   per account, ascending by address:
///     address            20 bytes
///     flags              1 byte: 1 exists, 2 storage cleared, 4 has code
///     if it exists: nonce (number), balance (number); if it has code: code hash, 32 bytes
///     number of slots    4 bytes, big-endian; 0 if the account does not exist
///     per slot, ascending by key: key (number), value (number)
///
/// A number is one byte for its length, 0 to 32 (nonce: 8), and that many bytes, big-endian without
/// leading zeros. Every string that `decode_changes` accepts is the one that `encode_changes` makes
/// of the result.
[[nodiscard]] Bytes encode_changes(const StateChanges& changes);
/// `Corrupt` for anything else. Allocates no more than a small multiple of `bytes`.
[[nodiscard]] Result<StateChanges> decode_changes(BytesView bytes);

}  // namespace switchyard::flat
