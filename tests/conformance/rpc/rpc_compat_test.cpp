// SPDX-License-Identifier: Apache-2.0
// The execution-apis' published exchanges through the dispatcher, over the chain that they are
// about.
#include "tests/conformance/rpc/rpc_compat.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>

#include "host/chain/rlp.hpp"
#include "host/core/hex.hpp"
#include "host/node/eth/backend.hpp"
#include "host/node/rpc/dispatcher.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

/// What the chain side does not answer: methods that fill the pool and build blocks, and one thing
/// that the EVM of this build does not do (precompiles at addresses of more than two bytes).
const std::set<std::string> kNotOfTheChain{"eth_sendRawTransaction", "testing_buildBlockV1",
                                           "txpool_content"};
const std::set<std::string> kNotSupported{
    "eth_simulateV1/ethSimulate-move-ecrecover-and-call",
    "eth_simulateV1/ethSimulate-move-ecrecover-and-call-old-and-new",
    "eth_simulateV1/ethSimulate-move-ecrecover-twice-and-call",
    "eth_simulateV1/ethSimulate-override-ecrecover",
    "eth_simulateV1/ethSimulate-override-identity",
    "eth_simulateV1/ethSimulate-override-sha256",
    "eth_simulateV1/ethSimulate-use-as-many-features-as-possible",
};

/// Where go-ethereum names the types of its language: the code has to be right, the words are ours.
const std::set<std::string> kOtherWords{"debug_getRawTransaction/get-invalid-hash"};

class RpcCompat : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto suite = test::conformance_suite("rpc-compat");
        if (!suite) GTEST_SKIP() << "no data";
        suite_ = *suite;
        folder_ = fs::temp_directory_path() / ("switchyard-rpc-" + std::to_string(::getpid()));
        fs::remove_all(folder_);
        auto genesis = node::load_genesis((suite_ / "genesis.json").string());
        ASSERT_TRUE(genesis) << genesis.error().message;
        auto chain = node::Chain::open(folder_, *std::move(genesis));
        ASSERT_TRUE(chain) << chain.error().message;
        chain_ = *std::move(chain);
        import_chain();
    }
    void TearDown() override {
        chain_.reset();
        if (!folder_.empty()) fs::remove_all(folder_);
    }

    void import_chain() {
        std::ifstream stream(suite_ / "chain.rlp", std::ios::binary);
        const Bytes file{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
        rlp::Failure failure;
        rlp::Reader reader(file, failure);
        while (!reader.at_end()) {
            rlp::Item item;
            ASSERT_TRUE(reader.item("block", item));
            const auto block = decode_block(item.encoded);
            ASSERT_TRUE(block);
            const auto imported = chain_->import(*block);
            ASSERT_TRUE(imported);
            ASSERT_EQ(imported->status, node::BlockStatus::Valid) << imported->reason;
        }
        std::ifstream update(suite_ / "headfcu.json");
        const std::string text{std::istreambuf_iterator<char>(update),
                               std::istreambuf_iterator<char>()};
        json::Document document;
        const auto root = document.parse(text);
        ASSERT_TRUE(root);
        const json::Element state = *root->find("params").elements().begin();
        const auto hash = [&](const char* name) {
            return fixed_from_hex<32>(*state.find(name).string()).value();
        };
        const auto set = chain_->set_head(hash("headBlockHash"), hash("safeBlockHash"),
                                          hash("finalizedBlockHash"));
        ASSERT_TRUE(set) << set.error().message;
        ASSERT_EQ(set->status, node::BlockStatus::Valid);
    }

    fs::path suite_;
    fs::path folder_;
    std::unique_ptr<node::Chain> chain_;
};

TEST_F(RpcCompat, EveryPublishedAnswerIsGiven) {
    node::eth::EthBackend backend{*chain_};
    rpc::MethodTable table;
    node::eth::add_eth_methods(table, backend);
    const rpc::Dispatcher dispatcher(table, {});
    rpc::DispatchScratch scratch;
    const char* const only = std::getenv("SWITCHYARD_RPC_CASES");
    std::map<std::string, std::pair<int, int>> score;
    int total = 0;
    int passed = 0;
    int left_out = 0;
    for (const auto& test : test::load_rpc_cases(suite_)) {
        const std::string name = test.method + "/" + test.name;
        if (only != nullptr && name.find(only) == std::string::npos) continue;
        if (kNotOfTheChain.contains(test.method) || kNotSupported.contains(name)) {
            ++left_out;
            continue;
        }
        std::string wrong;
        for (const auto& exchange : test.exchanges) {
            rpc::Context context;
            std::string request = exchange.request;
            std::string answer;
            dispatcher.answer(scratch, request, context, answer);
            wrong = test::compare_answers(answer, exchange.answer,
                                          test.is_shape_only || kOtherWords.contains(name));
            if (!wrong.empty()) break;
        }
        auto& [good, all] = score[test.method];
        ++all;
        ++total;
        if (wrong.empty()) {
            ++good;
            ++passed;
        }
        EXPECT_EQ(wrong, "") << name;
    }
    for (const auto& [method, result] : score)
        std::printf("%-45s %d / %d\n", method.c_str(), result.first, result.second);
    std::printf("%d of %d files pass; %d are left out by name\n", passed, total, left_out);
    if (only == nullptr) {
        EXPECT_EQ(total + left_out, 232);
    }
}

}  // namespace
}  // namespace switchyard
