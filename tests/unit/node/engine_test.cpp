// SPDX-License-Identifier: Apache-2.0
// The Engine API over a chain of withdrawals: every status, every error code, every structure.
#include "host/node/engine/engine.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"
#include "host/node/building/pool_follower.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/node/chain_builder.hpp"
#include "tests/unit/node/node_parts.hpp"

namespace switchyard::node::engine {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::BuiltBlock;

std::string quantity(uint64_t value) {
    std::string digits;
    do {
        digits.insert(digits.begin(), "0123456789abcdef"[value % 16]);
        value /= 16;
    } while (value != 0);
    return digits.insert(0, "0x");
}

std::string quantity(const Uint256& value) {
    std::string digits = to_hex(to_bytes32(value)).substr(2);
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    return digits.insert(0, "0x");
}

json withdrawals_of(const Block& block) {
    json out = json::array();
    for (const Withdrawal& each : *block.withdrawals)
        out.push_back({{"index", quantity(each.index)},
                       {"validatorIndex", quantity(each.validator_index)},
                       {"address", to_hex(each.address)},
                       {"amount", quantity(each.amount_gwei)}});
    return out;
}

/// By hand, from the specification's list of members.
json payload_of(const BuiltBlock& built) {
    const BlockHeader& header = built.block.header;
    return {{"parentHash", to_hex(header.parent_hash)},
            {"feeRecipient", to_hex(header.beneficiary)},
            {"stateRoot", to_hex(header.state_root)},
            {"receiptsRoot", to_hex(header.receipts_root)},
            {"logsBloom", to_hex(header.logs_bloom)},
            {"prevRandao", to_hex(header.prev_randao)},
            {"blockNumber", quantity(header.number)},
            {"gasLimit", quantity(header.gas_limit)},
            {"gasUsed", quantity(header.gas_used)},
            {"timestamp", quantity(header.timestamp)},
            {"extraData", to_hex(header.extra_data)},
            {"baseFeePerGas", quantity(*header.base_fee_per_gas)},
            {"blockHash", to_hex(built.hash)},
            {"transactions", json::array()},
            {"withdrawals", withdrawals_of(built.block)},
            {"blobGasUsed", quantity(*header.blob_gas_used)},
            {"excessBlobGas", quantity(*header.excess_blob_gas)}};
}

class EngineTest : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() /
                  ("switchyard-engine-" + std::to_string(::getpid()) + "-" +
                   ::testing::UnitTest::GetInstance()->current_test_info()->name());
        fs::remove_all(folder_);
        auto chain = Chain::open(folder_, builder_.genesis(), test::small_chain());
        ASSERT_TRUE(chain) << chain.error().message;
        chain_ = *std::move(chain);
        auto follower = PoolFollower::create(*chain_, pool_);
        ASSERT_TRUE(follower) << follower.error().message;
        follower_ = *std::move(follower);
        PayloadBuilderConfig config;
        config.chain = chain_->config();
        config.threaded = false;
        payloads_.emplace(config, pool_, execute::execute_block_serial);
        backend_.emplace(EngineBackend{*chain_, &*payloads_, "1.2.3", "0x01020304", 32});
        add_engine_methods(table_, *backend_);
        dispatcher_.emplace(table_, rpc::DispatchLimits{});
    }
    void TearDown() override {
        payloads_.reset();
        follower_.reset();
        chain_.reset();
        fs::remove_all(folder_);
    }

    json call(const std::string& method, json params) {
        return test::ask(*dispatcher_, method, std::move(params));
    }
    json result(const std::string& method, json params) {
        const json answer = call(method, std::move(params));
        EXPECT_TRUE(answer.contains("result")) << method << ": " << answer.dump();
        return answer.value("result", json{});
    }
    int error(const std::string& method, json params) {
        const json answer = call(method, std::move(params));
        EXPECT_TRUE(answer.contains("error")) << method << ": " << answer.dump();
        return answer.contains("error") ? answer["error"]["code"].get<int>() : 0;
    }

    json new_payload(const BuiltBlock& built) {
        return result("engine_newPayloadV3",
                      {payload_of(built), json::array(), beacon_root(built)});
    }
    static json beacon_root(const BuiltBlock& built) {
        return to_hex(*built.block.header.parent_beacon_block_root);
    }
    static json state(const Bytes32& head, const Bytes32& safe = {},
                      const Bytes32& finalized = {}) {
        return {{"headBlockHash", to_hex(head)},
                {"safeBlockHash", to_hex(safe)},
                {"finalizedBlockHash", to_hex(finalized)}};
    }
    json attributes_after(const BuiltBlock& built) const {
        return {{"timestamp", quantity(built.block.header.timestamp + 12)},
                {"prevRandao", to_hex(Bytes32{})},
                {"suggestedFeeRecipient", to_hex(to_address(Uint256(0xfee)))},
                {"withdrawals", withdrawals_of(built.block)},
                {"parentBeaconBlockRoot", to_hex(to_bytes32(Uint256(7)))}};
    }
    BuiltBlock child(const BuiltBlock& parent) { return builder_.child(parent, random_, 3, 5); }

    static json valid(const Bytes32& hash) {
        return {
            {"status", "VALID"}, {"latestValidHash", to_hex(hash)}, {"validationError", nullptr}};
    }

    std::mt19937_64 random_ = test::test_generator(93);
    fs::path folder_;
    const test::ChainBuilder builder_;
    std::unique_ptr<Chain> chain_;
    Pool pool_{PoolConfig{}};
    std::unique_ptr<PoolFollower> follower_;
    std::optional<PayloadBuilder> payloads_;
    std::optional<EngineBackend> backend_;
    rpc::MethodTable table_;
    std::optional<rpc::Dispatcher> dispatcher_;
};

