// SPDX-License-Identifier: Apache-2.0
#include "host/state/sqlite/shard_file.hpp"

#include "host/core/hex.hpp"
#include "host/state/sqlite/sharding.hpp"
#include "host/state/sqlite/short_number.hpp"

namespace switchyard::sqlite {
namespace {

// Rows are short and read by their key: without rowid the key is the tree itself. Most accounts
// have no code, and NULL saves half of their row.
constexpr const char* kSchema = R"(
CREATE TABLE accounts(
    address BLOB PRIMARY KEY NOT NULL CHECK(length(address) = 20),
    nonce INTEGER NOT NULL,
    balance BLOB NOT NULL CHECK(length(balance) <= 32),
    code_hash BLOB CHECK(length(code_hash) = 32)
) STRICT, WITHOUT ROWID;
CREATE TABLE storage(
    address BLOB NOT NULL CHECK(length(address) = 20),
    slot BLOB NOT NULL CHECK(length(slot) = 32),
    value BLOB NOT NULL CHECK(length(value) BETWEEN 1 AND 32),
    PRIMARY KEY(address, slot)
) STRICT, WITHOUT ROWID;
CREATE TABLE shard(
    number INTEGER PRIMARY KEY NOT NULL,
    shards INTEGER NOT NULL,
    store_id BLOB NOT NULL CHECK(length(store_id) = 16),
    block INTEGER
) STRICT;
)";

std::optional<Account> account_of(const Statement& row) {
    const auto balance = uint256_from_bytes(row.blob(1));
    const BytesView code_hash = row.blob(2);
    if (!balance || (!row.is_null(2) && code_hash.size() != 32)) return std::nullopt;
    Account out;
    out.nonce = row.integer(0);
    out.balance = *balance;
    if (!row.is_null(2)) out.code_hash = fixed_bytes_unchecked<32>(code_hash);
    return out;
}

}  // namespace

Result<std::unique_ptr<ShardFile>> ShardFile::open(const std::filesystem::path& path,
                                                   const StoreIdentity& identity, uint32_t number,
                                                   bool may_create, const FileOptions& options) {
    auto database = open_store_file(path, kSchema, may_create, options);
    if (!database) return database.error();
    auto out = std::make_unique<ShardFile>();
    out->path_ = path;
    out->number_ = number;
    out->shards_ = identity.shards;
    out->writer_ = std::move(*database);
    if (Result<void> known = out->identify(identity, number); !known)
        return advise(path, known.error());
    if (Result<void> prepared = out->prepare(options); !prepared)
        return advise(path, prepared.error());
    return out;
}

Result<void> ShardFile::identify(const StoreIdentity& identity, uint32_t number) {
    auto query = writer_.prepare("SELECT number, shards, store_id, block FROM shard");
    if (!query) return query.error();
    const Result<bool> row = query->next();
    if (!row) return row.error();
    if (!*row) {
        auto insert =
            writer_.prepare("INSERT INTO shard(number, shards, store_id) VALUES(?1, ?2, ?3)");
        if (!insert) return insert.error();
        return insert->bind(1, number).bind(2, identity.shards).bind(3, identity.id).run();
    }
    if (query->integer(0) != number || query->integer(1) != identity.shards ||
        !equal(query->blob(2), identity.id))
        return damaged(path_, "it is a shard of another store, or another shard of this");
    if (!query->is_null(3)) block_ = query->integer(3);
    return {};
}

Result<void> ShardFile::prepare(const FileOptions& options) {
    const auto set = [](Database& database, Statement& statement, const char* sql) -> Result<void> {
        Result<Statement> prepared = database.prepare(sql);
        if (!prepared) return prepared.error();
        statement = std::move(*prepared);
        return {};
    };
    const std::pair<Statement*, const char*> statements[] = {
        {&put_account_,
         "REPLACE INTO accounts(address, nonce, balance, code_hash) VALUES(?1, ?2, ?3, ?4)"},
        {&erase_account_, "DELETE FROM accounts WHERE address = ?1"},
        {&put_slot_, "REPLACE INTO storage(address, slot, value) VALUES(?1, ?2, ?3)"},
        {&erase_slot_, "DELETE FROM storage WHERE address = ?1 AND slot = ?2"},
        {&clear_storage_, "DELETE FROM storage WHERE address = ?1"},
        {&put_block_, "UPDATE shard SET block = ?1"},
    };
    for (const auto& [statement, sql] : statements)
        if (Result<void> done = set(writer_, *statement, sql); !done) return done;
    for (uint32_t i = 0; i < options.readers; ++i) {
        auto database = open_reader(path_, options);
        if (!database) return database.error();
        Reader reader{std::move(*database), {}, {}, {}};
        Result<void> done =
            set(reader.database, reader.account,
                "SELECT nonce, balance, code_hash FROM accounts WHERE address = ?1");
        if (done)
            done = set(reader.database, reader.slot,
                       "SELECT value FROM storage WHERE address = ?1 AND slot = ?2");
        if (done)
            done = set(reader.database, reader.slots,
                       "SELECT slot, value FROM storage WHERE address = ?1");
        if (!done) return done;
        readers_.add(std::move(reader));
    }
    return {};
}

