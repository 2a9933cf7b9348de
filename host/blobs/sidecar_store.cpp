// SPDX-License-Identifier: Apache-2.0
#include "host/blobs/sidecar_store.hpp"

#include "host/core/assert.hpp"

namespace switchyard::blobs {

Result<std::unique_ptr<SidecarStore>> SidecarStore::open(const SidecarStoreOptions& options) {
    auto out = std::unique_ptr<SidecarStore>(new SidecarStore(options));
    if (options.folder.empty()) return out;
    std::vector<FiledSidecar> found;
    auto files = SidecarFiles::open(options.folder, options.sync, found);
    if (!files) return files.error();
    out->files_ = std::move(*files);
    for (FiledSidecar& item : found) {
        out->insert(item.transaction, std::move(item.sidecar), {});
        // Nobody knows whose they are before the pool has read its journal: no limit holds yet.
        Entry& entry = out->entries_.at(item.transaction);
        out->begin_returning(item.transaction, entry, std::nullopt);
        out->has_undated_ = true;
    }
    return out;
}

SidecarStore::~SidecarStore() {
    const std::lock_guard files_lock(files_mutex_);
    sweep();
}

Result<void> SidecarStore::stage(const Bytes32& transaction, SidecarPointer sidecar) {
    SWITCHYARD_ASSERT(sidecar != nullptr);
    const std::lock_guard files_lock(files_mutex_);
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = entries_.find(transaction); known != entries_.end()) {
            Entry& entry = known->second;
            if (entry.staged++ == 0) {
                ++staged_count_;
                staged_bytes_ += entry.sidecar->bytes();
            }
            return {};
        }
        if (staged_bytes_ + sidecar->bytes() > options_.staged_bytes_max)
            return Error{ErrorCode::LimitExceeded, "too many blobs wait to be judged; try again"};
    }
    sweep();
    if (files_ != nullptr) {
        if (auto written = files_->write(transaction, *sidecar); !written) {
            const std::lock_guard lock(mutex_);
            ++write_failures_;
            return written;
        }
    }
    const std::lock_guard lock(mutex_);
    Entry entry;
    entry.staged = 1;
    ++staged_count_;
    staged_bytes_ += sidecar->bytes();
    insert(transaction, std::move(sidecar), std::move(entry));
    return {};
}

void SidecarStore::unstage(const Bytes32& transaction) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(transaction);
    if (found == entries_.end() || found->second.staged == 0) return;
    if (--found->second.staged == 0) {
        --staged_count_;
        staged_bytes_ -= found->second.sidecar->bytes();
    }
    settle(transaction);
}

SidecarPointer SidecarStore::find(const Bytes32& transaction) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(transaction);
    return found == entries_.end() ? nullptr : found->second.sidecar;
}

SidecarStore::FoundBlob SidecarStore::find_blob(const Bytes32& versioned_hash,
                                                SidecarVersion version) const {
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = by_versioned_hash_.equal_range(versioned_hash);
    for (auto at = begin; at != end; ++at) {
        const SidecarPointer& sidecar = entries_.at(at->second.transaction).sidecar;
        if (sidecar->version == version) return {sidecar, at->second.index};
    }
    return {};
}

std::vector<Bytes32> SidecarStore::held_of(SidecarVersion version) const {
    const std::lock_guard lock(mutex_);
    std::vector<Bytes32> out;
    if (held_by_version_[static_cast<size_t>(version)] == 0) return out;
    for (const auto& [transaction, entry] : entries_)
        if (entry.held && entry.sidecar->version == version) out.push_back(transaction);
    return out;
}

SidecarStatus SidecarStore::status() const {
    const std::lock_guard lock(mutex_);
    return {.held = held_count_,
            .returning = returning_count_,
            .staged = staged_count_,
            .bytes = bytes_,
            .damaged = files_ == nullptr ? 0 : files_->damaged(),
            .write_failures = write_failures_};
}

