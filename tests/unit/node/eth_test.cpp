// SPDX-License-Identifier: Apache-2.0
// What the published exchanges do not ask.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "host/chain/rlp.hpp"
#include "host/core/hex.hpp"
#include "host/node/eth/backend.hpp"
#include "host/node/rpc/dispatcher.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/node/chain_builder.hpp"

namespace switchyard::node {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class EthTest : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() /
                  ("switchyard-eth-" + std::to_string(::getpid()) + "-" +
                   ::testing::UnitTest::GetInstance()->current_test_info()->name());
        fs::remove_all(folder_);
    }
    void TearDown() override {
        chain_.reset();
        fs::remove_all(folder_);
    }

    void open(const Genesis& genesis) {
        auto chain = Chain::open(folder_, genesis);
        ASSERT_TRUE(chain) << chain.error().message;
        chain_ = *std::move(chain);
        backend_.emplace(*chain_);
        eth::add_eth_methods(table_, *backend_);
    }
    /// The chain of the execution-apis; false: no data.
    bool open_published() {
        const auto suite = test::conformance_suite("rpc-compat");
        if (!suite) return false;
        open(*load_genesis((*suite / "genesis.json").string()));
        std::ifstream stream(*suite / "chain.rlp", std::ios::binary);
        const Bytes file{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
        rlp::Failure failure;
        rlp::Reader reader(file, failure);
        Bytes32 last;
        for (rlp::Item item; !reader.at_end() && reader.item("block", item);)
            last = chain_->import(*decode_block(item.encoded))->block->hash;
        return chain_->set_head(last)->status == BlockStatus::Valid;
    }

    Json ask(const std::string& method, const Json& params) {
        const rpc::Dispatcher dispatcher(table_, {});
        rpc::Context context;
        if (patience_) context.deadline = rpc::Context::Clock::now() + *patience_;
        std::string request =
            Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}.dump();
        std::string answer;
        dispatcher.answer(scratch_, request, context, answer);
        return Json::parse(answer);
    }
    Json result(const std::string& method, const Json& params) {
        const Json answer = ask(method, params);
        EXPECT_TRUE(answer.contains("result")) << method << params << answer.dump().substr(0, 500);
        return answer.value("result", Json());
    }

    /// The method itself, behind the dispatcher's own look at the time.
    rpc::Failure ask_cancelled(const std::string& method, const Json& params) {
        json::Document document;
        const auto parsed = document.parse(params.dump());
        EXPECT_TRUE(parsed);
        const std::atomic<bool> cancelled{true};
        rpc::Context context;
        context.cancelled = &cancelled;
        std::string out;
        json::Writer writer(out);
        return table_.find(method)->handler(rpc::Params(*parsed), context, writer);
    }

    std::mt19937_64 random_ = test::test_generator(93);
    fs::path folder_;
    std::unique_ptr<Chain> chain_;
    std::optional<eth::EthBackend> backend_;
    rpc::MethodTable table_;
    rpc::DispatchScratch scratch_;
    std::optional<std::chrono::milliseconds> patience_;  ///< of each request
};

/// Logs of a call and of what it called, in order.
void collect_logs(const Json& call, std::vector<Json>& out) {
    const Json logs = call.value("logs", Json::array());
    const Json calls = call.value("calls", Json::array());
    size_t next = 0;
    for (size_t i = 0; i <= calls.size(); ++i) {
        for (; next < logs.size() &&
               std::stoull(logs[next]["position"].get<std::string>(), nullptr, 16) == i;
             ++next)
            out.push_back(logs[next]);
        if (i < calls.size()) collect_logs(calls[i], out);
    }
}

