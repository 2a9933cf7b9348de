// SPDX-License-Identifier: Apache-2.0
#include "host/node/archive/sqlite/archive_file.hpp"

#include <algorithm>

#include "host/core/random.hpp"

namespace switchyard::node {
namespace {

constexpr sqlite::FileFormat kFormat{"1398231368", "1", "an archive"};  // 0x53575148
constexpr const char* kSchema =
    "CREATE TABLE archive(id INTEGER PRIMARY KEY CHECK (id = 0), store BLOB NOT NULL,"
    " record INTEGER NOT NULL, head BLOB NOT NULL, safe BLOB NOT NULL, finalized BLOB NOT NULL);"
    "INSERT INTO archive VALUES (0, randomblob(16), 0, zeroblob(32), zeroblob(32), zeroblob(32));"
    "CREATE TABLE blocks(id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE,"
    " number INTEGER NOT NULL, record BLOB NOT NULL);"
    "CREATE INDEX blocks_by_number ON blocks(number);"
    "CREATE TABLE canonical(number INTEGER PRIMARY KEY, hash BLOB NOT NULL);"
    "CREATE TABLE transactions(hash BLOB PRIMARY KEY, number INTEGER NOT NULL,"
    " position INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE logs(key INTEGER NOT NULL, number INTEGER NOT NULL,"
    " PRIMARY KEY (key, number)) WITHOUT ROWID;";
/// A block of many transactions is a long row.
constexpr uint32_t kPageBytes = 8192;

/// The keys of all logs of a block, each once.
std::vector<uint64_t> keys_of(const ArchivedBlock& block) {
    std::vector<uint64_t> out;
    for (const Receipt& receipt : block.receipts)
        for (const Log& log : receipt.logs) {
            const auto keys = node::keys_of(log);
            out.insert(out.end(), keys.begin(), keys.end());
        }
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

}  // namespace

/// The statements of one transaction.
struct ArchiveFile::Writer {
    sqlite::Database& database;
    sqlite::Statement add_block, find_block, add_canonical, remove_canonical, find_canonical,
        last_canonical, add_transaction, remove_transaction, add_log, remove_log, set_state,
        drop_side;

    [[nodiscard]] Result<void> prepare() {
        const auto one = [this](sqlite::Statement& out, const char* sql) -> Result<void> {
            auto statement = database.prepare(sql);
            if (!statement) return statement.error();
            out = *std::move(statement);
            return {};
        };
        const std::pair<sqlite::Statement&, const char*> all[] = {
            {add_block, "INSERT OR IGNORE INTO blocks(hash, number, record) VALUES (?1, ?2, ?3)"},
            {find_block, "SELECT record FROM blocks WHERE hash = ?1"},
            {add_canonical, "INSERT OR REPLACE INTO canonical VALUES (?1, ?2)"},
            {remove_canonical, "DELETE FROM canonical WHERE number = ?1"},
            {find_canonical, "SELECT hash FROM canonical WHERE number = ?1"},
            {last_canonical, "SELECT number FROM canonical ORDER BY number DESC LIMIT 1"},
            {add_transaction, "INSERT OR REPLACE INTO transactions VALUES (?1, ?2, ?3)"},
            {remove_transaction, "DELETE FROM transactions WHERE hash = ?1 AND number = ?2"},
            {add_log, "INSERT OR IGNORE INTO logs VALUES (?1, ?2)"},
            {remove_log, "DELETE FROM logs WHERE key = ?1 AND number = ?2"},
            {set_state, "UPDATE archive SET record = ?1, head = ?2, safe = ?3, finalized = ?4"},
            {drop_side,
             "DELETE FROM blocks WHERE number < ?1 AND number >= ?2 AND NOT EXISTS (SELECT 1 FROM"
             " canonical c WHERE c.number = blocks.number AND c.hash = blocks.hash)"},
        };
        for (const auto& [statement, sql] : all)
            if (Result<void> done = one(statement, sql); !done) return done;
        return {};
    }

    [[nodiscard]] Result<void> store(const ArchivedBlock& block) {
        const Bytes record = encode_archived_block(block);
        return add_block.bind(1, block.hash).bind(2, block.number()).bind(3, record).run();
    }

