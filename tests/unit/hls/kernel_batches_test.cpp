// SPDX-License-Identifier: Apache-2.0
// The kernel against the golden model, bit for bit, over many batches of every kind. One compute
// unit runs them all, so that each block also proves that it forgets the ones before.
//
// SWITCHYARD_KERNEL_BATCHES sets how many random batches there are (default 3,000).
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "tests/support/access_batches.hpp"
#include "tests/support/kernel_run.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

uint32_t batch_count() {
    const char* text = std::getenv("SWITCHYARD_KERNEL_BATCHES");
    const long count = text == nullptr ? 0 : std::strtol(text, nullptr, 10);
    return count > 0 ? static_cast<uint32_t>(count) : 3000;
}

TEST(KernelBatches, RandomOnesEqualTheModel) {
    auto random = test::test_generator(310);
    const auto state = std::make_unique<hls::DetectorState>();
    const uint32_t count = batch_count();
    for (uint32_t i = 0; i < count && !testing::Test::HasFatalFailure(); ++i) {
        // Few keys: long chains, epochs of every kind, and the same key several times in one
        // transaction. Many: full buckets.
        const uint64_t keys[] = {1, 2, 5, 20, 300, 100'000};
        const test::BatchShape shape{.transactions = static_cast<uint32_t>(random() % 60),
                                     .keys_max = static_cast<uint32_t>(1 + random() % 20),
                                     .distinct_keys = keys[random() % std::size(keys)],
                                     .hot_percent = static_cast<uint32_t>(random() % 40),
                                     .write_percent = static_cast<uint32_t>(random() % 50),
                                     .add_percent = static_cast<uint32_t>(random() % 50)};
        const auto lanes = static_cast<uint32_t>(1 + random() % abi::kLanes);
        const auto part = static_cast<uint32_t>(random() % 4 == 0 ? 1 + random() % 20 : 1000);
        SCOPED_TRACE("batch " + std::to_string(i));
        test::expect_golden(*state, test::random_batch(shape, random), lanes, random(), part);
    }
    std::printf("[ batches  ] %u random ones\n", count);
}

TEST(KernelBatches, AdversarialOnesEqualTheModelInAnyNumberOfLanes) {
    auto random = test::test_generator(311);
    const auto state = std::make_unique<hls::DetectorState>();
    constexpr uint64_t kSeed = 0xfeedfacecafebeef;
    const auto batches = test::adversarial_batches(kSeed, random);
    for (uint32_t lanes = 1; lanes <= abi::kLanes; ++lanes)
        for (const auto& [name, batch] : batches) {
            if (testing::Test::HasFatalFailure()) return;
            if (batch.transaction_count() > 1000 && lanes % 16 != 0) continue;
            SCOPED_TRACE(name + " in " + std::to_string(lanes) + " lanes");
            test::expect_golden(*state, batch, lanes, kSeed, lanes % 2 == 0 ? 1000 : 37);
        }
}

TEST(KernelBatches, CraftedBucketsOfEveryBankEqualTheModel) {
    auto random = test::test_generator(312);
    const auto state = std::make_unique<hls::DetectorState>();
    constexpr uint64_t kSeed = 99;
    for (uint32_t bucket = 0; bucket < 2 * hls::kBanks; ++bucket) {
        // Two buckets of one bank side by side: every bank conflict, every overflow.
        auto keys = test::colliding_keys(bucket, 9, kSeed);
        const auto more = test::colliding_keys(bucket + hls::kBanks, 9, kSeed);
        keys.insert(keys.end(), more.begin(), more.end());
        AccessBatch batch;
        for (int i = 0; i < 300; ++i) {
            batch.begin_transaction(1 + random() % 3);
            for (uint64_t k = random() % 16; k > 0; --k)
                batch.add(keys[random() % keys.size()], static_cast<AccessKind>(random() % 3));
        }
        test::expect_golden(*state, batch, 7, kSeed, 50);
    }
}

TEST(KernelBatches, SixtyFiveThousandKeysEqualTheModel) {
    const auto state = std::make_unique<hls::DetectorState>();
    AccessBatch distinct;  // 65,536 keys, one to 14 a transaction
    uint64_t key = 0;
    for (uint32_t i = 0; key < 65'536; ++i) {
        distinct.begin_transaction(21'000 + i % 1000);
        for (uint32_t k = 0; k < 1 + i % 14 && key < 65'536; ++k, ++key)
            distinct.add(key * 0x9e3779b97f4a7c15, static_cast<AccessKind>(key % 3));
    }
    ASSERT_EQ(distinct.access_count(), 65'536u);
    test::expect_golden(*state, distinct, 16, 5);

    AccessBatch largest;  // as many transactions, with a key each
    for (uint64_t i = 0; i < abi::kBlockTransactions; ++i) {
        largest.begin_transaction(1 + i % 7);
        largest.add((i * i) % 30'011, static_cast<AccessKind>(i % 3));
    }
    test::expect_golden(*state, largest, 64, 6, 8192);
    test::expect_golden(*state, largest, 1, 6);
}

TEST(KernelBatches, ARefusedPartLeavesNothingBehind) {
    auto random = test::test_generator(313);
    const auto state = std::make_unique<hls::DetectorState>();
    for (int i = 0; i < 300; ++i) {
        const AccessBatch batch =
            test::random_batch({.transactions = 40, .keys_max = 10, .distinct_keys = 30}, random);
        offload::PackedBlock block;
        block.pack(batch, 1 << 20, 1 << 20);
        const offload::BlockPart part = block.parts()[0];
        const abi::BatchHeader header = test::kernel_header(part, 0, 8, 3);
        auto input = test::kernel_input(header, block.descriptors(part));
        // The framing of one descriptor is broken, somewhere in the middle of a transaction or not.
        input[1 + random() % part.descriptor_count].part[0] ^= uint64_t{1} << (40 + random() % 8);
        std::vector<hls::Word> output(1 + part.transaction_count);
        hls::detect_conflicts(*state, input.data(), output.data(),
                              static_cast<uint32_t>(input.size()),
                              static_cast<uint32_t>(output.size()));
        test::expect_golden(*state, batch, 8, 3, 1000);
    }
}

}  // namespace
}  // namespace switchyard
