// SPDX-License-Identifier: Apache-2.0
#include "host/state/sqlite/store_file.hpp"

#include "host/state/sqlite/file_lock.hpp"

namespace switchyard::sqlite {
namespace {

// The log is synced at each commit; it is moved into the file when `shorten_log` says so, not in
// the middle of a commit.
constexpr const char* kWriterSettings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;";
constexpr const char* kReaderSettings = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;";

Result<void> set_cache(Database& database, const FileOptions& options) {
    // Negative: in KiB.
    return database.execute(("PRAGMA cache_size = -" +
                             std::to_string(std::max<uint64_t>(options.cache_bytes, 65536) / 1024))
                                .c_str());
}

/// Whether the file is one of ours; false: it is empty. Reads only, so that a file of somebody else
/// stays as it is.
Result<bool> identify(Database& database, const std::filesystem::path& path,
                      const FileFormat& expected) {
    const auto application = database.single_value("PRAGMA application_id");
    if (!application) return application.error();
    const auto tables = database.single_value("SELECT count(*) FROM sqlite_schema");
    if (!tables) return tables.error();
    if (*application == "0" && *tables == "0") return false;
    if (*application != expected.application_id)
        return Error{ErrorCode::InvalidInput,
                     path.string() + " is a database of another program, not " + expected.what};
    const auto format = database.single_value("PRAGMA user_version");
    if (!format) return format.error();
    if (*format != expected.version)
        return Error{ErrorCode::Unsupported, path.string() + " has the format version " + *format +
                                                 "; this build reads version " + expected.version};
    return true;
}

Result<void> create(Database& database, const char* schema, const FileFormat& format) {
    const std::string script = "BEGIN IMMEDIATE;" + std::string(schema) +
                               "PRAGMA application_id = " + format.application_id +
                               "; PRAGMA user_version = " + format.version + "; COMMIT;";
    return database.execute(script.c_str());
}

/// Makes durable what an earlier process has left. It may have died between making the file and
/// syncing its name. And if a sync failed, its log may show transactions which the disk does not
/// hold and which no later sync writes (Rebello et al., Can Applications Recover from fsync
/// Failures?, USENIX ATC 2020); moved into the file, they are written anew.
Result<void> settle(Database& database, const std::filesystem::path& path) {
    if (!sync_folder(path.parent_path()))
        return Error{ErrorCode::Io, path.string() + ": cannot sync its folder"};
    return database.execute("PRAGMA wal_checkpoint(PASSIVE)");
}

}  // namespace

Result<Database> open_store_file(const std::filesystem::path& path, const char* schema,
                                 bool may_create, const FileOptions& options,
                                 const FileFormat& format) {
    if (!may_create && !std::filesystem::exists(path)) return damaged(path, "the file is missing");
    Result<Database> database = Database::open(path);
    if (!database) return database.error();
    const Result<bool> is_ours = identify(*database, path, format);
    if (!is_ours) return advise(path, is_ours.error());
    if (!*is_ours && !may_create) return damaged(path, "the file is empty");
    const std::string settings =
        "PRAGMA page_size = " + std::to_string(options.page_bytes) + ";" + kWriterSettings;
    if (Result<void> set = database->execute(settings.c_str()); !set)
        return advise(path, set.error());
    if (!*is_ours)
        if (Result<void> created = create(*database, schema, format); !created)
            return created.error();
    if (Result<void> settled = settle(*database, path); !settled) return settled.error();
    if (Result<void> set = set_cache(*database, options); !set) return set.error();
    return database;
}

Result<Database> open_reader(const std::filesystem::path& path, const FileOptions& options) {
    Result<Database> database = Database::open(path, Access::ReadOnly);
    if (!database) return database.error();
    if (Result<void> set = database->execute(kReaderSettings); !set) return set.error();
    if (Result<void> set = set_cache(*database, options); !set) return set.error();
    return database;
}

Result<Database> open_store_file_to_read(const std::filesystem::path& path,
                                         const FileOptions& options) {
    if (!std::filesystem::exists(path)) return damaged(path, "the file is missing");
    Result<Database> database = open_reader(path, options);
    if (!database) return advise(path, database.error());
    const Result<bool> is_ours = identify(*database, path, kStateFormat);
    if (!is_ours) return advise(path, is_ours.error());
    if (!*is_ours) return damaged(path, "the file is empty");
    return database;
}

void shorten_log(Database& database) {
    // Whatever stays in the log is durable there, and the next call takes it.
    (void)database.execute("PRAGMA wal_checkpoint(PASSIVE)");
}

Result<void> check_pages(Database& database, const std::filesystem::path& path) {
    const auto check = database.single_value("PRAGMA quick_check(1)");
    if (!check) return advise(path, check.error());
    if (*check != "ok") return damaged(path, *check);
    return {};
}

Error damaged(const std::filesystem::path& path, const std::string& what) {
    return {ErrorCode::Corrupt, path.string() + " is damaged: " + what +
                                    "; restore all files of the store from one snapshot"};
}

Error advise(const std::filesystem::path& path, Error error) {
    return error.code == ErrorCode::Corrupt ? damaged(path, error.message) : error;
}

}  // namespace switchyard::sqlite