    [[nodiscard]] Result<void> remove(uint64_t number) {
        auto row = find_canonical.bind(1, number).next();
        if (!row) return row.error();
        if (!*row) return {};
        const Bytes hash = to_bytes(find_canonical.blob(0));
        find_canonical.reset();
        row = find_block.bind(1, hash).next();
        if (!row) return row.error();
        if (*row) {
            auto block = decode_archived_block(find_block.blob(0));
            find_block.reset();
            if (!block) return block.error();
            for (const Bytes32& transaction : (*block)->transaction_hashes)
                if (auto done = remove_transaction.bind(1, transaction).bind(2, number).run();
                    !done)
                    return done;
            for (const uint64_t key : keys_of(**block))
                if (auto done = remove_log.bind(1, key).bind(2, number).run(); !done) return done;
        }
        return remove_canonical.bind(1, number).run();
    }

    [[nodiscard]] Result<void> add(const ArchivedBlock& block) {
        const uint64_t number = block.number();
        if (auto done = store(block); !done) return done;
        for (size_t i = 0; i < block.transaction_hashes.size(); ++i)
            if (auto done = add_transaction.bind(1, block.transaction_hashes[i])
                                .bind(2, number)
                                .bind(3, uint64_t{i})
                                .run();
                !done)
                return done;
        for (const uint64_t key : keys_of(block))
            if (auto done = add_log.bind(1, key).bind(2, number).run(); !done) return done;
        return add_canonical.bind(1, number).bind(2, block.hash).run();
    }

