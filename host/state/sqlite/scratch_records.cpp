// SPDX-License-Identifier: Apache-2.0
#include "host/state/sqlite/scratch_records.hpp"

#include <unistd.h>

#include <utility>

#include "host/state/sqlite/sqlite_record_store.hpp"

namespace switchyard::sqlite {

namespace fs = std::filesystem;

Result<ScratchRecords> ScratchRecords::open(const fs::path& parent) {
    std::error_code failed;
    const fs::path base = parent.empty() ? fs::temp_directory_path(failed) : parent;
    std::string pattern = (base / "switchyard-XXXXXX").string();
    if (failed || ::mkdtemp(pattern.data()) == nullptr)
        return Error{ErrorCode::Io, base.string() + ": cannot create a folder there"};
    ScratchRecords out;
    out.folder_ = pattern;
    RecordStoreOptions options;
    options.durable = false;
    auto store = open_record_store(out.folder_ / "trie.db", options);
    if (!store) return store.error();
    out.store_ = std::move(*store);
    return out;
}

ScratchRecords::ScratchRecords(ScratchRecords&& other) noexcept
    : folder_(std::exchange(other.folder_, {})), store_(std::move(other.store_)) {}

ScratchRecords::~ScratchRecords() {
    store_.reset();
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

}  // namespace switchyard::sqlite
