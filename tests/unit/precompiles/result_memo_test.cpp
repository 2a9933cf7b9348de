// SPDX-License-Identifier: Apache-2.0
// The memory of expensive results: it must give what the function gives, and compute it once.
#include "host/precompiles/result_memo.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/unit/precompiles/vectors.hpp"

namespace switchyard::precompiles::test {
namespace {

using Memo = ResultMemo<4, 4>;

Memo::Input input_of(uint8_t number) {
    Memo::Input out;
    out[0] = number;
    return out;
}

Memo::Output successor(const Memo::Input& input) {
    Memo::Output out = input;
    ++out[0];
    return out;
}

TEST(ResultMemo, ComputesAnInputOnce) {
    Memo memo;
    int computed = 0;
    const auto compute = [&](const Memo::Input& input) {
        ++computed;
        return successor(input);
    };
    for (int repeat = 0; repeat < 3; ++repeat)
        for (uint8_t i = 0; i < 8; ++i)
            EXPECT_EQ(memo.result(input_of(i), compute), successor(input_of(i)));
    EXPECT_EQ(computed, 8);
}

TEST(ResultMemo, StaysRightWhenItForgets) {
    Memo memo;
    int computed = 0;
    const auto compute = [&](const Memo::Input& input) {
        ++computed;
        return successor(input);
    };
    for (int repeat = 0; repeat < 2; ++repeat)
        for (uint8_t i = 0; i < 200; ++i)
            EXPECT_EQ(memo.result(input_of(i), compute), successor(input_of(i)));
    EXPECT_EQ(computed, 400);
    EXPECT_EQ(memo.result(input_of(199), compute), successor(input_of(199)));
    EXPECT_EQ(computed, 400);
}

TEST(ResultMemo, ComputesOnceForThreadsThatAskTogether) {
    Memo memo;
    std::atomic<int> computed{0};
    std::atomic<int> asking{0};
    constexpr int kThreads = 4;
    const auto compute = [&](const Memo::Input& input) {
        // Until everybody has asked or is about to.
        while (asking.load() != kThreads)
            std::this_thread::yield();
        ++computed;
        return successor(input);
    };
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([&] {
            ++asking;
            EXPECT_EQ(memo.result(input_of(7), compute), successor(input_of(7)));
        });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(computed.load(), 1);
}

TEST(ResultMemo, ServesMoreInputsAtOnceThanItHasRoomFor) {
    Memo memo;
    std::atomic<int> computing{0};
    constexpr int kThreads = 24;
    const auto compute = [&](const Memo::Input& input) {
        ++computing;
        while (computing.load() != kThreads)
            std::this_thread::yield();
        return successor(input);
    };
    std::vector<std::thread> threads;
    for (uint8_t t = 0; t < kThreads; ++t)
        threads.emplace_back(
            [&, t] { EXPECT_EQ(memo.result(input_of(t), compute), successor(input_of(t))); });
    for (std::thread& thread : threads)
        thread.join();
}

/// Rounds that are kept: all of the input must be told apart, the flag and the last byte too.
TEST(Blake2f, ToldApartInEveryByteWhenResultsAreKept) {
    const Address address = numbered_address(9);
    Bytes input(213, 0);
    input[1] = 0x10;  // 2^20 rounds
    const auto answer = [&](const Bytes& request) {
        const auto result = run_precompile(address, request, UINT64_MAX, Revision::Osaka);
        EXPECT_EQ(result.outcome, Outcome::Success);
        EXPECT_EQ(result.output.size(), 64U);
        return result.output;
    };
    const Bytes first = answer(input);
    EXPECT_EQ(answer(input), first);
    for (const size_t at : {3U, 4U, 67U, 68U, 195U, 196U, 211U, 212U}) {
        Bytes other = input;
        other[at] = 1;
        EXPECT_NE(answer(other), first) << "byte " << at;
        EXPECT_EQ(answer(input), first);
    }
    input[212] = 2;
    EXPECT_EQ(run_precompile(address, input, UINT64_MAX, Revision::Osaka).outcome,
              Outcome::Failure);
}

}  // namespace
}  // namespace switchyard::precompiles::test
