// SPDX-License-Identifier: Apache-2.0
#include "dataplane/erasure/group_code.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "host/core/bytes.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;

/// Bit by bit, from the definition of the field in the header.
uint8_t product(uint8_t a, uint8_t b) {
    unsigned out = 0;
    for (unsigned bit = 0; bit < 8; ++bit)
        if ((b >> bit & 1) != 0) out ^= unsigned{a} << bit;
    for (unsigned bit = 15; bit >= 8; --bit)
        if ((out >> bit & 1) != 0) out ^= 0x11Du << (bit - 8);
    return static_cast<uint8_t>(out);
}
uint8_t reciprocal(uint8_t a) {
    for (unsigned b = 1; b < 256; ++b)
        if (product(a, static_cast<uint8_t>(b)) == 1) return static_cast<uint8_t>(b);
    ADD_FAILURE() << "no reciprocal";
    return 0;
}

std::vector<const uint8_t*> pointers(const std::vector<Bytes>& shards) {
    std::vector<const uint8_t*> out;
    for (const Bytes& shard : shards)
        out.push_back(shard.data());
    return out;
}
std::vector<uint8_t*> writable(std::vector<Bytes>& shards) {
    std::vector<uint8_t*> out;
    for (Bytes& shard : shards)
        out.push_back(shard.data());
    return out;
}

struct Group {
    std::vector<Bytes> data;
    std::vector<Bytes> parity;
};

Group make_group(GroupCode& code, std::mt19937_64& random, size_t k, size_t m, size_t size) {
    Group out;
    for (size_t i = 0; i < k; ++i)
        out.data.push_back(test::random_bytes(random, size));
    out.parity.assign(m, Bytes(size));
    code.encode(pointers(out.data), writable(out.parity), size);
    return out;
}

/// Loses the shards whose bits are set and expects the data back, or a refusal when too much is
/// gone.
void expect_rebuild(GroupCode& code, const Group& group, uint64_t lost_bits) {
    const size_t k = group.data.size();
    const size_t m = group.parity.size();
    const size_t size = group.data[0].size();
    auto data = pointers(group.data);
    auto parity = pointers(group.parity);
    std::vector<size_t> lost;
    size_t parity_left = 0;
    for (size_t i = 0; i < k; ++i) {
        if ((lost_bits >> i & 1) == 0) continue;
        data[i] = nullptr;
        lost.push_back(i);
    }
    for (size_t j = 0; j < m; ++j) {
        if ((lost_bits >> (k + j) & 1) != 0)
            parity[j] = nullptr;
        else
            ++parity_left;
    }
    std::vector<Bytes> out(lost.size(), Bytes(size, 0xEE));
    const bool rebuilt = code.rebuild(data, parity, writable(out), size);
    ASSERT_EQ(rebuilt, lost.size() <= parity_left) << lost_bits;
    for (size_t i = 0; i < lost.size() && rebuilt; ++i)
        ASSERT_EQ(out[i], group.data[lost[i]]) << lost_bits;
}

TEST(GroupCode, ComputesTheParityOfItsFormula) {
    auto random = test_generator(110);
    GroupCode code;
    for (const auto& [k, m] :
         {std::pair<size_t, size_t>{1, 1}, {3, 2}, {10, 4}, {32, 16}, {3, 2}}) {
        for (const size_t size : {size_t{1}, size_t{31}, size_t{64}, size_t{200}}) {
            const Group group = make_group(code, random, k, m, size);
            for (size_t j = 0; j < m; ++j) {
                Bytes expected(size, 0);
                for (size_t i = 0; i < k; ++i)
                    for (size_t b = 0; b < size; ++b)
                        expected[b] = static_cast<uint8_t>(
                            expected[b] ^ product(reciprocal(static_cast<uint8_t>((32 + j) ^ i)),
                                                  group.data[i][b]));
                ASSERT_EQ(group.parity[j], expected) << k << ' ' << m << ' ' << size << ' ' << j;
            }
        }
    }
}

TEST(GroupCode, RebuildsFromEveryPatternThatLeavesEnough) {
    auto random = test_generator(111);
    GroupCode code;
    for (const auto& [k, m] : {std::pair<size_t, size_t>{1, 2}, {4, 2}, {6, 3}, {8, 4}}) {
        const Group group = make_group(code, random, k, m, 97);
        for (uint64_t lost = 0; lost < (uint64_t{1} << (k + m)); ++lost)
            ASSERT_NO_FATAL_FAILURE(expect_rebuild(code, group, lost));
    }
}

TEST(GroupCode, RebuildsTheLargestGroupFromRandomShards) {
    auto random = test_generator(112);
    GroupCode code;
    const Group group = make_group(code, random, kGroupDataMax, kGroupParityMax, 1'211);
    std::vector<size_t> order(kGroupDataMax + kGroupParityMax);
    std::iota(order.begin(), order.end(), size_t{0});
    for (size_t lost_count = 0; lost_count <= kGroupParityMax + 1; ++lost_count) {
        for (int round = 0; round < 20; ++round) {
            std::shuffle(order.begin(), order.end(), random);
            uint64_t lost = 0;
            for (size_t i = 0; i < lost_count; ++i)
                lost |= uint64_t{1} << order[i];
            ASSERT_NO_FATAL_FAILURE(expect_rebuild(code, group, lost));
        }
    }
}

// A group that ended early is the same code with the rest of its data zero.
TEST(GroupCode, TreatsAShortGroupAsOneWithZeroShards) {
    auto random = test_generator(113);
    GroupCode code;
    Group group = make_group(code, random, 5, 3, 50);
    std::vector<Bytes> padded = group.data;
    padded.resize(kGroupDataMax, Bytes(50, 0));
    std::vector<Bytes> parity(3, Bytes(50));
    code.encode(pointers(padded), writable(parity), 50);
    EXPECT_EQ(parity, group.parity);
}

}  // namespace
}  // namespace switchyard::dataplane
