// SPDX-License-Identifier: Apache-2.0
// Lets a checkpoint of the trie return before it is on the disk.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "host/state/commitment/record_store.hpp"

namespace switchyard::commitment {

/// A store whose `write` copies the changes and returns; a thread of its own hands them to the
/// store below. Reads find them at once, wherever they are. So nothing that was written may be
/// counted on after a crash before `wait` says so, or `after` was called for it.
///
/// `read` and `write` come from one thread; `busy`, `failed`, `wait`, `retry` from any. The store
/// below must allow a read beside a write.
class BackgroundRecordStore final : public RecordStore {
  public:
    /// What the thread does before it writes, such as waiting for what has to be durable first (an
    /// error puts the write off), and after it has written.
    struct Steps {
        std::function<Result<void>(const StoredRoot&)> before;
        std::function<Result<void>(const StoredRoot&)> after;
    };

    BackgroundRecordStore(std::unique_ptr<RecordStore> store, Steps steps);
    /// Ends the write under way; one that failed is given up.
    ~BackgroundRecordStore() override;
    BackgroundRecordStore(const BackgroundRecordStore&) = delete;
    BackgroundRecordStore& operator=(const BackgroundRecordStore&) = delete;

    /// Of the store below.
    [[nodiscard]] Result<std::optional<StoredRoot>> root() const override { return store_->root(); }
    [[nodiscard]] Result<void> read(std::span<const RecordKey> keys,
                                    const Found& found) const override;
    /// Waits for the write before; if that failed, tries it once more, and gives its error when it
    /// fails again. Nothing is taken then.
    [[nodiscard]] Result<void> write(const RecordChanges& changes) override;

    /// A write is under way.
    [[nodiscard]] bool busy() const;
    /// The last write failed and is kept: `retry` it.
    [[nodiscard]] bool failed() const;
    void retry();
    /// Waits for the write under way; the error of the last one while it is kept.
    [[nodiscard]] Result<void> wait();
    /// Bytes of records that are kept until they are written.
    [[nodiscard]] size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

  private:
    /// The changes, owned; each list sorted.
    struct Batch;
    enum class State : uint8_t { Idle, Writing, Failed };

    void run();
    [[nodiscard]] Result<void> write_batch(const Batch& batch);
    [[nodiscard]] Result<void> wait_idle(std::unique_lock<std::mutex>& guard);

    const std::unique_ptr<RecordStore> store_;
    const Steps steps_;
    std::atomic<size_t> bytes_{0};

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    State state_ = State::Idle;
    std::shared_ptr<const Batch> batch_;  ///< null exactly when idle
    Result<void> written_;
    bool stop_ = false;
    std::thread thread_;  ///< last: it uses everything above
};

}  // namespace switchyard::commitment
