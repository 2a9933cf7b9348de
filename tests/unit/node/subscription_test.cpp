// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"
#include "host/node/rpc/dispatcher.hpp"
#include "host/node/subscribe/methods.hpp"

namespace switchyard::subscribe {
namespace {

using nlohmann::json;

/// Keeps what it hears; refuses all when it is full.
class RecordingSubscriber final : public rpc::Subscriber {
  public:
    bool notify(const rpc::Notification& notification) override {
        if (heard.size() >= room) return false;
        heard.push_back(json::parse(*notification.head + *notification.event +
                                    std::string(rpc::Notification::kTail)));
        return true;
    }
    std::vector<json> heard;
    size_t room = 1000;
};

class SubscriptionFixture : public testing::Test {
  protected:
    SubscriptionFixture() {
        table_.add("eth_getLogs",
                   [](const rpc::Params& params, rpc::Context&,
                      switchyard::json::Writer& result) -> rpc::Failure {
                       result.begin_array();
                       std::string text;
                       params.at(0).write(text);
                       result.raw(text);
                       result.end_array();
                       return {};
                   });
        add_subscription_methods(table_, hub_);
    }

    /// Null stands for a transport without notifications.
    json call(const std::shared_ptr<rpc::Subscriber>& subscriber, const std::string& method,
              const json& params, bool activate = true) {
        std::string request =
            json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}.dump();
        rpc::Context context;
        context.subscriber = subscriber;
        std::string out;
        rpc::Dispatcher(table_, {}).answer(scratch_, request, context, out);
        if (activate)
            for (const auto& action : context.after_response)
                action();
        return json::parse(out);
    }
    static Text text(const std::string& value) { return std::make_shared<std::string>(value); }
    static Bytes32 hash(uint8_t value) {
        Bytes32 out;
        out[31] = value;
        return out;
    }
    static Address address(uint8_t value) {
        Address out;
        out[19] = value;
        return out;
    }