    [[nodiscard]] Result<void> change(const HeadChange& change) {
        auto row = last_canonical.next();
        if (!row) return row.error();
        if (*row) {
            const uint64_t last = last_canonical.integer(0);
            last_canonical.reset();
            const uint64_t keep = change.ancestor ? *change.ancestor + 1 : 0;
            for (uint64_t number = last + 1; number-- > keep;)
                if (auto done = remove(number); !done) return done;
        }
        for (const BlockPointer& block : change.added)
            if (auto done = add(*block); !done) return done;
        return {};
    }
};

Result<ArchiveFile::Reader> ArchiveFile::open_one_reader(const std::filesystem::path& path,
                                                         const sqlite::FileOptions& options) {
    auto database = sqlite::open_reader(path, options);
    if (!database) return database.error();
    Reader out{*std::move(database), {}, {}, {}, {}, {}};
    const std::pair<sqlite::Statement&, const char*> all[] = {
        {out.block, "SELECT record FROM blocks WHERE hash = ?1"},
        {out.canonical, "SELECT hash FROM canonical WHERE number = ?1"},
        {out.last, "SELECT number FROM canonical ORDER BY number DESC LIMIT 1"},
        {out.transaction, "SELECT number, position FROM transactions WHERE hash = ?1"},
        {out.logs,
         "SELECT number FROM logs WHERE key = ?1 AND number BETWEEN ?2 AND ?3 ORDER BY number"},
    };
    for (const auto& [statement, sql] : all) {
        auto prepared = out.database.prepare(sql);
        if (!prepared) return prepared.error();
        statement = *std::move(prepared);
    }
    return out;
}

Result<void> ArchiveFile::load_state() {
    auto statement = database_->prepare("SELECT store, record, head, safe, finalized FROM archive");
    if (!statement) return statement.error();
    auto row = statement->next();
    if (!row) return row.error();
    if (!*row || statement->blob(0).size() != 16) return sqlite::damaged(path_, "no state row");
    for (int column = 2; column <= 4; ++column)
        if (statement->blob(column).size() != Bytes32::kSize)
            return sqlite::damaged(path_, "the marks of the head");
    id_ = fixed_bytes_unchecked<16>(statement->blob(0));
    record_ = statement->integer(1);
    marks_ = {fixed_bytes_unchecked<32>(statement->blob(2)),
              fixed_bytes_unchecked<32>(statement->blob(3)),
              fixed_bytes_unchecked<32>(statement->blob(4))};
    return {};
}

Result<std::unique_ptr<ArchiveFile>> ArchiveFile::open(const std::filesystem::path& path,
                                                       uint32_t readers, uint64_t cache_bytes) {
    const sqlite::FileOptions options{readers, cache_bytes, kPageBytes};
    std::unique_ptr<ArchiveFile> out(new ArchiveFile(path));
    auto database = sqlite::open_store_file(path, kSchema, true, options, kFormat);
    if (!database) return database.error();
    out->database_ = *std::move(database);
    if (Result<void> loaded = out->load_state(); !loaded)
        return sqlite::advise(path, loaded.error());
    for (uint32_t i = 0; i < std::max(readers, 1u); ++i) {
        auto reader = open_one_reader(path, options);
        if (!reader) return sqlite::advise(path, reader.error());
        out->readers_.add(*std::move(reader));
    }
    return out;
}

Result<void> ArchiveFile::write(std::span<const ArchiveStep> steps, uint64_t record,
                                uint64_t drop_below) {
    /// How far back side blocks are looked for: older ones went in earlier calls.
    constexpr uint64_t kDropWindow = 4096;
    HeadMarks marks = marks_;
    Result<void> done = sqlite::in_transaction(*database_, [&]() -> Result<void> {
        Writer writer{*database_, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
        if (auto ready = writer.prepare(); !ready) return ready;
        for (const ArchiveStep& step : steps) {
            if (const auto* block = std::get_if<BlockPointer>(&step)) {
                if (auto stored = writer.store(**block); !stored) return stored;
            } else {
                const auto& change = std::get<HeadChange>(step);
                marks = change.marks;
                if (auto changed = writer.change(change); !changed) return changed;
            }
        }
        const uint64_t drop_from = drop_below > kDropWindow ? drop_below - kDropWindow : 0;
        if (auto dropped = writer.drop_side.bind(1, drop_below).bind(2, drop_from).run(); !dropped)
            return dropped;
        return writer.set_state.bind(1, record)
            .bind(2, marks.head)
            .bind(3, marks.safe)
            .bind(4, marks.finalized)
            .run();
    });
    if (!done) return sqlite::advise(path_, done.error());
    record_ = record;
    marks_ = marks;
    sqlite::shorten_log(*database_);
    return {};
}

Result<BlockPointer> ArchiveFile::block(const Bytes32& hash) const {
    return readers_.use([&](Reader& reader) -> Result<BlockPointer> {
        const auto row = reader.block.bind(1, hash).next();
        if (!row) return sqlite::advise(path_, row.error());
        if (!*row) return BlockPointer{};
        auto block = decode_archived_block(reader.block.blob(0));
        reader.block.reset();
        if (!block) return sqlite::advise(path_, block.error());
        if ((*block)->hash != hash) return sqlite::damaged(path_, "a block under another's hash");
        return block;
    });
}

Result<std::optional<Bytes32>> ArchiveFile::canonical_hash(uint64_t number) const {
    if (number > INT64_MAX) return std::optional<Bytes32>{};
    return readers_.use([&](Reader& reader) -> Result<std::optional<Bytes32>> {
        const auto row = reader.canonical.bind(1, number).next();
        if (!row) return sqlite::advise(path_, row.error());
        if (!*row) return std::optional<Bytes32>{};
        std::optional<Bytes32> out;
        if (reader.canonical.blob(0).size() == Bytes32::kSize)
            out = fixed_bytes_unchecked<32>(reader.canonical.blob(0));
        reader.canonical.reset();
        if (!out) return sqlite::damaged(path_, "a canonical hash");
        return out;
    });
}

Result<std::optional<uint64_t>> ArchiveFile::last_canonical() const {
    return readers_.use([&](Reader& reader) -> Result<std::optional<uint64_t>> {
        const auto row = reader.last.next();
        if (!row) return sqlite::advise(path_, row.error());
        if (!*row) return std::optional<uint64_t>{};
        const std::optional<uint64_t> out = reader.last.integer(0);
        reader.last.reset();
        return out;
    });
}

Result<std::optional<TransactionPlace>> ArchiveFile::transaction(const Bytes32& hash) const {
    return readers_.use([&](Reader& reader) -> Result<std::optional<TransactionPlace>> {
        const auto row = reader.transaction.bind(1, hash).next();
        if (!row) return sqlite::advise(path_, row.error());
        if (!*row) return std::optional<TransactionPlace>{};
        const std::optional<TransactionPlace> out = TransactionPlace{
            reader.transaction.integer(0), static_cast<uint32_t>(reader.transaction.integer(1))};
        reader.transaction.reset();
        return out;
    });
}

Result<std::vector<uint64_t>> ArchiveFile::blocks_with(const LogKeys& keys, uint64_t from,
                                                       uint64_t to, size_t limit) const {
    return readers_.use([&](Reader& reader) -> Result<std::vector<uint64_t>> {
        std::vector<uint64_t> out;
        for (const uint64_t key : keys) {
            reader.logs.bind(1, key).bind(2, from).bind(3, std::min<uint64_t>(to, INT64_MAX));
            while (true) {
                const auto row = reader.logs.next();
                if (!row) return sqlite::advise(path_, row.error());
                if (!*row) break;
                if (out.size() == limit) {
                    reader.logs.reset();
                    return Error{ErrorCode::LimitExceeded,
                                 "more than " + std::to_string(limit) + " blocks may fit"};
                }
                out.push_back(reader.logs.integer(0));
            }
        }
        std::ranges::sort(out);
        out.erase(std::unique(out.begin(), out.end()), out.end());
        return out;
    });
}

}  // namespace switchyard::node
