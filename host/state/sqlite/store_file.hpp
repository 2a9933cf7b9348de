// SPDX-License-Identifier: Apache-2.0
// One database file of a flat store: what all of them have in common.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "host/core/uint256.hpp"
#include "host/state/sqlite/database.hpp"

namespace switchyard::sqlite {

/// What the files of one store agree on.
struct StoreIdentity {
    uint32_t shards = 0;
    FixedBytes<16> id;  ///< random, so that a file of another store is not taken for one of this
    bool operator==(const StoreIdentity&) const = default;
};

/// How a file of ours says what it is.
struct FileFormat {
    const char* application_id;  ///< in decimal, as the pragma gives it
    const char* version;
    const char* what;  ///< for messages: "a state store"
};
inline constexpr FileFormat kStateFormat{"1398233412", "2", "a state store"};  // 0x53575944

struct FileOptions {
    uint32_t readers = 1;        ///< read-only connections
    uint64_t cache_bytes = 0;    ///< of SQLite's pages, for each connection
    uint32_t page_bytes = 4096;  ///< of SQLite's pages, in a file that is made anew
};

/// Opens a file of ours for writing, or creates it with `schema` when it has no bytes and
/// `may_create`. Errors: as `ShardedStore::open`.
[[nodiscard]] Result<Database> open_store_file(const std::filesystem::path& path,
                                               const char* schema, bool may_create,
                                               const FileOptions& options,
                                               const FileFormat& format = kStateFormat);
/// Opens a file of ours that exists, to read it and no more; another process may be its owner.
[[nodiscard]] Result<Database> open_store_file_to_read(const std::filesystem::path& path,
                                                       const FileOptions& options);
/// A further connection to a file that `open_store_file` has opened.
[[nodiscard]] Result<Database> open_reader(const std::filesystem::path& path,
                                           const FileOptions& options);

/// Runs `write` in a transaction: all of it is durable, or nothing has changed.
template <typename Write>
[[nodiscard]] Result<void> in_transaction(Database& database, Write write) {
    Result<void> done = database.execute("BEGIN IMMEDIATE");
    if (done) done = write();
    if (done) done = database.execute("COMMIT");
    // A failed COMMIT may have ended the transaction itself, or left it open.
    if (!done && database.in_transaction()) {
        const Result<void> rolled_back = database.execute("ROLLBACK");
        SWITCHYARD_ASSERT(rolled_back || !database.in_transaction());
    }
    return done;
}

/// Moves what the log holds into the file itself, as far as no reader is in the way.
void shorten_log(Database& database);

/// Walks all pages of the file. `Corrupt` with the first thing that is wrong.
[[nodiscard]] Result<void> check_pages(Database& database, const std::filesystem::path& path);

/// `what` is wrong with the file; says what to do.
[[nodiscard]] Error damaged(const std::filesystem::path& path, const std::string& what);
/// The error of a statement on the file, with advice if the file is damaged.
[[nodiscard]] Error advise(const std::filesystem::path& path, Error error);

/// Readers of one file for any number of threads: each thread has a preferred one, so that few meet
/// at a lock.
template <typename Reader>
class ReaderPool {
  public:
    void add(Reader reader) { slots_.push_back(std::make_unique<Slot>(std::move(reader))); }

    /// Calls `use` with a reader that nobody else has meanwhile.
    template <typename Use>
    auto use(Use use) const {
        static std::atomic<uint32_t> threads{0};
        thread_local const uint32_t preferred = threads.fetch_add(1, std::memory_order_relaxed);
        Slot& slot = *slots_[preferred % slots_.size()];
        const std::lock_guard guard(slot.mutex);
        return use(slot.reader);
    }

  private:
    struct Slot {
        explicit Slot(Reader r) : reader(std::move(r)) {}
        std::mutex mutex;
        Reader reader;
    };
    std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace switchyard::sqlite
