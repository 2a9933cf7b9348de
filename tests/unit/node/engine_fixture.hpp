// SPDX-License-Identifier: Apache-2.0
// A node as a consensus client drives it: chain, pool, builder and the Engine API, in memory of one
// process, with a funded sender.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"
#include "host/node/building/pool_follower.hpp"
#include "host/node/engine/engine.hpp"
#include "tests/unit/node/node_parts.hpp"

namespace switchyard::node::engine {

using test::kGwei;

/// A fork, and the versions of the methods that serve it.
struct Versions {
    Revision revision;
    int new_payload;
    int forkchoice;
    int get_payload;
};
inline constexpr std::array<Versions, 6> kForks{{{Revision::Paris, 1, 1, 1},
                                                 {Revision::Shanghai, 2, 2, 2},
                                                 {Revision::Cancun, 3, 3, 3},
                                                 {Revision::Prague, 4, 3, 4},
                                                 {Revision::Osaka, 4, 3, 5},
                                                 {Revision::Amsterdam, 5, 4, 6}}};

class EngineFixture : public ::testing::TestWithParam<Versions> {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  ("switchyard-engine-" + std::to_string(::getpid()));
        std::filesystem::remove_all(folder_);
        sender_ = signer_.identity(91, 0);
        auto chain = Chain::open(folder_, test::funded_genesis(GetParam().revision, {&sender_, 1}),
                                 test::small_chain());
        ASSERT_TRUE(chain) << chain.error().message;
        chain_ = *std::move(chain);
        auto follower = PoolFollower::create(*chain_, pool_, sidecars_.get());
        ASSERT_TRUE(follower) << follower.error().message;
        follower_ = *std::move(follower);
        PayloadBuilderConfig config;
        config.chain = chain_->config();
        config.threaded = false;
        config.sidecar_of = [this](const Bytes32& hash) { return sidecars_->find(hash); };
        builder_.emplace(config, pool_, execute::execute_block_serial);
        backend_.emplace(
            EngineBackend{*chain_, &*builder_, "0", "0x00000000", 32, sidecars_.get()});
        add_engine_methods(table_, *backend_);
        dispatcher_.emplace(table_, rpc::DispatchLimits{});
    }
    void TearDown() override {
        builder_.reset();
        follower_.reset();
        chain_.reset();
        std::filesystem::remove_all(folder_);
    }

    /// The result; anything else fails the test.
    nlohmann::json call(std::string method, int version, nlohmann::json params) {
        method += std::to_string(version);
        nlohmann::json answer = ask(method, std::move(params));
        EXPECT_TRUE(answer.contains("result")) << method << ": " << answer;
        return answer.value("result", nlohmann::json{});
    }
    /// The whole answer.
    nlohmann::json ask(const std::string& method, nlohmann::json params) {
        return test::ask(*dispatcher_, method, std::move(params));
    }

    void add_payment(uint64_t nonce) {
        ASSERT_EQ(pool_.add(test::signed_payment(signer_, sender_, nonce)), Verdict::Accepted);
    }

    [[nodiscard]] nlohmann::json attributes(uint64_t timestamp) const {
        const Revision revision = GetParam().revision;
        nlohmann::json out = {{"timestamp", hex(timestamp)},
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
    static nlohmann::json state(const nlohmann::json& head) {
        const std::string none = to_hex(Bytes32{});
        return {{"headBlockHash", head}, {"safeBlockHash", none}, {"finalizedBlockHash", none}};
    }
    static std::string hex(uint64_t value) {
        char text[20];
        std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
        return text;
    }

    [[nodiscard]] PoolConfig pool_config() const {
        PoolConfig out;
        out.blob_keeper = sidecars_.get();
        return out;
    }

    std::filesystem::path folder_;
    workloads::Signer signer_;
    workloads::Identity sender_;
    std::unique_ptr<blobs::SidecarStore> sidecars_ = *blobs::SidecarStore::open({});
    Pool pool_{pool_config()};
    std::unique_ptr<Chain> chain_;
    std::unique_ptr<PoolFollower> follower_;
    std::optional<PayloadBuilder> builder_;
    std::optional<EngineBackend> backend_;
    rpc::MethodTable table_;
    std::optional<rpc::Dispatcher> dispatcher_;
};

}  // namespace switchyard::node::engine
