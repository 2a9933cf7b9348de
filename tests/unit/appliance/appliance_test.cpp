// SPDX-License-Identifier: Apache-2.0
// The whole appliance in this process, over its ports: it serves, builds blocks, opens again as it
// was closed, reloads, and refuses what it cannot do.
#include "tools/appliance/appliance.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"
#include "host/node/auth/token.hpp"
#include "tools/rpc_client/connection.hpp"
#include "tools/workloads/signer.hpp"

namespace switchyard::appliance {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr uint64_t kGwei = 1'000'000'000;

class ApplianceTest : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ =
            fs::path(::testing::TempDir()) / ("switchyard-appliance-" + std::to_string(::getpid()));
        fs::remove_all(folder_);
        options_.configuration = base();
    }
    void TearDown() override {
        appliance_.reset();
        fs::remove_all(folder_);
    }

    [[nodiscard]] config::Configuration base() const {
        config::Configuration out;
        out.node.folder = folder_.string();
        out.block.interval = std::chrono::milliseconds(100);
        out.http.enabled = out.websocket.enabled = true;
        out.http.address = out.websocket.address = "127.0.0.1:0";
        out.execute.threads = 1;
        out.state.cache = out.state.changes = uint64_t{16} << 20;
        out.state.trie_cache = uint64_t{32} << 20;
        out.log.level = "error";
        return out;
    }
    void open() {
        auto opened = Appliance::open(options_, log_);
        ASSERT_TRUE(opened.has_value()) << opened.error().message;
        appliance_ = std::move(*opened);
    }
    [[nodiscard]] std::string refusal() {
        auto opened = Appliance::open(options_, log_);
        return opened ? "it opened" : opened.error().message;
    }
    json post(const json& request, const std::string& port = "http",
              std::string_view headers = {}) {
        auto connection = tool::Connection::open(appliance_->port(port), 60'000);
        if (!connection) return connection.error().message;
        const auto reply = connection->post(request.dump(), headers);
        if (!reply) return reply.error().message;
        if (reply->status != 200) return reply->status;
        return json::parse(reply->body);
    }
    json call(const std::string& method, const json& params = json::array()) {
        const json answer =
            post({{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}});
        return answer.contains("result") ? answer["result"] : answer;
    }
    /// A payment of a development account, signed.
    [[nodiscard]] std::string payment(size_t account, uint64_t nonce, uint64_t tip = kGwei) const {
        Transaction transaction;
        transaction.type = TransactionType::DynamicFee;
        transaction.chain_id = 31'337;
        transaction.nonce = nonce;
        transaction.max_fee_per_gas = Uint256{100 * kGwei};
        transaction.max_priority_fee_per_gas = Uint256{tip};
        transaction.gas_limit = 21'000;
        transaction.to = Address{{0xbb}};
        transaction.value = Uint256{7};
        const auto identity = signer_.identity_of(node::development_accounts()[account].secret);
        return to_hex(signer_.sign(transaction, *identity));
    }
    /// Waits, however long a slow machine takes.
    template <typename Condition>
    void wait_for(const Condition& condition) {
        for (int i = 0; i < 60'000 && !condition(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        ASSERT_TRUE(condition());
    }

    fs::path folder_;
    workloads::Signer signer_;
    OperatorLog log_{stderr, LogLevel::Error};
    ApplianceOptions options_;
    std::unique_ptr<Appliance> appliance_;
};

TEST_F(ApplianceTest, ATransactionBecomesABlockAndTheBlockIsThereAfterARestart) {
    open();
    EXPECT_EQ(call("eth_chainId"), "0x7a69");
    EXPECT_EQ(appliance_->listening().size(), 1U) << "both share a port";
    const json hash = call("eth_sendRawTransaction", json::array({payment(0, 0)}));
    ASSERT_TRUE(hash.is_string()) << hash;
    json receipt;
    wait_for([&] {
        receipt = call("eth_getTransactionReceipt", json::array({hash}));
        return receipt.is_object() && receipt.contains("blockHash");
    });
    EXPECT_EQ(receipt["status"], "0x1");
    const json head = call("eth_getBlockByNumber", json::array({"latest", false}));
    EXPECT_THAT(head["transactions"], Contains(hash));
    EXPECT_EQ(call("eth_getBlockByNumber", json::array({"finalized", false})), head)
        << "nobody else makes blocks";
    // One behind a gap waits.
    const json waiting = call("eth_sendRawTransaction", json::array({payment(1, 3)}));
    ASSERT_TRUE(waiting.is_string()) << waiting;
    appliance_->stop();
    appliance_.reset();

    open();
    EXPECT_EQ(call("eth_getBlockByNumber", json::array({"latest", false})), head);
    EXPECT_EQ(call("eth_getTransactionReceipt", json::array({hash})), receipt);
    EXPECT_TRUE(call("eth_getTransactionByHash", json::array({waiting})).contains("hash"));
    EXPECT_EQ(appliance_->pool().size(), 1U);
    EXPECT_FALSE(appliance_->failure().has_value());
}

TEST_F(ApplianceTest, ASubscriberHearsOfTheTransactionAndOfItsBlock) {
    open();
    auto connection = tool::Connection::open(appliance_->port("http"), 60'000);
    ASSERT_TRUE(connection.has_value());
    ASSERT_TRUE(connection->upgrade().has_value());
    for (const char* kind : {"newHeads", "newPendingTransactions"}) {
        const json request = {{"jsonrpc", "2.0"},
                              {"id", 1},
                              {"method", "eth_subscribe"},
                              {"params", json::array({kind})}};
        ASSERT_TRUE(connection->send_text(request.dump()).has_value());
        const auto answer = connection->receive_frame();
        ASSERT_TRUE(answer.has_value());
        ASSERT_TRUE(json::parse(answer->payload).contains("result")) << answer->payload;
    }
    const json hash = call("eth_sendRawTransaction", json::array({payment(2, 0)}));
    std::set<std::string> heard;
    for (int i = 0; i < 2; ++i) {
        const auto event = connection->receive_frame();
        ASSERT_TRUE(event.has_value()) << event.error().message;
        const json value = json::parse(event->payload)["params"]["result"];
        heard.insert(value.is_string() ? "pending " + value.get<std::string>()
                                       : "head " + value["number"].get<std::string>());
    }
    EXPECT_THAT(heard, ElementsAre("head 0x1", "pending " + hash.get<std::string>()));
}

TEST_F(ApplianceTest, AReloadTakesOverWhatItMayAndNamesTheRest) {
    open();
    config::Configuration next = options_.configuration;
    next.http.apis = {"eth", "txpool"};
    next.http.batch = 2;
    next.pool.transactions_per_sender = 1;
    next.forward.url = "http://127.0.0.1:1";
    next.block.beneficiary = "0x00000000000000000000000000000000000000bb";
    next.block.extra_data = "mine";
    next.block.interval = std::chrono::milliseconds(150);
    next.execute.lanes = 7;
    const ReloadReport report = appliance_->reload(next);
    EXPECT_THAT(report.taken_over,
                ElementsAre("pool.transactions_per_sender", "block.interval", "block.beneficiary",
                            "block.extra_data", "http.batch", "forward.url"));
    EXPECT_THAT(report.need_restart, ElementsAre("execute.lanes", "http.apis"));
    const json hash = call("eth_sendRawTransaction", json::array({payment(3, 0)}));
    ASSERT_TRUE(hash.is_string()) << hash;
    wait_for([&] { return appliance_->chain().head()->block->number() == 1; });
    const BlockHeader head = appliance_->chain().head()->block->header();
    EXPECT_EQ(to_hex(head.beneficiary), next.block.beneficiary);
    EXPECT_EQ(std::string(head.extra_data.begin(), head.extra_data.end()), "mine");
    EXPECT_TRUE(appliance_->reload(next).taken_over.empty());

    next.block.interval = {};
    EXPECT_THAT(appliance_->reload(next).taken_over, ElementsAre("block.interval"));
    ASSERT_TRUE(call("eth_sendRawTransaction", json::array({payment(3, 1)})).is_string());
    EXPECT_EQ(appliance_->pool().size(), 1U) << "nobody makes blocks";
}

TEST_F(ApplianceTest, AReloadChangesTheLimitsOfPortsAndPool) {
    // Nobody makes blocks.
    options_.configuration.block.interval = {};
    options_.configuration.http.cors = {};
    open();
    auto kept = tool::Connection::open(appliance_->port("http"), 60'000);
    ASSERT_TRUE(kept.has_value());
    const json chain_id = {
        {"jsonrpc", "2.0"}, {"id", 1}, {"method", "eth_chainId"}, {"params", json::array()}};
    const std::string batch = json::array({chain_id, chain_id, chain_id}).dump();
    const auto answer = [&] { return json::parse(kept->post(batch)->body); };
    EXPECT_EQ(answer().size(), 3U);
    for (size_t account = 0; account < 4; ++account)
        ASSERT_TRUE(call("eth_sendRawTransaction",
                         json::array({payment(account, 0, (1 + account) * kGwei)}))
                        .is_string());

    config::Configuration next = options_.configuration;
    next.http.batch = 2;
    next.http.cors = {"http://page.example"};
    next.pool.transactions = 2;
    next.pool.min_tip = 3 * kGwei;
    EXPECT_THAT(appliance_->reload(next).taken_over,
                ElementsAre("pool.transactions", "pool.min_tip", "http.cors", "http.batch"));
    EXPECT_EQ(answer()[0]["error"]["message"], "batch too large");
    EXPECT_THAT(kept->post(chain_id.dump(), "Origin: http://page.example\r\n")->header,
                HasSubstr("Access-Control-Allow-Origin: http://page.example"));
    EXPECT_EQ(appliance_->pool().size(), 2U);
    EXPECT_EQ(appliance_->pool().statistics().evicted, 2U);
    const json refused = call("eth_sendRawTransaction", json::array({payment(5, 0, 2 * kGwei)}));
    EXPECT_TRUE(refused.contains("error")) << refused;

    next.http.body = 1'024;
    appliance_->reload(next);
    EXPECT_EQ(kept->post(std::string(2'000, ' '))->status, 413U);
    next.forward.url = "http://nobody:port";
    next.http.batch = 3;
    const ReloadReport report = appliance_->reload(next);
    EXPECT_THAT(report.refused, ElementsAre("forward.url"));
    EXPECT_THAT(report.why, HasSubstr("nobody:port"));
    EXPECT_THAT(report.taken_over, ElementsAre("http.batch"));
    EXPECT_THAT(appliance_->reload(next).refused, ElementsAre("forward.url")) << "and again";
}

TEST_F(ApplianceTest, TheEngineApiAndTheAdminPortWantTheirTokens) {
    options_.configuration.block.interval = {};
    options_.configuration.engine = {.enabled = true, .address = "127.0.0.1:0", .secret = {}};
    options_.configuration.admin = {.enabled = true, .address = "127.0.0.1:0", .secret = {}};
    open();
    const json request = {{"jsonrpc", "2.0"},
                          {"id", 1},
                          {"method", "engine_exchangeCapabilities"},
                          {"params", json::array({json::array()})}};
    EXPECT_EQ(post(request, "engine"), 401);
    EXPECT_EQ(post(request, "http")["error"]["code"], -32601);
    const auto secret = auth::read_or_create_secret((folder_ / "jwt.hex").string());
    ASSERT_TRUE(secret.has_value());
    const std::string header =
        "Authorization: Bearer " + auth::make_token(*secret, std::time(nullptr)) + "\r\n";
    EXPECT_THAT(post(request, "engine", header)["result"], Contains("engine_newPayloadV4"));
    struct stat status {};
    ASSERT_EQ(::stat((folder_ / "admin.hex").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);

    const auto get = [&](const std::string& path, const std::string& more) {
        auto connection = tool::Connection::open(appliance_->port("admin"), 60'000);
        if (!connection) return tool::HttpReply{};
        (void)connection->send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n");
        return connection->receive_reply().value();
    };
    EXPECT_EQ(get("/ready", "").status, 200U);
    EXPECT_EQ(get("/metrics", "").status, 401U);
    // Who drives the head is one of two.
    config::Configuration next = options_.configuration;
    next.engine.enabled = false;
    next.block.interval = std::chrono::milliseconds(100);
    next.block.extra_data = "mine";
    const ReloadReport report = appliance_->reload(next);
    EXPECT_THAT(report.taken_over, ElementsAre("block.extra_data"));
    EXPECT_THAT(report.need_restart, ElementsAre("engine.enabled", "block.interval"));
    std::ifstream file(folder_ / "admin.hex");
    std::string admin;
    file >> admin;
    if (admin.starts_with("0x")) admin = admin.substr(2);
    const tool::HttpReply metrics = get("/metrics", "Authorization: Bearer " + admin + "\r\n");
    EXPECT_EQ(metrics.status, 200U);
    for (const char* name :
         {"switchyard_chain_head_number 0", "switchyard_pool_transactions{state=\"executable\"} 0",
          "switchyard_execute_aborts_total 0", "detector=\"software\"",
          "switchyard_process_resident_bytes", "switchyard_forward_failures_total 0",
          "switchyard_rpc_calls_total{port=\"http\"}"})
        EXPECT_THAT(metrics.body, HasSubstr(name));
}

TEST_F(ApplianceTest, WhatIsNotThereIsAnErrorThatNamesIt) {
    options_.configuration.execute.detector = "card-of-somebody";
    EXPECT_THAT(refusal(), HasSubstr("execute.detector"));
    options_.configuration.execute.detector = "software";
    options_.configuration.node.genesis = (folder_ / "no.json").string();
    EXPECT_THAT(refusal(), HasSubstr("no.json"));
    options_.configuration.node.genesis.clear();

    open();
    ApplianceOptions second = options_;
    EXPECT_FALSE(Appliance::open(second, log_).has_value()) << "one process at a time";
    second.configuration.node.folder = folder_.string() + "-second";
    second.configuration.http.address = second.configuration.websocket.address =
        "127.0.0.1:" + std::to_string(appliance_->port("http"));
    const auto taken = Appliance::open(second, log_);
    ASSERT_FALSE(taken.has_value());
    EXPECT_THAT(taken.error().message, HasSubstr("cannot listen"));
    fs::remove_all(second.configuration.node.folder);
    appliance_.reset();
    options_.development_chain_id = 4'242;
    EXPECT_THAT(refusal(), HasSubstr("has the id 31337, not 4242"));
}

}  // namespace
}  // namespace switchyard::appliance
