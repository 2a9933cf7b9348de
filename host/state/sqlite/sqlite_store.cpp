// SPDX-License-Identifier: Apache-2.0
#include "host/state/sqlite/sqlite_store.hpp"

#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"
#include "host/state/sqlite/database.hpp"
#include "host/state/sqlite/file_lock.hpp"
#include "host/state/sqlite/short_number.hpp"

namespace switchyard::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr const char* kApplicationId = "1398233412";  // 0x53575944
constexpr const char* kFormat = "1";

// Tables whose rows are short and read by their key have no rowid: the key is then the tree itself.
// Code is long, and a tree without rowid keeps whole rows in its inner pages.
constexpr const char* kSchema = R"(
BEGIN IMMEDIATE;
CREATE TABLE accounts(
    address BLOB PRIMARY KEY NOT NULL CHECK(length(address) = 20),
    nonce INTEGER NOT NULL,
    balance BLOB NOT NULL CHECK(length(balance) <= 32),
    code_hash BLOB NOT NULL CHECK(length(code_hash) = 32)
) STRICT, WITHOUT ROWID;
CREATE TABLE storage(
    address BLOB NOT NULL CHECK(length(address) = 20),
    slot BLOB NOT NULL CHECK(length(slot) = 32),
    value BLOB NOT NULL CHECK(length(value) BETWEEN 1 AND 32),
    PRIMARY KEY(address, slot)
) STRICT, WITHOUT ROWID;
CREATE TABLE code(
    code_hash BLOB UNIQUE NOT NULL CHECK(length(code_hash) = 32),
    code BLOB NOT NULL
) STRICT;
CREATE TABLE blocks(
    number INTEGER PRIMARY KEY NOT NULL,
    hash BLOB NOT NULL CHECK(length(hash) = 32),
    state_root BLOB NOT NULL CHECK(length(state_root) = 32)
) STRICT;
PRAGMA application_id = 1398233412;
PRAGMA user_version = 1;
COMMIT;
)";

Error corrupt(const std::string& what) {
    return {ErrorCode::Corrupt, "state store: " + what};
}

class SqliteStore final : public DurableStore {
  public:
    SqliteStore(std::unique_ptr<FileLock> lock, Database database)
        : lock_(std::move(lock)), database_(std::move(database)) {}

    Result<void> prepare();
    Result<std::optional<StoredBlock>> last_block() override;
    Result<void> load(MemoryState& state) override;
    Result<void> commit(const StoredBlock& block, const StateChanges& changes) override;

  private:
    Result<void> load_code(MemoryState& state, FlatMap<Bytes32, bool>& known);
    Result<void> load_accounts(MemoryState& state, const FlatMap<Bytes32, bool>& known_code);
    Result<void> load_storage(MemoryState& state);
    Result<void> write(const StoredBlock& block, const StateChanges& changes);
    Result<void> write_account(const StateChanges& changes, const AccountChange& change);

    std::unique_ptr<FileLock> lock_;
    Database database_;
    Statement put_account_, erase_account_, put_slot_, erase_slot_, clear_storage_, put_code_,
        put_block_;
};

Result<void> SqliteStore::prepare() {
    const std::pair<Statement*, const char*> statements[] = {
        {&put_account_,
         "INSERT INTO accounts(address, nonce, balance, code_hash) VALUES(?1, ?2, ?3, ?4) "
         "ON CONFLICT(address) DO UPDATE SET nonce = ?2, balance = ?3, code_hash = ?4"},
        {&erase_account_, "DELETE FROM accounts WHERE address = ?1"},
        {&put_slot_,
         "INSERT INTO storage(address, slot, value) VALUES(?1, ?2, ?3) "
         "ON CONFLICT(address, slot) DO UPDATE SET value = ?3"},
        {&erase_slot_, "DELETE FROM storage WHERE address = ?1 AND slot = ?2"},
        {&clear_storage_, "DELETE FROM storage WHERE address = ?1"},
        {&put_code_, "INSERT OR IGNORE INTO code(code_hash, code) VALUES(?1, ?2)"},
        {&put_block_, "INSERT INTO blocks(number, hash, state_root) VALUES(?1, ?2, ?3)"},
    };
    for (const auto& [statement, sql] : statements) {
        Result<Statement> prepared = database_.prepare(sql);
        if (!prepared) return prepared.error();
        *statement = std::move(*prepared);
    }
    return {};
}

