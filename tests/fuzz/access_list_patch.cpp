// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/access_list_patch.hpp"

#include <algorithm>

namespace switchyard::fuzz {
namespace {

/// Entries that a patch may add to a vector, so that lists stay small.
constexpr size_t kGrowthMax = 64;

struct Patch {
    uint8_t how;
    uint32_t position;
    uint32_t value;

    /// A neighbour of what stands there as often as anything.
    void apply(uint32_t& field) const {
        field = how % 2 == 0 ? field + static_cast<uint32_t>(static_cast<int8_t>(value)) : value;
    }
    void apply(uint64_t& field) const { field = how % 2 == 0 ? field + value % 4 : value; }
    void apply(Uint256& field) const {
        if (how % 2 == 0)
            field += Uint256{value % 4};
        else
            field = Uint256{value};
    }
    void apply(Bytes& field) const {
        if (how % 2 == 0)
            field.push_back(static_cast<uint8_t>(value));
        else
            field.resize(value % 64);
    }
    void apply(Address& field) const {
        field[value % Address::kSize] = static_cast<uint8_t>(value >> 8);
    }
    void apply(BlockAccessList::Range& range) const {
        apply(how / 2 % 2 == 0 ? range.begin : range.count);
    }
    template <typename Value>
    void apply(BlockAccessList::Change<Value>& change) const {
        if (how / 2 % 2 == 0)
            apply(change.index);
        else
            apply(change.value);
    }
    void apply(BlockAccessList::Slot& slot) const {
        if (how / 4 % 2 == 0)
            apply(slot.values);
        else
            apply(slot.key);
    }
    void apply(BlockAccessList::Account& account) const {
        BlockAccessList::Range* const ranges[]{&account.slots, &account.reads, &account.balances,
                                               &account.nonces, &account.codes};
        const size_t which = how / 4 % 8;
        if (which < std::size(ranges))
            apply(*ranges[which]);
        else
            apply(account.address);
    }

    template <typename Entry>
    void apply_to(std::vector<Entry>& entries) const {
        if (how >= 0xf0) {
            entries.resize(std::min<size_t>(value, entries.size() + kGrowthMax));
        } else if (how >= 0xe0 && !entries.empty()) {
            // A reference into the vector would not outlive its growth.
            const Entry copy = entries[position % entries.size()];
            if (how % 2 == 0)
                entries.push_back(copy);
            else
                entries[value % entries.size()] = copy;
        } else if (!entries.empty()) {
            apply(entries[position % entries.size()]);
        }
    }
};

}  // namespace

void patch_access_list(BlockAccessList& list, std::span<const uint8_t, kPatchBytes> record) {
    const auto word = [&](size_t at, size_t bytes) {
        uint32_t out = 0;
        for (size_t i = 0; i < bytes; ++i)
            out |= static_cast<uint32_t>(record[at + i]) << (8 * i);
        return out;
    };
    const Patch patch{record[3], word(1, 2), word(4, 4)};
    switch (record[0] % 7) {
        case 0:
            return patch.apply_to(list.accounts);
        case 1:
            return patch.apply_to(list.slots);
        case 2:
            return patch.apply_to(list.values);
        case 3:
            return patch.apply_to(list.reads);
        case 4:
            return patch.apply_to(list.balances);
        case 5:
            return patch.apply_to(list.nonces);
        default:
            return patch.apply_to(list.codes);
    }
}

}  // namespace switchyard::fuzz
