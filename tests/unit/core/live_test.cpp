// SPDX-License-Identifier: Apache-2.0
#include "host/core/live.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace switchyard {
namespace {

TEST(Live, WhoHoldsAValueKeepsItUntilHeAsks) {
    Live<int> live(1);
    Live<int>::Pointer held;
    EXPECT_EQ(live.refresh(held), 1);
    live.set(2);
    EXPECT_EQ(*held, 1);
    EXPECT_EQ(*live.get(), 2);
    EXPECT_EQ(live.refresh(held), 2);
    const int* const before = held.get();
    live.refresh(held);
    EXPECT_EQ(held.get(), before) << "not fetched again without a change";
}

TEST(Live, ReadersSeeWholeValuesThatDoNotGoBack) {
    struct Pair {
        int a = 0;
        int b = 0;
    };
    constexpr int kChanges = 20'000;
    Live<Pair> live({});
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i)
        readers.emplace_back([&live] {
            Live<Pair>::Pointer held;
            int last = 0;
            while (last != kChanges) {
                const Pair& pair = live.refresh(held);
                ASSERT_EQ(pair.a, pair.b);
                ASSERT_GE(pair.a, last);
                last = pair.a;
            }
        });
    for (int i = 1; i <= kChanges; ++i)
        live.set({i, i});
    for (std::thread& reader : readers)
        reader.join();
}

}  // namespace
}  // namespace switchyard