    std::chrono::steady_clock::time_point now_{};
    HubLimits limits_ = [] {
        HubLimits limits;
        limits.subscriptions_of_connection_max = 5;
        limits.filters_max = 3;
        limits.filter_entries_max = 10;
        return limits;
    }();
    SubscriptionHub hub_{limits_, [this] { return now_; }};
    rpc::MethodTable table_;
    rpc::DispatchScratch scratch_;
};

TEST_F(SubscriptionFixture, HeadsReachThoseWhoAsked) {
    const auto a = std::make_shared<RecordingSubscriber>();
    const auto b = std::make_shared<RecordingSubscriber>();
    const json first = call(a, "eth_subscribe", json::array({"newHeads"}))["result"];
    const json second = call(a, "eth_subscribe", json::array({"newHeads"}))["result"];
    EXPECT_NE(first, second);
    call(b, "eth_subscribe", json::array({"syncing"}));
    hub_.publish_head({hash(1), text(R"({"number":"0x1"})")});
    ASSERT_EQ(a->heard.size(), 2U);
    EXPECT_EQ(a->heard[0],
              (json{{"jsonrpc", "2.0"},
                    {"method", "eth_subscription"},
                    {"params", {{"subscription", first}, {"result", {{"number", "0x1"}}}}}}));
    EXPECT_TRUE(b->heard.empty());
    EXPECT_EQ(call(a, "eth_unsubscribe", json::array({first}))["result"], true);
    hub_.publish_head({hash(2), text("2")});
    EXPECT_EQ(a->heard.size(), 3U);
    EXPECT_EQ(a->heard[2]["params"]["subscription"], second);
    hub_.publish_syncing(text("false"));
    EXPECT_EQ(b->heard[0]["params"]["result"], false);
}

TEST_F(SubscriptionFixture, NobodyHearsBeforeTheIdIsKnown) {
    const auto a = std::make_shared<RecordingSubscriber>();
    call(a, "eth_subscribe", json::array({"newHeads"}), false);
    hub_.publish_head({hash(1), text("1")});
    EXPECT_TRUE(a->heard.empty());
}

TEST_F(SubscriptionFixture, FaultsHaveTheirCodes) {
    const auto a = std::make_shared<RecordingSubscriber>();
    const auto b = std::make_shared<RecordingSubscriber>();
    EXPECT_EQ(call(nullptr, "eth_subscribe", json::array({"newHeads"}))["error"]["code"], -32601);
    EXPECT_EQ(call(nullptr, "eth_unsubscribe", json::array({"0x1"}))["error"]["code"], -32601);
    EXPECT_EQ(call(a, "eth_subscribe", json::array({"newBlocks"}))["error"]["message"],
              "no \"newBlocks\" subscription in eth namespace");
    EXPECT_EQ(call(a, "eth_subscribe", json::array())["error"]["code"], -32602);
    EXPECT_EQ(call(a, "eth_subscribe", {"logs", {{"address", "0x12"}}})["error"]["code"], -32602);
    EXPECT_EQ(call(a, "eth_unsubscribe", json::array({"0x1"}))["error"]["message"],
              "subscription not found");
    const json id = call(a, "eth_subscribe", json::array({"newHeads"}))["result"];
    EXPECT_EQ(call(b, "eth_unsubscribe", json::array({id}))["error"]["code"], -32000)
        << "of another connection";
    EXPECT_EQ(hub_.subscriptions(), 1U);
}

TEST_F(SubscriptionFixture, ThoseWhoAreGoneOrDroppedAreForgotten) {
    auto gone = std::make_shared<RecordingSubscriber>();
    const auto full = std::make_shared<RecordingSubscriber>();
    const auto other = std::make_shared<RecordingSubscriber>();
    full->room = 1;
    call(gone, "eth_subscribe", json::array({"newHeads"}));
    call(full, "eth_subscribe", json::array({"newHeads"}));
    call(other, "eth_subscribe", json::array({"newHeads"}));
    gone.reset();
    hub_.publish_head({hash(1), text("1")});
    EXPECT_EQ(hub_.subscriptions(), 2U);
    hub_.publish_head({hash(2), text("2")});
    EXPECT_EQ(hub_.subscriptions(), 1U);
    hub_.publish_head({hash(3), text("3")});
    EXPECT_EQ(other->heard.size(), 3U);
    EXPECT_EQ(hub_.lost_subscriptions(), 2U);
}

TEST_F(SubscriptionFixture, SubscriptionsOfAConnectionAreBounded) {
    auto a = std::make_shared<RecordingSubscriber>();
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(call(a, "eth_subscribe", json::array({"newHeads"})).contains("result"));
    EXPECT_EQ(call(a, "eth_subscribe", json::array({"logs"}))["error"]["code"], -32005);
    const auto b = std::make_shared<RecordingSubscriber>();
    EXPECT_TRUE(call(b, "eth_subscribe", json::array({"newHeads"})).contains("result"));
}

TEST_F(SubscriptionFixture, LogsAreChosenByAddressAndTopics) {
    const auto a = std::make_shared<RecordingSubscriber>();
    const auto topic = [&](uint8_t value) { return to_hex(hash(value)); };
    const std::vector<std::pair<json, std::vector<int>>> cases = {
        {json::object(), {0, 1, 2, 3}},
        {{{"address", to_hex(address(1))}}, {0, 1}},
        {{{"address", {to_hex(address(1)), to_hex(address(2))}}}, {0, 1, 2}},
        {{{"address", json::array()}}, {0, 1, 2, 3}},
        {{{"topics", {topic(1)}}}, {0, 2}},
        {{{"topics", {nullptr, topic(2)}}}, {0, 1}},
        {{{"topics", json::array({json::array({topic(1), topic(9)}), topic(2)})}}, {0}},
        {{{"topics", {nullptr, nullptr}}}, {0, 1}},
        {{{"topics", json::array({json::array({topic(1), nullptr})})}}, {0, 1, 2}},
        {{{"topics", {topic(1)}}, {"address", to_hex(address(2))}}, {2}},
        {{{"fromBlock", "0x6"}}, {2, 3}},
        {{{"fromBlock", "0x5"}, {"toBlock", "0x5"}}, {0, 1}},
        {{{"fromBlock", "latest"}, {"toBlock", "pending"}}, {0, 1, 2, 3}},
    };
    struct Log {
        Address address;
        std::vector<Bytes32> topics;
        uint64_t block;
    };
    const std::vector<Log> logs = {{address(1), {hash(1), hash(2)}, 5},
                                   {address(1), {hash(7), hash(2)}, 5},
                                   {address(2), {hash(1)}, 6},
                                   {address(3), {}, 7}};
    for (const auto& [criteria, expected] : cases) {
        a->heard.clear();
        const json id = call(a, "eth_subscribe", {"logs", criteria})["result"];
        ASSERT_TRUE(id.is_string()) << criteria;
        std::vector<LogEvent> events;
        for (size_t i = 0; i < logs.size(); ++i)
            events.push_back(
                {logs[i].address, logs[i].topics, logs[i].block, text(std::to_string(i))});
        hub_.publish_logs(events);
        std::vector<int> heard;
        for (const json& event : a->heard)
            heard.push_back(event["params"]["result"].get<int>());
        EXPECT_EQ(heard, expected) << criteria;
        call(a, "eth_unsubscribe", json::array({id}));
    }
    const json five(std::vector<json>(5, nullptr));
    for (const json& wrong :
         {json{{"topics", five}}, json{{"topics", "0x"}}, json{{"topics", json::array({"0x12"})}},
          json{{"address", 1}}, json{{"fromBlock", "0x2"}, {"toBlock", "0x1"}},
          json{{"fromBlock", "soon"}}, json(1)})
        EXPECT_EQ(call(a, "eth_subscribe", {"logs", wrong})["error"]["code"], -32602) << wrong;
}

TEST_F(SubscriptionFixture, PendingTransactionsComeAsHashesOrWhole) {
    const auto hashes = std::make_shared<RecordingSubscriber>();
    const auto whole = std::make_shared<RecordingSubscriber>();
    call(hashes, "eth_subscribe", json::array({"newPendingTransactions"}));
    EXPECT_FALSE(hub_.wants(Topic::PendingTransactions));
    call(whole, "eth_subscribe", {"newPendingTransactions", true});
    EXPECT_TRUE(hub_.wants(Topic::PendingTransactions));
    const std::vector<PendingEvent> events = {{hash(1), text(R"({"nonce":"0x0"})")},
                                              {hash(2), text(R"({"nonce":"0x1"})")}};
    hub_.publish_pending(events);
    ASSERT_EQ(hashes->heard.size(), 2U);
    EXPECT_EQ(hashes->heard[1]["params"]["result"], to_hex(hash(2)));
    EXPECT_EQ(whole->heard[1]["params"]["result"]["nonce"], "0x1");
}

TEST_F(SubscriptionFixture, FiltersGiveWhatCameSinceTheLastPoll) {
    const json blocks = call(nullptr, "eth_newBlockFilter", json::array())["result"];
    const json pending = call(nullptr, "eth_newPendingTransactionFilter", json::array())["result"];
    const json logs =
        call(nullptr, "eth_newFilter", json::array({{{"address", to_hex(address(1))}}}))["result"];
    EXPECT_TRUE(hub_.wants_logs());
    hub_.publish_head({hash(1), text("1")});
    hub_.publish_head({hash(2), text("2")});
    const std::vector<LogEvent> events = {{address(1), {}, 1, text("10")},
                                          {address(2), {}, 1, text("20")}};
    hub_.publish_logs(events);
    const std::vector<PendingEvent> transactions = {{hash(9), nullptr}};
    hub_.publish_pending(transactions);
    EXPECT_EQ(call(nullptr, "eth_getFilterChanges", json::array({blocks}))["result"],
              (json{to_hex(hash(1)), to_hex(hash(2))}));
    EXPECT_EQ(call(nullptr, "eth_getFilterChanges", json::array({blocks}))["result"],
              json::array());
    EXPECT_EQ(call(nullptr, "eth_getFilterChanges", json::array({logs}))["result"],
              json::array({10}));
    EXPECT_EQ(call(nullptr, "eth_getFilterChanges", json::array({pending}))["result"],
              json::array({to_hex(hash(9))}));
    EXPECT_EQ(call(nullptr, "eth_getFilterLogs", json::array({logs}))["result"],
              json::array({{{"address", to_hex(address(1))}}}));
    EXPECT_EQ(call(nullptr, "eth_getFilterLogs", json::array({blocks}))["error"]["message"],
              "filter not found");
    EXPECT_EQ(call(nullptr, "eth_newBlockFilter", json::array())["error"]["code"], -32005)
        << "a fourth one";
    EXPECT_EQ(call(nullptr, "eth_uninstallFilter", json::array({blocks}))["result"], true);
    EXPECT_EQ(call(nullptr, "eth_uninstallFilter", json::array({blocks}))["result"], false);
    EXPECT_EQ(call(nullptr, "eth_getFilterChanges", json::array({blocks}))["error"]["code"],
              -32000);
}

TEST_F(SubscriptionFixture, FiltersExpireAndDoNotGrowWithoutBound) {
    const json used = call(nullptr, "eth_newBlockFilter", json::array())["result"];
    const json unused = call(nullptr, "eth_newBlockFilter", json::array())["result"];
    now_ += std::chrono::seconds(299);
    EXPECT_TRUE(call(nullptr, "eth_getFilterChanges", json::array({used})).contains("result"));
    now_ += std::chrono::seconds(1);
    EXPECT_FALSE(call(nullptr, "eth_getFilterChanges", json::array({unused})).contains("result"));
    EXPECT_EQ(hub_.filters(), 1U);
    for (int i = 0; i < 10; ++i)
        hub_.publish_head({hash(1), text("1")});
    EXPECT_EQ(hub_.filters(), 1U);
    hub_.publish_head({hash(1), text("1")});
    EXPECT_EQ(hub_.filters(), 0U) << "a list with holes would be wrong";
}

}  // namespace
}  // namespace switchyard::subscribe
