// SPDX-License-Identifier: Apache-2.0
// SQLite connections and statements as values with errors; for this folder only.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

// SQLite's own header stays with database.cpp, so that whoever includes ours needs no other.
struct sqlite3;
struct sqlite3_stmt;

namespace switchyard::sqlite {

/// A prepared statement. Columns and parameters are those of SQLite; blobs that are bound must live
/// until the next `run` or `next` returned.
class Statement {
  public:
    Statement() = default;
    explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

    /// Binds parameter `index` (from 1).
    Statement& bind(int index, BytesView blob);
    Statement& bind(int index, uint64_t integer);
    Statement& bind_null(int index);

    /// Runs a statement without rows, and makes it ready to run again.
    [[nodiscard]] Result<void> run();
    /// Steps to the next row; false at the end, where the statement is ready to run again.
    [[nodiscard]] Result<bool> next();
    /// Ends a query before its last row.
    void reset();
    /// Valid until the next `next`, `run` or `reset`.
    [[nodiscard]] BytesView blob(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] uint64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;

  private:
    struct Finalize {
        void operator()(sqlite3_stmt* handle) const;
    };
    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

enum class Access { ReadWrite, ReadOnly };

/// A connection. One thread at a time. Outlives its statements.
class Database {
  public:
    /// With `ReadWrite` a file that is absent is created, without bytes until something is written.
    [[nodiscard]] static Result<Database> open(const std::filesystem::path& path,
                                               Access access = Access::ReadWrite);

    [[nodiscard]] Result<Statement> prepare(const char* sql);
    /// Runs statements and ignores their rows.
    [[nodiscard]] Result<void> execute(const char* sql);
    /// The first column of the first row of a query, as text; empty without a row.
    [[nodiscard]] Result<std::string> single_value(const char* sql);
    [[nodiscard]] bool in_transaction() const;

  private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace switchyard::sqlite