TEST_F(EthTest, TracesAgreeWithReceiptsAndStates) {
    if (!open_published()) GTEST_SKIP() << "no data";
    uint64_t traced = 0;
    for (uint64_t number = 1; number <= chain_->head()->block->number(); ++number) {
        const BlockPointer block = *chain_->block({BlockTag::Number, number, {}, false});
        const BlockPointer parent = *chain_->block({BlockTag::Number, number - 1, {}, false});
        const auto after = *chain_->view(block);
        const auto before = *chain_->view(parent);
        const std::string tag = to_hex_quantity(Uint256(number));
        const Json calls =
            result("debug_traceBlockByNumber",
                   {tag, {{"tracer", "callTracer"}, {"tracerConfig", {{"withLog", true}}}}});
        ASSERT_EQ(calls.size(), block->receipts.size());
        for (size_t i = 0; i < calls.size(); ++i) {
            ++traced;
            const Receipt& receipt = block->receipts[i];
            const Json& call = calls[i]["result"];
            EXPECT_EQ(calls[i]["txHash"], to_hex(block->transaction_hashes[i]));
            EXPECT_EQ(call["gasUsed"], to_hex_quantity(Uint256(receipt.gas_used)));
            EXPECT_EQ(call["from"], to_hex(block->senders[i]));
            if (!receipt.post_state_root) {
                EXPECT_EQ(call.contains("error"), !receipt.success);
            }
            std::vector<Json> logs;
            collect_logs(call, logs);
            ASSERT_EQ(logs.size(), receipt.logs.size()) << number << " " << i;
            for (size_t l = 0; l < logs.size(); ++l) {
                EXPECT_EQ(logs[l]["address"], to_hex(receipt.logs[l].address));
                EXPECT_EQ(logs[l]["data"], to_hex(receipt.logs[l].data));
                EXPECT_EQ(logs[l]["topics"].size(), receipt.logs[l].topics.size());
            }
        }
        // A block of one transaction leads from one state to the next, but for its rewards.
        if (block->receipts.size() != 1 || block->header().difficulty != Uint256(0)) continue;
        const Json options{{"tracer", "prestateTracer"}, {"tracerConfig", {{"diffMode", true}}}};
        const Json difference =
            result("debug_traceTransaction", {to_hex(block->transaction_hashes[0]), options});
        const auto check = [](const Json& accounts, const StateView& state) {
            for (const auto& [text, fields] : accounts.items()) {
                const Address address = *fixed_from_hex<20>(text);
                const auto account = state.account(address);
                ASSERT_TRUE(account) << text;
                if (fields.contains("balance")) {
                    EXPECT_EQ(fields["balance"], to_hex_quantity(account->balance));
                }
                if (fields.contains("nonce")) {
                    EXPECT_EQ(fields["nonce"], account->nonce);
                }
                for (const auto& [key, value] : fields.value("storage", Json::object()).items())
                    EXPECT_EQ(value,
                              to_hex(to_bytes32(state.storage(address, *uint256_from_text(key)))));
            }
        };
        check(difference["post"], *after);
        check(difference["pre"], *before);
        EXPECT_FALSE(difference["post"].empty());
    }
    EXPECT_EQ(traced, 249u);
}

TEST_F(EthTest, CallsSeeTheirOverrides) {
    const test::ChainBuilder builder;
    open(builder.genesis());
    const std::string contract = "0x00000000000000000000000000000000000c0de0";
    // MSTORE(0, SELFBALANCE) MSTORE(32, SLOAD(1)) MSTORE(64, NUMBER) MSTORE(96, TIMESTAMP)
    // RETURN(0, 128)
    const std::string code =
        "0x475f5260015460205243604052426060526080"
        "5ff3";
    const std::string one = "0x0000000000000000000000000000000000000000000000000000000000000001";
    const std::string seven = "0x0000000000000000000000000000000000000000000000000000000000000007";
    const Json state{
        {contract, {{"code", code}, {"balance", "0x2a"}, {"stateDiff", {{one, seven}}}}}};
    const Json answer = result(
        "eth_call", {{{"to", contract}}, "latest", state, {{"number", "0x64"}, {"time", "0x3e8"}}});
    std::string expected = "0x";
    for (const uint64_t word : {42u, 7u, 100u, 1000u})
        expected += to_hex(to_bytes32(Uint256(word))).substr(2);
    EXPECT_EQ(answer, expected);
    // Nothing of it stays.
    EXPECT_EQ(result("eth_call", {{{"to", contract}}, "latest"}), "0x");
    EXPECT_EQ(result("eth_getCode", {contract, "latest"}), "0x");
    EXPECT_EQ(
        ask("eth_call",
            {{{"to", contract}},
             "latest",
             {{contract,
               {{"state", Json::object()}, {"stateDiff", {{one, seven}}}}}}})["error"]["code"],
        -32000);
}

