// SPDX-License-Identifier: Apache-2.0
// The archive's database file.
//
//   archive       one row: identity, the last journal record in the file, the marks of the head
//   blocks        hash, number, `encode_archived_block`; canonical or not
//   canonical     number, hash
//   transactions  hash, number and position, of canonical blocks
//   logs          key of an address or topic (log_filter.hpp), number of a canonical block
#pragma once

#include <filesystem>
#include <mutex>
#include <span>
#include <variant>

#include "host/node/archive/archived_block.hpp"
#include "host/node/archive/log_filter.hpp"
#include "host/state/sqlite/store_file.hpp"

namespace switchyard::node {

/// What `engine_forkchoiceUpdated` says: the canonical chain's end and two blocks of it. Zero:
/// none.
struct HeadMarks {
    Bytes32 head;
    Bytes32 safe;
    Bytes32 finalized;
    bool operator==(const HeadMarks&) const = default;
};

/// A change of the canonical chain: `added` (ascending) take the place of what stands after block
/// `ancestor`; the first of a chain is added over no ancestor.
struct HeadChange {
    std::optional<uint64_t> ancestor;
    std::vector<BlockPointer> added;
    HeadMarks marks;
};

/// One step of the archive's history, as the journal holds it.
using ArchiveStep = std::variant<BlockPointer, HeadChange>;

/// Written by one thread, in large transactions; read by any number beside it. Errors: `Corrupt`
/// with the file, `Io`.
class ArchiveFile {
  public:
    [[nodiscard]] static Result<std::unique_ptr<ArchiveFile>> open(
        const std::filesystem::path& path, uint32_t readers, uint64_t cache_bytes);

    [[nodiscard]] const FixedBytes<16>& id() const { return id_; }
    /// The last record of the journal that the file holds; 0 for a new one.
    [[nodiscard]] uint64_t record() const { return record_; }
    [[nodiscard]] const HeadMarks& marks() const { return marks_; }

    /// Writes the steps in a transaction; afterwards the file holds the journal up to `record`.
    /// Blocks that are not canonical and below `drop_below` go.
    [[nodiscard]] Result<void> write(std::span<const ArchiveStep> steps, uint64_t record,
                                     uint64_t drop_below);

    [[nodiscard]] Result<BlockPointer> block(const Bytes32& hash) const;  ///< null: absent
    [[nodiscard]] Result<std::optional<Bytes32>> canonical_hash(uint64_t number) const;
    [[nodiscard]] Result<std::optional<uint64_t>> last_canonical() const;
    [[nodiscard]] Result<std::optional<TransactionPlace>> transaction(const Bytes32& hash) const;
    /// The canonical blocks from `from` to `to` that have a log under one of `keys`, ascending;
    /// `LimitExceeded` when they are more than `limit`.
    [[nodiscard]] Result<std::vector<uint64_t>> blocks_with(const LogKeys& keys, uint64_t from,
                                                            uint64_t to, size_t limit) const;

  private:
    struct Reader {
        sqlite::Database database;
        sqlite::Statement block;
        sqlite::Statement canonical;
        sqlite::Statement last;
        sqlite::Statement transaction;
        sqlite::Statement logs;
    };
    struct Writer;

    explicit ArchiveFile(std::filesystem::path path) : path_(std::move(path)) {}
    [[nodiscard]] Result<void> load_state();
    [[nodiscard]] static Result<Reader> open_one_reader(const std::filesystem::path& path,
                                                        const sqlite::FileOptions& options);

    std::filesystem::path path_;
    FixedBytes<16> id_;
    uint64_t record_ = 0;
    HeadMarks marks_;
    std::optional<sqlite::Database> database_;
    sqlite::ReaderPool<Reader> readers_;
};

}  // namespace switchyard::node
