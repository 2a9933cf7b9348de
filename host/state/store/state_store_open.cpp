// SPDX-License-Identifier: Apache-2.0
// From whatever a crash left to a store whose parts agree.
#include <algorithm>

#include "host/core/hex.hpp"
#include "host/state/journal/block_record.hpp"
#include "host/state/journal/posix_folder.hpp"
#include "host/state/sqlite/file_lock.hpp"
#include "host/state/sqlite/sqlite_record_store.hpp"
#include "host/state/store/state_store.hpp"
#include "host/state/store/trie_catch_up.hpp"

namespace switchyard {
namespace {

constexpr const char* kRestore = "restore the store from a snapshot";

}  // namespace

/// Brings flat state and trie to the end of the journal.
///
/// The flat state on disk is at block F, the trie at block T, T <= F. Blocks after F come from the
/// journal, for both. Which keys the blocks from T + 1 to F touched says the journal, which keeps
/// them until the trie has them, or else their undo records.
class StateStore::Opening {
  public:
    explicit Opening(StateStore& store) : store_(store), flat_(*store.flat_) {}

    [[nodiscard]] Result<void> compare_positions(std::optional<uint64_t> first_block);
    [[nodiscard]] Result<void> replay(const journal::RecordView& record);
    /// After the last record.
    [[nodiscard]] Result<void> finish();

  private:
    [[nodiscard]] static Error corrupt(const std::string& what) {
        return {ErrorCode::Corrupt, what + "; " + kRestore};
    }
    [[nodiscard]] Result<void> replay_block(const journal::BlockRecord& block, uint64_t record,
                                            uint64_t bytes);
    [[nodiscard]] Result<void> catch_up();
    [[nodiscard]] Result<void> apply_to_trie(const StateChanges& changes, const StoredBlock& block);

