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

struct Order {
    uint64_t prefix;
    uint32_t position;
};

void counting_pass(const std::vector<Order>& in, std::vector<Order>& out, size_t shift) {
    std::array<uint32_t, size_t{1} << kDigitBits> starts{};
    const auto digit = [shift](const Order& order) {
        return order.prefix >> shift & ((uint64_t{1} << kDigitBits) - 1);
    };
    for (const Order& order : in)
        ++starts[digit(order)];
    uint32_t sum = 0;
    for (uint32_t& start : starts) {
        const uint32_t count = start;
        start = sum;
        sum += count;
    }
    for (const Order& order : in)
        out[starts[digit(order)]++] = order;
}

}  // namespace

void sort_by_key(std::vector<TrieOp>& ops, size_t begin, size_t end) {
    const auto first = ops.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = ops.begin() + static_cast<std::ptrdiff_t>(end);
    if (end - begin < kRadixFrom) {
        std::sort(first, last, before);
        return;
    }
    std::vector<Order> order(end - begin);
    std::vector<Order> other(end - begin);
    for (size_t i = begin; i < end; ++i)
        order[i - begin] = {load_big_endian(ops[i].key.data()), static_cast<uint32_t>(i)};
    // Least significant digit first over the leading 24 bits; what ties in these is sorted whole.
    counting_pass(order, other, 64 - 2 * kDigitBits);
    counting_pass(other, order, 64 - kDigitBits);
    std::vector<TrieOp> sorted;
    sorted.reserve(end - begin);
    for (const Order& entry : order)
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
