// SPDX-License-Identifier: Apache-2.0
#include "host/road/prefetcher.hpp"

#include <gtest/gtest.h>

#include <future>

namespace switchyard {
namespace {

PredictedReads reads_of(uint8_t first, size_t count) {
    PredictedReads out;
    for (size_t i = 0; i < count; ++i) {
        out.accounts.emplace_back();
        out.accounts.back()[19] = static_cast<uint8_t>(first + i);
    }
    return out;
}

/// A store whose first fetch waits until it is let go.
struct SlowStore {
    std::promise<void> entered;
    std::promise<void> release;
    PredictedReads fetched;
    bool first = true;

    void fetch(const PredictedReads& reads) {
        if (std::exchange(first, false)) {
            entered.set_value();
            release.get_future().wait();
        }
        fetched.append(reads);
    }
};

TEST(Prefetcher, FetchesAllInOrderAndTogetherWhatCameMeanwhile) {
    SlowStore store;
    Prefetcher prefetcher([&](const PredictedReads& reads) { store.fetch(reads); });
    prefetcher.add(reads_of(0, 2));
    store.entered.get_future().wait();
    for (uint8_t i = 2; i < 20; ++i)
        prefetcher.add(reads_of(i, 1));
    store.release.set_value();
    prefetcher.wait();
    EXPECT_EQ(store.fetched.accounts, reads_of(0, 20).accounts);
    EXPECT_EQ(prefetcher.counters().fetched, 20U);
    EXPECT_EQ(prefetcher.counters().dropped, 0U);
}

TEST(Prefetcher, DropsAndCountsWhatHasNoRoom) {
    SlowStore store;
    Prefetcher prefetcher([&](const PredictedReads& reads) { store.fetch(reads); }, 5);
    prefetcher.add(reads_of(0, 1));
    store.entered.get_future().wait();
    prefetcher.add(reads_of(1, 4));
    prefetcher.add(reads_of(10, 2));  // 4 and 2 are more than 5
    prefetcher.add(reads_of(5, 1));
    store.release.set_value();
    prefetcher.wait();
    EXPECT_EQ(store.fetched.accounts, reads_of(0, 6).accounts);
    EXPECT_EQ(prefetcher.counters().fetched, 6U);
    EXPECT_EQ(prefetcher.counters().dropped, 2U);
}

TEST(Prefetcher, EndsWithoutWhatWaits) {
    SlowStore store;
    {
        Prefetcher prefetcher([&](const PredictedReads& reads) { store.fetch(reads); });
        prefetcher.add(reads_of(0, 1));
        store.entered.get_future().wait();
        store.release.set_value();
    }
    EXPECT_EQ(store.fetched.accounts, reads_of(0, 1).accounts);
}

TEST(PredictedReads, NamesRecipientAccessListAndAuthorities) {
    Transaction transaction;
    const auto address = [](uint8_t n) {
        Address out;
        out[0] = n;
        return out;
    };
    transaction.to = address(1);
    Bytes32 slot;
    slot[31] = 7;
    transaction.access_list = {{address(2), {slot}}, {address(3), {}}};
    transaction.authorization_list.resize(2);
    transaction.authorization_list[1].authority = address(4);
    PredictedReads reads;
    reads.add(transaction);
    EXPECT_EQ(reads.accounts, (std::vector{address(1), address(2), address(3), address(4)}));
    EXPECT_EQ(reads.slots, (std::vector<flat::SlotKey>{{address(2), Uint256{7}}}));

    const auto before = reads.mark();
    reads.add(transaction);
    EXPECT_EQ(reads.size(), 10U);
    reads.back_to(before);
    EXPECT_EQ(reads.size(), 5U);
}

}  // namespace
}  // namespace switchyard
