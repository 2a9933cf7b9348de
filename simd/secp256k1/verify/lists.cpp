// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/verify/lists.hpp"

#include <algorithm>

namespace switchyard::simd {

void ListTable::lay_out(size_t lists) {
    // starts_[n]: first how many lists have n entries, then the next place of such a list.
    const uint32_t longest = lists == 0 ? 0 : *std::max_element(count, count + lists);
    std::fill_n(starts_, longest + 1, 0u);
    for (size_t i = 0; i < lists; ++i)
        ++starts_[count[i]];
    uint32_t places = 0;
    for (uint32_t n = longest; n > 0; --n) {
        const uint32_t lists_of_this_length = starts_[n];
        starts_[n] = places;
        places += lists_of_this_length;
    }
    groups_ = (places + kListColumns - 1) / kListColumns;
    std::fill_n(list_, groups_ * kListColumns, kNoList);
    for (size_t i = 0; i < lists; ++i)
        if (count[i] != 0) list_[starts_[count[i]]++] = static_cast<uint16_t>(i);
    uint32_t first = 0;
    for (size_t g = 0; g < groups_; ++g) {
        length_[g] = static_cast<uint16_t>(count[list_[kListColumns * g]]);
        for (size_t column = 0; column < kListColumns; ++column) {
            const uint16_t list = list_[kListColumns * g + column];
            if (list != kNoList) cursor_[list] = first + static_cast<uint32_t>(column);
        }
        first += length_[g] * static_cast<uint32_t>(kListColumns);
    }
}

void ListTable::fill_up() {
    uint32_t end = 0;
    for (size_t g = 0; g < groups_; ++g) {
        const uint32_t first = end;
        end += length_[g] * static_cast<uint32_t>(kListColumns);
        for (size_t column = 0; column < kListColumns; ++column) {
            const uint16_t list = list_[kListColumns * g + column];
            uint32_t at = list == kNoList ? first + static_cast<uint32_t>(column) : cursor_[list];
            for (; at < end; at += kListColumns)
                entries_[at] = 0;
        }
    }
}

}  // namespace switchyard::simd
