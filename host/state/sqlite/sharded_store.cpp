// SPDX-License-Identifier: Apache-2.0
#include "host/state/sqlite/sharded_store.hpp"

#include <algorithm>
#include <bit>
#include <thread>

#include "host/state/flat/overlay.hpp"
#include "host/state/sqlite/file_lock.hpp"
#include "host/state/sqlite/main_file.hpp"
#include "host/state/sqlite/shard_file.hpp"
#include "host/state/sqlite/sharding.hpp"

namespace switchyard::sqlite {
namespace {

namespace fs = std::filesystem;

class ShardedStoreFiles final : public ShardedStore {
  public:
    ShardedStoreFiles(const ShardedStoreOptions& options, std::unique_ptr<FileLock> lock)
        : options_(options), lock_(std::move(lock)) {}

    Result<void> open_files(const fs::path& folder);
    Result<void> recover();

    std::optional<StoredBlock> block() const override { return block_; }
    Result<std::optional<StoredBlock>> block_at(uint64_t number) const override {
        return main_->block(number);
    }
    std::optional<uint64_t> replay_needed_to() const override { return replay_needed_to_; }
    Result<std::optional<Account>> account(const Address& address) const override {
        return shards_[shard_of(address, shards())]->account(address);
    }
    Result<Uint256> storage(const Address& address, const Uint256& key) const override {
        return shards_[shard_of(address, key, shards())]->storage(address, key);
    }
    Result<CodePointer> code(const Bytes32& hash) const override { return main_->code(hash); }
    Result<void> for_each_slot(const Address& address,
                               const flat::SlotVisitor& visit) const override;
    Result<std::shared_ptr<const StateChanges>> undo(uint64_t number) const override {
        return main_->undo(number);
    }
    Result<void> write(const flat::Checkpoint& checkpoint) override;
    Result<void> rewind(uint64_t target) override;
    FixedBytes<16> id() const override { return main_->identity().id; }
    Result<std::optional<uint64_t>> first_block() const override { return main_->first_block(); }
    uint32_t shards() const override { return static_cast<uint32_t>(shards_.size()); }
    Result<void> check() override;

  private:
    /// Calls `write` for every shard, each on one thread; the first error in the order of shards.
    template <typename Write>
    Result<void> for_all_shards(Write write);
    /// Merges undo records from `newest` down to `stop` or until they fill `bytes_max`; gives the
    /// earliest block that was merged, no value where a record is missing.
    Result<std::optional<uint64_t>> merge_undo(uint64_t newest, uint64_t stop, uint64_t bytes_max,
                                               flat::Overlay& merged) const;