    StateStore& store_;
    flat::FlatState& flat_;
    journal::BlockRecord block_;
    /// The first block that the trie lacks, as long as it has to catch up.
    std::optional<uint64_t> behind_from_;
    TrieCatchUp touched_;
    std::vector<uint64_t> touched_by_;  ///< the blocks that the journal named, ascending
};

Result<void> StateStore::Opening::compare_positions(std::optional<uint64_t> first_block) {
    const auto trie = store_.records_->root();
    if (!trie) return trie.error();
    const auto& last = flat_.last_block();
    if (!*trie) {
        if (last) behind_from_ = first_block;
        flat_.keep_undo_from(0);
        return {};
    }
    const uint64_t at = (*trie)->block;
    // A rewind that was cut off has left no other way to what the trie lacks.
    flat_.keep_undo_from(at + 1);
    const auto block = flat_.block_at(at);
    if (!block) return block.error();
    if (!*block)
        return corrupt("trie.db is at block " + std::to_string(at) + ", of which flat/ knows " +
                       "nothing: the files are not of one store or time");
    if ((*block)->state_root != (*trie)->root)
        return corrupt("trie.db has the state root " + to_hex((*trie)->root) + " at block " +
                       std::to_string(at) + ", flat/ has " + to_hex((*block)->state_root));
    if (at != last->number) {
        behind_from_ = at + 1;
        store_.recovery_.trie_caught_up_from = at;
    }
    const std::lock_guard guard(store_.kept_mutex_);
    store_.checkpoint_ = at;
    return {};
}

Result<void> StateStore::Opening::replay(const journal::RecordView& record) {
    if (record.header.kind != journal::RecordKind::Block) return {};
    if (Result<void> decoded = journal::decode_block_record(record.payload, block_); !decoded)
        return decoded;
    return replay_block(block_, record.header.number, journal::record_bytes(record.payload.size()));
}

Result<void> StateStore::Opening::replay_block(const journal::BlockRecord& block, uint64_t record,
                                               uint64_t bytes) {
    const uint64_t number = block.block.number;
    const auto& last = flat_.last_block();
    if (last && number > last->number + 1)
        return corrupt("the journal continues with block " + std::to_string(number) +
                       ", the state is at block " + std::to_string(last->number));
    {
        const std::lock_guard guard(store_.kept_mutex_);
        if (!(number <= store_.checkpoint_)) {
            store_.kept_.push_back({number, record, bytes});
            store_.kept_bytes_ += bytes;
        }
    }
    const bool is_new = !last || number > last->number;
    // The trie can only catch up from a flat state that is whole.
    if (is_new && behind_from_ && !flat_.replay_needed_to())
        if (Result<void> done = catch_up(); !done) return done;
    if (behind_from_ && number >= *behind_from_) {
        touched_.add(block.changes);
        touched_by_.push_back(number);
    }
    if (!is_new) return {};
    ++store_.recovery_.replayed;
    if (Result<void> done = flat_.commit(block.block, block.changes); !done) return done;
    if (behind_from_) return {};
    return apply_to_trie(block.changes, block.block);
}

Result<void> StateStore::Opening::catch_up() {
    const StoredBlock to = *flat_.last_block();
    for (uint64_t number = *behind_from_; number <= to.number; ++number) {
        if (std::binary_search(touched_by_.begin(), touched_by_.end(), number)) continue;
        const auto undo = flat_.undo_at(number);
        if (!undo) return undo.error();
        if (*undo == nullptr)
            return corrupt("trie.db lacks block " + std::to_string(number) +
                           ", and neither the journal nor an undo record says what it changed");
        touched_.add(**undo);
    }
    const StateChanges changes = touched_.changes(flat_);
    if (const auto failed = flat_.failure()) return *failed;
    touched_ = {};
    behind_from_.reset();
    return apply_to_trie(changes, to);
}

Result<void> StateStore::Opening::apply_to_trie(const StateChanges& changes,
                                                const StoredBlock& block) {
    const bool is_full = store_.trie_->dirty_bytes() >= store_.options_.trie.cache_bytes / 4 * 3;
    const auto previous = store_.last_block_;
    if (is_full && previous) {
        // The flat state may hold `block` already, which does the trie's checkpoint no harm.
        if (Result<void> done = flat_.checkpoint(); !done) return done;
        store_.taking_ = store_.trie_->run(
            [&](commitment::StateCommitment& trie) { return trie.checkpoint(previous->number); });
        if (Result<void> done = store_.finish_checkpoint(); !done) return done;
    }
    const auto root =
        store_.trie_->run([&](commitment::StateCommitment& trie) { return trie.apply(changes); })
            .get();
    if (!root) return root.error();
    if (*root != block.state_root)
        return corrupt("block " + std::to_string(block.number) +
                       " was sealed with the state root " + to_hex(block.state_root) +
                       ", the stored state has " + to_hex(*root));
    store_.last_block_ = block;
    return {};
}

Result<void> StateStore::Opening::finish() {
    if (const auto needed = flat_.replay_needed_to())
        return corrupt("the files of flat/ stand at different blocks, up to " +
                       std::to_string(*needed) + ", and the journal ends before");
    if (behind_from_)
        if (Result<void> done = catch_up(); !done) return done;
    store_.last_block_ = flat_.last_block();
    const std::lock_guard guard(store_.kept_mutex_);
    if (store_.last_block_) store_.opened_at_ = store_.last_block_->number;
    return {};
}

journal::JournalOptions StateStore::journal_options(bool create) const {
    journal::JournalOptions out;
    out.recovery.store = id_;
    out.recovery.create = create;
    out.recovery.cut_damage = options_.cut_damage;
    out.policy = options_.policy;
    out.interval = options_.sync_interval;
    out.segment_bytes = options_.segment_bytes;
    return out;
}

Result<void> StateStore::open_journal(uint64_t generation, bool create,
                                      const journal::Replay& replay) {
    auto folder = journal::open_posix_folder(generations_.folder_of(generation));
    if (!folder) return folder.error();
    auto opened = journal::Journal::open(std::move(*folder), journal_options(create), replay);
    if (!opened) return opened.error();
    if (create) {
        const auto begin = (*opened)->append(journal::RecordKind::Begin, {});
        if (!begin) return begin.error();
        if (Result<void> done = (*opened)->sync(*begin); !done) return done;
    }
    {
        const std::lock_guard guard(kept_mutex_);
        open_journal_ = opened->get();
    }
    journal_ = std::move(*opened);
    return generations_.keep_only(generation);
}

Result<std::unique_ptr<StateStore>> StateStore::open(const std::filesystem::path& folder,
                                                     const StateStoreOptions& options) {
    std::error_code failed;
    if (!std::filesystem::is_directory(folder, failed) &&
        !std::filesystem::create_directory(folder, failed))
        return Error{ErrorCode::Io,
                     folder.string() + " is no folder and cannot be created: " + failed.message()};
    // Also where it exists: who made it may have died before this.
    if (!sqlite::sync_folder(folder / ".."))
        return Error{ErrorCode::Io, folder.string() + ": cannot sync the folder that it is in"};
    // Holds the lock of the whole store from here on.
    auto files = sqlite::ShardedStore::open(folder / "flat", options.shards);
    if (!files) return files.error();
    auto generations = JournalGenerations::find(folder);
    if (!generations) return generations.error();
    auto out =
        std::unique_ptr<StateStore>(new StateStore(folder, options, std::move(*generations)));
    StateStore& store = *out;
    store.id_ = (*files)->id();
    const auto first_block = (*files)->first_block();
    if (!first_block) return first_block.error();
    flat::FlatConfig config = options.flat;
    config.before_write = [&store](uint64_t block) { return store.sync_journal(block); };
    store.flat_ = std::make_unique<flat::FlatState>(std::move(*files), config);

    auto records = sqlite::open_record_store(folder / "trie.db", {options.trie_page_cache_bytes});
    if (!records) return records.error();
    flat::FlatState& flat = *store.flat_;
    store.records_ = std::make_unique<commitment::BackgroundRecordStore>(
        std::move(*records),
        commitment::BackgroundRecordStore::Steps{
            [&flat](const commitment::StoredRoot& root) { return flat.wait_stored(root.block); },
            [&store, &flat](const commitment::StoredRoot& root) -> Result<void> {
                flat.keep_undo_from(root.block + 1);
                std::optional<Kept> kept;
                journal::Journal* journal = nullptr;
                {
                    const std::lock_guard guard(store.kept_mutex_);
                    store.checkpoint_ = root.block;
                    kept = store.kept_up_to(root.block);
                    journal = store.open_journal_;
                }
                if (!kept || journal == nullptr) return {};
                return journal->release(kept->record);
            }});
    auto trie = commitment::StateCommitment::open(*store.records_, options.trie);
    if (!trie) return trie.error();
    store.trie_ = std::make_unique<RootThread>(std::move(*trie));

    Opening opening(store);
    if (Result<void> done = opening.compare_positions(*first_block); !done) return done.error();
    const auto& generation = store.generations_.current();
    if (!generation && flat.last_block() && !options.accept_missing_journal)
        return Error{ErrorCode::Corrupt, folder.string() + " has blocks up to " +
                                             std::to_string(flat.last_block()->number) +
                                             ", but no journal; " + kRestore};
    const bool create = !generation;
    if (Result<void> done = store.open_journal(
            generation.value_or(1), create,
            [&](const journal::RecordView& record) { return opening.replay(record); });
        !done)
        return done.error();
    store.recovery_.cut = store.journal_->recovery().cut;
    if (Result<void> done = opening.finish(); !done) return done.error();
    return out;
}

}  // namespace switchyard
