// SPDX-License-Identifier: Apache-2.0
// A consensus client drives the appliance, and the disk below it fails.
#include <gmock/gmock.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "host/core/hex.hpp"
#include "host/node/auth/token.hpp"
#include "tests/support/write_faults/write_faults.hpp"
#include "tools/appliance/appliance.hpp"
#include "tools/rpc_client/connection.hpp"
#include "tools/workloads/signer.hpp"

namespace switchyard::appliance {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
namespace fs = std::filesystem;
using test::FaultKind;

struct Fault {
    const char* name;
    FaultKind kind;
    const char* path;    ///< of the files that it strikes
    const char* folder;  ///< where they are, which the operator is told
};
/// A segment that records are written to: one that fails while it is made for later is not missed.
constexpr const char* kArchiveSegment = "archive/journal/journal-0";

void PrintTo(const Fault& fault, std::ostream* out) {
    *out << fault.name;
}

class FailingDiskTest : public ::testing::Test {
  protected:
    void SetUp() override {
        fs::remove_all(folder_);
        config::Configuration& configuration = options_.configuration;
        configuration.node.folder = folder_.string();
        configuration.engine = {.enabled = true, .address = "127.0.0.1:0", .secret = {}};
        configuration.admin = {.enabled = true, .address = "127.0.0.1:0", .secret = {}};
        configuration.execute.threads = 1;
        configuration.state.cache = configuration.state.changes = uint64_t{16} << 20;
        configuration.state.trie_cache = uint64_t{32} << 20;
        auto opened = Appliance::open(options_, log_);
        ASSERT_TRUE(opened.has_value()) << opened.error().message;
        appliance_ = std::move(*opened);
        const auto secret = auth::read_or_create_secret((folder_ / kEngineSecret).string());
        ASSERT_TRUE(secret.has_value());
        token_ = "Authorization: Bearer " + auth::make_token(*secret, std::time(nullptr)) + "\r\n";
    }
    void TearDown() override {
        appliance_.reset();
        test::stop_watching();
        for (const char* suffix : {"", ".unsynced", ".removed"})
            fs::remove_all(folder_.string() + suffix);
    }

