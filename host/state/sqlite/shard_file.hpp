// SPDX-License-Identifier: Apache-2.0
// One shard of a flat store: accounts and storage in one database file.
#pragma once

#include "host/state/flat/flat_store.hpp"
#include "host/state/sqlite/store_file.hpp"

namespace switchyard::sqlite {

/// Reads come from any number of threads, also while the one writer writes.
class ShardFile {
  public:
    /// Opens the file, or creates it if `may_create`; `Corrupt` if it is not shard `number` of the
    /// store.
    [[nodiscard]] static Result<std::unique_ptr<ShardFile>> open(const std::filesystem::path& path,
                                                                 const StoreIdentity& identity,
                                                                 uint32_t number, bool may_create,
                                                                 const FileOptions& options);

    /// The block that the shard has been brought to; no value: none yet.
    [[nodiscard]] std::optional<uint64_t> block() const { return block_; }

    [[nodiscard]] Result<std::optional<Account>> account(const Address& address) const;
    [[nodiscard]] Result<Uint256> storage(const Address& address, const Uint256& slot) const;
    /// The account's slots in this shard. False: the visitor wanted no more.
    [[nodiscard]] Result<bool> for_each_slot(const Address& address,
                                             const flat::SlotVisitor& visit) const;

    /// Writes those of `changes` (absolute, canonical order) that belong to this shard, and the
    /// block that it then stands at, in one transaction that is durable when this returns.
    [[nodiscard]] Result<void> write(const StateChanges& changes, std::optional<uint64_t> block);
    [[nodiscard]] Result<void> check();

  private:
    struct Reader {
        Database database;
        Statement account, slot, slots;
    };

    [[nodiscard]] Result<void> prepare(const FileOptions& options);
    [[nodiscard]] Result<void> identify(const StoreIdentity& identity, uint32_t number);
    [[nodiscard]] Result<void> write_accounts(const StateChanges& changes);
    [[nodiscard]] Result<void> write_storage(const StateChanges& changes);
    [[nodiscard]] Error damaged_row(const Address& address) const;

    std::filesystem::path path_;
    uint32_t number_ = 0;
    uint32_t shards_ = 0;
    std::optional<uint64_t> block_;
    Database writer_;
    Statement put_account_, erase_account_, put_slot_, erase_slot_, clear_storage_, put_block_;
    ReaderPool<Reader> readers_;
};

}  // namespace switchyard::sqlite