TEST_F(EthTest, PrecompilesMoveForOneCall) {
    const test::ChainBuilder builder;
    open(builder.genesis());
    const std::string identity = "0x0000000000000000000000000000000000000004";
    const std::string elsewhere = "0x0000000000000000000000000000000000001234";
    const Json moved{{identity, {{"movePrecompileToAddress", elsewhere}}}};
    const auto call = [](const std::string& to) { return Json{{"to", to}, {"input", "0xabcd"}}; };
    EXPECT_EQ(result("eth_call", {call(identity), "latest"}), "0xabcd");
    EXPECT_EQ(result("eth_call", {call(elsewhere), "latest", moved}), "0xabcd");
    EXPECT_EQ(result("eth_call", {call(identity), "latest", moved}), "0x");
    EXPECT_EQ(result("eth_call", {call(elsewhere), "latest"}), "0x");
    // Code takes a precompile's place: RETURN(0, 1)
    const Json code{{identity, {{"code", "0x60015ff3"}}}};
    EXPECT_EQ(result("eth_call", {call(identity), "latest", code}), "0x00");
    // Any address will do; the account there keeps its balance, and what calls it finds it there.
    const std::string far = "0x" + std::string(40, 'c');
    const std::string asker = "0x00000000000000000000000000000000000c0de0";
    const Json far_moved{
        {identity, {{"movePrecompileToAddress", far}}},
        // MSTORE8(0, 42) CALL(gas, far, 0, 0, 1, 1, 1) RETURN(1, 1)
        {asker, {{"code", "0x602a5f5360016001600160005f73" + far.substr(2) + "5af15060016001f3"}}}};
    EXPECT_EQ(result("eth_call", {call(far), "latest", far_moved}), "0xabcd");
    EXPECT_EQ(result("eth_call", {call(identity), "latest", far_moved}), "0x");
    EXPECT_EQ(result("eth_call", {call(asker), "latest", far_moved}), "0x2a");
    EXPECT_EQ(result("debug_traceCall",
                     {call(asker), "latest", {{"stateOverrides", far_moved}}})["returnValue"],
              "0x2a");
    EXPECT_TRUE(ask("eth_estimateGas", {call(far), "latest", far_moved}).contains("result"));
    EXPECT_EQ(result("eth_call", {call(far), "latest"}), "0x") << "the next call is not touched";
}

TEST_F(EthTest, WhatMayNotMoveIsRefused) {
    const test::ChainBuilder builder;
    open(builder.genesis());
    const std::string one = "0x0000000000000000000000000000000000000001";
    const std::string two = "0x0000000000000000000000000000000000000002";
    const std::string far = "0x" + std::string(40, 'c');
    const auto answer = [&](const Json& overrides) {
        return ask("eth_call", {{{"to", far}}, "latest", overrides});
    };
    const auto move_to = [](const std::string& to) {
        return Json{{"movePrecompileToAddress", to}};
    };
    EXPECT_NE(answer({{far, move_to(one)}})["error"]["message"].get<std::string>().find(
                  "is not a precompile"),
              std::string::npos);
    EXPECT_NE(answer({{one, move_to(two)}, {two, {{"balance", "0x1"}}}})["error"]["message"]
                  .get<std::string>()
                  .find("is already overridden"),
              std::string::npos);
    EXPECT_TRUE(answer({{one, move_to(one)}}).contains("error")) << "itself";
    EXPECT_TRUE(answer({{one, move_to(far)}, {two, move_to(far)}}).contains("result"))
        << "as go-ethereum, where the last one stays";
    EXPECT_TRUE(answer({{one, move_to(two)}}).contains("result")) << "over another precompile";
}