Error ShardFile::damaged_row(const Address& address) const {
    return damaged(path_, "a row of account " + to_hex(address) + " has fields of a wrong size");
}

Result<std::optional<Account>> ShardFile::account(const Address& address) const {
    return readers_.use([&](Reader& reader) -> Result<std::optional<Account>> {
        const Result<bool> row = reader.account.bind(1, address).next();
        if (!row) return advise(path_, row.error());
        if (!*row) return std::optional<Account>{};
        std::optional<Account> out = account_of(reader.account);
        reader.account.reset();
        if (!out) return damaged_row(address);
        return out;
    });
}

Result<Uint256> ShardFile::storage(const Address& address, const Uint256& slot) const {
    const Bytes32 key = to_bytes32(slot);
    return readers_.use([&](Reader& reader) -> Result<Uint256> {
        const Result<bool> row = reader.slot.bind(1, address).bind(2, key).next();
        if (!row) return advise(path_, row.error());
        if (!*row) return Uint256{};
        const auto out = uint256_from_bytes(reader.slot.blob(0));
        reader.slot.reset();
        if (!out || out->is_zero()) return damaged_row(address);
        return *out;
    });
}

Result<bool> ShardFile::for_each_slot(const Address& address,
                                      const flat::SlotVisitor& visit) const {
    return readers_.use([&](Reader& reader) -> Result<bool> {
        reader.slots.bind(1, address);
        for (;;) {
            const Result<bool> row = reader.slots.next();
            if (!row) return advise(path_, row.error());
            if (!*row) return true;
            const auto key = uint256_from_bytes(reader.slots.blob(0));
            const auto value = uint256_from_bytes(reader.slots.blob(1));
            const bool sound = key && value && !value->is_zero();
            if (sound && visit(*key, *value)) continue;
            reader.slots.reset();
            if (!sound) return damaged_row(address);
            return false;
        }
    });
}

Result<void> ShardFile::write(const StateChanges& changes, std::optional<uint64_t> block) {
    const Result<void> done = in_transaction(writer_, [&]() -> Result<void> {
        if (Result<void> written = write_accounts(changes); !written) return written;
        if (Result<void> written = write_storage(changes); !written) return written;
        if (block)
            put_block_.bind(1, *block);
        else
            put_block_.bind_null(1);
        return put_block_.run();
    });
    if (!done) return advise(path_, done.error());
    block_ = block;
    shorten_log(writer_);
    return {};
}

Result<void> ShardFile::write_accounts(const StateChanges& changes) {
    for (const AccountChange& change : changes.accounts) {
        if (shard_of(change.address, shards_) != number_) continue;
        if (!change.account) {
            if (Result<void> done = erase_account_.bind(1, change.address).run(); !done)
                return done;
            continue;
        }
        const Account& account = *change.account;
        const ShortNumber balance(account.balance);
        put_account_.bind(1, change.address).bind(2, account.nonce).bind(3, balance.view());
        if (account.has_code())
            put_account_.bind(4, account.code_hash);
        else
            put_account_.bind_null(4);
        if (Result<void> done = put_account_.run(); !done) return done;
    }
    return {};
}

Result<void> ShardFile::write_storage(const StateChanges& changes) {
    for (const AccountChange& change : changes.accounts) {
        if (!change.account || change.storage_cleared)
            if (Result<void> done = clear_storage_.bind(1, change.address).run(); !done)
                return done;
        if (!change.account) continue;
        for (const StorageChange& slot : changes.storage_of(change)) {
            if (shard_of(change.address, slot.key, shards_) != number_) continue;
            const Bytes32 key = to_bytes32(slot.key);
            const ShortNumber value(slot.value);
            Statement& statement = slot.value.is_zero() ? erase_slot_ : put_slot_;
            statement.bind(1, change.address).bind(2, key);
            if (!slot.value.is_zero()) statement.bind(3, value.view());
            if (Result<void> done = statement.run(); !done) return done;
        }
    }
    return {};
}

Result<void> ShardFile::check() {
    return check_pages(writer_, path_);
}

}  // namespace switchyard::sqlite
