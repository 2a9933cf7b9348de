// SPDX-License-Identifier: Apache-2.0
#include "host/state/rebuild/row_chunks.hpp"

namespace switchyard {

void RowChunks::add_account(StateChanges& chunk) const {
    AccountChange change;
    change.address = row_.address;
    change.account = row_.account;
    change.storage_begin = static_cast<uint32_t>(chunk.storage.size());
    chunk.accounts.push_back(change);
}

Result<bool> RowChunks::next(StateChanges& chunk) {
    chunk.clear();
    bool listed = false;  // the account under way stands in this chunk
    while (chunk.accounts.size() + chunk.storage.size() < rows_max_) {
        if (in_account_) {
            StorageChange slot;
            const Result<bool> more = rows_.next_slot(slot);
            if (!more) return more;
            if (*more) {
                if (!listed) add_account(chunk);
                listed = true;
                chunk.storage.push_back(slot);
                ++chunk.accounts.back().storage_count;
                ++counts_.slots;
                continue;
            }
            in_account_ = false;
        }
        const Result<bool> more = rows_.next_account(row_);
        if (!more) return more;
        if (!*more) break;
        add_account(chunk);
        listed = in_account_ = true;
        ++counts_.accounts;
    }
    return !chunk.accounts.empty();
}

Result<bool> RowChunks::next_codes(StateChanges& chunk) {
    chunk.clear();
    for (size_t bytes = 0; bytes < code_bytes_max_;) {
        CodeRow row;
        const Result<bool> more = rows_.next_code(row);
        if (!more) return more;
        if (!*more) break;
        bytes += row.code.size();
        chunk.codes.push_back({row.hash, std::make_shared<const Code>(to_bytes(row.code))});
        ++counts_.codes;
    }
    return !chunk.codes.empty();
}

}  // namespace switchyard
