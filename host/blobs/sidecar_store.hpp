// SPDX-License-Identifier: Apache-2.0
// The sidecars of the pool's transactions, and of those that left it for a block.
#pragma once

#include <array>
#include <deque>
#include <filesystem>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "host/blobs/sidecar_file.hpp"
#include "host/pool/blob_keeper.hpp"

namespace switchyard::blobs {

struct SidecarStoreOptions {
    std::filesystem::path folder{};  ///< its parent must exist; empty: in memory alone
    bool sync = true;                ///< a staged sidecar outlives a loss of power
    /// Of those that left for a block and may return. geth keeps them until the block is final.
    size_t returning_bytes_max = size_t{256} << 20;
    uint64_t returning_blocks = 96;              ///< and for so many blocks: three epochs
    size_t staged_bytes_max = size_t{64} << 20;  ///< of those that the pool has not judged
};

struct SidecarStatus {
    size_t held = 0;       ///< of transactions in the pool
    size_t returning = 0;  ///< of transactions that left for a block
    size_t staged = 0;     ///< of transactions that the pool is yet to judge
    size_t bytes = 0;      ///< of all
    size_t damaged = 0;    ///< files that `open` removed
    uint64_t write_failures = 0;
};

/// A sidecar lives in one of three ways: `stage`d for a transaction that is about to be put into
/// the pool, held by the pool, or returning: in a block that a reorganisation may take back. The
/// pool bounds what it holds (`PoolConfig::blob_bytes_max`), the options bound the other two.
///
/// With a folder, what is staged is on the disk before the pool may accept its transaction, so
/// that whatever the pool's journal brings back has its sidecar. What a folder holds is returning
/// after `open`, until the pool holds it.
///
/// Safe from any thread.
class SidecarStore final : public BlobKeeper {
  public:
    /// Errors: those of the folder.
    [[nodiscard]] static Result<std::unique_ptr<SidecarStore>> open(
        const SidecarStoreOptions& options);
    /// Removes the files of what has gone.
    ~SidecarStore() override;

    /// Takes a sidecar that was checked, for the time until `unstage`, once for each call. Errors:
    /// `LimitExceeded`, try again later; those of the folder.
    [[nodiscard]] Result<void> stage(const Bytes32& transaction, SidecarPointer sidecar);
    /// The pool has judged the transaction: what it does not hold goes.
    void unstage(const Bytes32& transaction);

    /// Null: it is not here.
    [[nodiscard]] SidecarPointer find(const Bytes32& transaction) const;

    struct FoundBlob {
        SidecarPointer sidecar;  ///< null: it is not here
        size_t index = 0;        ///< of the blob in it
    };
    /// The blob of a versioned hash, in a sidecar of this version.
    [[nodiscard]] FoundBlob find_blob(const Bytes32& versioned_hash, SidecarVersion version) const;

    /// The transactions that the pool holds with sidecars of a version.
    [[nodiscard]] std::vector<Bytes32> held_of(SidecarVersion version) const;

    [[nodiscard]] SidecarStatus status() const;

    [[nodiscard]] bool hold(const Bytes32& transaction) override;
    void let_go(const Bytes32& transaction, std::optional<uint64_t> block) override;
    void move_to(uint64_t head) override;

  private:
    struct Entry {
        SidecarPointer sidecar;
        std::vector<Bytes32> versioned_hashes;
        uint32_t staged = 0;  ///< calls of `stage` that were not undone
        bool held = false;
        bool returning = false;
        std::optional<uint64_t> block;  ///< of a returning one; none: from before the start
    };
    struct Place {
        Bytes32 transaction;
        size_t index = 0;
    };

    explicit SidecarStore(const SidecarStoreOptions& options) : options_(options) {}

    void insert(const Bytes32& transaction, SidecarPointer sidecar, Entry entry);
    /// Erases the entry if nobody wants it.
    void settle(const Bytes32& transaction);
    void erase(const Bytes32& transaction);
    void begin_returning(const Bytes32& transaction, Entry& entry, std::optional<uint64_t> block);
    void end_returning(Entry& entry);
    /// Removes the files of what has gone. The caller has `files_mutex_`.
    void sweep();

    const SidecarStoreOptions options_;
    /// Taken before `mutex_`, and held while files are written.
    std::mutex files_mutex_;
    std::unique_ptr<SidecarFiles> files_;

    mutable std::mutex mutex_;  ///< guards what follows
    std::unordered_map<Bytes32, Entry> entries_;
    std::unordered_multimap<Bytes32, Place> by_versioned_hash_;
    std::deque<Bytes32> returning_order_;  ///< the oldest first; some may have gone
    std::vector<Bytes32> gone_;            ///< whose files are to be removed
    size_t bytes_ = 0;
    size_t staged_bytes_ = 0;
    size_t returning_bytes_ = 0;
    size_t held_count_ = 0;
    size_t returning_count_ = 0;
    size_t staged_count_ = 0;
    bool has_undated_ = false;  ///< of those from before the start some have no block
    std::array<size_t, 2> held_by_version_{};
    uint64_t write_failures_ = 0;
};

}  // namespace switchyard::blobs