TEST_F(EngineTest, PayloadsAreExecutedAndTheHeadFollowsTheForkChoice) {
    const BuiltBlock first = child(builder_.first());
    const BuiltBlock second = child(first);
    EXPECT_EQ(new_payload(first), valid(first.hash));
    EXPECT_EQ(new_payload(first), valid(first.hash));  // again
    EXPECT_EQ(chain_->head()->block->number(), 0U);
    EXPECT_EQ(new_payload(second), valid(second.hash));
    const json moved = result("engine_forkchoiceUpdatedV3",
                              {state(second.hash, first.hash, builder_.first().hash), nullptr});
    EXPECT_EQ(moved, (json{{"payloadStatus", valid(second.hash)}, {"payloadId", nullptr}}));
    EXPECT_EQ(chain_->head()->block->hash, second.hash);
    EXPECT_EQ(chain_->head()->safe->hash, first.hash);
    // A valid ancestor: nothing moves, nothing is built.
    EXPECT_EQ(result("engine_forkchoiceUpdatedV3", {state(first.hash), attributes_after(first)}),
              (json{{"payloadStatus", valid(first.hash)}, {"payloadId", nullptr}}));
    EXPECT_EQ(chain_->head()->block->hash, second.hash);
    // Another branch of the same height.
    const BuiltBlock other = child(first);
    EXPECT_EQ(new_payload(other), valid(other.hash));
    EXPECT_EQ(result("engine_forkchoiceUpdatedV3", {state(other.hash), nullptr})["payloadStatus"],
              valid(other.hash));
    EXPECT_EQ(chain_->head()->block->hash, other.hash);
}

TEST_F(EngineTest, WhatLacksItsParentIsSyncingAndConnectsLater) {
    const BuiltBlock first = child(builder_.first());
    const BuiltBlock second = child(first);
    const json syncing = {
        {"status", "SYNCING"}, {"latestValidHash", nullptr}, {"validationError", nullptr}};
    EXPECT_EQ(new_payload(second), syncing);
    EXPECT_EQ(result("engine_forkchoiceUpdatedV3", {state(second.hash), attributes_after(second)}),
              (json{{"payloadStatus", syncing}, {"payloadId", nullptr}}));
    EXPECT_EQ(new_payload(first), valid(first.hash));
    EXPECT_EQ(result("engine_forkchoiceUpdatedV3", {state(second.hash), nullptr})["payloadStatus"],
              valid(second.hash));
}

