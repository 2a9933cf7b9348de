// SPDX-License-Identifier: Apache-2.0
// The file of a flat store that is not a shard: what the store is, its blocks, code, undo records.
#pragma once

#include "host/state/flat/flat_store.hpp"
#include "host/state/sqlite/store_file.hpp"

namespace switchyard::sqlite {

/// Reads come from any number of threads, also while the one writer writes.
class MainFile {
  public:
    /// Opens the file; creates it for a store of `shards` shards when it is absent or without
    /// bytes.
    [[nodiscard]] static Result<std::unique_ptr<MainFile>> open(const std::filesystem::path& path,
                                                                uint32_t shards,
                                                                const FileOptions& options);

    [[nodiscard]] const StoreIdentity& identity() const { return identity_; }
    [[nodiscard]] Result<std::optional<StoredBlock>> block(uint64_t number) const;
    [[nodiscard]] Result<std::optional<uint64_t>> first_block() const;
    [[nodiscard]] Result<std::optional<uint64_t>> last_block() const;
    /// Null when there is no such code. `Corrupt` if it does not have that hash.
    [[nodiscard]] Result<CodePointer> code(const Bytes32& hash) const;
    /// Null when there is no record.
    [[nodiscard]] Result<std::shared_ptr<const StateChanges>> undo(uint64_t block) const;
    /// How many blocks from `first` to `last` have an undo record.
    [[nodiscard]] Result<uint64_t> undo_count(uint64_t first, uint64_t last) const;

    /// Code, blocks and undo records of a checkpoint; durable when this returns.
    [[nodiscard]] Result<void> write(const flat::Checkpoint& checkpoint);
    /// Forgets blocks and undo records after `block`; all of them without a value.
    [[nodiscard]] Result<void> forget_after(std::optional<uint64_t> block);
    [[nodiscard]] Result<void> check();

  private:
    struct Reader {
        Database database;
        Statement block, first, last, code, undo, undo_count;
    };

    [[nodiscard]] Result<void> identify(uint32_t shards);
    [[nodiscard]] Result<void> prepare(const FileOptions& options);
    [[nodiscard]] Result<std::optional<uint64_t>> edge(Statement Reader::*statement) const;
    [[nodiscard]] Result<void> write_rows(const flat::Checkpoint& checkpoint);

    std::filesystem::path path_;
    StoreIdentity identity_;
    Database writer_;
    Statement put_code_, put_block_, put_undo_, erase_undo_, erase_old_undo_, erase_blocks_after_,
        erase_undo_after_;
    ReaderPool<Reader> readers_;
};

}  // namespace switchyard::sqlite
