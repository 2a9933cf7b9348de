// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/memory_record_store.hpp"

namespace switchyard::commitment {

Result<void> MemoryRecordStore::read(std::span<const RecordKey> keys, const Found& found) const {
    for (size_t i = 0; i < keys.size(); ++i)
        if (const auto record = records_.find(keys[i]); record != records_.end())
            found(i, record->second);
    return {};
}

Result<void> MemoryRecordStore::write(const RecordChanges& changes) {
    for (const Bytes32& owner : changes.erased_owners)
        for (auto record = records_.lower_bound({owner, {}, 0});
             record != records_.end() && record->first.owner == owner;)
            record = records_.erase(record);
    for (const RecordKey& key : changes.erased)
        records_.erase(key);
    for (const RecordChanges::Put& put : changes.put)
        records_[put.key] = to_bytes(put.record);
    root_ = changes.root;
    return {};
}

}  // namespace switchyard::commitment
