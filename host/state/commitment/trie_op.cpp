// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/trie_op.hpp"

#include <algorithm>
#include <array>

#include "host/state/commitment/nibbles.hpp"

namespace switchyard::commitment {
namespace {

/// Below this, comparing is cheaper than counting.
constexpr size_t kRadixFrom = 256;
constexpr size_t kDigitBits = 12;

bool before(const TrieOp& a, const TrieOp& b) {
    return std::memcmp(a.key.data(), b.key.data(), 32) < 0;
}

}  // namespace

AccountUpdate::AccountUpdate(const AccountChange& of) : change(&of) {
    // Longest without a storage root: lengths, nonce, balance, code hash.
    static_assert(2 + 8 + 32 + 32 <= std::tuple_size_v<decltype(value)>);
    if (!of.account || of.balance_is_delta || !of.nonce_written || !of.code_written) return;
    size = static_cast<uint8_t>(write_account_value({*of.account, trie::kEmptyRoot}, value.data()));
}

void KeySorter::counting_pass(const std::vector<Entry>& in, std::vector<Entry>& out, size_t shift) {
    std::array<uint32_t, size_t{1} << kDigitBits> starts{};
    const auto digit = [shift](const Entry& entry) {
        return entry.prefix >> shift & ((uint64_t{1} << kDigitBits) - 1);
    };
    for (const Entry& entry : in)
        ++starts[digit(entry)];
    uint32_t sum = 0;
    for (uint32_t& start : starts) {
        const uint32_t count = start;
        start = sum;
        sum += count;
    }
    for (const Entry& entry : in)
        out[starts[digit(entry)]++] = entry;
}

void KeySorter::sort(std::vector<TrieOp>& ops, size_t begin, size_t end) {
    const auto first = ops.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = ops.begin() + static_cast<std::ptrdiff_t>(end);
    if (end - begin < kRadixFrom) {
        std::sort(first, last, before);
        return;
    }
    std::vector<Entry>& order = order_;
    std::vector<Entry>& other = other_;
    order.resize(end - begin);
    other.resize(end - begin);
    for (size_t i = begin; i < end; ++i)
        order[i - begin] = {load_big_endian(ops[i].key.data()), static_cast<uint32_t>(i)};
    // Least significant digit first over the leading 24 bits; what ties in these is sorted whole.
    counting_pass(order, other, 64 - 2 * kDigitBits);
    counting_pass(other, order, 64 - kDigitBits);
    std::vector<TrieOp>& sorted = sorted_;
    sorted.clear();
    for (const Entry& entry : order)
        sorted.push_back(ops[entry.position]);
    constexpr size_t kTieShift = 64 - 2 * kDigitBits;
    for (size_t i = 0; i < sorted.size();) {
        size_t next = i + 1;
        while (next < sorted.size() &&
               order[next].prefix >> kTieShift == order[i].prefix >> kTieShift)
            ++next;
        if (next - i > 1)
            std::sort(sorted.begin() + static_cast<std::ptrdiff_t>(i),
                      sorted.begin() + static_cast<std::ptrdiff_t>(next), before);
        i = next;
    }
    std::copy(sorted.begin(), sorted.end(), first);
}

}  // namespace switchyard::commitment
