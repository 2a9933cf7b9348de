// SPDX-License-Identifier: Apache-2.0
// Records as a store keeps them.
//
//   page     0x01, leaf count (1 to 128), then for each leaf, keys ascending:
//              the key's bytes from byte depth/2 on (32 - depth/2 of them),
//              the value's length (1 to 128), the value in short form (leaf_value.hpp)
//   branch   0x02, the nibble at which it divides (depth to 63),
//              the bytes of its path from byte depth/2 to the one of the last nibble before that;
//              unused nibbles are 0,
//              a 16-bit little-endian mask of children (at least two), and for each, ascending:
//              its leaf count (32-bit little-endian, not 0), the length of its reference (1 to 32),
//              the reference
//
// `depth` is the length of the record's path, which is its key in the store. A page holds no hash:
// they all follow from the leaves, and are compared with the parent's reference when the page is
// read, which is one check for damage and for a row of another time.
#pragma once

#include "host/core/result.hpp"
#include "host/state/commitment/branch.hpp"
#include "host/state/commitment/page.hpp"
#include "host/state/commitment/record_key.hpp"

namespace switchyard::commitment {

/// Longest record: a page of 128 leaves.
inline constexpr size_t kRecordBytesMax = 2 + kPageLeavesLimit * (32 + 1 + kValueBytesMax);

/// Appends the record of a page or a branch at nibble `depth`.
void encode_record(const Page& page, size_t depth, Bytes& out);
void encode_record(const Branch& branch, size_t depth, Bytes& out);

/// A page or a branch: one of them.
struct DecodedRecord {
    Page page;
    BranchPointer branch;
};

/// The record that stands at `key`; hashes in a page are yet to be made. `Corrupt` for anything but
/// an output of `encode_record`.
[[nodiscard]] Result<DecodedRecord> decode_record(const RecordKey& key, ValueKind kind,
                                                  BytesView record, RecordArena& arena);

}  // namespace switchyard::commitment
