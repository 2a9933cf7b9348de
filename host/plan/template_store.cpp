// SPDX-License-Identifier: Apache-2.0
#include "host/plan/template_store.hpp"

#include <algorithm>

#include "host/core/assert.hpp"

namespace switchyard::plan {

TemplateKey TemplateKey::of(const Bytes32& code_hash, BytesView calldata) {
    TemplateKey key{code_hash, 0, static_cast<uint32_t>(calldata.size())};
    if (calldata.size() >= 4)
        key.selector = static_cast<uint32_t>(calldata[0]) << 24 |
                       static_cast<uint32_t>(calldata[1]) << 16 |
                       static_cast<uint32_t>(calldata[2]) << 8 | calldata[3];
    return key;
}

TemplateStore::TemplateStore(const TemplateLimits& limits)
    : limits_(limits), seed_(process_hash_seed()) {
    limits_.templates_max = std::max<size_t>(1, limits_.templates_max);
}

uint64_t TemplateStore::hash_of(const TemplateKey& key) const {
    return flat_hash(key.code_hash, seed_ ^ (uint64_t{key.selector} << 32 | key.length));
}

uint32_t TemplateStore::position_of(const TemplateKey& key) const {
    return index_.find(hash_of(key), [&](uint32_t i) { return slots_[i].key == key; });
}

const Template* TemplateStore::find(const TemplateKey& key) {
    const uint32_t i = position_of(key);
    if (i == FlatIndex::kNone) return nullptr;
    slots_[i].is_referenced = true;
    return &slots_[i].entry;
}

uint32_t TemplateStore::obtain(const TemplateKey& key) {
    uint32_t i = position_of(key);
    if (i != FlatIndex::kNone) return i;
    if (used_ >= limits_.templates_max) evict_one(FlatIndex::kNone);
    if (!free_.empty()) {
        i = free_.back();
        free_.pop_back();
    } else {
        i = static_cast<uint32_t>(slots_.size());
        slots_.emplace_back();
    }
    // Not referenced: what is used but once is the first to go.
    slots_[i].key = key;
    slots_[i].is_used = true;
    slots_[i].is_referenced = false;
    memory_bytes_ += slots_[i].entry.memory_bytes();
    index_.insert(hash_of(key), i);
    ++used_;
    return i;
}

void TemplateStore::evict_one(uint32_t keep) {
    SWITCHYARD_ASSERT(used_ > 0);
    // Twice round at most: the first time clears what was referenced.
    for (size_t steps = 0; steps <= 2 * slots_.size(); ++steps) {
        const auto at = static_cast<uint32_t>(hand_);
        Slot& slot = slots_[hand_];
        hand_ = (hand_ + 1) % slots_.size();
        if (!slot.is_used || at == keep) continue;
        if (slot.is_referenced) {
            slot.is_referenced = false;
            continue;
        }
        memory_bytes_ -= slot.entry.memory_bytes();
        index_.erase(hash_of(slot.key), at);
        slot = {};
        free_.push_back(at);
        --used_;
        ++evictions_;
        return;
    }
}

void TemplateStore::make_room(uint32_t keep) {
    while (memory_bytes() > limits_.memory_bytes && used_ > 1)
        evict_one(keep);
}

size_t TemplateStore::memory_bytes() const {
    // What an emptied slot takes stays, and is counted for every slot.
    const size_t bare = sizeof(Template);
    return memory_bytes_ - used_ * bare + slots_.capacity() * sizeof(Slot) +
           free_.capacity() * sizeof(uint32_t) + index_.memory_bytes() + proxies_.memory_bytes();
}

const Uint256* TemplateStore::proxy_slot(const Bytes32& code_hash) const {
    return proxies_.find(code_hash);
}

void TemplateStore::note_proxy(const Bytes32& code_hash, const Uint256& slot) {
    if (proxies_.find(code_hash) == nullptr && proxies_.size() >= limits_.proxies_max) {
        if (limits_.proxies_max == 0) return;
        // Any of them goes, as the order of entries is nobody's choice.
        proxies_.erase(proxies_.entries()[hand_ % proxies_.size()].key);
        hand_ = slots_.empty() ? 0 : (hand_ + 1) % slots_.size();
    }
    proxies_[code_hash] = slot;
}

void TemplateStore::clear() {
    *this = TemplateStore(limits_);
}

}  // namespace switchyard::plan
