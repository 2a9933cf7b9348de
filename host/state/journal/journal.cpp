// SPDX-License-Identifier: Apache-2.0
#include "host/state/journal/journal.hpp"

#include <algorithm>
#include <utility>

#include "host/core/assert.hpp"
#include "host/core/checksum/crc32c.hpp"

namespace switchyard::journal {

Result<std::unique_ptr<Journal>> Journal::open(std::unique_ptr<Folder> folder,
                                               const JournalOptions& options,
                                               const Replay& replay) {
    if (options.segment_bytes < kSegmentBytesMin || options.segment_bytes > kSegmentBytesMax)
        return Error{ErrorCode::InvalidInput, "a journal's segments have " +
                                                  std::to_string(kSegmentBytesMin) + " to " +
                                                  std::to_string(kSegmentBytesMax) + " bytes"};
    if (options.interval.count() < 0)
        return Error{ErrorCode::InvalidInput, "a journal's interval is not negative"};
    auto recovered = recover(*folder, options.recovery, replay);
    if (!recovered) return recovered.error();
    return std::unique_ptr<Journal>(new Journal(std::move(folder), options, std::move(*recovered)));
}

Journal::Journal(std::unique_ptr<Folder> folder, const JournalOptions& options,
                 RecoveredJournal recovered)
    : folder_(std::move(folder)),
      options_(options),
      report_(recovered.report),
      writer_(*folder_, options.recovery.store, options.segment_bytes,
              std::move(recovered.segments), std::move(recovered.current)),
      chain_(options.recovery.store, recovered.position),
      appended_(recovered.durable),
      durable_(appended_),
      synced_(appended_),
      marked_(appended_),
      thread_([this] { run(); }) {}

Journal::~Journal() {
    static_cast<void>(close());
}

Result<uint64_t> Journal::append(RecordKind kind, BytesView payload) {
    SWITCHYARD_ASSERT(kind != RecordKind::Mark);
    if (payload.size() > kPayloadBytesMax)
        return Error{ErrorCode::LimitExceeded,
                     "a journal record of " + std::to_string(payload.size()) +
                         " bytes; the most are " + std::to_string(kPayloadBytesMax)};
    const uint32_t crc = crc32c(payload);
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] {
        return failure_ || closing_ || pending_.empty() ||
               pending_.size() + record_bytes(payload.size()) <= options_.pending_bytes_max;
    });
    if (failure_) return *failure_;
    if (closing_) return Error{ErrorCode::Unavailable, "the journal is closed"};
    // Not `durable_`: where the policy syncs nothing, a loss of power may take any of the sectors
    // written, and what it takes must not look like damage to what was safe.
    appended_ = chain_.append(kind, payload, crc, synced_, pending_);
    work_.notify_one();
    return appended_;
}

Result<void> Journal::wait_durable(uint64_t number) {
    std::unique_lock lock(mutex_);
    if (number > appended_)
        return Error{ErrorCode::InvalidInput,
                     "journal record " + std::to_string(number) + " was not appended"};
    durable_changed_.wait(lock, [&] { return durable_ >= number || failure_; });
    if (durable_ >= number) return {};
    return *failure_;
}

Result<void> Journal::sync(uint64_t number) {
    std::unique_lock lock(mutex_);
    if (number > appended_)
        return Error{ErrorCode::InvalidInput,
                     "journal record " + std::to_string(number) + " was not appended"};
    wanted_ = std::max(wanted_, number);
    work_.notify_one();
    durable_changed_.wait(lock, [&] { return synced_ >= number || failure_; });
    if (synced_ >= number) return {};
    return *failure_;
}

Result<void> Journal::release(uint64_t up_to) {
    {
        const std::lock_guard lock(mutex_);
        if (failure_) return *failure_;
    }
    return writer_.release(up_to);
}

Result<void> Journal::close() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    work_.notify_all();
    room_.notify_all();
    if (thread_.joinable()) thread_.join();
    if (failure_) return *failure_;
    return {};
}

JournalStatus Journal::status() const {
    JournalStatus out;
    for (const SegmentInfo& segment : writer_.segments()) {
        ++out.segments;
        out.segment_bytes += segment.bytes;
    }
    const std::lock_guard lock(mutex_);
    out.appended = appended_;
    out.durable = durable_;
    out.pending_bytes = pending_.size();
    out.syncs = syncs_;
    return out;
}

void Journal::run() {
    auto last_sync = std::chrono::steady_clock::time_point{};
    std::unique_lock lock(mutex_);
    while (!failure_) {
        work_.wait(lock, [&] { return closing_ || !pending_.empty() || wanted_ > synced_; });
        if (options_.policy == SyncPolicy::Interval) {
            // Half of the room must not wait for the clock, or appending threads would.
            work_.wait_until(lock, last_sync + options_.interval, [&] {
                return closing_ || wanted_ > synced_ ||
                       pending_.size() >= options_.pending_bytes_max / 2;
            });
            last_sync = std::chrono::steady_clock::now();
        }
        const bool last = closing_;
        if (!pending_.empty() || wanted_ > synced_) write_pending(lock);
        if (last && pending_.empty()) break;
    }
    // Under every policy a journal that was closed is on the disk with its last mark, and the next
    // start has nothing to repair.
    for (int step = 0; step < 2 && !failure_; ++step) {
        lock.unlock();
        const Result<void> synced = writer_.sync();
        lock.lock();
        if (!synced) {
            fail(synced.error());
        } else {
            synced_ = durable_;
            durable_changed_.notify_all();
            write_mark(lock);
        }
    }
}

/// Writes what is pending and makes it durable. The lock is held again at the end.
void Journal::write_pending(std::unique_lock<std::mutex>& lock) {
    std::swap(pending_, writing_);
    const uint64_t last = appended_;
    const bool sync = options_.policy != SyncPolicy::Off || wanted_ > synced_;
    room_.notify_all();
    lock.unlock();
    Result<void> done = writer_.write(writing_);
    if (done && sync) done = writer_.sync();
    writing_.clear();
    lock.lock();
    if (!done) return fail(done.error());
    durable_ = last;
    if (sync) {
        synced_ = last;
        ++syncs_;
    }
    // Before anybody is told: a mark costs a copy into the page cache, and then there is none
    // whose acknowledgement is not on record.
    if (sync && pending_.empty()) write_mark(lock);
    durable_changed_.notify_all();
}

/// Notes in the journal that everything up to `synced_` is synced. Precondition: nothing is
/// pending. Not synced itself, because it matters only where what it speaks of is damaged.
void Journal::write_mark(std::unique_lock<std::mutex>& lock) {
    if (marked_ == synced_) return;
    marked_ = synced_;
    chain_.append_mark(synced_, pending_);
    std::swap(pending_, writing_);
    lock.unlock();
    const Result<void> done = writer_.write(writing_);
    writing_.clear();
    lock.lock();
    if (!done) fail(done.error());
}

void Journal::fail(const Error& error) {
    failure_ = error;
    durable_changed_.notify_all();
    room_.notify_all();
}

}  // namespace switchyard::journal