TEST_F(EngineTest, InvalidPayloadsAreToldWithTheLastValidAncestor) {
    const BuiltBlock first = child(builder_.first());
    ASSERT_EQ(new_payload(first), valid(first.hash));
    BuiltBlock wrong = child(first);
    wrong.block.header.state_root[3] ^= 1;
    wrong.hash = header_hash(wrong.block.header);
    json status = new_payload(wrong);
    EXPECT_EQ(status["status"], "INVALID");
    EXPECT_EQ(status["latestValidHash"], to_hex(first.hash));
    EXPECT_THAT(status["validationError"].get<std::string>(), testing::HasSubstr("state root"));
    // And so is whatever stands on it.
    BuiltBlock above = child(first);
    above.block.header.parent_hash = wrong.hash;
    above.block.header.number = wrong.block.header.number + 1;
    above.hash = header_hash(above.block.header);
    status = new_payload(above);
    EXPECT_EQ(status["status"], "INVALID");
    EXPECT_EQ(status["latestValidHash"], to_hex(first.hash));
    status = result("engine_forkchoiceUpdatedV3",
                    {state(wrong.hash), attributes_after(wrong)})["payloadStatus"];
    EXPECT_EQ(status["status"], "INVALID");
    EXPECT_EQ(chain_->head()->block->number(), 0U);
}

TEST_F(EngineTest, TheHashCoversEverythingThatThePayloadSays) {
    const BuiltBlock built = child(builder_.first());
    const json payload = payload_of(built);
    const auto status = [&](const json& changed, const json& hashes, const json& root) {
        return result("engine_newPayloadV3", {changed, hashes, root});
    };
    size_t looked = 0;
    for (const auto& [name, value] : payload.items()) {
        json changed = payload;
        if (!value.is_string()) continue;
        std::string text = value.get<std::string>();
        if (text.size() < 3) continue;
        text.back() = text.back() == '1' ? '2' : '1';
        changed[name] = text;
        // A timestamp or a number of another fork is another matter.
        const json found = status(changed, json::array(), beacon_root(built));
        EXPECT_EQ(found["status"], "INVALID") << name;
        EXPECT_EQ(found["latestValidHash"], nullptr) << name;
        ++looked;
    }
    EXPECT_GE(looked, 14U);
    json changed = payload;
    changed["withdrawals"].erase(0);
    EXPECT_EQ(status(changed, json::array(), beacon_root(built))["status"], "INVALID");
    changed = payload;
    changed["transactions"].push_back("0x02");
    EXPECT_EQ(status(changed, json::array(), beacon_root(built))["status"], "INVALID");
    EXPECT_EQ(status(payload, json::array(), to_hex(Bytes32{}))["status"], "INVALID");
    const json foreign = status(payload, {to_hex(Bytes32{})}, beacon_root(built));
    EXPECT_EQ(foreign["status"], "INVALID");
    EXPECT_THAT(foreign["validationError"].get<std::string>(), testing::HasSubstr("versioned"));
    EXPECT_EQ(status(payload, json::array(), beacon_root(built)), valid(built.hash));
}

TEST_F(EngineTest, AMemberThatIsMissingOrMalformedIsAWrongParameter) {
    const BuiltBlock built = child(builder_.first());
    const json payload = payload_of(built);
    for (const auto& [name, value] : payload.items()) {
        for (const json& replacement : {json{}, json(7), json("0xzz"), json::object()}) {
            json changed = payload;
            changed[name] = replacement;
            EXPECT_EQ(error("engine_newPayloadV3", {changed, json::array(), beacon_root(built)}),
                      -32602)
                << name << " " << replacement;
        }
        json changed = payload;
        changed.erase(name);
        EXPECT_EQ(error("engine_newPayloadV3", {changed, json::array(), beacon_root(built)}),
                  -32602)
            << name;
    }
    EXPECT_EQ(error("engine_newPayloadV3", {payload, json::array()}), -32602);
    EXPECT_EQ(error("engine_newPayloadV3", {payload, nullptr, beacon_root(built)}), -32602);
    EXPECT_EQ(error("engine_newPayloadV3", {payload, {"0x12"}, beacon_root(built)}), -32602);
    EXPECT_EQ(error("engine_newPayloadV3", {"0x", json::array(), beacon_root(built)}), -32602);
    EXPECT_EQ(error("engine_newPayloadV3", json::array()), -32602);
}

