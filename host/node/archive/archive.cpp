// SPDX-License-Identifier: Apache-2.0
#include "host/node/archive/archive.hpp"

#include <algorithm>

#include "host/node/archive/archive_step.hpp"
#include "host/state/journal/posix_folder.hpp"

namespace switchyard::node {

Result<std::unique_ptr<Archive>> Archive::open(const std::filesystem::path& folder,
                                               const ArchiveOptions& options) {
    std::error_code created;
    std::filesystem::create_directories(folder, created);
    if (created) return Error{ErrorCode::Io, folder.string() + ": " + created.message()};
    // First, since its lock keeps other processes off the database.
    auto journal_folder = journal::open_posix_folder(folder / "journal");
    if (!journal_folder) return journal_folder.error();
    auto file =
        ArchiveFile::open(folder / "archive.db", options.readers, options.database_cache_bytes);
    if (!file) return file.error();
    std::unique_ptr<Archive> out(new Archive(options, *std::move(file)));
    if (Result<void> loaded = out->load_tail(); !loaded) return loaded.error();

    journal::JournalOptions journal_options;
    journal_options.recovery.store = out->file_->id();
    journal_options.recovery.replay_from = out->file_->record() + 1;
    journal_options.recovery.create = true;
    journal_options.recovery.cut_damage = options.cut_damage;
    journal_options.policy = options.policy;
    journal_options.interval = options.sync_interval;
    journal_options.segment_bytes = options.segment_bytes;
    auto opened = journal::Journal::open(
        *std::move(journal_folder), journal_options, [&out](const journal::RecordView& record) {
            return out->replay(record.payload, record.header.number);
        });
    if (!opened) return opened.error();
    out->journal_ = *std::move(opened);
    out->last_record_ = std::max(out->last_record_, out->file_->record());
    out->writer_ = std::thread([archive = out.get()] { archive->write_loop(); });
    return out;
}

Archive::~Archive() {
    {
        const std::lock_guard guard(waiting_mutex_);
        stop_ = true;
    }
    waiting_changed_.notify_all();
    if (writer_.joinable()) writer_.join();
}

Result<void> Archive::load_tail() {
    marks_ = file_->marks();
    const auto last = file_->last_canonical();
    if (!last) return last.error();
    written_ = *last ? **last + 1 : 0;
    tail_first_ = written_;
    while (tail_first_ > 0 && tail_.size() < options_.tail_blocks) {
        const auto hash = file_->canonical_hash(tail_first_ - 1);
        if (!hash) return hash.error();
        if (!*hash) break;
        auto block = file_->block(**hash);
        if (!block) return block.error();
        if (*block == nullptr)
            return Error{ErrorCode::Corrupt, "the archive lacks a canonical block"};
        tail_.push_front(*std::move(block));
        --tail_first_;
        const BlockPointer& added = tail_.front();
        cache_.add(added);
        for (size_t i = 0; i < added->transaction_hashes.size(); ++i)
            tail_transactions_[added->transaction_hashes[i]] = {added->number(),
                                                                static_cast<uint32_t>(i)};
    }
    return {};
}

Result<void> Archive::replay(BytesView payload, uint64_t record) {
    auto step = decode_step(payload, [this](const Bytes32& hash) { return block(hash); });
    if (!step) return step.error();
    last_record_ = record;
    if (const auto* added = std::get_if<BlockPointer>(&*step))
        loose_[(*added)->hash] = *added;
    else
        apply(std::get<HeadChange>(*step));
    enqueue(*std::move(step), record, payload.size());
    return {};
}

Result<uint64_t> Archive::write_record(BytesView payload) {
    {
        std::unique_lock lock(waiting_mutex_);
        waiting_changed_.wait(lock, [this] {
            return failure_ || waiting_.empty() || waiting_bytes_ < options_.waiting_bytes;
        });
        if (failure_) return *failure_;
    }
    auto record = journal_->append(journal::RecordKind::Block, payload);
    if (!record) {
        fail(record.error());
        return record.error();
    }
    last_record_ = *record;
    return record;
}

void Archive::enqueue(ArchiveStep step, uint64_t record, size_t bytes) {
    {
        const std::lock_guard guard(waiting_mutex_);
        waiting_.push_back({std::move(step), record, bytes});
        waiting_bytes_ += bytes;
    }
    waiting_changed_.notify_all();
}

Result<void> Archive::append(BlockPointer block) {
    const Bytes payload = encode_step(*block);
    const auto record = write_record(payload);
    if (!record) return record.error();
    {
        const std::unique_lock guard(memory_mutex_);
        loose_[block->hash] = block;
    }
    enqueue(std::move(block), *record, payload.size());
    return {};
}

Result<void> Archive::log_head(const HeadChange& change) {
    const auto record = write_record(encode_step(change));
    if (!record) return record.error();
    return {};
}

Result<void> Archive::publish(HeadChange change) {
    if (const auto failed = failure()) return *failed;
    {
        const std::unique_lock guard(memory_mutex_);
        apply(change);
    }
    const size_t bytes = sizeof change;
    enqueue(std::move(change), last_record_, bytes);
    return {};
}

void Archive::apply(const HeadChange& change) {
    const uint64_t first = change.ancestor ? *change.ancestor + 1 : 0;
    marks_ = change.marks;
    waiting_firsts_.push_back(first);
    if (change.added.empty() && first >= tail_first_ + tail_.size()) return;
    if (first < tail_first_ + tail_.size()) ++replaced_;
    while (!tail_.empty() && tail_.back()->number() >= first) {
        for (const Bytes32& hash : tail_.back()->transaction_hashes)
            tail_transactions_.erase(hash);
        // Whoever asks for it by hash before the database has it finds it here.
        loose_[tail_.back()->hash] = tail_.back();
        tail_.pop_back();
    }
    if (tail_.empty()) tail_first_ = first;
    for (const BlockPointer& block : change.added) {
        tail_.push_back(block);
        for (size_t i = 0; i < block->transaction_hashes.size(); ++i)
            tail_transactions_[block->transaction_hashes[i]] = {block->number(),
                                                                static_cast<uint32_t>(i)};
    }
}

/// Under `memory_mutex_`.
void Archive::drop_tail() {
    // What the database says of blocks that a waiting change takes away is out of date.
    uint64_t end = written_;
    for (const uint64_t first : waiting_firsts_)
        end = std::min(end, first);
    while (tail_.size() > options_.tail_blocks && tail_first_ < end) {
        const BlockPointer& oldest = tail_.front();
        for (const Bytes32& hash : oldest->transaction_hashes)
            tail_transactions_.erase(hash);
        cache_.add(oldest);
        tail_.pop_front();
        ++tail_first_;
    }
}

void Archive::write_loop() {
    std::unique_lock lock(waiting_mutex_);
    while (true) {
        waiting_changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
        if (stop_) return;
        waiting_changed_.wait_for(lock, options_.batch_interval, [this] {
            return stop_ || flush_ || waiting_.size() >= options_.batch_steps ||
                   waiting_bytes_ >= options_.waiting_bytes / 2;
        });
        if (stop_) return;
        std::vector<ArchiveStep> steps;
        for (const Waiting& waiting : waiting_)
            steps.push_back(waiting.step);
        const uint64_t record = waiting_.back().record;
        const size_t count = waiting_.size();
        is_writing_ = true;
        lock.unlock();
        const Result<void> written = write_batch(steps, record);
        lock.lock();
        is_writing_ = false;
        if (!written) {
            failure_ = written.error();
            waiting_changed_.notify_all();
            return;
        }
        for (size_t i = 0; i < count; ++i) {
            waiting_bytes_ -= waiting_.front().bytes;
            waiting_.pop_front();
        }
        waiting_changed_.notify_all();
    }
}

Result<void> Archive::write_batch(std::span<const ArchiveStep> steps, uint64_t record) {
    // The database must not know what the journal may still lose.
    if (Result<void> synced = journal_->sync(record); !synced) return synced;
    uint64_t end = 0;
    {
        const std::shared_lock guard(memory_mutex_);
        end = tail_first_ + tail_.size();
    }
    const uint64_t drop_below = end > options_.side_blocks ? end - options_.side_blocks : 0;
    if (Result<void> done = file_->write(steps, record, drop_below); !done) return done;
    {
        const std::unique_lock guard(memory_mutex_);
        for (const ArchiveStep& step : steps) {
            if (const auto* appended = std::get_if<BlockPointer>(&step)) {
                loose_.erase((*appended)->hash);
                cache_.add(*appended);
            } else {
                const auto& change = std::get<HeadChange>(step);
                written_ = waiting_firsts_.front() + change.added.size();
                waiting_firsts_.pop_front();
                for (const BlockPointer& added : change.added)
                    loose_.erase(added->hash);
            }
        }
        drop_tail();
    }
    return journal_->release(record);
}

Result<void> Archive::wait_durable() {
    if (const auto failed = failure()) return *failed;
    if (last_record_ == 0) return {};
    Result<void> done = journal_->wait_durable(last_record_);
    if (!done) fail(done.error());
    return done;
}

Result<void> Archive::flush() {
    std::unique_lock lock(waiting_mutex_);
    flush_ = true;
    waiting_changed_.notify_all();
    waiting_changed_.wait(lock, [this] { return failure_ || (waiting_.empty() && !is_writing_); });
    flush_ = false;
    if (failure_) return *failure_;
    return {};
}

void Archive::fail(const Error& error) {
    const std::lock_guard guard(waiting_mutex_);
    if (!failure_) failure_ = error;
}

std::optional<Error> Archive::failure() const {
    const std::lock_guard guard(waiting_mutex_);
    return failure_;
}

}  // namespace switchyard::node
