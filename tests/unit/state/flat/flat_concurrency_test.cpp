// SPDX-License-Identifier: Apache-2.0
// Threads that read, prefetch and look at earlier blocks while blocks are committed and written.
#include <atomic>
#include <thread>

#include "tests/unit/state/flat/flat_fixture.hpp"

namespace switchyard {
namespace {

using test::commit_to;
using test::RandomChain;

class FlatConcurrencyTest : public test::FlatTest {};

/// Views of earlier blocks are read, all the time, beside commits, checkpoints and prefetching.
TEST_F(FlatConcurrencyTest, ViewsWhileBlocksAreCommitted) {
    constexpr uint64_t kBlocks = 60;
    RandomChain chain(90);
    (void)chain.state(kBlocks);
    flat::FlatConfig config = test::tiny_config();
    config.history_bytes = 1 << 20;
    config.checkpoint_blocks = 3;
    const auto state = open(2, config);
    commit_to(*state, chain, 1);

    std::atomic<uint64_t> committed{1};
    std::atomic<bool> stop{false};
    std::atomic<uint64_t> reads{0};
    const auto read_views = [&](uint64_t salt) {
        auto random = test::test_generator(salt);
        while (!stop) {
            const uint64_t block = 1 + random() % committed;
            const auto view = state->view_at(block);
            ASSERT_TRUE(view) << view.error().message;
            const MemoryState& model = chain.state(block);
            for (int i = 0; i < 100; ++i) {
                const Address address = test::address_of(random() % test::kFlatAccounts);
                const uint64_t slot = random() % 30;
                ASSERT_EQ((*view)->account(address), model.account(address)) << "block " << block;
                ASSERT_EQ((*view)->storage(address, slot), model.storage(address, slot))
                    << "block " << block;
                if (i % 10 == 0) {
                    ASSERT_EQ((*view)->has_storage(address), model.has_storage(address));
                }
                ++reads;
            }
            ASSERT_FALSE((*view)->failure()) << (*view)->failure()->message;
        }
    };
    const auto prefetch = [&] {
        auto random = test::test_generator(93);
        while (!stop) {
            std::vector<Address> accounts;
            std::vector<flat::SlotKey> slots;
            for (int i = 0; i < 20; ++i) {
                accounts.push_back(test::address_of(random() % test::kFlatAccounts));
                slots.push_back({accounts.back(), random() % 30});
            }
            state->prefetch(accounts, slots);
        }
    };
    std::vector<std::thread> threads;
    threads.emplace_back(read_views, 91);
    threads.emplace_back(read_views, 92);
    threads.emplace_back(prefetch);
    for (uint64_t number = 2; number <= kBlocks; ++number) {
        while (reads < number * 300)
            std::this_thread::yield();
        commit_to(*state, chain, number);
        committed = number;
        // What prefetching has put into the cache is what execution finds there.
        test::expect_equal(*state, chain.state(number), "block " + std::to_string(number));
    }
    stop = true;
    for (std::thread& thread : threads)
        thread.join();
    ASSERT_FALSE(state->failure());
}

/// Execution's reads, from several threads, while a checkpoint is written.
TEST_F(FlatConcurrencyTest, ReadsWhileACheckpointIsWritten) {
    constexpr uint64_t kBlocks = 40;
    RandomChain chain(94);
    flat::FlatConfig config = test::tiny_config();
    config.overlay_bytes = 1 << 20;
    const auto state = open(2, config);
    for (uint64_t number = 1; number <= kBlocks; ++number) {
        commit_to(*state, chain, number);
        state->begin_checkpoint();
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; ++i)
            threads.emplace_back([&] {
                test::expect_equal(*state, chain.state(number), "block " + std::to_string(number));
            });
        for (std::thread& thread : threads)
            thread.join();
    }
}

}  // namespace
}  // namespace switchyard
