// SPDX-License-Identifier: Apache-2.0
// Records in memory: for tests and for tools that keep nothing.
#pragma once

#include <map>

#include "host/state/commitment/record_store.hpp"

namespace switchyard::commitment {

class MemoryRecordStore final : public RecordStore {
  public:
    [[nodiscard]] Result<std::optional<StoredRoot>> root() const override { return root_; }
    [[nodiscard]] Result<void> read(std::span<const RecordKey> keys,
                                    const Found& found) const override;
    [[nodiscard]] Result<void> write(const RecordChanges& changes) override;

    /// Everything stored; to be looked at and, in tests, damaged.
    [[nodiscard]] std::map<RecordKey, Bytes>& records() { return records_; }
    [[nodiscard]] const std::map<RecordKey, Bytes>& records() const { return records_; }

  private:
    std::map<RecordKey, Bytes> records_;
    std::optional<StoredRoot> root_;
};

}  // namespace switchyard::commitment