Result<std::optional<StoredBlock>> SqliteStore::last_block() {
    auto query = database_.prepare(
        "SELECT number, hash, state_root FROM blocks ORDER BY number DESC LIMIT 1");
    if (!query) return query.error();
    const Result<bool> row = query->next();
    if (!row) return row.error();
    if (!*row) return std::optional<StoredBlock>{};
    if (query->blob(1).size() != 32 || query->blob(2).size() != 32)
        return corrupt("a hash in table blocks has not 32 bytes");
    return std::optional(StoredBlock{query->integer(0), fixed_bytes_unchecked<32>(query->blob(1)),
                                     fixed_bytes_unchecked<32>(query->blob(2))});
}

Result<void> SqliteStore::load(MemoryState& state) {
    FlatMap<Bytes32, bool> known_code;
    known_code[kEmptyCodeHash] = true;
    if (Result<void> done = load_code(state, known_code); !done) return done;
    if (Result<void> done = load_accounts(state, known_code); !done) return done;
    return load_storage(state);
}

Result<void> SqliteStore::load_code(MemoryState& state, FlatMap<Bytes32, bool>& known) {
    auto query = database_.prepare("SELECT code_hash, code FROM code");
    if (!query) return query.error();
    for (;;) {
        const Result<bool> row = query->next();
        if (!row) return row.error();
        if (!*row) return {};
        const Bytes32 hash = keccak256(query->blob(1));
        if (!equal(query->blob(0), hash.bytes))
            return corrupt("code stored under " + to_hex(query->blob(0)) + " has the hash " +
                           to_hex(hash));
        state.add_code(hash, std::make_shared<const Code>(to_bytes(query->blob(1))));
        known[hash] = true;
    }
}

Result<void> SqliteStore::load_accounts(MemoryState& state,
                                        const FlatMap<Bytes32, bool>& known_code) {
    auto query = database_.prepare("SELECT address, nonce, balance, code_hash FROM accounts");
    if (!query) return query.error();
    for (;;) {
        const Result<bool> row = query->next();
        if (!row) return row.error();
        if (!*row) return {};
        const BytesView address = query->blob(0);
        const auto balance = uint256_from_bytes(query->blob(2));
        if (address.size() != 20 || !balance || query->blob(3).size() != 32)
            return corrupt("account " + to_hex(address) + " has fields of a wrong size");
        const Account account{query->integer(1), *balance,
                              fixed_bytes_unchecked<32>(query->blob(3))};
        if (known_code.find(account.code_hash) == nullptr)
            return corrupt("the code of account " + to_hex(address) + " is missing");
        state.set_account(fixed_bytes_unchecked<20>(address), account);
    }
}

Result<void> SqliteStore::load_storage(MemoryState& state) {
    auto query = database_.prepare("SELECT address, slot, value FROM storage");
    if (!query) return query.error();
    for (;;) {
        const Result<bool> row = query->next();
        if (!row) return row.error();
        if (!*row) return {};
        const auto slot = uint256_from_bytes(query->blob(1));
        const auto value = uint256_from_bytes(query->blob(2));
        if (query->blob(0).size() != 20 || !slot || !value || value->is_zero())
            return corrupt("storage of " + to_hex(query->blob(0)) + " has a row of a wrong shape");
        const auto address = fixed_bytes_unchecked<20>(query->blob(0));
        if (!state.account(address))
            return corrupt("storage of " + to_hex(address) + ", which is no account");
        state.set_storage(address, *slot, *value);
    }
}

Result<void> SqliteStore::commit(const StoredBlock& block, const StateChanges& changes) {
    Result<void> done = database_.execute("BEGIN IMMEDIATE");
    if (done) done = write(block, changes);
    if (done) done = database_.execute("COMMIT");
    // A failed COMMIT may have ended the transaction itself, or left it open.
    if (!done && database_.in_transaction()) {
        const Result<void> rolled_back = database_.execute("ROLLBACK");
        SWITCHYARD_ASSERT(rolled_back || !database_.in_transaction());
    }
    return done;
}

