// SPDX-License-Identifier: Apache-2.0
#include "host/node/rpc/dispatcher.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "host/node/rpc/arguments.hpp"

namespace switchyard::rpc {
namespace {

using nlohmann::json;
namespace codec = switchyard::json;

class DispatcherFixture : public testing::Test {
  protected:
    DispatcherFixture() {
        table_.add("test_echo",
                   [this](const Params& params, Context&, codec::Writer& result) -> Failure {
                       ++calls_;
                       std::string text;
                       params.at(0).write(text);
                       result.raw(text.empty() ? "null" : text);
                       return {};
                   });
        table_.add("test_revert", [](const Params&, Context&, codec::Writer& result) -> Failure {
            result.begin_object();
            result.member_string("half", "written");
            return RpcError{code::kReverted, "execution reverted", "\"0x08c379a0\""};
        });
        table_.add("test_throw", [](const Params&, Context&, codec::Writer&) -> Failure {
            throw std::runtime_error("lost");
        });
        table_.add("test_large",
                   [](const Params& params, Context&, codec::Writer& result) -> Failure {
                       Arguments arguments(params, 1);
                       const uint64_t bytes = arguments.quantity(0);
                       if (arguments.failure()) return arguments.failure();
                       result.string(std::string(bytes, 'x'));
                       return {};
                   });
        table_.add("test_expire",
                   [this](const Params&, Context& context, codec::Writer& result) -> Failure {
                       cancelled_ = true;
                       context.cancelled = &cancelled_;
                       result.null();
                       return {};
                   });
        table_.add_batch("test_sum",
                         [this](std::span<const Params> calls, Context&, BatchAnswers& answers) {
                             runs_.push_back(calls.size());
                             for (const Params& params : calls) {
                                 const auto value = params.at(0).uint64();
                                 if (!value) {
                                     answers.fail(invalid_params("no number"));
                                     continue;
                                 }
                                 answers.result().quantity(*value + 1);
                             }
                         });
        table_.add_batch("test_lazy",
                         [](std::span<const Params> calls, Context&, BatchAnswers& answers) {
                             if (calls.size() > 1) answers.result().null();
                         });
    }

    std::string text(std::string request) {
        std::string out;
        Context context;
        const Dispatcher dispatcher(table_, limits_);
        dispatcher.answer(scratch_, request, context, out);
        errors_ = dispatcher.counters().errors;
        return out;
    }
    json answer(const std::string& request) { return json::parse(text(request)); }

