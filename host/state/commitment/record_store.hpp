// SPDX-License-Identifier: Apache-2.0
// Where records come from and go to: the border between the tries and what is durable.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "host/core/result.hpp"
#include "host/state/commitment/record_key.hpp"

namespace switchyard::commitment {

/// What a store of records holds: the root of the account trie, and a number that the caller gave
/// with it, which is the block's.
struct StoredRoot {
    Bytes32 root;
    uint64_t block = 0;
    bool operator==(const StoredRoot&) const = default;
};

/// What a checkpoint changes, all of it or nothing. Views are valid during the call. In this order:
/// owners are erased, then records, then records are put.
struct RecordChanges {
    struct Put {
        RecordKey key;
        BytesView record;
    };
    std::span<const Bytes32> erased_owners;  ///< every record of these is gone
    std::span<const RecordKey> erased;       ///< ascending; some may not exist
    std::span<const Put> put;                ///< ascending by key; inserts or replaces
    StoredRoot root;                         ///< afterwards
};

/// Keeps records by their place. One thread at a time, unless an implementation allows more.
class RecordStore {
  public:
    /// Takes the record at `keys[i]`; the bytes are valid during the call.
    using Found = std::function<void(size_t i, BytesView record)>;

    virtual ~RecordStore() = default;
    /// What the last checkpoint left; no value when there was none.
    [[nodiscard]] virtual Result<std::optional<StoredRoot>> root() const = 0;
    /// Gives every record of `keys` that exists to `found`, in any order.
    [[nodiscard]] virtual Result<void> read(std::span<const RecordKey> keys,
                                            const Found& found) const = 0;
    /// Atomic, and durable when it returns where the store is. After an error nothing changed.
    [[nodiscard]] virtual Result<void> write(const RecordChanges& changes) = 0;
};

}  // namespace switchyard::commitment
