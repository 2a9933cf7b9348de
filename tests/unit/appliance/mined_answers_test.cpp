// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/mined_answers.hpp"

#include <atomic>
#include <thread>

#include "tests/unit/pool/pool_fixture.hpp"

namespace switchyard::appliance {
namespace {

using namespace pool_tests;
using std::chrono::hours;
using std::chrono::milliseconds;

/// With an hour's patience, so that whoever waits without a reason does not come back.
class MinedAnswersTest : public PoolTest {
  protected:
    Bytes32 add(const Fields& fields) {
        const SignedTransaction made = transaction(fields);
        const Bytes32 out = made.hash;
        EXPECT_EQ(pool_->add(SignedTransaction(made)), Verdict::Accepted);
        return out;
    }
    void wait(const std::vector<Bytes32>& accepted, milliseconds patience = hours(1)) {
        answer_when_mined(*pool_, patience)(accepted, context_);
    }
    /// A moment after somebody else has begun to wait, if he does.
    template <typename Action>
    static std::thread later(Action action) {
        return std::thread([action = std::move(action)] {
            std::this_thread::sleep_for(milliseconds(30));
            action();
        });
    }

    std::unique_ptr<Pool> pool_ = make_pool();
    rpc::Context context_;
};

TEST_F(MinedAnswersTest, WaitsUntilABlockHasAllOfThem) {
    const std::vector<Bytes32> accepted{add({.sender = 1}), add({.sender = 2}),
                                        add({.sender = 2, .nonce = 1})};
    std::thread block = later([this] { EXPECT_EQ(pool_->take_block(target()).size(), 3U); });
    wait(accepted);
    EXPECT_EQ(pool_->size(), 0U) << "it came back before the block";
    block.join();
}

TEST_F(MinedAnswersTest, WhatABlockCouldNotTakeIsNotWaitedFor) {
    const Bytes32 behind_a_gap = add({.sender = 1, .nonce = 5});
    wait({behind_a_gap, Bytes32{{0x01}}});
    EXPECT_TRUE(pool_->contains(behind_a_gap));
    wait({});
}

TEST_F(MinedAnswersTest, OneThatLeavesInAnotherWayEndsTheWait) {
    const Bytes32 refused = add({.sender = 1});
    std::thread drop = later([this, refused] { pool_->drop(refused, Verdict::NonceTooLow); });
    wait({refused});
    EXPECT_FALSE(pool_->contains(refused));
    drop.join();
}

TEST_F(MinedAnswersTest, PatienceEnds) {
    std::vector<Bytes32> accepted;
    for (uint8_t sender = 1; sender <= 10; ++sender)
        accepted.push_back(add({.sender = sender}));
    wait(accepted, milliseconds(5));
    EXPECT_EQ(pool_->size(), 10U);
    wait(accepted, milliseconds(0));
}

TEST_F(MinedAnswersTest, ADeadlineAndAServerThatStopsEndTheWait) {
    const Bytes32 waiting = add({.sender = 1});
    context_.deadline = rpc::Context::Clock::now() + milliseconds(5);
    wait({waiting});
    EXPECT_TRUE(context_.expired());
    context_ = {};
    std::atomic<bool> stops{false};
    context_.cancelled = &stops;
    std::thread stop = later([&stops] { stops = true; });
    wait({waiting});
    EXPECT_TRUE(stops);
    EXPECT_TRUE(pool_->contains(waiting));
    stop.join();
}

}  // namespace
}  // namespace switchyard::appliance
