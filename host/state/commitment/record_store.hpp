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
    Bytes32 root;                            ///< of the account trie, afterwards
};

/// Keeps records by their place. One thread at a time.
class RecordStore {
  public:
    /// Takes the record at `keys[i]`; the bytes are valid during the call.
    using Found = std::function<void(size_t i, BytesView record)>;

    virtual ~RecordStore() = default;
    /// The root that the last checkpoint left; no value when there was none.
    [[nodiscard]] virtual Result<std::optional<Bytes32>> root() const = 0;
    /// Gives every record of `keys` that exists to `found`, in any order.
    [[nodiscard]] virtual Result<void> read(std::span<const RecordKey> keys,
                                            const Found& found) const = 0;
    /// Atomic, and durable when it returns where the store is. After an error nothing changed.
    [[nodiscard]] virtual Result<void> write(const RecordChanges& changes) = 0;
};

}  // namespace switchyard::commitment
