// SPDX-License-Identifier: Apache-2.0
#include "host/state/flat/state_cache.hpp"

#include "host/state/flat/overlay.hpp"

namespace switchyard::flat {
namespace {

uint64_t seed() {
    static const uint64_t value = process_hash_seed();
    return value;
}

}  // namespace

uint64_t AddressHash::operator()(const Address& address) const {
    return flat_hash(address, seed());
}

uint64_t SlotKeyHash::operator()(const SlotKey& slot) const {
    return flat_hash(slot.key, flat_hash(slot.address, seed()));
}

CodePointer CodeCache::find(const Bytes32& hash) {
    const std::lock_guard guard(mutex_);
    Held* held = held_.find(hash);
    if (held == nullptr) return nullptr;
    held->referenced = true;
    return held->code;
}

void CodeCache::put(const Bytes32& hash, const CodePointer& code) {
    const size_t size = switchyard::flat::memory_bytes(*code);
    if (size > limit_) return;
    const std::lock_guard guard(mutex_);
    if (held_.find(hash) != nullptr) return;
    while (bytes_ + size > limit_) {
        if (hand_ >= held_.size()) hand_ = 0;
        const Bytes32 candidate = held_.entries()[hand_].key;
        Held& held = *held_.find(candidate);
        if (held.referenced) {
            held.referenced = false;
            ++hand_;
            continue;
        }
        bytes_ -= switchyard::flat::memory_bytes(*held.code);
        held_.erase(candidate);
    }
    held_[hash] = {code, false};
    bytes_ += size;
}

size_t CodeCache::memory_bytes() const {
    const std::lock_guard guard(mutex_);
    return bytes_ + held_.memory_bytes();
}

}  // namespace switchyard::flat
