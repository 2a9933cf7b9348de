// SPDX-License-Identifier: Apache-2.0
#include "host/state/sqlite/state_reader.hpp"

#include <bit>
#include <chrono>
#include <functional>
#include <thread>
#include <tuple>

#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"
#include "host/state/sqlite/code_set.hpp"
#include "host/state/sqlite/merge.hpp"
#include "host/state/sqlite/sharding.hpp"
#include "host/state/sqlite/store_file.hpp"

namespace switchyard::sqlite {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{2};

struct SlotRow {
    Address address;
    Uint256 key;
    Uint256 value;
    bool operator<(const SlotRow& other) const {
        return std::tie(address, key) < std::tie(other.address, other.key);
    }
};
struct AddressOrder : AccountRow {
    bool operator<(const AddressOrder& other) const { return address < other.address; }
};

struct Shard {
    fs::path path;
    Database database;
    Statement block_query, accounts, slots;
    std::optional<uint64_t> block;  ///< in the transaction that is open
};

Result<void> prepare(Database& database, Statement& statement, const char* sql) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) return prepared.error();
    statement = std::move(*prepared);
    return {};
}

class ShardedStateReader final : public StateReader {
  public:
    explicit ShardedStateReader(fs::path folder) : folder_(std::move(folder)) {}

    Result<void> open_files(const StateReaderOptions& options);
    Result<void> settle(const StateReaderOptions& options);
    Result<void> begin_rows(const StateReaderOptions& options);

    const StoredBlock& block() const override { return block_; }
    uint32_t shards() const override { return static_cast<uint32_t>(shards_.size()); }
    Result<bool> next_account(AccountRow& row) override;
    Result<bool> next_slot(StorageChange& slot) override;
    Result<bool> next_code(CodeRow& row) override;

  private:
    Result<void> open_shard(const StoreIdentity& identity, uint32_t number,
                            const FileOptions& options);
    Result<void> begin(Shard& shard);
    Result<bool> try_settle(Clock::time_point deadline);
    Result<bool> find_block(const std::string& version);
    Result<bool> read_account(size_t file, AddressOrder& row);
    Result<bool> read_slot(size_t file, SlotRow& row);
    Error orphan(const SlotRow& row) const;

    using Accounts = Merge<AddressOrder, std::function<Result<bool>(size_t, AddressOrder&)>>;
    using Slots = Merge<SlotRow, std::function<Result<bool>(size_t, SlotRow&)>>;

    fs::path folder_;
    Database main_;
    Statement block_query_, code_query_;
    std::vector<Shard> shards_;
    StoredBlock block_;
    std::string apart_;  ///< how the shards stood when they did not agree
    Accounts accounts_{[this](size_t file, AddressOrder& row) { return read_account(file, row); }};
    Slots slots_{[this](size_t file, SlotRow& row) { return read_slot(file, row); }};
    std::optional<Address> current_;
    std::optional<CodeSet> codes_;
};

Result<void> ShardedStateReader::open_files(const StateReaderOptions& options) {
    const fs::path path = folder_ / "main.db";
    if (!fs::exists(path))
        return Error{ErrorCode::NotFound, folder_.string() + " holds no state store (main.db)"};
    FileOptions file_options{1, options.cache_bytes / 2};
    auto database = open_store_file_to_read(path, file_options);
    if (!database) return database.error();
    main_ = std::move(*database);
    StoreIdentity identity;
    {
        auto query = main_.prepare("SELECT shards, store_id FROM store");
        if (!query) return advise(path, query.error());
        const Result<bool> row = query->next();
        if (!row) return advise(path, row.error());
        if (!*row || query->blob(1).size() != 16)
            return damaged(path, "table store has no sound row");
        const uint64_t shards = query->integer(0);
        if (shards > kShardsMax || (shards != 0 && !std::has_single_bit(shards)))
            return damaged(path, std::to_string(shards) + " is no number of shards");
        identity = {static_cast<uint32_t>(shards), fixed_bytes_unchecked<16>(query->blob(1))};
    }
    // While a store is created it has no number of shards, and a shard may be missing.
    const auto blocks = main_.single_value("SELECT count(*) FROM blocks");
    if (!blocks) return advise(path, blocks.error());
    if (*blocks == "0" || identity.shards == 0)
        return Error{ErrorCode::NotFound, folder_.string() + " holds no block yet"};
    Result<void> done = prepare(main_, block_query_,
                                "SELECT number, hash, state_root FROM blocks WHERE number = ?1");
    if (done) done = prepare(main_, code_query_, "SELECT code FROM code WHERE code_hash = ?1");
    if (!done) return advise(path, done.error());
    file_options.cache_bytes /= identity.shards;
    for (uint32_t i = 0; i < identity.shards; ++i)
        if (Result<void> opened = open_shard(identity, i, file_options); !opened) return opened;
    return {};
}