    MethodTable table_;
    DispatchLimits limits_;
    DispatchScratch scratch_;
    int calls_ = 0;
    std::vector<size_t> runs_;
    std::atomic<bool> cancelled_{false};
    uint64_t errors_ = 0;
};

TEST_F(DispatcherFixture, EchoesTheIdAsItWas) {
    for (const char* id : {"1", "0", "-1", "18446744073709551615", "\"abc\"", "\"\\\"\\u20ac\\n\"",
                           "null", "1.5", "true"}) {
        const std::string request = std::string(R"({"jsonrpc":"2.0","id":)") + id +
                                    R"(,"method":"test_echo","params":[[1,"a",null]]})";
        EXPECT_EQ(answer(request), (json{{"jsonrpc", "2.0"},
                                         {"id", json::parse(id)},
                                         {"result", json::parse(R"([1,"a",null])")}}))
            << id;
    }
    EXPECT_EQ(text(R"({"jsonrpc":"2.0","id":1,"method":"test_echo"})"),
              R"({"jsonrpc":"2.0","id":1,"result":null})");
}

TEST_F(DispatcherFixture, AnswersFaultsByTheirCodes) {
    const std::vector<std::pair<std::string, int>> cases = {
        {"", -32700},
        {"{", -32700},
        {"nonsense", -32700},
        {"1", -32600},
        {"{}", -32600},
        {R"({"id":1,"method":"test_echo"})", -32600},
        {R"({"jsonrpc":"1.0","id":1,"method":"test_echo"})", -32600},
        {R"({"jsonrpc":"2.0","id":1})", -32600},
        {R"({"jsonrpc":"2.0","id":1,"method":7})", -32600},
        {R"({"jsonrpc":"2.0","id":{},"method":"test_echo"})", -32600},
        {R"({"jsonrpc":"2.0","id":[1],"method":"test_echo"})", -32600},
        {"[]", -32600},
        {R"({"jsonrpc":"2.0","id":1,"method":"test_none"})", -32601},
        {R"({"jsonrpc":"2.0","id":1,"method":"test_echo","params":{"a":1}})", -32602},
        {R"({"jsonrpc":"2.0","id":1,"method":"test_echo","params":"a"})", -32602},
        {R"({"jsonrpc":"2.0","id":1,"method":"test_large","params":[]})", -32602},
        {R"({"jsonrpc":"2.0","id":1,"method":"test_throw"})", -32603},
        {R"({"jsonrpc":"2.0","id":1,"method":"test_lazy"})", -32603},
        {R"({"jsonrpc":"2.0","id":1,"method":"test_revert"})", 3},
    };
    for (const auto& [request, expected] : cases) {
        const json response = answer(request);
        EXPECT_EQ(response["error"]["code"], expected) << request;
        EXPECT_FALSE(response.contains("result"));
        EXPECT_EQ(response["jsonrpc"], "2.0");
        EXPECT_TRUE(response.contains("id"));
        EXPECT_EQ(errors_, 1U);
    }
    EXPECT_EQ(answer(R"({"jsonrpc":"2.0","id":1,"method":"test_revert"})")["error"],
              json::parse(R"({"code":3,"message":"execution reverted","data":"0x08c379a0"})"));
    EXPECT_EQ(answer(R"({"jsonrpc":"2.0","id":5,"method":"a\"b"})")["error"]["message"],
              "the method a\"b does not exist/is not available");
}

TEST_F(DispatcherFixture, NotificationsRunAndAreNotAnswered) {
    EXPECT_EQ(text(R"({"jsonrpc":"2.0","method":"test_echo","params":[1]})"), "");
    EXPECT_EQ(calls_, 1);
    EXPECT_EQ(
        text(R"([{"jsonrpc":"2.0","method":"test_echo"},{"jsonrpc":"2.0","method":"test_none"}])"),
        "");
    EXPECT_EQ(calls_, 2);
}

TEST_F(DispatcherFixture, ServesABatchInOrder) {
    const json response = answer(
        R"([{"jsonrpc":"2.0","id":1,"method":"test_echo","params":[1]},1,{"jsonrpc":"2.0","method":"test_echo"},
            {"jsonrpc":"2.0","id":"x","method":"test_none"},{"jsonrpc":"2.0","id":2,"method":"test_echo","params":[2]}])");
    ASSERT_EQ(response.size(), 4U);
    EXPECT_EQ(response[0]["result"], 1);
    EXPECT_EQ(response[1]["error"]["code"], -32600);
    EXPECT_EQ(response[1]["id"], nullptr);
    EXPECT_EQ(response[2]["error"]["code"], -32601);
    EXPECT_EQ(response[2]["id"], "x");
    EXPECT_EQ(response[3]["id"], 2);
}

TEST_F(DispatcherFixture, NeighboursReachABatchHandlerTogether) {
    const json response = answer(
        R"([{"jsonrpc":"2.0","id":1,"method":"test_sum","params":[1]},{"jsonrpc":"2.0","id":2,"method":"test_sum","params":["a"]},
            {"jsonrpc":"2.0","id":3,"method":"test_sum","params":[3]},{"jsonrpc":"2.0","id":4,"method":"test_echo","params":[4]},
            {"jsonrpc":"2.0","id":5,"method":"test_sum","params":[5]},{"jsonrpc":"2.0","id":6,"method":"test_sum","params":{"a":1}},
            {"jsonrpc":"2.0","id":7,"method":"test_sum","params":[7]}])");
    EXPECT_EQ(runs_, (std::vector<size_t>{3, 1, 1}));
    ASSERT_EQ(response.size(), 7U);
    for (size_t i = 0; i < 7; ++i)
        EXPECT_EQ(response[i]["id"], i + 1);
    EXPECT_EQ(response[0]["result"], "0x2");
    EXPECT_EQ(response[1]["error"]["code"], -32602);
    EXPECT_EQ(response[4]["result"], "0x6");
    EXPECT_EQ(response[5]["error"]["code"], -32602);
    EXPECT_EQ(response[6]["result"], "0x8");
    EXPECT_EQ(answer(R"({"jsonrpc":"2.0","id":1,"method":"test_sum","params":[1]})")["result"],
              "0x2");
}