    json call(const std::string& method, const json& params) {
        auto connection = tool::Connection::open(appliance_->port("engine"), 60'000);
        if (!connection) return connection.error().message;
        const json request = {
            {"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}};
        const auto reply = connection->post(request.dump(), token_);
        if (!reply) return reply.error().message;
        const json answer = json::parse(reply->body);
        return answer.contains("result") ? answer["result"] : answer;
    }
    tool::HttpReply ready() {
        auto connection = tool::Connection::open(appliance_->port("admin"), 60'000);
        if (!connection) return {};
        (void)connection->send("GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return connection->receive_reply().value();
    }
    json choose(const std::string& head, const json& attributes = nullptr) {
        const std::string zero = to_hex(Bytes32{});
        const json state = {
            {"headBlockHash", head}, {"safeBlockHash", zero}, {"finalizedBlockHash", zero}};
        return call("engine_forkchoiceUpdatedV3", json::array({state, attributes}));
    }
    /// Has a block built on `head`, imports it and makes it the head; the last answer.
    json extend(const std::string& head, uint64_t timestamp, std::string& made) {
        const std::string beacon = to_hex(Bytes32{{0x22}});
        const json attributes = {{"timestamp", "0x" + hex(timestamp)},
                                 {"prevRandao", to_hex(Bytes32{{0x11}})},
                                 {"suggestedFeeRecipient", to_hex(Address{{0xbb}})},
                                 {"withdrawals", json::array()},
                                 {"parentBeaconBlockRoot", beacon}};
        const json began = choose(head, attributes);
        if (!began.contains("payloadId")) return began;
        const json built = call("engine_getPayloadV5", json::array({began["payloadId"]}));
        if (!built.contains("executionPayload")) return built;
        const json payload = built["executionPayload"];
        const json status =
            call("engine_newPayloadV4",
                 json::array({payload, json::array(), beacon, built["executionRequests"]}));
        if (!status.contains("status")) return status;
        made = payload["blockHash"];
        return choose(made);
    }
    static std::string status_in(const json& answer) {
        return answer.value("/payloadStatus/status"_json_pointer, answer.dump());
    }
    static std::string hex(uint64_t value) {
        std::ostringstream out;
        out << std::hex << value;
        return out.str();
    }

    const fs::path folder_ =
        fs::path(::testing::TempDir()) / ("switchyard-failing-" + std::to_string(::getpid()));
    ApplianceOptions options_;
    OperatorLog log_{stderr, LogLevel::Error};
    std::unique_ptr<Appliance> appliance_;
    std::string token_;
    test::WriteCounts counts_;
};

class FailingStoreTest : public FailingDiskTest, public ::testing::WithParamInterface<Fault> {};

TEST_P(FailingStoreTest, IsNotReadyAndSaysWhyAndReadsGoOn) {
    std::string head = to_hex(appliance_->chain().genesis()->hash);
    for (uint64_t block = 1; block <= 2; ++block) {
        const json chosen = extend(head, 100 * block, head);
        ASSERT_EQ(status_in(chosen), "VALID");
    }
    EXPECT_EQ(ready().status, 200U);
    EXPECT_FALSE(appliance_->failure().has_value());

    test::WriteFault fault;
    fault.kind = GetParam().kind;
    fault.path = GetParam().path;
    test::watch_writes(folder_, {fault}, 7, counts_);
    std::string next = head;
    const json refused = extend(head, 300, next);
    EXPECT_TRUE(refused.contains("error")) << refused;
    const tool::HttpReply answer = ready();
    EXPECT_EQ(answer.status, 503U) << answer.body;
    const auto failure = appliance_->failure();
    ASSERT_TRUE(failure.has_value()) << "the command ends by it";
    EXPECT_EQ(answer.body, failure->message + "\n");
    EXPECT_THAT(answer.body, HasSubstr(GetParam().folder));
    EXPECT_EQ(call("eth_blockNumber", json::array()), "0x2");

    // Nobody may write while the watch ends.
    appliance_.reset();
    test::stop_watching();
    auto opened = Appliance::open(options_, log_);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    appliance_ = std::move(*opened);
    EXPECT_EQ(ready().status, 200U);
    EXPECT_GE(appliance_->chain().head()->block->number(), 2U) << "what was acknowledged";
}

INSTANTIATE_TEST_SUITE_P(
    Disks, FailingStoreTest,
    ::testing::Values(
        Fault{"NoSpaceForTheArchive", FaultKind::NoSpace, "archive", "archive"},
        Fault{"NoSpaceForTheState", FaultKind::NoSpace, "state/journal", "state/journal"},
        Fault{"ErrorOfTheArchive", FaultKind::WriteError, kArchiveSegment, "archive/journal"},
        Fault{"FailingSyncOfTheArchive", FaultKind::SyncKeeps, kArchiveSegment, "archive/journal"}),
    [](const auto& fault) { return fault.param.name; });

TEST_F(FailingDiskTest, WithoutAJournalOfThePoolBlocksGoOnAndTransactionsDoNot) {
    Transaction transaction;
    transaction.type = TransactionType::DynamicFee;
    transaction.chain_id = 31'337;
    transaction.max_fee_per_gas = Uint256{100'000'000'000};
    transaction.max_priority_fee_per_gas = Uint256{1'000'000'000};
    transaction.gas_limit = 21'000;
    transaction.to = Address{{0xbb}};
    const workloads::Signer signer;
    const auto sender = signer.identity_of(node::development_accounts()[0].secret);
    const json raw = json::array({to_hex(signer.sign(transaction, *sender))});

    test::WriteFault fault;
    fault.kind = FaultKind::WriteError;
    fault.path = "/pool/";
    test::watch_writes(folder_, {fault}, 7, counts_);
    const json refused = call("eth_sendRawTransaction", raw);
    EXPECT_TRUE(refused.contains("error")) << refused;
    const tool::HttpReply answer = ready();
    EXPECT_EQ(answer.status, 503U);
    EXPECT_THAT(answer.body, HasSubstr("no transaction is accepted"));
    EXPECT_THAT(answer.body, HasSubstr("/pool/"));
    EXPECT_FALSE(appliance_->failure().has_value());
    std::string head = to_hex(appliance_->chain().genesis()->hash);
    EXPECT_EQ(status_in(extend(head, 100, head)), "VALID");
}

}  // namespace
}  // namespace switchyard::appliance
