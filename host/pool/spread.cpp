// SPDX-License-Identifier: Apache-2.0
#include "host/pool/spread.hpp"

#include <algorithm>
#include <cstring>

namespace switchyard {
namespace {

constexpr uint64_t kTarget = 1;
constexpr uint64_t kSender = 2;
constexpr uint32_t kEnd = UINT32_MAX;

/// Whether `tip` is within `percent` of `first`.
bool is_near(uint64_t tip, uint64_t first, uint32_t percent) {
    const uint64_t distance = tip > first ? tip - first : first - tip;
    return static_cast<unsigned __int128>(distance) * 100 <=
           static_cast<unsigned __int128>(first) * percent;
}

}  // namespace

void Spreader::spread(std::span<const SpreadItem> items, uint32_t percent,
                      std::vector<uint32_t>& order) {
    order.resize(items.size());
    for (uint32_t i = 0; i < items.size(); ++i)
        order[i] = i;
    size_t begin = 0;
    while (begin < items.size()) {
        size_t end = begin + 1;
        while (end < items.size() && is_near(items[end].tip, items[begin].tip, percent))
            ++end;
        // Of two there is nothing to spread.
        if (end - begin > 2)
            spread_window(items.subspan(begin, end - begin), static_cast<uint32_t>(begin),
                          std::span(order).subspan(begin, end - begin));
        begin = end;
    }
}

uint32_t Spreader::chain_number(uint64_t kind, uint64_t value) {
    FixedBytes<16> key;
    std::memcpy(key.data(), &kind, sizeof(kind));
    std::memcpy(key.data() + sizeof(kind), &value, sizeof(value));
    uint32_t& number = numbers_[key];
    if (number == 0) {
        number = static_cast<uint32_t>(chains_.size());
        chains_.emplace_back();
    }
    ++chains_[number].size;
    return number;
}

void Spreader::spread_window(std::span<const SpreadItem> items, uint32_t begin,
                             std::span<uint32_t> order) {
    numbers_.clear();
    chains_.assign(1, {});
    of_item_.resize(items.size());
    for (size_t i = 0; i < items.size(); ++i) {
        of_item_[i].target = items[i].target != 0 ? chain_number(kTarget, items[i].target) : 0;
        of_item_[i].sender = chain_number(kSender, items[i].sender);
    }
    // Each is spread with the longer of its chains, if that is one at all.
    for (Chains& chains : of_item_) {
        const uint32_t by_target = chains_[chains.target].size;
        const uint32_t by_sender = chains_[chains.sender].size;
        if (std::max(by_target, by_sender) < 2)
            chains.chosen = 0;
        else
            chains.chosen = by_target >= by_sender ? chains.target : chains.sender;
        ++chains_[chains.chosen].members;
    }
    places_.clear();
    for (uint32_t i = 0; i < items.size(); ++i) {
        Chain& chain = chains_[of_item_[i].chosen];
        const uint64_t k = chain.next++;
        places_.push_back({((2 * k + 1) << 32) / chain.members, i});
    }
    std::ranges::sort(places_, [](const Place& a, const Place& b) {
        return a.key != b.key ? a.key < b.key : a.item < b.item;
    });
    // The places of one sender, in its own order: the first gets its first, and so on.
    for (const Chains& chains : of_item_)
        chains_[chains.sender].next = kEnd;
    next_of_sender_.resize(items.size());
    for (size_t i = items.size(); i-- > 0;) {
        Chain& chain = chains_[of_item_[i].sender];
        next_of_sender_[i] = chain.next;
        chain.next = static_cast<uint32_t>(i);
    }
    for (size_t slot = 0; slot < items.size(); ++slot) {
        Chain& chain = chains_[of_item_[places_[slot].item].sender];
        const uint32_t item = chain.next;
        chain.next = next_of_sender_[item];
        order[slot] = begin + item;
    }
}

}  // namespace switchyard