bool SidecarStore::hold(const Bytes32& transaction) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(transaction);
    if (found == entries_.end()) return false;
    Entry& entry = found->second;
    end_returning(entry);
    if (!entry.held) {
        entry.held = true;
        ++held_count_;
        ++held_by_version_[static_cast<size_t>(entry.sidecar->version)];
    }
    return true;
}

void SidecarStore::let_go(const Bytes32& transaction, std::optional<uint64_t> block) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(transaction);
    if (found == entries_.end()) return;
    Entry& entry = found->second;
    if (entry.held) {
        entry.held = false;
        --held_count_;
        --held_by_version_[static_cast<size_t>(entry.sidecar->version)];
        if (block) begin_returning(transaction, entry, block);
    }
    if (!block) end_returning(entry);
    settle(transaction);
    while (returning_bytes_ > options_.returning_bytes_max && !returning_order_.empty()) {
        const Bytes32 oldest = returning_order_.front();
        returning_order_.pop_front();
        const auto at = entries_.find(oldest);
        if (at == entries_.end() || !at->second.returning) continue;
        end_returning(at->second);
        settle(oldest);
    }
}

void SidecarStore::move_to(uint64_t head) {
    const std::lock_guard lock(mutex_);
    if (has_undated_) {
        // What was here at the start counts from the first head on.
        for (auto& [transaction, entry] : entries_)
            if (!entry.block) entry.block = head;
        has_undated_ = false;
    }
    while (!returning_order_.empty()) {
        const auto at = entries_.find(returning_order_.front());
        if (at != entries_.end() && at->second.returning) {
            Entry& entry = at->second;
            if (*entry.block + options_.returning_blocks >= head) return;
            end_returning(entry);
            settle(at->first);
        }
        returning_order_.pop_front();
    }
}

void SidecarStore::insert(const Bytes32& transaction, SidecarPointer sidecar, Entry entry) {
    bytes_ += sidecar->bytes();
    for (size_t i = 0; i < sidecar->blob_count(); ++i) {
        entry.versioned_hashes.push_back(precompiles::versioned_hash_of(sidecar->commitment(i)));
        by_versioned_hash_.insert({entry.versioned_hashes.back(), {transaction, i}});
    }
    entry.sidecar = std::move(sidecar);
    entries_.insert_or_assign(transaction, std::move(entry));
}

void SidecarStore::settle(const Bytes32& transaction) {
    const Entry& entry = entries_.at(transaction);
    if (!entry.held && !entry.returning && entry.staged == 0) erase(transaction);
}

void SidecarStore::erase(const Bytes32& transaction) {
    const auto found = entries_.find(transaction);
    for (const Bytes32& hash : found->second.versioned_hashes) {
        const auto [begin, end] = by_versioned_hash_.equal_range(hash);
        for (auto at = begin; at != end; ++at)
            if (at->second.transaction == found->first) {
                by_versioned_hash_.erase(at);
                break;
            }
    }
    bytes_ -= found->second.sidecar->bytes();
    if (files_ != nullptr) gone_.push_back(found->first);
    entries_.erase(found);
}

void SidecarStore::begin_returning(const Bytes32& transaction, Entry& entry,
                                   std::optional<uint64_t> block) {
    SWITCHYARD_ASSERT(!entry.returning);
    entry.returning = true;
    entry.block = block;
    ++returning_count_;
    returning_bytes_ += entry.sidecar->bytes();
    returning_order_.push_back(transaction);
}

void SidecarStore::end_returning(Entry& entry) {
    if (!entry.returning) return;
    entry.returning = false;
    --returning_count_;
    returning_bytes_ -= entry.sidecar->bytes();
}

void SidecarStore::sweep() {
    if (files_ == nullptr) return;
    std::vector<Bytes32> gone;
    {
        const std::lock_guard lock(mutex_);
        gone.swap(gone_);
        // One that came again has its file still, or a new one.
        std::erase_if(gone, [this](const Bytes32& hash) { return entries_.contains(hash); });
    }
    for (const Bytes32& hash : gone)
        if (!files_->remove(hash)) {
            const std::lock_guard lock(mutex_);
            ++write_failures_;
        }
}

}  // namespace switchyard::blobs
