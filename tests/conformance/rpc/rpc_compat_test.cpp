// SPDX-License-Identifier: Apache-2.0
// The execution-apis' published exchanges through the dispatcher, over the chain that they are
// about.
#include "tests/conformance/rpc/rpc_compat.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "host/chain/rlp.hpp"
#include "host/core/hex.hpp"
#include "host/ingest/verify_station.hpp"
#include "host/node/building/pool_follower.hpp"
#include "host/node/engine/engine.hpp"
#include "host/node/eth/backend.hpp"
#include "host/node/rpc/dispatcher.hpp"
#include "host/node/submit/blob_transactions.hpp"
#include "host/node/testing/build_block.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

/// What a node puts before its chain: a pool that transactions come into by the road, and blocks
/// made of it.
class Node {
  public:
    explicit Node(node::Chain& chain) : chain_(chain) {
        auto follower = node::PoolFollower::create(chain_, pool_, sidecars_.get());
        EXPECT_TRUE(follower) << follower.error().message;
        follower_ = *std::move(follower);
        PayloadBuilderConfig config;
        config.chain = chain_.config();
        config.gas_limit = 60'000'000;
        config.threaded = false;
        config.sidecar_of = [this](const Bytes32& hash) { return sidecars_->find(hash); };
        builder_.emplace(config, pool_, execute::execute_block_serial);
        engine_.emplace(node::engine::EngineBackend{.chain = chain_, .builder = &*builder_});
        eth_.emplace(node::eth::EthBackend{.chain = chain_, .pool = &pool_});
        node::eth::add_eth_methods(table_, *eth_);
        node::testing::add_build_block(table_, *engine_, {.gas_limit = config.gas_limit});
        submit::add_submission_methods(
            table_, *queue_,
            submit::make_sidecar_handler({.pool = pool_,
                                          .sidecars = *sidecars_,
                                          .chain_id = chain_.config().chain_id,
                                          .wanted_version = [this] {
                                              return node::next_sidecar_version(
                                                  chain_.config(), chain_.head()->block->header());
                                          }}));
        road_ = std::thread([this] {
            VerifyConfig verify;
            verify.chain_id = chain_.config().chain_id;
            VerifyStation station(verify);
            while (!ending_)
                if (station.step(*queue_, pool_) == 0)
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
        });
    }
    ~Node() {
        ending_ = true;
        road_.join();
    }
    [[nodiscard]] const rpc::MethodTable& table() const { return table_; }

  private:
    [[nodiscard]] PoolConfig pool_config() const {
        PoolConfig out;
        out.blob_keeper = sidecars_.get();
        return out;
    }

    node::Chain& chain_;
    std::unique_ptr<blobs::SidecarStore> sidecars_ = *blobs::SidecarStore::open({});
    Pool pool_{pool_config()};
    std::unique_ptr<SubmissionQueue> queue_ = *SubmissionQueue::create({});
    std::unique_ptr<node::PoolFollower> follower_;
    std::optional<PayloadBuilder> builder_;
    std::optional<node::engine::EngineBackend> engine_;
    std::optional<node::eth::EthBackend> eth_;
    rpc::MethodTable table_;
    std::atomic<bool> ending_{false};
    std::thread road_;
};

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
    Node node(*chain_);
    const rpc::Dispatcher dispatcher(node.table(), {});
    rpc::DispatchScratch scratch;
    const char* const only = std::getenv("SWITCHYARD_RPC_CASES");
    std::map<std::string, std::pair<int, int>> score;
    int total = 0;
    int passed = 0;
    for (const auto& test : test::load_rpc_cases(suite_)) {
        const std::string name = test.method + "/" + test.name;
        if (only != nullptr && name.find(only) == std::string::npos) continue;
        std::string wrong;
        for (const auto& exchange : test.exchanges) {
            rpc::Context context;
            std::string request = exchange.request;
            std::string answer;
            dispatcher.answer(scratch, request, context, answer);
            wrong = test::compare_answers(answer, exchange.answer, test.is_shape_only);
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
    std::printf("%d of %d files pass\n", passed, total);
    if (only == nullptr) {
        EXPECT_EQ(total, 232);
    }
}

}  // namespace
}  // namespace switchyard
