// SPDX-License-Identifier: Apache-2.0
// A consensus client's loop, fork by fork: attributes, the payload that comes of them with the
// pool's transactions, the payload sent back, and the head moved to it.
#include "tests/unit/node/engine_fixture.hpp"

namespace switchyard::node::engine {
namespace {

using nlohmann::json;

class EngineBuildingTest : public EngineFixture {};

TEST_P(EngineBuildingTest, BuildsAndAdoptsOnePayloadAfterAnother) {
    const Versions& versions = GetParam();
    json head = to_hex(chain_->genesis()->hash);
    uint64_t nonce = 0;
    for (uint64_t slot = 1; slot <= 3; ++slot) {
        for (uint64_t i = 0; i < slot; ++i)
            add_payment(nonce++);
        const json wanted = attributes(12 * slot);
        const json begun = call("engine_forkchoiceUpdatedV", versions.forkchoice,
                                json::array({state(head), wanted}));
        ASSERT_TRUE(begun["payloadId"].is_string()) << begun;
        const json built =
            call("engine_getPayloadV", versions.get_payload, json::array({begun["payloadId"]}));
        const json& payload = versions.get_payload == 1 ? built : built["executionPayload"];
        EXPECT_EQ(payload["transactions"].size(), slot);
        EXPECT_EQ(payload["feeRecipient"], wanted["suggestedFeeRecipient"]);
        EXPECT_EQ(payload["prevRandao"], wanted["prevRandao"]);
        EXPECT_EQ(payload["timestamp"], wanted["timestamp"]);
        // A tip of one Gwei for each unit of gas.
        if (versions.get_payload > 1) {
            EXPECT_EQ(built["blockValue"], hex(slot * 21'000 * kGwei));
        }
        json params = json::array({payload});
        if (versions.new_payload >= 3) {
            params.push_back(json::array());
            params.push_back(wanted["parentBeaconBlockRoot"]);
        }
        if (versions.new_payload >= 4) params.push_back(built["executionRequests"]);
        if (versions.new_payload >= 5) {
            EXPECT_TRUE(payload["blockAccessList"].is_string());
            EXPECT_EQ(payload["slotNumber"], wanted["slotNumber"]);
        }
        const json status = call("engine_newPayloadV", versions.new_payload, params);
        ASSERT_EQ(status["status"], "VALID") << status;
        head = payload["blockHash"];
    }
    call("engine_forkchoiceUpdatedV", versions.forkchoice, json::array({state(head), nullptr}));
    EXPECT_EQ(json(to_hex(chain_->head()->block->hash)), head);
    EXPECT_EQ(pool_.size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Forks, EngineBuildingTest, ::testing::ValuesIn(kForks),
                         [](const auto& forks) {
                             return std::string(to_string(forks.param.revision));
                         });

}  // namespace
}  // namespace switchyard::node::engine
