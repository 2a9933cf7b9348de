// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "host/core/hex.hpp"
#include "host/node/rpc/dispatcher.hpp"
#include "host/node/submit/raw_transactions.hpp"
#include "simd/keccak256_ref.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::submit {
namespace {

using nlohmann::json;

/// A consumer that decides by a transaction's first byte.
class SubmitFixture : public testing::Test {
  protected:
    void start(SubmissionConfig config = {}, SidecarHandler sidecars = {},
               BeforeAnswer before_answer = {}) {
        auto queue = SubmissionQueue::create(config);
        ASSERT_TRUE(queue);
        queue_ = std::move(*queue);
        add_submission_methods(table_, *queue_, std::move(sidecars), std::move(before_answer));
        consumer_ = std::thread([this] {
            std::vector<RawTransaction> batch(100);
            while (!stop_) {
                const size_t count = queue_->poll(batch);
                std::vector<Verdict> verdicts;
                for (size_t i = 0; i < count; ++i) {
                    ++seen_;
                    verdicts.push_back(batch[i].bytes[0] == 0xee ? Verdict::NonceTooLow
                                                                 : Verdict::Accepted);
                }
                queue_->release(std::span(batch).first(count), verdicts);
                if (count == 0) std::this_thread::yield();
            }
        });
    }
    void TearDown() override {
        stop_ = true;
        if (consumer_.joinable()) consumer_.join();
    }
    json call(const json& params) {
        return {{"jsonrpc", "2.0"},
                {"id", 1},
                {"method", "eth_sendRawTransaction"},
                {"params", params}};
    }
    json answer(const json& request,
                std::chrono::milliseconds patience = std::chrono::milliseconds(20'000)) {
        std::string text = request.dump();
        rpc::Context context;
        context.deadline = rpc::Context::Clock::now() + patience;
        std::string out;
        rpc::Dispatcher(table_, {}).answer(scratch_, text, context, out);
        return json::parse(out);
    }
    static std::string hash_of(const Bytes& bytes) {
        Bytes32 out;
        out.bytes = simd::ref::keccak256(bytes);
        return to_hex(out);
    }

    std::unique_ptr<SubmissionQueue> queue_;
    rpc::MethodTable table_;
    rpc::DispatchScratch scratch_;
    std::thread consumer_;
    std::atomic<bool> stop_{false};
    std::atomic<int> seen_{0};
};

TEST_F(SubmitFixture, AnswersHashesAndRefusalsInOrder) {
    start();
    auto random = test::test_generator(11);
    json batch = json::array();
    std::vector<Bytes> transactions;
    for (int i = 0; i < 900; ++i) {
        Bytes bytes(1 + random() % 300);
        for (auto& byte : bytes)
            byte = static_cast<uint8_t>(random());
        bytes[0] = i % 7 == 0 ? 0xee : 2;
        batch.push_back(call({to_hex(bytes)}));
        transactions.push_back(std::move(bytes));
    }
    const json response = answer(batch);
    ASSERT_EQ(response.size(), 900U);
    for (size_t i = 0; i < 900; ++i) {
        if (i % 7 == 0) {
            ASSERT_EQ(response[i]["error"]["code"], -32000);
            ASSERT_EQ(response[i]["error"]["message"], "nonce too low");
        } else {
            ASSERT_EQ(response[i]["result"], hash_of(transactions[i]));
        }
    }
    EXPECT_EQ(seen_, 900);
    EXPECT_EQ(answer(call({"0x0203"}))["result"], hash_of({2, 3}));
}

TEST_F(SubmitFixture, ANodeMayHoldBackTheAnswersOfWhatItAccepted) {
    std::vector<std::vector<Bytes32>> held;
    start({}, {}, [&](std::span<const Bytes32> accepted, rpc::Context&) {
        held.emplace_back(accepted.begin(), accepted.end());
    });
    const json response =
        answer(json::array({call({"0x0201"}), call({"0xee01"}), call({"0x"}), call({"0x0202"})}));
    ASSERT_EQ(held.size(), 1U);
    ASSERT_EQ(held[0].size(), 2U);
    EXPECT_EQ(response[0]["result"], to_hex(held[0][0]));
    EXPECT_EQ(response[3]["result"], to_hex(held[0][1]));
    EXPECT_TRUE(answer(call({"0xee02"})).contains("error"));
    EXPECT_EQ(held.size(), 1U) << "nothing was accepted";
}

TEST_F(SubmitFixture, WhatIsNoTransactionDoesNotReachTheQueue) {
    start();
    for (const json& params :
         {json::array(), json::array({1}), json::array({"0203"}), json::array({"0x0"}),
          json::array({"0xzz"}), json::array({"0x01", "0x02"})})
        EXPECT_EQ(answer(call(params))["error"]["code"], -32602) << params;
    EXPECT_EQ(answer(call({"0x"}))["error"]["code"], -32000);
    EXPECT_EQ(answer(call({"0x02" + std::string(300'000, '0')}))["error"]["code"], -32000);
    EXPECT_EQ(seen_, 0);
}

TEST_F(SubmitFixture, ABatchLargerThanTheQueueWaitsForRoom) {
    SubmissionConfig config;
    config.transactions = 8;
    start(config);
    json batch = json::array();
    for (int i = 0; i < 500; ++i)
        batch.push_back(
            call({to_hex(Bytes{2, static_cast<uint8_t>(i), static_cast<uint8_t>(i >> 8)})}));
    const json response = answer(batch);
    for (const json& one : response)
        ASSERT_TRUE(one.contains("result")) << one;
    EXPECT_EQ(seen_, 500);
}

TEST_F(SubmitFixture, SaysSoWhenNobodyDecidesInTime) {
    auto queue = SubmissionQueue::create({.transactions = 8});
    queue_ = std::move(*queue);
    add_submission_methods(table_, *queue_);
    json batch = json::array();
    for (int i = 0; i < 20; ++i)
        batch.push_back(call({to_hex(Bytes{2, static_cast<uint8_t>(i)})}));
    // Long enough that a slow machine comes to submit something before it is over.
    const json response = answer(batch, std::chrono::milliseconds(500));
    EXPECT_EQ(response[0]["error"]["code"], -32002) << "it may be accepted yet";
    EXPECT_EQ(response[19]["error"]["code"], -32005) << "it was never taken";
    // Verdicts that come late meet nobody.
    std::vector<RawTransaction> taken(8);
    const size_t count = queue_->poll(taken);
    EXPECT_GT(count, 0U);
    queue_->release(std::span(taken).first(count), std::vector<Verdict>(count, Verdict::Accepted));
}

TEST_F(SubmitFixture, SidecarsTakeTheirOwnDoor) {
    size_t bytes = 0;
    start({}, [&](BytesView network_form, Bytes32& hash) -> rpc::Failure {
        bytes = network_form.size();
        if (network_form.size() < 100'000)
            return rpc::RpcError{rpc::code::kServer, "blobs are missing", {}};
        hash[0] = 0xaa;
        return {};
    });
    Bytes form = {3, 0xfa, 2, 0, 0, 0xf8, 0x10};
    EXPECT_EQ(answer(call({to_hex(form)}))["error"]["message"], "blobs are missing");
    form.resize(200'000);
    EXPECT_EQ(answer(call({to_hex(form)}))["result"], "0xaa" + std::string(62, '0'));
    EXPECT_EQ(bytes, 200'000U);
    EXPECT_EQ(seen_, 0);
    EXPECT_EQ(answer(call({"0x03c101"}))["result"], hash_of({3, 0xc1, 1})) << "without a sidecar";
}

}  // namespace
}  // namespace switchyard::submit
