// SPDX-License-Identifier: Apache-2.0
// The official chains from Paris on, block by block through a port that wants a token (JWT): each
// payload is answered as the tests say, and the fork choice follows the valid ones. Blocks execute
// by the access list that comes with their payload, the others over lanes.
//
// Environment: SWITCHYARD_ENGINE_ONE_IN (1: every chain; the default is said below),
// SWITCHYARD_CONFORMANCE_FILTER (only files whose path contains it).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "host/core/hex.hpp"
#include "host/node/engine/engine.hpp"
#include "host/node/http/server.hpp"
#include "host/road/import_executor.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tests/conformance/engine/engine_request.hpp"
#include "tests/support/test_data.hpp"
#include "tools/conformance/genesis.hpp"
#include "tools/fixtures/memory_state.hpp"
#include "tools/rpc_client/connection.hpp"

namespace switchyard::test {
namespace {

namespace fs = std::filesystem;
using fixtures::BlockchainTest;
using nlohmann::json;

/// Blocks of the benchmarks are large.
constexpr rpc::DispatchLimits kLimits{.json = {.bytes_max = size_t{128} << 20}};

struct Totals {
    size_t chains = 0;
    size_t valid = 0;
    size_t invalid = 0;
    size_t left_out = 0;  ///< blocks that no payload can stand for
    size_t by_access_list = 0;
};

/// In memory where the system has such a place: every chain has a store of its own.
fs::path scratch_folder() {
    std::error_code error;
    const fs::path memory = "/dev/shm";
    const fs::path under = fs::exists(memory, error) ? memory : fs::temp_directory_path();
    return under / ("switchyard-engine-suite-" + std::to_string(::getpid()));
}

class EngineChain {
  public:
    EngineChain(const BlockchainTest& test, ImportExecutor& executor, Totals& totals)
        : test_(test), executor_(executor), totals_(totals) {
        fs::remove_all(folder_);
    }
    ~EngineChain() {
        connection_.reset();
        if (server_ != nullptr) server_->stop();
        chain_.reset();
        fs::remove_all(folder_);
    }
    EngineChain(const EngineChain&) = delete;
    EngineChain& operator=(const EngineChain&) = delete;

    /// What went wrong; empty: nothing.
    std::string run() {
        const MemoryState pre = fixtures::memory_state_of(test_.pre);
        node::Genesis genesis;
        genesis.config = test_.config;
        genesis.state = pre.all();
        const auto header = conformance::genesis_of(test_, trie::state_root(genesis.state));
        if (!header) return "the genesis: " + header.error().message;
        if (header_hash(*header) != test_.genesis_hash) return "the genesis has another hash";
        genesis.header = *header;
        node::ChainOptions options;
        options.store.flat.cache_bytes = options.store.flat.code_cache_bytes = size_t{1} << 20;
        options.store.trie.cache_bytes = size_t{16} << 20;
        options.store.segment_bytes = options.archive.segment_bytes = size_t{1} << 20;
        options.execute = [this](const execute::BlockInput& input, const StateView& parent,
                                 const BlockAccessList* list) {
            return executor_.execute(input, parent, list);
        };
        auto chain = node::Chain::open(folder_, std::move(genesis), options);
        if (!chain) return "the chain does not open: " + chain.error().message;
        chain_ = *std::move(chain);
        backend_.emplace(node::engine::EngineBackend{*chain_, nullptr, "0", "0x00000000", 1024});
        node::engine::add_engine_methods(table_, *backend_);
        dispatcher_.emplace(table_, kLimits);
        if (auto wrong = serve(); !wrong.empty()) return wrong;
        ++totals_.chains;
        for (size_t i = 0; i < test_.blocks.size(); ++i)
            if (auto wrong = import(test_.blocks[i]); !wrong.empty())
                return "block " + std::to_string(i) + ": " + wrong;
        const Bytes32 head = chain_->head()->block->hash;
        if (head != test_.last_block_hash)
            return "the head is " + to_hex(head) + ", not " + to_hex(test_.last_block_hash);
        return {};
    }

