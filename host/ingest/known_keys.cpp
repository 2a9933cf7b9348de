// SPDX-License-Identifier: Apache-2.0
#include "host/ingest/known_keys.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace switchyard {

KnownKeys::KnownKeys(size_t capacity, uint64_t seed)
    : seed_(seed), sets_(capacity == 0 ? 0 : std::bit_ceil(std::max(capacity, kWays)) / kWays) {}

const simd::PublicKey* KnownKeys::find(const Address& address) {
    if (sets_.empty()) return nullptr;
    Set& set = set_of(address);
    for (size_t way = 0; way < kWays; ++way) {
        if (!set.used[way] || set.address[way] != address) continue;
        set.asked_for[way] = true;
        return &set.key[way];
    }
    return nullptr;
}

void KnownKeys::remember(const Address& address, const simd::PublicKey& key) {
    if (sets_.empty()) return;
    Set& set = set_of(address);
    size_t place = kWays;
    for (size_t way = 0; way < kWays; ++way) {
        if (set.used[way] && set.address[way] == address) return;
        if (!set.used[way]) place = std::min(place, way);
    }
    if (place == kWays) {
        // At most one turn: a way that is passed loses its chance.
        while (std::exchange(set.asked_for[set.hand], false))
            set.hand = (set.hand + 1) % kWays;
        place = set.hand;
        set.hand = (set.hand + 1) % kWays;
    } else {
        ++size_;
    }
    set.used[place] = true;
    set.asked_for[place] = false;
    set.address[place] = address;
    set.key[place] = key;
}

}  // namespace switchyard
