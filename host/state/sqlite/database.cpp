// SPDX-License-Identifier: Apache-2.0
#include "host/state/sqlite/database.hpp"

#include <sqlite3.h>

namespace switchyard::sqlite {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

ErrorCode code_of(int sqlite_code) {
    switch (sqlite_code & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return ErrorCode::Corrupt;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return ErrorCode::Unavailable;
        case SQLITE_IOERR:
        case SQLITE_FULL:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return ErrorCode::Io;
        default:
            return ErrorCode::Internal;
    }
}

Error error_of(sqlite3* database) {
    std::string path;
    if (const char* name = sqlite3_db_filename(database, "main"); name != nullptr) path = name;
    return {code_of(sqlite3_extended_errcode(database)), path + ": " + sqlite3_errmsg(database)};
}

}  // namespace

void Statement::reset() {
    sqlite3_reset(handle_.get());
}

void Statement::Finalize::operator()(sqlite3_stmt* handle) const {
    sqlite3_finalize(handle);
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

void Database::Close::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}

Statement& Statement::bind(int index, BytesView blob) {
    // A null pointer would bind NULL instead of a blob without bytes.
    const void* data = blob.empty() ? static_cast<const void*>("") : blob.data();
    const int code = sqlite3_bind_blob64(handle_.get(), index, data, blob.size(), SQLITE_STATIC);
    SWITCHYARD_ASSERT(code == SQLITE_OK || code == SQLITE_NOMEM);
    return *this;
}

Statement& Statement::bind(int index, uint64_t integer) {
    const int code = sqlite3_bind_int64(handle_.get(), index, static_cast<sqlite3_int64>(integer));
    SWITCHYARD_ASSERT(code == SQLITE_OK);
    return *this;
}

Statement& Statement::bind_null(int index) {
    const int code = sqlite3_bind_null(handle_.get(), index);
    SWITCHYARD_ASSERT(code == SQLITE_OK);
    return *this;
}

Result<void> Statement::run() {
    Result<bool> row = next();
    while (row && *row)
        row = next();
    return row ? Result<void>{} : Result<void>(row.error());
}

Result<bool> Statement::next() {
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        sqlite3_reset(handle_.get());
        return false;
    }
    Error error = error_of(sqlite3_db_handle(handle_.get()));
    sqlite3_reset(handle_.get());
    return error;
}

BytesView Statement::blob(int column) const {
    const auto* data = static_cast<const uint8_t*>(sqlite3_column_blob(handle_.get(), column));
    const int size = sqlite3_column_bytes(handle_.get(), column);
    return data == nullptr ? BytesView{} : BytesView(data, static_cast<size_t>(size));
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

uint64_t Statement::integer(int column) const {
    return static_cast<uint64_t>(sqlite3_column_int64(handle_.get(), column));
}

std::string Statement::text(int column) const {
    const unsigned char* text = sqlite3_column_text(handle_.get(), column);
    const int size = sqlite3_column_bytes(handle_.get(), column);
    if (text == nullptr) return {};
    return {reinterpret_cast<const char*>(text), static_cast<size_t>(size)};
}

Result<Database> Database::open(const std::filesystem::path& path, Access access) {
    sqlite3* handle = nullptr;
    const int flags = access == Access::ReadOnly ? SQLITE_OPEN_READONLY
                                                 : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    Database out;
    out.handle_.reset(handle);
    if (handle == nullptr) return Error{ErrorCode::Io, path.string() + ": out of memory"};
    if (code != SQLITE_OK)
        return Error{code_of(code), path.string() + ": " + sqlite3_errmsg(handle)};
    sqlite3_extended_result_codes(handle, 1);
    // From the first statement on: another process may be opening or leaving the file, and recovers
    // or removes its log meanwhile.
    sqlite3_busy_timeout(handle, kBusyTimeoutMs);
    return out;
}

Result<Statement> Database::prepare(const char* sql) {
    sqlite3_stmt* handle = nullptr;
    const int code =
        sqlite3_prepare_v3(handle_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    if (code != SQLITE_OK) return error_of(handle_.get());
    return Statement(handle);
}

Result<void> Database::execute(const char* sql) {
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return error_of(handle_.get());
    return {};
}

Result<std::string> Database::single_value(const char* sql) {
    Result<Statement> statement = prepare(sql);
    if (!statement) return statement.error();
    const Result<bool> row = statement->next();
    if (!row) return row.error();
    return *row ? statement->text(0) : std::string{};
}

}  // namespace switchyard::sqlite
