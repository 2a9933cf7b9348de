// SPDX-License-Identifier: Apache-2.0
#include "host/state/sqlite/sqlite_record_store.hpp"

#include <array>
#include <tuple>

#include "host/state/sqlite/file_lock.hpp"
#include "host/state/sqlite/store_file.hpp"

namespace switchyard::sqlite {
namespace {

using commitment::RecordChanges;
using commitment::RecordKey;
using commitment::StoredRoot;

constexpr FileFormat kTrieFormat{"1398232146", "2", "a store of trie records"};  // 0x53575452

constexpr const char* kSchema = R"(
CREATE TABLE trie(
    owner BLOB NOT NULL CHECK(length(owner) IN (0, 32)),
    path BLOB NOT NULL CHECK(length(path) <= 64),
    record BLOB NOT NULL,
    PRIMARY KEY(owner, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE trie_root(
    id INTEGER PRIMARY KEY NOT NULL CHECK(id = 0),
    root BLOB NOT NULL CHECK(length(root) = 32),
    block INTEGER NOT NULL
) STRICT;
)";

/// A row of more than a quarter of a page goes to overflow pages, one for each row: with pages of
/// 4 KB that is every record of more than 22 accounts, and the file is up to 2.5 times as large.
constexpr uint32_t kPageBytes = 8192;

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
    SqliteRecordStore(std::filesystem::path path, std::unique_ptr<FileLock> lock, Database writer,
                      Database reader)
        : path_(std::move(path)),
          lock_(std::move(lock)),
          writer_(std::move(writer)),
          reader_(std::move(reader)) {}

    Result<void> prepare();
    Result<std::optional<StoredRoot>> root() const override;
    Result<void> read(std::span<const RecordKey> keys, const Found& found) const override;
    Result<void> write(const RecordChanges& changes) override;

  private:
    Result<void> write_rows(const RecordChanges& changes);

    const std::filesystem::path path_;
    std::unique_ptr<FileLock> lock_;
    Database writer_;
    Database reader_;
    mutable Statement read_root_, read_;
    Statement erase_owner_, erase_, put_, put_root_;
};

Result<void> SqliteRecordStore::prepare() {
    const std::tuple<Database*, Statement*, const char*> statements[] = {
        {&reader_, &read_root_, "SELECT root, block FROM trie_root WHERE id = 0"},
        {&reader_, &read_, "SELECT record FROM trie WHERE owner = ?1 AND path = ?2"},
        {&writer_, &erase_owner_, "DELETE FROM trie WHERE owner = ?1"},
        {&writer_, &erase_, "DELETE FROM trie WHERE owner = ?1 AND path = ?2"},
        {&writer_, &put_,
         "INSERT INTO trie(owner, path, record) VALUES(?1, ?2, ?3) "
         "ON CONFLICT(owner, path) DO UPDATE SET record = ?3"},
        {&writer_, &put_root_,
         "INSERT INTO trie_root(id, root, block) VALUES(0, ?1, ?2) "
         "ON CONFLICT(id) DO UPDATE SET root = ?1, block = ?2"},
    };
    for (const auto& [database, statement, sql] : statements) {
        Result<Statement> prepared = database->prepare(sql);
        if (!prepared) return prepared.error();
        *statement = std::move(*prepared);
    }
    return {};
}

Result<std::optional<StoredRoot>> SqliteRecordStore::root() const {
    const Result<bool> row = read_root_.next();
    if (!row) return advise(path_, row.error());
    if (!*row) return std::optional<StoredRoot>{};
    const BytesView root = read_root_.blob(0);
    std::optional<StoredRoot> out;
    if (root.size() == 32) out = StoredRoot{fixed_bytes_unchecked<32>(root), read_root_.integer(1)};
    read_root_.reset();
    if (!out) return damaged(path_, "the root has another size");
    return out;
}

Result<void> SqliteRecordStore::read(std::span<const RecordKey> keys, const Found& found) const {
    for (size_t i = 0; i < keys.size(); ++i) {
        const Place place(keys[i]);
        const Result<bool> row = read_.bind(1, place.owner()).bind(2, place.path()).next();
        if (!row) return advise(path_, row.error());
        if (!*row) continue;
        found(i, read_.blob(0));
        read_.reset();
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
    return put_root_.bind(1, BytesView(changes.root.root)).bind(2, changes.root.block).run();
}

Result<void> SqliteRecordStore::write(const RecordChanges& changes) {
    Result<void> done = in_transaction(writer_, [&] { return write_rows(changes); });
    if (!done) return advise(path_, done.error());
    shorten_log(writer_);
    return {};
}

}  // namespace

Result<std::unique_ptr<commitment::RecordStore>> open_record_store(
    const std::filesystem::path& path, const RecordStoreOptions& options) {
    auto lock = std::make_unique<FileLock>(path.string() + ".lock");
    if (!lock->opened())
        return Error{ErrorCode::Io, path.string() + ".lock cannot be opened for writing"};
    if (!lock->held())
        return Error{ErrorCode::Unavailable, path.string() + " is in use by another process"};
    const FileOptions file_options{1, options.page_cache_bytes / 2, kPageBytes};
    Result<Database> writer = open_store_file(path, kSchema, true, file_options, kTrieFormat);
    if (!writer) return writer.error();
    if (!options.durable)
        if (Result<void> set = writer->execute("PRAGMA synchronous = NORMAL"); !set)
            return set.error();
    Result<Database> reader = open_reader(path, file_options);
    if (!reader) return reader.error();
    auto store = std::make_unique<SqliteRecordStore>(path, std::move(lock), std::move(*writer),
                                                     std::move(*reader));
    if (Result<void> prepared = store->prepare(); !prepared) return prepared.error();
    return std::unique_ptr<commitment::RecordStore>(std::move(store));
}

}  // namespace switchyard::sqlite
