// SPDX-License-Identifier: Apache-2.0
#include "host/state/sqlite/code_set.hpp"

namespace switchyard::sqlite {

Result<CodeSet> CodeSet::open(uint64_t cache_bytes) {
    CodeSet out;
    auto database = Database::open("");  // SQLite's name for a temporary file
    if (!database) return database.error();
    out.database_ = std::move(*database);
    // One transaction that is never committed: nobody wants the file afterwards.
    const std::string script =
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -" +
        std::to_string(cache_bytes / 1024 + 1) +
        "; CREATE TABLE codes(hash BLOB PRIMARY KEY) WITHOUT ROWID; BEGIN";
    if (Result<void> done = out.database_.execute(script.c_str()); !done) return done.error();
    auto add = out.database_.prepare("INSERT OR IGNORE INTO codes(hash) VALUES(?1)");
    if (!add) return add.error();
    auto list = out.database_.prepare("SELECT hash FROM codes ORDER BY hash");
    if (!list) return list.error();
    out.add_ = std::move(*add);
    out.list_ = std::move(*list);
    return out;
}

Result<void> CodeSet::add(const Bytes32& hash) {
    // Neighbours are often of one contract's code.
    if (hash == last_) return {};
    last_ = hash;
    return add_.bind(1, hash).run();
}

Result<bool> CodeSet::next(Bytes32& hash) {
    const Result<bool> row = list_.next();
    if (!row || !*row) return row;
    const BytesView bytes = list_.blob(0);
    SWITCHYARD_ASSERT(bytes.size() == Bytes32::kSize);
    hash = fixed_bytes_unchecked<32>(bytes);
    return true;
}

}  // namespace switchyard::sqlite