TEST_F(EngineTest, VersionsServeTheirForksAlone) {
    const BuiltBlock built = child(builder_.first());
    const json payload = payload_of(built);
    json of_shanghai = payload;
    of_shanghai.erase("blobGasUsed");
    of_shanghai.erase("excessBlobGas");
    EXPECT_EQ(error("engine_newPayloadV1", json::array({payload})), -32602);
    EXPECT_EQ(error("engine_newPayloadV2", json::array({of_shanghai})), -38005);
    EXPECT_EQ(
        error("engine_newPayloadV4", {payload, json::array(), beacon_root(built), json::array()}),
        -38005);
    json of_amsterdam = payload;
    of_amsterdam["blockAccessList"] = "0xc0";
    of_amsterdam["slotNumber"] = "0x1";
    EXPECT_EQ(error("engine_newPayloadV5",
                    {of_amsterdam, json::array(), beacon_root(built), json::array()}),
              -38005);
    EXPECT_EQ(
        error("engine_newPayloadV5", {payload, json::array(), beacon_root(built), json::array()}),
        -32602);
    for (const json& requests : {json{"0x00"}, json{"0x0101", "0x0102"}, json{"0x0201", "0x0101"}})
        EXPECT_EQ(
            error("engine_newPayloadV4", {payload, json::array(), beacon_root(built), requests}),
            -38005);  // the fork comes first
}

TEST_F(EngineTest, ForkChoicesThatFitNothingAreRefused) {
    const BuiltBlock first = child(builder_.first());
    const BuiltBlock other = child(builder_.first());
    new_payload(first);
    new_payload(other);
    EXPECT_EQ(error("engine_forkchoiceUpdatedV3", {state(first.hash, other.hash), nullptr}),
              -38002);
    EXPECT_EQ(error("engine_forkchoiceUpdatedV3", {state(first.hash, {}, other.hash), nullptr}),
              -38002);
    EXPECT_EQ(error("engine_forkchoiceUpdatedV3", {state(Bytes32{}), nullptr}), -38002);
    EXPECT_EQ(chain_->head()->block->number(), 0U);
    EXPECT_EQ(error("engine_forkchoiceUpdatedV3", {json::object(), nullptr}), -32602);
    EXPECT_EQ(error("engine_forkchoiceUpdatedV3", {7, nullptr}), -32602);
}

TEST_F(EngineTest, AttributesBeginAPayloadOnce) {
    const BuiltBlock first = child(builder_.first());
    new_payload(first);
    const json attributes = attributes_after(first);
    const json begun = result("engine_forkchoiceUpdatedV3", {state(first.hash), attributes});
    const std::string id = begun["payloadId"];
    ASSERT_EQ(id.size(), 18U);
    EXPECT_EQ(result("engine_forkchoiceUpdatedV3", {state(first.hash), attributes})["payloadId"],
              id);
    json different = attributes;
    different["prevRandao"] = to_hex(to_bytes32(Uint256(1)));
    EXPECT_NE(result("engine_forkchoiceUpdatedV3", {state(first.hash), different})["payloadId"],
              id);
}

TEST_F(EngineTest, WrongAttributesAreToldAfterTheHeadHasMoved) {
    const BuiltBlock first = child(builder_.first());
    new_payload(first);
    json early = attributes_after(first);
    early["timestamp"] = quantity(first.block.header.timestamp);
    EXPECT_EQ(error("engine_forkchoiceUpdatedV3", {state(first.hash), early}), -38003);
    EXPECT_EQ(chain_->head()->block->hash, first.hash);
    json bare = attributes_after(first);
    bare.erase("parentBeaconBlockRoot");
    EXPECT_EQ(error("engine_forkchoiceUpdatedV3", {state(first.hash), bare}), -38003);
    EXPECT_EQ(error("engine_forkchoiceUpdatedV2", {state(first.hash), bare}), -38005);
    EXPECT_EQ(error("engine_forkchoiceUpdatedV2", {state(first.hash), attributes_after(first)}),
              -38003);
    bare.erase("withdrawals");
    EXPECT_EQ(error("engine_forkchoiceUpdatedV1", {state(first.hash), bare}), -38005);
    json later = attributes_after(first);
    later["slotNumber"] = "0x5";
    EXPECT_EQ(error("engine_forkchoiceUpdatedV3", {state(first.hash), later}), -38003);
    EXPECT_EQ(error("engine_forkchoiceUpdatedV4", {state(first.hash), later}), -38005);
    EXPECT_EQ(error("engine_forkchoiceUpdatedV4", {state(first.hash), attributes_after(first)}),
              -38003);
    EXPECT_EQ(payloads_->statistics().candidates, 0U);
}

