// SPDX-License-Identifier: Apache-2.0
#include "host/state/sqlite/sqlite_record_store.hpp"

#include <array>

#include "host/state/sqlite/database.hpp"

namespace switchyard::sqlite {
namespace {

using commitment::RecordChanges;
using commitment::RecordKey;

constexpr const char* kApplicationId = "1398232146";  // 0x53575452
constexpr const char* kFormat = "1";

constexpr const char* kSchema = R"(
BEGIN IMMEDIATE;
CREATE TABLE trie(
    owner BLOB NOT NULL CHECK(length(owner) IN (0, 32)),
    path BLOB NOT NULL CHECK(length(path) <= 64),
    record BLOB NOT NULL,
    PRIMARY KEY(owner, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE trie_root(
    id INTEGER PRIMARY KEY NOT NULL CHECK(id = 0),
    root BLOB NOT NULL CHECK(length(root) = 32)
) STRICT;
PRAGMA application_id = 1398232146;
PRAGMA user_version = 1;
COMMIT;
)";

/// A record's place as the table has it.
class Place {
  public:
    explicit Place(const RecordKey& key) : owner_(key.owner), depth_(key.depth) {
        for (size_t i = 0; i < depth_; ++i)
            path_[i] = commitment::nibble_at(key.path.data(), i);
    }
    [[nodiscard]] BytesView owner() const { return owner_of(owner_); }
    [[nodiscard]] BytesView path() const { return BytesView(path_).first(depth_); }

    [[nodiscard]] static BytesView owner_of(const Bytes32& owner) {
        return owner == commitment::kAccountTrie ? BytesView{} : BytesView(owner);
    }

  private:
    Bytes32 owner_;
    std::array<uint8_t, commitment::kKeyNibbles> path_{};
    size_t depth_;
};

class SqliteRecordStore final : public commitment::RecordStore {
  public:
    explicit SqliteRecordStore(Database database) : database_(std::move(database)) {}

    Result<void> prepare();
    Result<std::optional<Bytes32>> root() const override;
    Result<void> read(std::span<const RecordKey> keys, const Found& found) const override;
    Result<void> write(const RecordChanges& changes) override;

  private:
    Result<void> write_rows(const RecordChanges& changes);

    Database database_;
    /// A statement is a cursor of its own: reading moves it and nothing else.
    mutable Statement read_root_, read_;
    Statement erase_owner_, erase_, put_, put_root_;
};

Result<void> SqliteRecordStore::prepare() {
    const std::pair<Statement*, const char*> statements[] = {
        {&read_root_, "SELECT root FROM trie_root WHERE id = 0"},
        {&read_, "SELECT record FROM trie WHERE owner = ?1 AND path = ?2"},
        {&erase_owner_, "DELETE FROM trie WHERE owner = ?1"},
        {&erase_, "DELETE FROM trie WHERE owner = ?1 AND path = ?2"},
        {&put_,
         "INSERT INTO trie(owner, path, record) VALUES(?1, ?2, ?3) "
         "ON CONFLICT(owner, path) DO UPDATE SET record = ?3"},
        {&put_root_,
         "INSERT INTO trie_root(id, root) VALUES(0, ?1) ON CONFLICT(id) DO UPDATE SET root = ?1"},
    };
    for (const auto& [statement, sql] : statements) {
        Result<Statement> prepared = database_.prepare(sql);
        if (!prepared) return prepared.error();
        *statement = std::move(*prepared);
    }
    return {};
}

Result<std::optional<Bytes32>> SqliteRecordStore::root() const {
    const Result<bool> row = read_root_.next();
    if (!row) return row.error();
    if (!*row) return std::optional<Bytes32>{};
    const BytesView root = read_root_.blob(0);
    if (root.size() != 32) return Error{ErrorCode::Corrupt, "trie store: a root of another size"};
    const auto out = fixed_bytes_unchecked<32>(root);
    const Result<bool> end = read_root_.next();
    if (!end) return end.error();
    return std::optional<Bytes32>(out);
}

Result<void> SqliteRecordStore::read(std::span<const RecordKey> keys, const Found& found) const {
    for (size_t i = 0; i < keys.size(); ++i) {
        const Place place(keys[i]);
        const Result<bool> row = read_.bind(1, place.owner()).bind(2, place.path()).next();
        if (!row) return row.error();
        if (!*row) continue;
        found(i, read_.blob(0));
        const Result<bool> end = read_.next();
        if (!end) return end.error();
    }
    return {};
}

Result<void> SqliteRecordStore::write_rows(const RecordChanges& changes) {
    for (const Bytes32& owner : changes.erased_owners)
        if (Result<void> done = erase_owner_.bind(1, Place::owner_of(owner)).run(); !done)
            return done;
    for (const RecordKey& key : changes.erased) {
        const Place place(key);
        if (Result<void> done = erase_.bind(1, place.owner()).bind(2, place.path()).run(); !done)
            return done;
    }
    for (const RecordChanges::Put& put : changes.put) {
        const Place place(put.key);
        if (Result<void> done =
                put_.bind(1, place.owner()).bind(2, place.path()).bind(3, put.record).run();
            !done)
            return done;
    }
    return put_root_.bind(1, BytesView(changes.root)).run();
}

Result<void> SqliteRecordStore::write(const RecordChanges& changes) {
    if (Result<void> begun = database_.execute("BEGIN IMMEDIATE"); !begun) return begun;
    Result<void> written = write_rows(changes);
    if (written) written = database_.execute("COMMIT");
    // Some errors have rolled back already.
    if (!written && database_.in_transaction()) {
        const Result<void> rolled_back = database_.execute("ROLLBACK");
        if (!rolled_back) return rolled_back;
    }
    return written;
}

}  // namespace

Result<std::unique_ptr<commitment::RecordStore>> open_record_store(
    const std::filesystem::path& path, const RecordStoreOptions& options) {
    Result<Database> database = Database::open(path);
    if (!database) return database.error();
    const std::string cache =
        "PRAGMA cache_size = -" + std::to_string(options.page_cache_bytes / 1024 + 1);
    for (const std::string& pragma :
         {std::string("PRAGMA page_size = 4096"), std::string("PRAGMA journal_mode = WAL"),
          std::string("PRAGMA locking_mode = EXCLUSIVE"),
          std::string(options.durable ? "PRAGMA synchronous = FULL"
                                      : "PRAGMA synchronous = NORMAL"),
          cache})
        if (Result<void> done = database->execute(pragma.c_str()); !done) return done.error();
    const auto tables = database->single_value("SELECT count(*) FROM sqlite_schema");
    if (!tables) return tables.error();
    if (*tables == "0")
        if (Result<void> made = database->execute(kSchema); !made) return made.error();
    const auto application = database->single_value("PRAGMA application_id");
    if (!application) return application.error();
    const auto format = database->single_value("PRAGMA user_version");
    if (!format) return format.error();
    if (*application != kApplicationId)
        return Error{ErrorCode::Corrupt, path.string() + ": not a store of trie records"};
    if (*format != kFormat)
        return Error{ErrorCode::Unsupported, path.string() + ": format " + *format};
    auto store = std::make_unique<SqliteRecordStore>(std::move(*database));
    if (Result<void> prepared = store->prepare(); !prepared) return prepared.error();
    return std::unique_ptr<commitment::RecordStore>(std::move(store));
}

}  // namespace switchyard::sqlite