Result<void> ShardedStateReader::open_shard(const StoreIdentity& identity, uint32_t number,
                                            const FileOptions& options) {
    Shard shard;
    shard.path = shard_path(folder_, number);
    auto database = open_store_file_to_read(shard.path, options);
    if (!database) return database.error();
    shard.database = std::move(*database);
    {
        auto query = shard.database.prepare("SELECT number, shards, store_id FROM shard");
        if (!query) return advise(shard.path, query.error());
        const Result<bool> row = query->next();
        if (!row) return advise(shard.path, row.error());
        if (!*row || query->integer(0) != number || query->integer(1) != identity.shards ||
            !equal(query->blob(2), identity.id))
            return damaged(shard.path, "it is a shard of another store, or another shard of this");
    }
    Result<void> done = prepare(shard.database, shard.block_query, "SELECT block FROM shard");
    if (done)
        done = prepare(shard.database, shard.accounts,
                       "SELECT address, nonce, balance, code_hash FROM accounts ORDER BY address");
    if (done)
        done = prepare(shard.database, shard.slots,
                       "SELECT address, slot, value FROM storage ORDER BY address, slot");
    if (!done) return advise(shard.path, done.error());
    shards_.push_back(std::move(shard));
    return {};
}

/// Ends the shard's transaction and begins one at what it holds now.
Result<void> ShardedStateReader::begin(Shard& shard) {
    shard.block_query.reset();
    if (shard.database.in_transaction())
        if (Result<void> ended = shard.database.execute("COMMIT"); !ended)
            return advise(shard.path, ended.error());
    if (Result<void> begun = shard.database.execute("BEGIN"); !begun)
        return advise(shard.path, begun.error());
    const Result<bool> row = shard.block_query.next();
    if (!row) return advise(shard.path, row.error());
    if (!*row) return damaged(shard.path, "table shard has no row");
    shard.block.reset();
    if (!shard.block_query.is_null(0)) shard.block = shard.block_query.integer(0);
    shard.block_query.reset();
    return {};
}

// Whoever writes shards in another way than to the end of one checkpoint or one rewind writes
// main.db in between: a checkpoint begins there, a rewind ends there. So shards that are all at one
// block, seen while main.db did not change, have the state after that block.
Result<bool> ShardedStateReader::try_settle(Clock::time_point deadline) {
    if (main_.in_transaction())
        if (Result<void> ended = main_.execute("COMMIT"); !ended) return ended.error();
    const auto version = main_.single_value("PRAGMA data_version");
    if (!version) return advise(folder_ / "main.db", version.error());
    for (Shard& shard : shards_)
        if (Result<void> begun = begin(shard); !begun) return begun.error();
    for (;;) {
        std::optional<uint64_t> lowest = shards_[0].block;
        std::optional<uint64_t> highest = lowest;
        for (const Shard& shard : shards_) {
            lowest = std::min(lowest, shard.block);
            highest = std::max(highest, shard.block);
        }
        if (lowest == highest) return find_block(*version);
        apart_ = "from " + (lowest ? "block " + std::to_string(*lowest) : "none") + " to block " +
                 std::to_string(*highest);
        // Those in front keep what they have seen, so that a checkpoint under way is met at its end
        // even when the next one follows at once.
        if (Clock::now() >= deadline) return false;
        std::this_thread::sleep_for(kPoll);
        const auto now = main_.single_value("PRAGMA data_version");
        if (!now) return advise(folder_ / "main.db", now.error());
        if (*now != *version) return false;
        for (Shard& shard : shards_)
            if (shard.block != highest)
                if (Result<void> begun = begin(shard); !begun) return begun.error();
    }
}

/// Begins the transaction on main.db; false if it has changed meanwhile.
Result<bool> ShardedStateReader::find_block(const std::string& version) {
    const fs::path path = folder_ / "main.db";
    if (Result<void> begun = main_.execute("BEGIN"); !begun) return advise(path, begun.error());
    const auto now = main_.single_value("PRAGMA data_version");
    if (!now) return advise(path, now.error());
    if (*now != version) return false;
    if (!shards_[0].block)
        return Error{ErrorCode::NotFound, folder_.string() + " holds no block yet"};
    const Result<bool> row = block_query_.bind(1, *shards_[0].block).next();
    if (!row) return advise(path, row.error());
    if (!*row)
        return damaged(path, "it lacks block " + std::to_string(*shards_[0].block) +
                                 ", at which the shards stand");
    const BytesView hash = block_query_.blob(1);
    const BytesView root = block_query_.blob(2);
    if (hash.size() != 32 || root.size() != 32)
        return damaged(path, "a hash in table blocks has not 32 bytes");
    block_ = {*shards_[0].block, fixed_bytes_unchecked<32>(hash), fixed_bytes_unchecked<32>(root)};
    block_query_.reset();
    return true;
}

Result<void> ShardedStateReader::settle(const StateReaderOptions& options) {
    const auto deadline = Clock::now() + std::chrono::milliseconds(options.wait_ms);
    for (;;) {
        const Result<bool> settled = try_settle(deadline);
        if (!settled) return settled.error();
        if (*settled) return {};
        if (Clock::now() >= deadline)
            return Error{ErrorCode::Unavailable,
                         folder_.string() + ": the shards stand at different blocks, " + apart_ +
                             ": a checkpoint is under way, try again; or a crash cut one off, then "
                             "open the store once"};
        std::this_thread::sleep_for(kPoll);
    }
}

