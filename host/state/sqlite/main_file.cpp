// SPDX-License-Identifier: Apache-2.0
#include "host/state/sqlite/main_file.hpp"

#include <bit>

#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"
#include "host/state/journal/block_record.hpp"
#include "host/state/sqlite/sharding.hpp"

namespace switchyard::sqlite {
namespace {

// Code and undo records are long, and a tree without rowid would keep them in its inner pages.
constexpr const char* kSchema = R"(
CREATE TABLE store(
    shards INTEGER NOT NULL,
    store_id BLOB NOT NULL CHECK(length(store_id) = 16)
) STRICT;
INSERT INTO store(shards, store_id) VALUES(0, randomblob(16));
CREATE TABLE blocks(
    number INTEGER PRIMARY KEY NOT NULL,
    hash BLOB NOT NULL CHECK(length(hash) = 32),
    state_root BLOB NOT NULL CHECK(length(state_root) = 32)
) STRICT;
CREATE TABLE code(
    code_hash BLOB UNIQUE NOT NULL CHECK(length(code_hash) = 32),
    code BLOB NOT NULL
) STRICT;
CREATE TABLE undo(
    block INTEGER PRIMARY KEY NOT NULL,
    changes BLOB NOT NULL
) STRICT;
)";

Result<void> prepare_all(Database& database,
                         std::initializer_list<std::pair<Statement*, const char*>> statements) {
    for (const auto& [statement, sql] : statements) {
        Result<Statement> prepared = database.prepare(sql);
        if (!prepared) return prepared.error();
        *statement = std::move(*prepared);
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<MainFile>> MainFile::open(const std::filesystem::path& path, uint32_t shards,
                                                 const FileOptions& options) {
    auto database = open_store_file(path, kSchema, true, options);
    if (!database) return database.error();
    auto out = std::make_unique<MainFile>();
    out->path_ = path;
    out->writer_ = std::move(*database);
    Result<void> done = out->identify(shards);
    if (done) done = out->prepare(options);
    if (!done) return advise(path, done.error());
    return out;
}

Result<void> MainFile::identify(uint32_t shards) {
    auto query = writer_.prepare("SELECT shards, store_id FROM store");
    if (!query) return query.error();
    const Result<bool> row = query->next();
    if (!row) return row.error();
    if (!*row || query->blob(1).size() != 16) return damaged(path_, "table store has no sound row");
    uint64_t found = query->integer(0);
    identity_.id = fixed_bytes_unchecked<16>(query->blob(1));
    query->reset();
    if (found == 0) {  // created a moment ago, by this process or one that died before it went on
        auto update = writer_.prepare("UPDATE store SET shards = ?1");
        if (!update) return update.error();
        if (Result<void> done = update->bind(1, shards).run(); !done) return done;
        found = shards;
    }
    if (found > kShardsMax || !std::has_single_bit(found))
        return damaged(path_, std::to_string(found) + " is no number of shards");
    identity_.shards = static_cast<uint32_t>(found);
    return {};
}

Result<void> MainFile::prepare(const FileOptions& options) {
    Result<void> done = prepare_all(
        writer_, {{&put_code_, "INSERT OR IGNORE INTO code(code_hash, code) VALUES(?1, ?2)"},
                  {&put_block_, "REPLACE INTO blocks(number, hash, state_root) VALUES(?1, ?2, ?3)"},
                  {&put_undo_, "REPLACE INTO undo(block, changes) VALUES(?1, ?2)"},
                  {&erase_undo_, "DELETE FROM undo WHERE block = ?1"},
                  {&erase_old_undo_, "DELETE FROM undo WHERE block < ?1"},
                  {&erase_blocks_after_, "DELETE FROM blocks WHERE number >= ?1"},
                  {&erase_undo_after_, "DELETE FROM undo WHERE block >= ?1"}});
    for (uint32_t i = 0; i < options.readers && done; ++i) {
        auto database = open_reader(path_, options);
        if (!database) return database.error();
        Reader reader;
        reader.database = std::move(*database);
        done = prepare_all(
            reader.database,
            {{&reader.block, "SELECT number, hash, state_root FROM blocks WHERE number = ?1"},
             {&reader.first, "SELECT min(number) FROM blocks"},
             {&reader.last, "SELECT max(number) FROM blocks"},
             {&reader.code, "SELECT code FROM code WHERE code_hash = ?1"},
             {&reader.undo, "SELECT changes FROM undo WHERE block = ?1"},
             {&reader.undo_count, "SELECT count(*) FROM undo WHERE block BETWEEN ?1 AND ?2"}});
        readers_.add(std::move(reader));
    }
    return done;
}

Result<std::optional<StoredBlock>> MainFile::block(uint64_t number) const {
    return readers_.use([&](Reader& reader) -> Result<std::optional<StoredBlock>> {
        const Result<bool> row = reader.block.bind(1, number).next();
        if (!row) return advise(path_, row.error());
        if (!*row) return std::optional<StoredBlock>{};
        const BytesView hash = reader.block.blob(1);
        const BytesView root = reader.block.blob(2);
        if (hash.size() != 32 || root.size() != 32)
            return damaged(path_, "a hash in table blocks has not 32 bytes");
        const StoredBlock out{number, fixed_bytes_unchecked<32>(hash),
                              fixed_bytes_unchecked<32>(root)};
        reader.block.reset();
        return std::optional(out);
    });
}

Result<std::optional<uint64_t>> MainFile::edge(Statement Reader::*statement) const {
    return readers_.use([&](Reader& reader) -> Result<std::optional<uint64_t>> {
        Statement& query = reader.*statement;
        const Result<bool> row = query.next();
        if (!row) return advise(path_, row.error());
        std::optional<uint64_t> out;
        if (*row && !query.is_null(0)) out = query.integer(0);
        query.reset();
        return out;
    });
}

Result<std::optional<uint64_t>> MainFile::first_block() const {
    return edge(&Reader::first);
}

Result<std::optional<uint64_t>> MainFile::last_block() const {
    return edge(&Reader::last);
}

Result<CodePointer> MainFile::code(const Bytes32& hash) const {
    return readers_.use([&](Reader& reader) -> Result<CodePointer> {
        const Result<bool> row = reader.code.bind(1, hash).next();
        if (!row) return advise(path_, row.error());
        if (!*row) return CodePointer{};
        Bytes bytes = to_bytes(reader.code.blob(0));
        reader.code.reset();
        if (keccak256(bytes) != hash)
            return damaged(path_, "the code stored under " + to_hex(hash) + " has another hash");
        return CodePointer(std::make_shared<const Code>(std::move(bytes)));
    });
}

Result<std::shared_ptr<const StateChanges>> MainFile::undo(uint64_t block) const {
    return readers_.use([&](Reader& reader) -> Result<std::shared_ptr<const StateChanges>> {
        const Result<bool> row = reader.undo.bind(1, block).next();
        if (!row) return advise(path_, row.error());
        if (!*row) return std::shared_ptr<const StateChanges>{};
        journal::BlockRecord record;
        const Result<void> decoded = journal::decode_block_record(reader.undo.blob(0), record);
        reader.undo.reset();
        if (!decoded)
            return damaged(
                path_, "undo of block " + std::to_string(block) + ": " + decoded.error().message);
        if (record.block.number != block)
            return damaged(path_, "undo of block " + std::to_string(block) + " is of another");
        return std::make_shared<const StateChanges>(std::move(record.changes));
    });
}

Result<uint64_t> MainFile::undo_count(uint64_t first, uint64_t last) const {
    return readers_.use([&](Reader& reader) -> Result<uint64_t> {
        const Result<bool> row = reader.undo_count.bind(1, first).bind(2, last).next();
        if (!row) return advise(path_, row.error());
        const uint64_t out = reader.undo_count.integer(0);
        reader.undo_count.reset();
        return out;
    });
}

Result<void> MainFile::write(const flat::Checkpoint& checkpoint) {
    const Result<void> done = in_transaction(writer_, [&] { return write_rows(checkpoint); });
    if (!done) return advise(path_, done.error());
    shorten_log(writer_);
    return {};
}

Result<void> MainFile::write_rows(const flat::Checkpoint& checkpoint) {
    for (const CodeChange& change : checkpoint.changes->codes)
        if (Result<void> done = put_code_.bind(1, change.hash).bind(2, change.code->bytes()).run();
            !done)
            return done;
    Bytes bytes;
    for (const flat::CheckpointBlock& item : checkpoint.blocks) {
        const StoredBlock& block = item.block;
        Result<void> done =
            put_block_.bind(1, block.number).bind(2, block.hash).bind(3, block.state_root).run();
        if (!done) return done;
        if (item.undo == nullptr) {
            done = erase_undo_.bind(1, block.number).run();
        } else {
            bytes.clear();
            done = journal::encode_block_record(block, *item.undo, bytes);
            if (done) done = put_undo_.bind(1, block.number).bind(2, bytes).run();
        }
        if (!done) return done;
    }
    return erase_old_undo_.bind(1, checkpoint.keep_undo_from).run();
}

Result<void> MainFile::forget_after(std::optional<uint64_t> block) {
    const uint64_t first = block ? *block + 1 : 0;
    const Result<void> done = in_transaction(writer_, [&]() -> Result<void> {
        if (Result<void> erased = erase_undo_after_.bind(1, first).run(); !erased) return erased;
        return erase_blocks_after_.bind(1, first).run();
    });
    if (!done) return advise(path_, done.error());
    shorten_log(writer_);
    return {};
}

Result<void> MainFile::check() {
    return check_pages(writer_, path_);
}

}  // namespace switchyard::sqlite
