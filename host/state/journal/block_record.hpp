// SPDX-License-Identifier: Apache-2.0
// A block and its effects as the payload of a journal record.
//
//   size  field
//      8  number          little-endian
//     32  hash
//     32  state root
//      v  count of accounts; for each, ascending by address:
//           20  address
//            1  flags: 1 exists afterwards, 2 storage cleared, 4 has code, 8 slots follow
//            n  with 1: nonce
//            n  with 1: balance
//           32  with 1 and 4: code hash
//            v  with 8: count of slots, not 0; for each, ascending by key:
//                 n  key
//                 n  value, 0 for a deleted slot
//      v  count of codes; for each, ascending by hash:
//           32  hash, the Keccak-256 of the code
//            v  length
//               code
//
// v: an unsigned LEB128 integer of at most 32 bits. n: one byte with the count of bytes that
// follow, then the number in big-endian order. Both in the shortest form, so that an effect has
// one encoding.
#pragma once

#include "host/core/result.hpp"
#include "host/state/state_view.hpp"
#include "host/state/stored_block.hpp"

namespace switchyard::journal {

struct BlockRecord {
    StoredBlock block;
    StateChanges changes;  ///< absolute values, as `BlockState::changes` gives them
    bool operator==(const BlockRecord&) const = default;
};

/// Appends the encoding to `out`. `InvalidInput` when `changes` are not in the canonical form of a
/// block's changes (deltas, fields not written, an order that does not ascend, slots that are not
/// grouped by account); `out` is then of no use. Allocates only where `out` has to grow.
[[nodiscard]] Result<void> encode_block_record(const StoredBlock& block,
                                               const StateChanges& changes, Bytes& out);

/// The inverse, for any bytes: encode(decode(x)) == x for all x that decode. `Corrupt` with the
/// offset and what was expected there. Reuses what `out` has allocated; memory is at most a
/// constant (32) times the length of `payload`.
[[nodiscard]] Result<void> decode_block_record(BytesView payload, BlockRecord& out);

}  // namespace switchyard::journal