Result<void> ShardedStateReader::begin_rows(const StateReaderOptions& options) {
    auto codes = CodeSet::open(options.cache_bytes / 8);
    if (!codes) return codes.error();
    codes_.emplace(std::move(*codes));
    if (Result<void> begun = accounts_.begin(shards_.size()); !begun) return begun;
    return slots_.begin(shards_.size());
}

Result<bool> ShardedStateReader::read_account(size_t file, AddressOrder& row) {
    Shard& shard = shards_[file];
    const Result<bool> more = shard.accounts.next();
    if (!more) return advise(shard.path, more.error());
    if (!*more) return false;
    const BytesView address = shard.accounts.blob(0);
    const auto balance = uint256_from_bytes(shard.accounts.blob(2));
    const BytesView code_hash = shard.accounts.blob(3);
    const bool has_code = !shard.accounts.is_null(3);
    if (address.size() != 20 || !balance || (has_code && code_hash.size() != 32))
        return damaged(shard.path, "a row of table accounts has fields of a wrong size");
    row.address = fixed_bytes_unchecked<20>(address);
    row.account.nonce = shard.accounts.integer(1);
    row.account.balance = *balance;
    row.account.code_hash = has_code ? fixed_bytes_unchecked<32>(code_hash) : kEmptyCodeHash;
    if (shard_of(row.address, shards()) != file)
        return damaged(shard.path, "account " + to_hex(row.address) + " belongs to another shard");
    return true;
}

Result<bool> ShardedStateReader::read_slot(size_t file, SlotRow& row) {
    Shard& shard = shards_[file];
    const Result<bool> more = shard.slots.next();
    if (!more) return advise(shard.path, more.error());
    if (!*more) return false;
    const BytesView address = shard.slots.blob(0);
    const BytesView key = shard.slots.blob(1);
    const auto value = uint256_from_bytes(shard.slots.blob(2));
    if (address.size() != 20 || key.size() != 32 || !value || value->is_zero())
        return damaged(shard.path, "a row of table storage has fields of a wrong size");
    row = {fixed_bytes_unchecked<20>(address), *uint256_from_bytes(key), *value};
    if (shard_of(row.address, row.key, shards()) != file)
        return damaged(shard.path,
                       "a slot of account " + to_hex(row.address) + " belongs to another shard");
    return true;
}

Error ShardedStateReader::orphan(const SlotRow& row) const {
    return damaged(folder_, "there is storage of " + to_hex(row.address) + ", but no such account");
}

Result<bool> ShardedStateReader::next_account(AccountRow& row) {
    for (const SlotRow* slot = slots_.front(); slot != nullptr && slot->address == current_;
         slot = slots_.front())
        if (Result<void> popped = slots_.pop(); !popped) return popped.error();
    const AddressOrder* next = accounts_.front();
    const SlotRow* slot = slots_.front();
    if (slot != nullptr && (next == nullptr || slot->address < next->address)) return orphan(*slot);
    if (next == nullptr) {
        current_.reset();
        return false;
    }
    row = *next;
    current_ = row.address;
    if (row.account.has_code())
        if (Result<void> added = codes_->add(row.account.code_hash); !added) return added.error();
    if (Result<void> popped = accounts_.pop(); !popped) return popped.error();
    return true;
}

Result<bool> ShardedStateReader::next_slot(StorageChange& slot) {
    const SlotRow* next = slots_.front();
    if (next == nullptr || next->address != current_) return false;
    slot = {next->key, next->value};
    if (Result<void> popped = slots_.pop(); !popped) return popped.error();
    return true;
}

Result<bool> ShardedStateReader::next_code(CodeRow& row) {
    const fs::path path = folder_ / "main.db";
    code_query_.reset();
    const Result<bool> more = codes_->next(row.hash);
    if (!more || !*more) return more;
    const Result<bool> found = code_query_.bind(1, row.hash).next();
    if (!found) return advise(path, found.error());
    if (!*found) return damaged(path, "the code " + to_hex(row.hash) + " of an account is missing");
    row.code = code_query_.blob(0);
    if (keccak256(row.code) != row.hash)
        return damaged(path, "the code stored under " + to_hex(row.hash) + " has another hash");
    return true;
}

}  // namespace

Result<std::unique_ptr<StateReader>> StateReader::open(const fs::path& folder,
                                                       const StateReaderOptions& options) {
    auto reader = std::make_unique<ShardedStateReader>(folder);
    Result<void> done = reader->open_files(options);
    if (done) done = reader->settle(options);
    if (done) done = reader->begin_rows(options);
    if (!done) return done.error();
    return std::unique_ptr<StateReader>(std::move(reader));
}

}  // namespace switchyard::sqlite