  private:
    /// A port that wants a token, and a connection to it; empty: both are there.
    std::string serve() {
        auth::Secret secret;
        secret.bytes.fill(0x5e);
        http::PortConfig port;
        port.name = "engine";
        port.port = 0;
        port.dispatcher = &*dispatcher_;
        port.token = std::make_shared<auth::TokenCheck>(secret);
        port.workers = 1;
        port.limits.body_bytes_max = kLimits.json.bytes_max;
        auto server = http::Server::start({{port}});
        if (!server) return server.error().message;
        server_ = *std::move(server);
        auto connection = tool::Connection::open(server_->port(), 120'000);
        if (!connection) return connection.error().message;
        connection_.emplace(*std::move(connection));
        token_ = "Authorization: Bearer ";
        token_ += auth::make_token(secret, ::time(nullptr));
        token_ += "\r\n";
        return {};
    }

    json call(const EngineRequest& request) {
        const json text = {
            {"jsonrpc", "2.0"}, {"id", 1}, {"method", request.method}, {"params", request.params}};
        const auto reply = connection_->post(text.dump(), token_);
        if (!reply) return {{"error", reply.error().message}};
        if (reply->status != 200) return {{"error", reply->status}};
        return json::parse(reply->body);
    }

    [[nodiscard]] Revision revision_of(const BlockHeader& header) const {
        return test_.config.revision_at(header.number, header.timestamp, Uint256{});
    }

    /// What executing the block makes: its encoding has only hashes of it.
    std::optional<execute::BlockResult> execute(const Block& block) const {
        const auto parent = chain_->archive().block(block.header.parent_hash);
        if (!parent || *parent == nullptr) return std::nullopt;
        const auto view = chain_->view(*parent);
        const auto rules = chain_->rules_for(block.header, (*parent)->total_difficulty);
        auto signed_ones = execute::recover_transactions(block.transactions, rules);
        if (!view || !signed_ones) return std::nullopt;
        execute::BlockInput input;
        input.header = &block.header;
        input.rules = rules;
        input.transactions = *signed_ones;
        if (block.withdrawals) input.withdrawals = *block.withdrawals;
        auto result = execute::execute_block_serial(input, **view);
        if (!result) return std::nullopt;
        return *std::move(result);
    }

    std::optional<EngineRequest> request_for(const BlockchainTest::TestBlock& given, Bytes32& hash,
                                             Revision& revision) const {
        if (given.payload) {
            hash = given.payload->block_hash;
            revision = revision_of(given.payload->header);
            return new_payload_request(revision, *given.payload);
        }
        const auto block = decode_block(given.encoded);
        if (!block) return std::nullopt;
        hash = header_hash(block->header);
        revision = revision_of(block->header);
        std::vector<Bytes> requests;
        Bytes access_list{0xc0};
        if (block->header.requests_hash || block->header.block_access_list_hash) {
            if (auto result = execute(*block)) {
                requests = std::move(result->requests);
                if (result->block_access_list)
                    access_list = encode_block_access_list(*result->block_access_list);
            }
        }
        if (given.access_list) access_list = encode_block_access_list(*given.access_list);
        return new_payload_request(revision, *block, given.encoded, hash, requests, access_list);
    }

    std::string import(const BlockchainTest::TestBlock& given) {
        Bytes32 hash;
        Revision revision{};
        const auto request = request_for(given, hash, revision);
        if (!request) {
            ++totals_.left_out;
            return given.expected_exception.empty() ? "a valid block does not decode" : "";
        }
        const json answer = call(*request);
        const std::string status =
            answer.contains("result") ? answer["result"]["status"].get<std::string>() : "an error";
        if (!given.expected_exception.empty()) {
            ++totals_.invalid;
            const bool refused =
                status == "INVALID" || status == "INVALID_BLOCK_HASH" || status == "an error";
            return refused ? "" : "it must be refused, and is " + answer.dump();
        }
        ++totals_.valid;
        if (status != "VALID" || answer["result"]["latestValidHash"] != to_hex(hash))
            return "it is valid, and " + request->method + " says " + answer.dump();
        const json moved = call(forkchoice_request(revision, hash));
        if (!moved.contains("result") || moved["result"]["payloadStatus"]["status"] != "VALID")
            return "the head does not move: " + moved.dump();
        return {};
    }

    const BlockchainTest& test_;
    ImportExecutor& executor_;
    Totals& totals_;
    const fs::path folder_ = scratch_folder();
    std::unique_ptr<node::Chain> chain_;
    std::optional<node::engine::EngineBackend> backend_;
    rpc::MethodTable table_;
    std::optional<rpc::Dispatcher> dispatcher_;
    std::unique_ptr<http::Server> server_;
    std::optional<tool::Connection> connection_;
    std::string token_;
};

/// Chains whose blocks are all of Paris or later.
bool is_for_engine(const BlockchainTest& test) {
    if (!test.unsupported.empty() || !test.missing_pre_state.empty()) return false;
    if (test.genesis_environment) return true;
    return test.config.revision_at(1, test.genesis.timestamp + 1) >= Revision::Paris &&
           test.genesis.difficulty.is_zero();
}

size_t one_in(size_t otherwise) {
    const char* const text = std::getenv("SWITCHYARD_ENGINE_ONE_IN");
    return text == nullptr ? otherwise : std::max(1UL, std::strtoul(text, nullptr, 10));
}

std::vector<std::string> files_below(const fs::path& root) {
    const char* const filter = std::getenv("SWITCHYARD_CONFORMANCE_FILTER");
    std::vector<std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        const std::string path = entry.path().string();
        if (entry.path().extension() == ".json" && path.find("pre_alloc") == std::string::npos &&
            (filter == nullptr || path.find(filter) != std::string::npos))
            out.push_back(path);
    }
    std::ranges::sort(out);
    return out;
}

/// Every `step`th chain of the suite. Each other one goes over lanes from its first transaction on,
/// wherever it would pay.
Totals run_chains(const fs::path& root, size_t step) {
    Totals totals;
    size_t seen = 0;
    BlockRoadConfig config;
    config.lanes = 8;
    const auto over_lanes = ImportExecutor::open(config);
    config.serial_where_faster = true;
    const auto as_it_pays = ImportExecutor::open(config);
    if (!over_lanes || !as_it_pays) {
        ADD_FAILURE() << "no executor";
        return totals;
    }
    for (const std::string& file : files_below(root)) {
        const auto tests = fixtures::load_blockchain_tests(file);
        if (!tests) {
            ADD_FAILURE() << tests.error().message;
            continue;
        }
        for (const BlockchainTest& test : *tests) {
            if (!is_for_engine(test) || seen++ % step != 0) continue;
            ImportExecutor& executor = totals.chains % 2 == 0 ? **over_lanes : **as_it_pays;
            if (const auto wrong = EngineChain(test, executor, totals).run(); !wrong.empty())
                ADD_FAILURE() << file << "\n" << test.name << ": " << wrong;
        }
    }
    std::printf("%zu chains of %zu: %zu payloads valid, %zu refused, %zu blocks are no payloads\n",
                totals.chains, seen, totals.valid, totals.invalid, totals.left_out);
    for (const ImportExecutor* executor : {over_lanes->get(), as_it_pays->get()}) {
        const ImportCounters& counters = executor->counters();
        std::printf("%s: %llu blocks by their list, %llu lists refused, %llu without a list\n",
                    executor == over_lanes->get() ? "over lanes" : "as it pays",
                    static_cast<unsigned long long>(counters.by_access_list),
                    static_cast<unsigned long long>(counters.lists_refused),
                    static_cast<unsigned long long>(counters.as_it_pays));
        totals.by_access_list += counters.by_access_list;
    }
    return totals;
}

TEST(EngineSuite, AnswersTheExecutionSpecTests) {
    SWITCHYARD_REQUIRE_SUITE(root, "blockchain-eest");
    const Totals totals = run_chains(root, one_in(16));
    EXPECT_GT(totals.valid, 300U);
    EXPECT_GT(totals.invalid, 30U);
}

TEST(EngineSuite, AnswersTheTestsInTheEnginesOwnFormat) {
    SWITCHYARD_REQUIRE_SUITE(root, "bench-eest");
    const Totals totals = run_chains(root / "engine_x", one_in(1));
    EXPECT_GT(totals.valid, 10U);
}

TEST(EngineSuite, AnswersTheTestsOfAmsterdam) {
    SWITCHYARD_REQUIRE_SUITE(root, "blockchain-amsterdam-alpha");
    const Totals totals = run_chains(root, one_in(8));
    EXPECT_GT(totals.valid, 50U);
    EXPECT_GT(totals.invalid, 5U);
    EXPECT_GT(totals.by_access_list, 50U);
}

}  // namespace
}  // namespace switchyard::test
