// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/background_record_store.hpp"

#include <algorithm>

namespace switchyard::commitment {

struct BackgroundRecordStore::Batch {
    std::vector<Bytes32> erased_owners;
    std::vector<RecordKey> erased;
    Bytes bytes;
    std::vector<RecordChanges::Put> put;  ///< views of `bytes`
    StoredRoot root;

    explicit Batch(const RecordChanges& changes)
        : erased_owners(changes.erased_owners.begin(), changes.erased_owners.end()),
          erased(changes.erased.begin(), changes.erased.end()),
          put(changes.put.begin(), changes.put.end()),
          root(changes.root) {
        std::sort(erased_owners.begin(), erased_owners.end());
        size_t size = 0;
        for (const RecordChanges::Put& entry : put)
            size += entry.record.size();
        bytes.reserve(size);
        for (RecordChanges::Put& entry : put) {
            const size_t begin = bytes.size();
            bytes.insert(bytes.end(), entry.record.begin(), entry.record.end());
            entry.record = BytesView(bytes).subspan(begin);
        }
    }

    /// No value: these changes do not touch the record. A view without bytes: it is erased.
    [[nodiscard]] std::optional<BytesView> find(const RecordKey& key) const {
        const auto found = std::lower_bound(
            put.begin(), put.end(), key,
            [](const RecordChanges::Put& a, const RecordKey& b) { return a.key < b; });
        if (found != put.end() && found->key == key) return found->record;
        if (std::binary_search(erased.begin(), erased.end(), key) ||
            std::binary_search(erased_owners.begin(), erased_owners.end(), key.owner))
            return BytesView{};
        return std::nullopt;
    }
    [[nodiscard]] RecordChanges changes() const { return {erased_owners, erased, put, root}; }
};

BackgroundRecordStore::BackgroundRecordStore(std::unique_ptr<RecordStore> store, Steps steps)
    : store_(std::move(store)), steps_(std::move(steps)), thread_([this] { run(); }) {}

BackgroundRecordStore::~BackgroundRecordStore() {
    {
        const std::lock_guard guard(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

Result<void> BackgroundRecordStore::read(std::span<const RecordKey> keys,
                                         const Found& found) const {
    std::shared_ptr<const Batch> batch;
    {
        const std::lock_guard guard(mutex_);
        batch = batch_;
    }
    if (batch == nullptr) return store_->read(keys, found);
    std::vector<RecordKey> below;
    std::vector<size_t> places;
    for (size_t i = 0; i < keys.size(); ++i) {
        const auto record = batch->find(keys[i]);
        if (!record) {
            below.push_back(keys[i]);
            places.push_back(i);
        } else if (!record->empty()) {
            found(i, *record);
        }
    }
    return store_->read(below, [&](size_t i, BytesView record) { found(places[i], record); });
}

Result<void> BackgroundRecordStore::write(const RecordChanges& changes) {
    std::unique_lock guard(mutex_);
    if (Result<void> idle = wait_idle(guard); !idle) {
        state_ = State::Writing;
        changed_.notify_all();
        if (idle = wait_idle(guard); !idle) return idle;
    }
    batch_ = std::make_shared<const Batch>(changes);
    bytes_.store(batch_->bytes.size(), std::memory_order_relaxed);
    state_ = State::Writing;
    changed_.notify_all();
    return {};
}

bool BackgroundRecordStore::busy() const {
    const std::lock_guard guard(mutex_);
    return state_ == State::Writing;
}

bool BackgroundRecordStore::failed() const {
    const std::lock_guard guard(mutex_);
    return state_ == State::Failed;
}

void BackgroundRecordStore::retry() {
    const std::lock_guard guard(mutex_);
    if (state_ != State::Failed) return;
    state_ = State::Writing;
    changed_.notify_all();
}

Result<void> BackgroundRecordStore::wait() {
    std::unique_lock guard(mutex_);
    return wait_idle(guard);
}

Result<void> BackgroundRecordStore::wait_idle(std::unique_lock<std::mutex>& guard) {
    changed_.wait(guard, [&] { return state_ != State::Writing; });
    return state_ == State::Failed ? written_ : Result<void>{};
}

Result<void> BackgroundRecordStore::write_batch(const Batch& batch) {
    if (steps_.before)
        if (Result<void> ready = steps_.before(batch.root); !ready) return ready;
    if (Result<void> done = store_->write(batch.changes()); !done) return done;
    return steps_.after ? steps_.after(batch.root) : Result<void>{};
}

void BackgroundRecordStore::run() {
    std::unique_lock guard(mutex_);
    for (;;) {
        changed_.wait(guard, [&] { return stop_ || state_ == State::Writing; });
        if (state_ != State::Writing) return;
        const std::shared_ptr<const Batch> batch = batch_;
        guard.unlock();
        Result<void> done = write_batch(*batch);
        guard.lock();
        state_ = done ? State::Idle : State::Failed;
        written_ = std::move(done);
        if (written_) {
            batch_.reset();
            bytes_.store(0, std::memory_order_relaxed);
        }
        changed_.notify_all();
    }
}

}  // namespace switchyard::commitment