TEST_F(EthTest, AnEndlessExecutionEndsWithItsRequest) {
    const test::ChainBuilder builder;
    open(builder.genesis());
    constexpr uint64_t kYearsOfGas = uint64_t{1} << 60;
    backend_->limits.call_gas = kYearsOfGas;
    const std::string contract = "0x00000000000000000000000000000000000c0de0";
    const Json endless{{contract, {{"code", "0x5b5f56"}}}};  // JUMPDEST PUSH0 JUMP
    const std::string gas = to_hex_quantity(Uint256(kYearsOfGas));
    const Json call{{"to", contract}, {"gas", gas}};
    const Json long_block{{"gasLimit", gas}};
    patience_ = std::chrono::milliseconds(20);
    const auto expect_timeout = [&](const std::string& method, const Json& params) {
        EXPECT_EQ(ask(method, params)["error"]["code"], rpc::code::kTimeout) << method;
    };
    expect_timeout("eth_call", {call, "latest", endless});
    expect_timeout("eth_estimateGas", {call, "latest", endless, long_block});
    expect_timeout("eth_createAccessList", {call, "latest", endless});
    expect_timeout("debug_traceCall", {call, "latest", {{"stateOverrides", endless}}});
    expect_timeout("debug_traceCall",
                   {call, "latest", {{"stateOverrides", endless}, {"tracer", "callTracer"}}});
    expect_timeout("eth_simulateV1", {{{"blockStateCalls",
                                        {{{"stateOverrides", endless},
                                          {"blockOverrides", long_block},
                                          {"calls", Json::array({call})}}}}},
                                      "latest"});
}

TEST_F(EthTest, ATraceThatOutgrowsItsRequestEndsTheExecution) {
    const test::ChainBuilder builder;
    open(builder.genesis());
    // Nothing but the trace's own limit ends these loops while anybody waits.
    constexpr uint64_t kYearsOfGas = uint64_t{1} << 60;
    backend_->limits.call_gas = kYearsOfGas;
    const std::string contract = "0x00000000000000000000000000000000000c0de0";
    const Json call{{"to", contract}, {"gas", to_hex_quantity(Uint256(kYearsOfGas))}};
    const auto trace = [&](const std::string& code, Json options) {
        options["stateOverrides"] = {{contract, {{"code", code}}}};
        return ask("debug_traceCall", {call, "latest", options})["error"].value("code", 0);
    };
    const std::string loop = "0x5b5f56";  // JUMPDEST PUSH0 JUMP
    // MSTORE(2^20, 0), then the loop
    const std::string wide = "0x5f62100000525b600656";
    // The loop around CALL(gas, 0, 0, 0, 2^16, 0, 0)
    const std::string calls = "0x5b5f5f620100005f5f5f5af1505f56";
    // The loop around BALANCE(gas), each time of another account
    const std::string accounts = "0x5b5a31505f56";

    backend_->limits.traced_steps = 10'000;
    EXPECT_EQ(trace(loop, Json::object()), rpc::code::kBusy);
    EXPECT_EQ(trace(calls, {{"tracer", "callTracer"}}), rpc::code::kBusy);
    EXPECT_EQ(trace(accounts, {{"tracer", "prestateTracer"}}), rpc::code::kBusy);
    backend_->limits.traced_steps = SIZE_MAX;
    backend_->limits.traced_bytes = 8 << 20;
    EXPECT_EQ(trace(loop, Json::object()), rpc::code::kBusy);
    EXPECT_EQ(trace(wide, {{"enableMemory", true}}), rpc::code::kBusy);
    EXPECT_EQ(trace(calls, {{"tracer", "callTracer"}}), rpc::code::kBusy);
    EXPECT_EQ(trace(accounts, {{"tracer", "prestateTracer"}}), rpc::code::kBusy);
}

