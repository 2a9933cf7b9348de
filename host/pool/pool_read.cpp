// SPDX-License-Identifier: Apache-2.0
// What wallets ask of the pool.
#include "host/pool/pool.hpp"

namespace switchyard {

using pool_records::kNone;

bool Pool::contains(const Bytes32& hash) const {
    const std::lock_guard lock(mutex_);
    return find_entry(hash) != kNone;
}

std::optional<PooledTransaction> Pool::find(const Bytes32& hash) const {
    const std::lock_guard lock(mutex_);
    const uint32_t entry = find_entry(hash);
    if (entry == kNone) return std::nullopt;
    return PooledTransaction{entries_[entry].transaction, entries_[entry].executable};
}

std::vector<PooledTransaction> Pool::of_sender(const Address& address, size_t limit) const {
    const std::lock_guard lock(mutex_);
    std::vector<PooledTransaction> out;
    const uint32_t number = find_sender(address);
    if (number == kNone) return out;
    const NonceList& list = senders_[number].list;
    for (size_t i = 0; i < list.size() && i < limit; ++i) {
        const Entry& entry = entries_[list[i].entry];
        out.push_back({entry.transaction, entry.executable});
    }
    return out;
}

std::optional<uint32_t> Pool::content(uint32_t from, size_t limit,
                                      std::vector<PooledTransaction>& out) const {
    const std::lock_guard lock(mutex_);
    const size_t before = out.size();
    for (uint32_t number = from; number < senders_.end(); ++number) {
        const Sender& sender = senders_[number];
        const size_t count = sender.list.size();
        if (count == 0) continue;
        if (out.size() > before && out.size() - before + count > limit) return number;
        for (size_t i = 0; i < count; ++i) {
            const Entry& entry = entries_[sender.list[i].entry];
            out.push_back({entry.transaction, entry.executable});
        }
    }
    return std::nullopt;
}

std::optional<uint64_t> Pool::next_nonce(const Address& address) const {
    const std::lock_guard lock(mutex_);
    const uint32_t number = find_sender(address);
    if (number == kNone) return std::nullopt;
    return senders_[number].next_nonce + senders_[number].executable;
}

PoolStatus Pool::status() const {
    const std::lock_guard lock(mutex_);
    return {.executable = size_ - queued_,
            .queued = queued_,
            .bytes = bytes_,
            .blob_bytes = blob_bytes_,
            .senders = sender_count_,
            .executable_gas = executable_gas_};
}

size_t Pool::size() const {
    const std::lock_guard lock(mutex_);
    return size_;
}

size_t Pool::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

PoolStatistics Pool::statistics() const {
    const std::lock_guard lock(mutex_);
    return statistics_;
}

std::shared_ptr<PoolEventQueue> Pool::subscribe(size_t capacity) {
    const std::lock_guard lock(mutex_);
    return events_.subscribe(capacity);
}

std::optional<journal::JournalStatus> Pool::journal_status() const {
    const std::lock_guard lock(mutex_);
    if (journal_ == nullptr) return std::nullopt;
    return journal_->status();
}

std::optional<Error> Pool::journal_failure() const {
    const std::lock_guard lock(mutex_);
    return journal_failure_;
}

}  // namespace switchyard