    ShardedStoreOptions options_;
    std::unique_ptr<FileLock> lock_;
    std::unique_ptr<MainFile> main_;
    std::vector<std::unique_ptr<ShardFile>> shards_;
    std::optional<StoredBlock> block_;
    std::optional<uint64_t> replay_needed_to_;
};

Result<void> ShardedStoreFiles::open_files(const fs::path& folder) {
    const uint64_t connections_per_file = options_.readers_per_file + 1ULL;
    FileOptions file_options{options_.readers_per_file,
                             options_.cache_bytes / (connections_per_file * (options_.shards + 1))};
    auto main = MainFile::open(folder / "main.db", options_.shards, file_options);
    if (!main) return main.error();
    main_ = std::move(*main);
    const StoreIdentity& identity = main_->identity();
    file_options.cache_bytes =
        options_.cache_bytes / (connections_per_file * (identity.shards + 1ULL));
    // A checkpoint begins with the main file. Without a block there, no shard holds anything, and a
    // shard that is missing is one that was not created yet.
    const auto last = main_->last_block();
    if (!last) return last.error();
    for (uint32_t i = 0; i < identity.shards; ++i) {
        auto shard =
            ShardFile::open(shard_path(folder, i), identity, i, !last->has_value(), file_options);
        if (!shard) return shard.error();
        shards_.push_back(std::move(*shard));
    }
    return {};
}

template <typename Write>
Result<void> ShardedStoreFiles::for_all_shards(Write write) {
    std::vector<Result<void>> results(shards_.size());
    std::atomic<size_t> next{0};
    const auto work = [&] {
        for (size_t i = next++; i < shards_.size(); i = next++)
            results[i] = write(*shards_[i]);
    };
    const size_t wanted = options_.writer_threads != 0
                              ? options_.writer_threads
                              : std::max<size_t>(std::thread::hardware_concurrency(), 1);
    std::vector<std::thread> threads;
    for (size_t i = 1; i < std::min(wanted, shards_.size()); ++i)
        threads.emplace_back(work);
    work();
    for (std::thread& thread : threads)
        thread.join();
    const auto failed =
        std::find_if(results.begin(), results.end(), [](const auto& r) { return !r; });
    return failed == results.end() ? Result<void>{} : *failed;
}

Result<std::optional<uint64_t>> ShardedStoreFiles::merge_undo(uint64_t newest, uint64_t stop,
                                                              uint64_t bytes_max,
                                                              flat::Overlay& merged) const {
    for (uint64_t number = newest;; --number) {
        const auto undo = main_->undo(number);
        if (!undo) return undo.error();
        if (*undo == nullptr) return std::optional<uint64_t>{};
        merged.apply(**undo);
        if (number == stop || merged.bytes() >= bytes_max) return std::optional(number);
    }
}

// A shard at block n, when the earliest is at m, holds for each key the value of some block from m
// to n, and every key that changed after m stands in an undo record of the blocks m+1 to n. Writing
// the merged records therefore leads to m from wherever in between a shard stands, m itself and a
// rewind that was cut off included.
Result<void> ShardedStoreFiles::recover() {
    const auto by_block = [](const auto& a, const auto& b) { return a->block() < b->block(); };
    const auto [low, high] = std::minmax_element(shards_.begin(), shards_.end(), by_block);
    const std::optional<uint64_t> lowest = (*low)->block();
    const std::optional<uint64_t> highest = (*high)->block();
    const auto last = main_->last_block();
    if (!last) return last.error();
    if (highest > *last)
        return Error{ErrorCode::Corrupt,
                     "the shards are ahead of main.db: the files are not of "
                     "one snapshot; restore all of them from one"};
    if (lowest) {
        auto found = main_->block(*lowest);
        if (!found) return found.error();
        if (!*found)
            return Error{ErrorCode::Corrupt,
                         "main.db lacks block " + std::to_string(*lowest) +
                             ", at which a shard stands; restore all files from one snapshot"};
        block_ = *found;
    }
    if (lowest != highest) {
        const auto first = main_->first_block();
        if (!first) return first.error();
        const uint64_t stop = lowest ? *lowest + 1 : **first;
        flat::Overlay merged;
        // One checkpoint or one step of a rewind lies between them; either had room in memory.
        const auto merged_to = merge_undo(*highest, stop, UINT64_MAX, merged);
        if (!merged_to) return merged_to.error();
        if (!*merged_to) {
            replay_needed_to_ = highest;
            return {};
        }
        const StateChanges changes = merged.changes();
        const Result<void> done = for_all_shards([&](ShardFile& shard) {
            return shard.block() == lowest ? Result<void>{} : shard.write(changes, lowest);
        });
        if (!done) return done;
    }
    return *last == lowest ? Result<void>{} : main_->forget_after(lowest);
}

Result<void> ShardedStoreFiles::for_each_slot(const Address& address,
                                              const flat::SlotVisitor& visit) const {
    for (const auto& shard : shards_) {
        const Result<bool> more = shard->for_each_slot(address, visit);
        if (!more) return more.error();
        if (!*more) return {};
    }
    return {};
}

Result<void> ShardedStoreFiles::write(const flat::Checkpoint& checkpoint) {
    SWITCHYARD_ASSERT(!checkpoint.blocks.empty());
    const StoredBlock& last = checkpoint.blocks.back().block;
    if (Result<void> done = main_->write(checkpoint); !done) return done;
    const Result<void> done = for_all_shards([&](ShardFile& shard) {
        return shard.write(*checkpoint.changes,
                           std::max(shard.block(), std::optional(last.number)));
    });
    if (!done) return done;
    block_ = last;
    if (replay_needed_to_ && last.number >= *replay_needed_to_) replay_needed_to_.reset();
    return {};
}

Result<void> ShardedStoreFiles::rewind(uint64_t target) {
    if (!block_ || target > block_->number)
        return Error{ErrorCode::NotFound, "the store has no block " + std::to_string(target)};
    uint64_t now = block_->number;
    if (target == now) return {};
    const auto count = main_->undo_count(target + 1, now);
    if (!count) return count.error();
    if (*count != now - target)
        return Error{ErrorCode::NotFound, "the undo records do not reach back from block " +
                                              std::to_string(now) + " to " +
                                              std::to_string(target)};
    while (now != target) {
        flat::Overlay merged;
        const auto merged_to = merge_undo(now, target + 1, options_.rewind_bytes, merged);
        if (!merged_to) return merged_to.error();
        SWITCHYARD_ASSERT(merged_to->has_value());
        now = **merged_to - 1;
        const auto block = main_->block(now);
        if (!block) return block.error();
        if (!*block) return Error{ErrorCode::Corrupt, "main.db lacks block " + std::to_string(now)};
        const StateChanges changes = merged.changes();
        Result<void> done =
            for_all_shards([&](ShardFile& shard) { return shard.write(changes, now); });
        if (done) done = main_->forget_after(now);
        if (!done) return done;
        block_ = *block;
    }
    return {};
}

Result<void> ShardedStoreFiles::check() {
    if (Result<void> done = main_->check(); !done) return done;
    return for_all_shards([](ShardFile& shard) { return shard.check(); });
}

}  // namespace

Result<std::unique_ptr<ShardedStore>> ShardedStore::open(const fs::path& folder,
                                                         const ShardedStoreOptions& options) {
    if (!std::has_single_bit(options.shards) || options.shards > kShardsMax)
        return Error{ErrorCode::InvalidInput,
                     "a store has 1, 2, 4 ... 64 shards, not " + std::to_string(options.shards)};
    if (options.readers_per_file == 0 || options.readers_per_file > 64)
        return Error{ErrorCode::InvalidInput, "a file has 1 to 64 readers"};
    std::error_code failed;
    if (!fs::is_directory(folder, failed) && !fs::create_directory(folder, failed))
        return Error{ErrorCode::Io,
                     folder.string() + " is no folder and cannot be created: " + failed.message()};
    if (!sync_folder(folder / ".."))
        return Error{ErrorCode::Io, folder.string() + ": cannot sync the folder that it is in"};
    auto lock = std::make_unique<FileLock>(folder / "lock");
    if (!lock->opened())
        return Error{ErrorCode::Io, (folder / "lock").string() + " cannot be opened for writing"};
    if (!lock->held())
        return Error{ErrorCode::Unavailable, folder.string() + " is in use by another process"};
    auto store = std::make_unique<ShardedStoreFiles>(options, std::move(lock));
    if (Result<void> opened = store->open_files(folder); !opened) return opened.error();
    if (Result<void> recovered = store->recover(); !recovered) return recovered.error();
    return std::unique_ptr<ShardedStore>(std::move(store));
}

}  // namespace switchyard::sqlite