TEST_F(EthTest, ARequestThatNobodyWaitsForTracesNothing) {
    if (!open_published()) GTEST_SKIP() << "no data";
    uint64_t asked = 0;
    for (uint64_t number = 1; number <= chain_->head()->block->number(); ++number) {
        const BlockPointer block = *chain_->block({BlockTag::Number, number, {}, false});
        if (block->transaction_hashes.empty()) continue;
        ++asked;
        const rpc::Failure whole =
            ask_cancelled("debug_traceBlockByHash", Json::array({to_hex(block->hash)}));
        const rpc::Failure last = ask_cancelled(
            "debug_traceTransaction", Json::array({to_hex(block->transaction_hashes.back())}));
        ASSERT_TRUE(whole && last) << number;
        EXPECT_EQ(whole->code, rpc::code::kTimeout) << whole->message;
        EXPECT_EQ(last->code, rpc::code::kTimeout) << last->message;
    }
    EXPECT_GT(asked, 0U);
}

TEST_F(EthTest, CallsEndAtTheGasThatIsGranted) {
    const test::ChainBuilder builder;
    open(builder.genesis());
    backend_->limits.call_gas = 1'000'000;
    const std::string contract = "0x00000000000000000000000000000000000c0de0";
    const Json endless{{contract, {{"code", "0x5b5f56"}}}};  // JUMPDEST PUSH0 JUMP
    const Json answer =
        ask("eth_call", {{{"to", contract}, {"gas", "0xffffffffffff"}}, "latest", endless});
    EXPECT_EQ(answer["error"]["message"], "out of gas");
    EXPECT_NE(ask("eth_estimateGas", {{{"to", contract}}, "latest", endless})["error"]["message"]
                  .get<std::string>()
                  .find("gas required exceeds allowance (1000000)"),
              std::string::npos);
}

TEST_F(EthTest, AnEstimateIsEnoughAndHardlyMore) {
    const test::ChainBuilder builder;
    open(builder.genesis());
    const std::string contract = "0x00000000000000000000000000000000000c0de0";
    // Writes as many slots as the call data says: while (n) { SSTORE(n, n); n -= 1 }
    const Json state{{contract,
                      {{"code",
                        "0x5f355b801560125780805560019003600256"
                        "5b00"}}}};
    for (const uint64_t slots : {0u, 1u, 7u, 40u}) {
        const Json call{{"to", contract}, {"input", to_hex(to_bytes32(Uint256(slots)))}};
        const Json answer = result("eth_estimateGas", {call, "latest", state});
        const uint64_t gas = std::stoull(answer.get<std::string>(), nullptr, 16);
        Json with = call;
        with["gas"] = to_hex_quantity(Uint256(gas));
        EXPECT_TRUE(ask("eth_call", {with, "latest", state}).contains("result")) << slots;
        with["gas"] = to_hex_quantity(Uint256(gas - gas * 16 / 1000 - 1));
        EXPECT_FALSE(ask("eth_call", {with, "latest", state}).contains("result")) << slots;
        EXPECT_GE(gas, 21'000 + slots * 22'100);
    }
}