TEST_F(EngineTest, ABuiltPayloadComesBackAsItWouldGoIn) {
    const BuiltBlock first = child(builder_.first());
    new_payload(first);
    const std::string id = result("engine_forkchoiceUpdatedV3",
                                  {state(first.hash), attributes_after(first)})["payloadId"];
    const json answer = result("engine_getPayloadV3", {id});
    const json& payload = answer["executionPayload"];
    EXPECT_EQ(payload["parentHash"], to_hex(first.hash));
    EXPECT_EQ(payload["withdrawals"], withdrawals_of(first.block));
    EXPECT_EQ(payload["feeRecipient"], to_hex(to_address(Uint256(0xfee))));
    EXPECT_EQ(answer["blockValue"], "0x0");
    EXPECT_EQ(answer["shouldOverrideBuilder"], false);
    EXPECT_EQ(answer["blobsBundle"], (json{{"commitments", json::array()},
                                           {"proofs", json::array()},
                                           {"blobs", json::array()}}));
    EXPECT_FALSE(answer.contains("executionRequests"));
    const json status =
        result("engine_newPayloadV3", {payload, json::array(), to_hex(to_bytes32(Uint256(7)))});
    EXPECT_EQ(status["status"], "VALID") << status;
    for (const char* method : {"engine_getPayloadV1", "engine_getPayloadV2", "engine_getPayloadV4",
                               "engine_getPayloadV5", "engine_getPayloadV6"})
        EXPECT_EQ(error(method, {id}), -38005) << method;
    EXPECT_EQ(error("engine_getPayloadV3", {"0x0000000000000000"}), -38001);
    EXPECT_EQ(error("engine_getPayloadV3", {"0x00"}), -32602);
}

TEST_F(EngineTest, BodiesComeByHashAndByRange) {
    BuiltBlock last = builder_.first();
    std::vector<BuiltBlock> all;
    for (int i = 0; i < 4; ++i) {
        last = child(last);
        all.push_back(last);
        new_payload(last);
    }
    result("engine_forkchoiceUpdatedV3", {state(last.hash), nullptr});
    const auto body = [](const BuiltBlock& built) {
        return json{{"transactions", json::array()}, {"withdrawals", withdrawals_of(built.block)}};
    };
    EXPECT_EQ(result("engine_getPayloadBodiesByHashV1",
                     {{to_hex(all[2].hash), to_hex(Bytes32{}), to_hex(all[0].hash)}}),
              (json{body(all[2]), nullptr, body(all[0])}));
    EXPECT_EQ(result("engine_getPayloadBodiesByRangeV1", {"0x3", "0x9"}),
              (json{body(all[2]), body(all[3])}));
    EXPECT_EQ(result("engine_getPayloadBodiesByRangeV1", {"0x5", "0x2"}), json::array());
    json with_list = body(all[3]);
    with_list["blockAccessList"] = nullptr;
    EXPECT_EQ(result("engine_getPayloadBodiesByRangeV2", {"0x4", "0x1"}), json::array({with_list}));
    EXPECT_EQ(error("engine_getPayloadBodiesByRangeV1", {"0x1", "0x21"}), -38004);
    EXPECT_EQ(error("engine_getPayloadBodiesByRangeV1", {"0x0", "0x1"}), -32602);
    EXPECT_EQ(error("engine_getPayloadBodiesByRangeV1", {"0x1", "0x0"}), -32602);
    EXPECT_EQ(error("engine_getPayloadBodiesByRangeV1", {"0xffffffffffffffff", "0x21"}), -38004);
    EXPECT_EQ(result("engine_getPayloadBodiesByRangeV1", {"0xffffffffffffffff", "0x20"}),
              json::array());
    EXPECT_EQ(
        error("engine_getPayloadBodiesByHashV1", {std::vector<std::string>(33, to_hex(Bytes32{}))}),
        -38004);
}

TEST_F(EngineTest, CapabilitiesAreTheMethodsThatThereAre) {
    const json names = result("engine_exchangeCapabilities", {{"engine_newPayloadV1"}});
    EXPECT_THAT(names.get<std::vector<std::string>>(),
                testing::IsSupersetOf({"engine_newPayloadV5", "engine_forkchoiceUpdatedV4",
                                       "engine_getPayloadV6", "engine_getPayloadBodiesByRangeV2"}));
    EXPECT_THAT(names.get<std::vector<std::string>>(),
                testing::Not(testing::Contains("engine_exchangeCapabilities")));
    EXPECT_EQ(result("engine_getClientVersionV1", json::array({json::object()}))[0]["version"],
              "1.2.3");
    EXPECT_EQ(error("engine_exchangeCapabilities", json::array()), -32602);
}

}  // namespace
}  // namespace switchyard::node::engine
