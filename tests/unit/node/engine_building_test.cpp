// SPDX-License-Identifier: Apache-2.0
// A consensus client's loop, fork by fork: attributes, the payload that comes of them with the
// pool's transactions, the payload sent back, and the head moved to it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"
#include "host/execute/system_contracts.hpp"
#include "host/node/building/pool_follower.hpp"
#include "host/node/engine/engine.hpp"
#include "host/node/rpc/dispatcher.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tools/workloads/signer.hpp"

namespace switchyard::node::engine {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr uint64_t kGwei = 1'000'000'000;

struct Versions {
    Revision revision;
    int new_payload;
    int forkchoice;
    int get_payload;
};

class EngineBuildingTest : public ::testing::TestWithParam<Versions> {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() /
                  ("switchyard-engine-building-" + std::to_string(::getpid()));
        fs::remove_all(folder_);
        MemoryState state;
        sender_ = signer_.identity(91, 0);
        Account account;
        account.balance = Uint256{1'000'000'000} * Uint256{kGwei};
        state.set_account(sender_.address, account);
        for (const Address& contract : {execute::withdrawal_requests_contract(),
                                        execute::consolidation_requests_contract()}) {
            Account with_code;
            with_code.nonce = 1;
            with_code.code_hash = state.add_code({0x00});
            state.set_account(contract, with_code);
        }
        Genesis genesis;
        genesis.config = ChainConfig::single_revision(GetParam().revision);
        genesis.state = state.all();
        BlockHeader header;
        header.gas_limit = 30'000'000;
        genesis.header =
            *complete_genesis(header, GetParam().revision, trie::state_root(genesis.state));
        ChainOptions options;
        options.store.flat.cache_bytes = options.store.flat.code_cache_bytes = 1 << 20;
        options.store.trie.cache_bytes = 16 << 20;
        auto chain = Chain::open(folder_, genesis, options);
        ASSERT_TRUE(chain) << chain.error().message;
        chain_ = *std::move(chain);
        auto follower = PoolFollower::create(*chain_, pool_);
        ASSERT_TRUE(follower) << follower.error().message;
        follower_ = *std::move(follower);
        PayloadBuilderConfig config;
        config.chain = chain_->config();
        config.threaded = false;
        builder_.emplace(config, pool_, execute::execute_block_serial);
        backend_.emplace(EngineBackend{*chain_, &*builder_, "0", "0x00000000", 32});
        add_engine_methods(table_, *backend_);
        dispatcher_.emplace(table_, rpc::DispatchLimits{});
    }
    void TearDown() override {
        builder_.reset();
        follower_.reset();
        chain_.reset();
        fs::remove_all(folder_);
    }

    json call(std::string method, int version, json params) {
        method += std::to_string(version);
        std::string text =
            json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}}
                .dump();
        std::string out;
        rpc::Context context;
        dispatcher_->answer(scratch_, text, context, out);
        json answer = json::parse(out);
        EXPECT_TRUE(answer.contains("result")) << method << ": " << out;
        return answer.value("result", json{});
    }

    void add_payment(uint64_t nonce) {
        SignedTransaction payment;
        Transaction& inner = payment.transaction;
        inner.type = TransactionType::DynamicFee;
        inner.chain_id = 1;
        inner.nonce = nonce;
        inner.max_fee_per_gas = Uint256{100 * kGwei};
        inner.max_priority_fee_per_gas = Uint256{kGwei};
        inner.gas_limit = 21'000;
        inner.to = Address{{0xbb}};
        inner.value = Uint256{7};
        const Bytes encoded = signer_.sign(inner, sender_);
        payment.hash = keccak256(encoded);
        payment.sender = sender_.address;
        payment.encoded_bytes = static_cast<uint32_t>(encoded.size());
        ASSERT_EQ(pool_.add(std::move(payment)), Verdict::Accepted);
    }

    [[nodiscard]] json attributes(uint64_t timestamp) const {
        const Revision revision = GetParam().revision;
        json out = {{"timestamp", hex(timestamp)},
                    {"prevRandao", to_hex(to_bytes32(Uint256(timestamp)))},
                    {"suggestedFeeRecipient", to_hex(to_address(Uint256(0xfee)))}};
        if (revision >= Revision::Shanghai)
            out["withdrawals"] = {{{"index", "0x1"},
                                   {"validatorIndex", "0x2"},
                                   {"address", to_hex(to_address(Uint256(0x99)))},
                                   {"amount", "0x3"}}};
        if (revision >= Revision::Cancun)
            out["parentBeaconBlockRoot"] = to_hex(to_bytes32(Uint256(timestamp + 1)));
        if (revision >= Revision::Amsterdam) out["slotNumber"] = hex(timestamp / 12);
        return out;
    }
    static json state(const json& head) {
        const std::string none = to_hex(Bytes32{});
        return {{"headBlockHash", head}, {"safeBlockHash", none}, {"finalizedBlockHash", none}};
    }
    static std::string hex(uint64_t value) {
        char text[20];
        std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
        return text;
    }

    fs::path folder_;
    workloads::Signer signer_;
    workloads::Identity sender_;
    Pool pool_{PoolConfig{}};
    std::unique_ptr<Chain> chain_;
    std::unique_ptr<PoolFollower> follower_;
    std::optional<PayloadBuilder> builder_;
    std::optional<EngineBackend> backend_;
    rpc::MethodTable table_;
    std::optional<rpc::Dispatcher> dispatcher_;
    rpc::DispatchScratch scratch_;
};

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

INSTANTIATE_TEST_SUITE_P(
    Forks, EngineBuildingTest,
    ::testing::Values(Versions{Revision::Paris, 1, 1, 1}, Versions{Revision::Shanghai, 2, 2, 2},
                      Versions{Revision::Cancun, 3, 3, 3}, Versions{Revision::Prague, 4, 3, 4},
                      Versions{Revision::Osaka, 4, 3, 5}, Versions{Revision::Amsterdam, 5, 4, 6}),
    [](const auto& forks) { return std::string(to_string(forks.param.revision)); });

}  // namespace
}  // namespace switchyard::node::engine