TEST_F(EthTest, BlocksOfBranchesAreAnsweredByHashUnlessTheyMustBeCanonical) {
    const test::ChainBuilder builder;
    open(builder.genesis());
    const auto main = builder.child(builder.first(), random_, 3, 1);
    const auto side = builder.child(builder.first(), random_, 5, 1);
    ASSERT_EQ(chain_->import(main.block)->status, BlockStatus::Valid);
    ASSERT_EQ(chain_->import(side.block)->status, BlockStatus::Valid);
    ASSERT_EQ(chain_->set_head(main.hash)->status, BlockStatus::Valid);
    const std::string account = to_hex(to_address(Uint256(0x1000)));
    const auto gwei = [](uint64_t n) { return to_hex_quantity(Uint256(n * 1'000'000'000)); };
    EXPECT_EQ(result("eth_getBalance", {account, "latest"}), gwei(3));
    EXPECT_EQ(result("eth_getBalance", {account, {{"blockHash", to_hex(side.hash)}}}), gwei(5));
    const Json strict{{"blockHash", to_hex(side.hash)}, {"requireCanonical", true}};
    EXPECT_EQ(ask("eth_getBalance", {account, strict})["error"]["message"],
              "hash is not currently canonical");
    ASSERT_EQ(chain_->set_head(side.hash)->status, BlockStatus::Valid);
    EXPECT_EQ(result("eth_getBalance", {account, strict}), gwei(5));
    EXPECT_EQ(result("eth_getBalance", {account, "0x1"}), gwei(5));
    EXPECT_EQ(result("eth_getBalance", {account, "earliest"}), "0x0");
    EXPECT_EQ(ask("eth_getBlockByNumber", {"safe", false})["error"]["message"],
              "safe block not found");
}

TEST_F(EthTest, OmmersAreReadByTheirPlace) {
    if (!open_published()) GTEST_SKIP() << "no data";
    for (uint64_t number = 0; number <= chain_->head()->block->number(); ++number) {
        const std::string tag = to_hex_quantity(Uint256(number));
        const Json block = result("eth_getBlockByNumber", Json::array({tag, false}));
        const Json& ommers = block["uncles"];
        for (size_t i = 0; i <= ommers.size(); ++i) {
            const std::string at = to_hex_quantity(Uint256(i));
            const Json found = result("eth_getUncleByBlockNumberAndIndex", Json::array({tag, at}));
            EXPECT_EQ(found,
                      result("eth_getUncleByBlockHashAndIndex", Json::array({block["hash"], at})));
            if (i == ommers.size()) {
                EXPECT_TRUE(found.is_null()) << number;
            } else {
                EXPECT_EQ(found["hash"], ommers[i]);
            }
        }
    }
    EXPECT_EQ(result("eth_accounts", Json::array()), Json::array());
}

TEST_F(EthTest, ATraceNamesTheInstructionThatIsNone) {
    const test::ChainBuilder builder;
    open(builder.genesis());
    const std::string contract = "0x00000000000000000000000000000000000c0de0";
    const auto error_of = [&](const std::string& code) {
        const Json call{{"to", contract}};
        const Json options{{"tracer", "callTracer"},
                           {"stateOverrides", {{contract, {{"code", code}}}}}};
        return result("debug_traceCall", Json::array({call, "latest", options}))["error"];
    };
    EXPECT_EQ(error_of("0x6001fe"), "invalid opcode: INVALID");
    EXPECT_EQ(error_of("0x0c"), "invalid opcode: opcode 0xc not defined");
    EXPECT_EQ(error_of("0xef"), "invalid opcode: opcode 0xef not defined");
    EXPECT_EQ(error_of("0x50"), "stack underflow");
}

TEST_F(EthTest, ASimulatedBlockIsTheBlockThatTheChainImports) {
    const test::ChainBuilder builder;
    open(builder.genesis());
    const auto real = builder.child(builder.first(), random_, 3, 4);
    const BlockHeader& header = real.block.header;
    Json withdrawals = Json::array();
    for (const Withdrawal& withdrawal : *real.block.withdrawals)
        withdrawals.push_back({{"index", to_hex_quantity(Uint256(withdrawal.index))},
                               {"validatorIndex", to_hex_quantity(Uint256(withdrawal.index))},
                               {"address", to_hex(withdrawal.address)},
                               {"amount", "0x1"}});
    const Json environment{{"time", to_hex_quantity(Uint256(header.timestamp))},
                           {"prevRandao", to_hex(header.prev_randao)},
                           {"baseFeePerGas", to_hex_quantity(*header.base_fee_per_gas)},
                           {"beaconRoot", to_hex(*header.parent_beacon_block_root)},
                           {"withdrawals", withdrawals}};
    const Json blocks =
        result("eth_simulateV1",
               {{{"blockStateCalls", {{{"blockOverrides", environment}}}}, {"validation", true}},
                "latest"});
    ASSERT_EQ(blocks.size(), 1u);
    EXPECT_EQ(blocks[0]["stateRoot"], to_hex(header.state_root));
    EXPECT_EQ(blocks[0]["hash"], to_hex(real.hash));
    EXPECT_EQ(chain_->import(real.block)->status, BlockStatus::Valid);
}

}  // namespace
}  // namespace switchyard::node
