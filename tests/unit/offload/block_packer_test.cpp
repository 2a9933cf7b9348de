// SPDX-License-Identifier: Apache-2.0
#include "host/offload/block_packer.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "tests/support/access_batches.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::offload {
namespace {

abi::Descriptor descriptor_at(const PackedBlock& block, const BlockPart& part, size_t i) {
    return std::bit_cast<abi::Descriptor>(block.descriptors(part)[i]);
}

TEST(PackedBlock, HasOneEmptyPartForAnEmptyBatch) {
    PackedBlock block;
    block.pack({}, 128, 1);
    ASSERT_EQ(block.parts().size(), 1u);
    EXPECT_EQ(block.parts()[0].transaction_count, 0u);
    EXPECT_TRUE(block.descriptors(block.parts()[0]).empty());
}

TEST(PackedBlock, GivesATransactionAsManyDescriptorsAsItsKeysNeed) {
    for (const auto& [keys, descriptors] :
         {std::pair{0u, 1u}, {1u, 1u}, {7u, 1u}, {8u, 2u}, {896u, 128u}, {897u, 1u}}) {
        AccessBatch batch;
        batch.begin_transaction(5);
        for (uint32_t k = 0; k < keys; ++k)
            batch.add(k, static_cast<AccessKind>(k % 3));
        PackedBlock block;
        block.pack(batch, 128, 10);
        const BlockPart part = block.parts()[0];
        ASSERT_EQ(part.descriptor_count, descriptors) << keys;
        uint32_t seen = 0;
        for (uint32_t d = 0; d < descriptors; ++d) {
            const abi::Descriptor descriptor = descriptor_at(block, part, d);
            EXPECT_EQ((descriptor.flags & abi::kDescriptorFirst) != 0, d == 0);
            EXPECT_EQ((descriptor.flags & abi::kDescriptorLast) != 0, d + 1 == descriptors);
            EXPECT_EQ((descriptor.flags & abi::kDescriptorBarrier) != 0, keys > 896);
            EXPECT_EQ(descriptor.cost, 5u);
            for (uint32_t k = 0; k < descriptor.access_count; ++k, ++seen) {
                EXPECT_EQ(descriptor.keys[k], seen);
                EXPECT_EQ(descriptor.kinds >> (2 * k) & 3, static_cast<int>(seen % 3));
            }
        }
        EXPECT_EQ(seen, keys > 896 ? 0 : keys);
    }
}

TEST(PackedBlock, CutsGasToTheRangeOfACost) {
    AccessBatch batch;
    batch.begin_transaction(0);
    batch.begin_transaction(UINT64_MAX);
    PackedBlock block;
    block.pack(batch, 128, 10);
    EXPECT_EQ(descriptor_at(block, block.parts()[0], 0).cost, 1u);
    EXPECT_EQ(descriptor_at(block, block.parts()[0], 1).cost, UINT32_MAX);
}

TEST(PackedBlock, DividesIntoPartsOfWholeTransactionsWithinBothLimits) {
    auto random = test::test_generator(301);
    const AccessBatch batch = test::random_batch({.transactions = 2000, .keys_max = 40}, random);
    PackedBlock block;
    block.pack(batch, 150, 60);
    uint32_t transactions = 0;
    uint32_t descriptors = 0;
    for (const BlockPart& part : block.parts()) {
        EXPECT_EQ(part.first_transaction, transactions);
        EXPECT_EQ(part.first_descriptor, descriptors);
        EXPECT_LE(part.transaction_count, 60u);
        ASSERT_LE(part.descriptor_count, 150u);
        EXPECT_NE(descriptor_at(block, part, 0).flags & abi::kDescriptorFirst, 0);
        EXPECT_NE(
            descriptor_at(block, part, part.descriptor_count - 1).flags & abi::kDescriptorLast, 0);
        transactions += part.transaction_count;
        descriptors += part.descriptor_count;
    }
    EXPECT_EQ(transactions, 2000u);
}

}  // namespace
}  // namespace switchyard::offload