Result<void> SqliteStore::write(const StoredBlock& block, const StateChanges& changes) {
    for (const CodeChange& change : changes.codes)
        if (Result<void> done = put_code_.bind(1, change.hash).bind(2, change.code->bytes()).run();
            !done)
            return done;
    for (const AccountChange& change : changes.accounts)
        if (Result<void> done = write_account(changes, change); !done) return done;
    return put_block_.bind(1, block.number).bind(2, block.hash).bind(3, block.state_root).run();
}

Result<void> SqliteStore::write_account(const StateChanges& changes, const AccountChange& change) {
    if (!change.account || change.storage_cleared)
        if (Result<void> done = clear_storage_.bind(1, change.address).run(); !done) return done;
    if (!change.account) return erase_account_.bind(1, change.address).run();

    SWITCHYARD_ASSERT(!change.balance_is_delta && change.nonce_written && change.code_written);
    const ShortNumber balance(change.account->balance);
    Result<void> done = put_account_.bind(1, change.address)
                            .bind(2, change.account->nonce)
                            .bind(3, balance.view())
                            .bind(4, change.account->code_hash)
                            .run();
    for (const StorageChange& slot : changes.storage_of(change)) {
        if (!done) return done;
        const Bytes32 key = to_bytes32(slot.key);
        const ShortNumber value(slot.value);
        Statement& statement = slot.value.is_zero() ? erase_slot_ : put_slot_;
        statement.bind(1, change.address).bind(2, key);
        if (!slot.value.is_zero()) statement.bind(3, value.view());
        done = statement.run();
    }
    return done;
}

enum class FileKind { New, Ours };

/// What the file is; reads only, so that a file of somebody else stays as it is.
Result<FileKind> identify(Database& database, const fs::path& path) {
    // Each answer is text, as SQLite gives it for a pragma.
    const auto application = database.single_value("PRAGMA application_id");
    if (!application) return application.error();
    const auto tables = database.single_value("SELECT count(*) FROM sqlite_schema");
    if (!tables) return tables.error();
    if (*application == "0" && *tables == "0") return FileKind::New;
    if (*application != kApplicationId)
        return Error{ErrorCode::InvalidInput,
                     path.string() + " is a database of another program, not a state store"};
    const auto format = database.single_value("PRAGMA user_version");
    if (!format) return format.error();
    if (*format != kFormat)
        return Error{ErrorCode::Unsupported, path.string() + " has the format version " + *format +
                                                 "; this build reads version " + kFormat};
    return FileKind::Ours;
}

Result<void> create(Database& database, const fs::path& path) {
    if (Result<void> created = database.execute(kSchema); !created) return created;
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    if (!sync_folder(folder))
        return Error{ErrorCode::Io, path.string() + ": cannot sync its folder"};
    return {};
}

Result<void> check_pages(Database& database, const fs::path& path) {
    const auto check = database.single_value("PRAGMA quick_check(1)");
    if (!check) return check.error();
    if (*check != "ok") return Error{ErrorCode::Corrupt, path.string() + " is damaged: " + *check};
    return {};
}

}  // namespace

Result<std::unique_ptr<DurableStore>> open_store(const fs::path& path) {
    auto lock = std::make_unique<FileLock>(path.string() + "-lock");
    if (!lock->opened())
        return Error{ErrorCode::Io, path.string() + "-lock cannot be opened for writing"};
    if (!lock->held())
        return Error{ErrorCode::Unavailable, path.string() + " is in use by another process"};

    Result<Database> database = Database::open(path);
    if (!database) return database.error();
    const Result<FileKind> kind = identify(*database, path);
    if (!kind) return kind.error();
    // WAL with FULL syncs the log at every commit, before the commit returns.
    constexpr const char* kSettings =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;"
        "PRAGMA cell_size_check = ON;";
    if (Result<void> set = database->execute(kSettings); !set) return set.error();
    const Result<void> ready =
        *kind == FileKind::New ? create(*database, path) : check_pages(*database, path);
    if (!ready) return ready.error();
    auto store = std::make_unique<SqliteStore>(std::move(lock), std::move(*database));
    if (Result<void> prepared = store->prepare(); !prepared) return prepared.error();
    return std::unique_ptr<DurableStore>(std::move(store));
}

}  // namespace switchyard::sqlite