TEST_F(DispatcherFixture, CallsThatABatchHandlerForgetsAreAnswered) {
    const json response = answer(
        R"([{"jsonrpc":"2.0","id":1,"method":"test_lazy"},{"jsonrpc":"2.0","id":2,"method":"test_lazy"}])");
    EXPECT_EQ(response[0]["result"], nullptr);
    EXPECT_EQ(response[1]["error"]["code"], -32603);
}

TEST_F(DispatcherFixture, BoundsTheItemsOfABatch) {
    limits_.batch_items_max = 2;
    const std::string item = R"({"jsonrpc":"2.0","id":9,"method":"test_echo"})";
    EXPECT_EQ(answer("[" + item + "," + item + "]").size(), 2U);
    const json response = answer("[1," + item + "," + item + "]");
    ASSERT_EQ(response.size(), 1U);
    EXPECT_EQ(response[0]["error"]["code"], -32600);
    EXPECT_EQ(response[0]["error"]["message"], "batch too large");
    EXPECT_EQ(response[0]["id"], 9);
}

TEST_F(DispatcherFixture, BoundsResponses) {
    limits_.response_bytes_max = 2000;
    const auto request = [](int id, const char* bytes) {
        return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
               R"(,"method":"test_large","params":[")" + bytes + R"("]})";
    };
    EXPECT_EQ(answer(request(1, "0x400"))["result"].get<std::string>().size(), 1024U);
    EXPECT_EQ(answer(request(1, "0x800"))["error"]["code"], -32003);
    limits_.batch_response_bytes_max = 3000;
    const json response =
        answer(std::string("[") + request(1, "0x400") + "," + request(2, "0x10000") + "," +
               request(3, "0x400") + "," + request(4, "0x400") + "," + request(5, "0x1") + "]");
    ASSERT_EQ(response.size(), 5U);
    EXPECT_TRUE(response[0].contains("result"));
    EXPECT_EQ(response[1]["error"]["code"], -32003);
    EXPECT_TRUE(response[2].contains("result"));
    EXPECT_EQ(response[3]["error"]["code"], -32003);
    EXPECT_EQ(response[3]["id"], 4);
    EXPECT_LT(response.dump().size(), 4000U);
}

TEST_F(DispatcherFixture, WhatCancelsABatchStopsItsRest) {
    const json response = answer(
        R"([{"jsonrpc":"2.0","id":1,"method":"test_expire"},{"jsonrpc":"2.0","id":2,"method":"test_echo"},
            {"jsonrpc":"2.0","id":3,"method":"test_sum","params":[1]}])");
    EXPECT_TRUE(response[0].contains("result"));
    EXPECT_EQ(response[1]["error"]["code"], -32002);
    EXPECT_EQ(response[2]["error"]["code"], -32002);
    EXPECT_EQ(calls_, 0);
}

TEST_F(DispatcherFixture, APortOffersOnlyItsNamespaces) {
    table_.add("other_method", [](const Params&, Context&, codec::Writer& result) -> Failure {
        result.null();
        return {};
    });
    const std::vector<std::string> namespaces = {"other"};
    const MethodTable port = table_.subset(namespaces);
    EXPECT_EQ(port.names(), (std::vector<std::string_view>{"other_method", "rpc_modules"}));
    const Dispatcher dispatcher(port, limits_);
    std::string request = R"({"jsonrpc":"2.0","id":1,"method":"rpc_modules"})";
    std::string out;
    Context context;
    dispatcher.answer(scratch_, request, context, out);
    EXPECT_EQ(json::parse(out)["result"], (json{{"other", "1.0"}, {"rpc", "1.0"}}));
}

}  // namespace
}  // namespace switchyard::rpc
