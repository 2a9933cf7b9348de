// SPDX-License-Identifier: Apache-2.0
// What is learned from executions, on contracts as solc compiles them: the road learns from a block
// or two, and predicts the next one.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "host/core/hex.hpp"
#include "host/execute/result_difference.hpp"
#include "host/plan/term_text.hpp"
#include "host/road/block_road.hpp"
#include "simd/keccak256.hpp"
#include "tests/support/test_data.hpp"
#include "tools/accesses/block_accesses.hpp"
#include "tools/accesses/unordered.hpp"
#include "tools/workloads/abi.hpp"
#include "tools/workloads/contracts.hpp"
#include "tools/workloads/workload_chain.hpp"

namespace switchyard {
namespace {

using workloads::abi_call;
using workloads::AbiValue;

constexpr std::string_view kPatterns = "patterns/Patterns";
const Address kContract = to_address(Uint256{0xc0de, 1, 2, 0});
const Address kLedger = to_address(Uint256{0x1ed9e4, 3, 4, 0});
const Address kProxy = to_address(Uint256{0x9090, 5, 6, 0});
const Uint256 kImplementationSlot =
    *uint256_from_text("0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc");

BlockRoadConfig road_config() {
    BlockRoadConfig config;
    config.learning.observed_one_in = 1;  // small blocks are to teach as much as large ones
    config.lanes = 8;
    config.threads = 2;
    config.key_seed = 7;
    config.learning.compare_all = true;
    return config;
}

/// A block's score: what was predicted, and what the plan left to luck.
struct Score {
    PredictionStatistics prediction;
    uint64_t unordered = 0;
    uint64_t aborts = 0;
    uint64_t merging = 0;
};

Score run_block(BlockRoad& road, const execute::BlockInput& input, const StateView& parent,
                execute::BlockResult& result) {
    const auto serial = execute::execute_block_serial(input, parent);
    auto parallel = road.execute(input, parent);
    EXPECT_TRUE(serial.has_value() && parallel.has_value());
    EXPECT_EQ(execute::first_difference(*serial, *parallel), std::nullopt);
    execute::BlockInput merging = input;
    merging.merging = road.merging();
    const auto accesses = accesses::record_accesses(merging, parent);
    EXPECT_TRUE(accesses.has_value());
    result = std::move(*parallel);
    return {road.prediction(), accesses::unordered_transactions(*accesses, road.plan()),
            road.statistics().aborts, static_cast<uint64_t>(std::ranges::count(road.merging(), 1))};
}

class Learning : public testing::Test {
  protected:
    Learning() {
        auto road = BlockRoad::open(road_config());
        EXPECT_TRUE(road.has_value());
        road_ = std::move(*road);
        header_.number = 100;
        header_.timestamp = 1'000'000;
        header_.gas_limit = 1'000'000'000;
        header_.base_fee_per_gas = Uint256{7};
        header_.beneficiary = user(999);
        for (uint64_t i = 0; i < 400; ++i)
            state_.set_account(user(i), {0, Uint256{1'000'000'000'000'000'000}});
        put(kContract, kPatterns);
        put(kLedger, kPatterns);
        put(kProxy, "patterns/Proxy");
        state_.set_storage(kContract, Uint256{0}, (to_uint256(kLedger) << 96) + Uint256{5});
        state_.set_storage(kContract, Uint256{5}, Uint256{1'000'000});
        state_.set_storage(kContract, Uint256{6}, Uint256{1'000'000});
        state_.set_storage(kProxy, kImplementationSlot, to_uint256(kContract));
    }

    static Address user(uint64_t i) {
        // Addresses without structure, as hashes give them.
        return to_address(Uint256{0x9e3779b97f4a7c15 * (i + 1), 0xd6e8feb86659fd93 * (i + 7),
                                  0xa0761d6478bd642f * (i + 3) >> 32, 0});
    }
    void put(const Address& address, std::string_view contract) {
        Account account{1, {}};
        account.code_hash = state_.add_code(workloads::deployed_code(contract));
        state_.set_account(address, account);
    }
    SignedTransaction call(uint64_t sender, const Address& to, Bytes data) {
        SignedTransaction out;
        out.sender = user(sender);
        out.transaction.type = TransactionType::DynamicFee;
        out.transaction.chain_id = 1;
        out.transaction.nonce = nonces_[sender]++;
        out.transaction.max_fee_per_gas = Uint256{100};
        out.transaction.gas_limit = 500'000;
        out.transaction.to = to;
        out.transaction.data = std::move(data);
        return out;
    }
    execute::BlockInput input(std::span<const SignedTransaction> transactions) const {
        execute::BlockInput out;
        out.header = &header_;
        out.rules.revision = Revision::Cancun;
        out.rules.chain_id = 1;
        out.rules.blobs = {3, 6, 3'338'477};
        out.transactions = transactions;
        out.scope = execute::BlockScope::TransactionsOnly;
        return out;
    }
    Score run(const std::vector<SignedTransaction>& transactions) {
        ++header_.number;
        header_.timestamp += 12;
        execute::BlockResult result;
        const Score score = run_block(*road_, input(transactions), state_, result);
        for (size_t i = 0; i < result.receipts.size(); ++i)
            EXPECT_TRUE(result.receipts[i].success) << "transaction " << i;
        state_.apply(result.changes);
        return score;
    }

    /// Teaches with two small blocks, and gives the score of a third with other users.
    Score learn_and_predict(const Address& to,
                            const std::function<Bytes(uint64_t sender, uint64_t i)>& data) {
        uint64_t i = 0;
        Score score;
        for (const size_t count : {6U, 4U, 40U}) {
            std::vector<SignedTransaction> transactions;
            for (size_t k = 0; k < count; ++k, ++i)
                transactions.push_back(call(i, to, data(i, i)));
            score = run(transactions);
        }
        EXPECT_EQ(score.prediction.templated, 40U);
        return score;
    }
    /// Everything that was learned, in words.
    std::string learned() const {
        std::string out;
        road_->templates().for_each([&](const plan::TemplateKey& key, const plan::Template& each) {
            out += "selector " + to_hex_quantity(Uint256{key.selector}) + ", " +
                   std::to_string(key.length) + " bytes:\n" + plan::to_text(each);
        });
        return out;
    }
    static uint32_t method(std::string_view signature) {
        return workloads::selector(kPatterns, signature);
    }
    void expect_all_slots(const Score& score) {
        SCOPED_TRACE(learned());
        EXPECT_GT(score.prediction.slots.accessed, 0U);
        EXPECT_EQ(score.prediction.slots.both, score.prediction.slots.accessed);
        EXPECT_GE(score.prediction.slots.precision(), 0.95);
        EXPECT_EQ(score.unordered, 0U);
    }

    MemoryState state_;
    BlockHeader header_;
    std::map<uint64_t, uint64_t> nonces_;
    std::unique_ptr<BlockRoad> road_;
};

TEST_F(Learning, MappingByAnArgument) {
    expect_all_slots(learn_and_predict(kContract, [](uint64_t, uint64_t i) {
        return abi_call(method("setFlat(address,uint256)"), {user(i + 100), i + 1});
    }));
}

TEST_F(Learning, MappingByTheCaller) {
    expect_all_slots(learn_and_predict(kContract, [](uint64_t, uint64_t i) {
        return abi_call(method("setOwn(uint256)"), {i + 1});
    }));
}

TEST_F(Learning, TellsTheCallerFromAnArgumentThatNamesHim) {
    // While it learns, every transaction names its sender: both explanations hold.
    auto config = road_config();
    config.learning.one_in = 1;
    road_ = std::move(*BlockRoad::open(config));
    uint64_t i = 0;
    for (const bool own : {true, true, false, false}) {
        std::vector<SignedTransaction> transactions;
        for (size_t k = 0; k < 12; ++k, ++i)
            transactions.push_back(
                call(i, kContract,
                     abi_call(method("setFlat(address,uint256)"), {user(own ? i : i + 200), 1U})));
        const Score score = run(transactions);
        if (i < 48) continue;
        EXPECT_EQ(score.prediction.slots.both, score.prediction.slots.accessed);
        EXPECT_EQ(score.unordered, 0U);
    }
}

TEST_F(Learning, MappingsOfMappings) {
    expect_all_slots(learn_and_predict(kContract, [](uint64_t, uint64_t i) {
        return abi_call(method("setNested(address,uint256)"), {user(i + 100), i + 1});
    }));
    expect_all_slots(learn_and_predict(kContract, [](uint64_t, uint64_t i) {
        return abi_call(method("setDeep(uint256,uint256,uint256)"), {i % 3 + 50, i + 1'000, i + 1});
    }));
}

/// Of each transaction: how many of the hashes that it computed were known, and how many not.
class HashCounter final : public execute::BlockObservation {
  public:
    explicit HashCounter(const evm::KnownHashes& known) : known_(known) {}
    evm::Observation* begin(size_t /*index*/) override {
        observation_.clear();
        return &observation_;
    }
    void commit(size_t index, const ReadSet& /*reads*/, const StateChanges& /*changes*/,
                const execute::TransactionOutcome& /*outcome*/) override {
        for (const evm::ObservedHash& hash : observation_.hashes()) {
            const BytesView input = observation_.preimage(hash);
            const evm::KnownHash* known = evm::find_known_hash(known_.of(index), input);
            ++(known != nullptr ? known_count : unknown_count);
            if (known != nullptr) {
                EXPECT_EQ(to_bytes32(known->hash), hash.hash);
            }
        }
    }
    size_t known_count = 0;
    size_t unknown_count = 0;

  private:
    const evm::KnownHashes& known_;
    evm::Observation observation_;
};

TEST_F(Learning, HandsTheHashesOfMappingsToTheExecution) {
    uint64_t i = 0;
    std::vector<SignedTransaction> transactions;
    for (const size_t count : {6U, 4U, 200U}) {
        transactions.clear();
        for (size_t k = 0; k < count; ++k, ++i)
            transactions.push_back(
                call(i, kContract,
                     abi_call(method("setNested(address,uint256)"), {user(i + 100), i + 1})));
        if (count != 200) run(transactions);
    }
    execute::BlockInput block = input(transactions);
    Planner planner;
    AccessBatch batch;
    planner.predict(block.transactions, {header_.beneficiary, header_.number, header_.timestamp},
                    state_, road_->templates(), batch);
    EXPECT_EQ(planner.predicted(), transactions.size());
    for (size_t t = 0; t < transactions.size(); ++t)
        for (const evm::KnownHash& known : planner.known_hashes().of(t)) {
            Bytes32 hash;
            simd::keccak256({reinterpret_cast<const uint8_t*>(known.input.data()), 64}, hash.bytes);
            EXPECT_EQ(to_uint256(hash), known.hash);
        }
    // Observed without the hashes, the execution computes them itself.
    HashCounter counter(planner.known_hashes());
    block.observation = &counter;
    ASSERT_TRUE(execute::execute_block_serial(block, state_).has_value());
    EXPECT_EQ(counter.known_count, 2 * transactions.size()) << "a mapping of mappings";
    EXPECT_EQ(counter.unknown_count, 0U);
    // With them it comes to the same.
    block.observation = nullptr;
    const auto without = execute::execute_block_serial(block, state_);
    HashCounter again(planner.known_hashes());
    block.observation = &again;
    block.known_hashes = &planner.known_hashes();
    const auto with = execute::execute_block_serial(block, state_);
    ASSERT_TRUE(without.has_value() && with.has_value());
    EXPECT_EQ(execute::first_difference(*without, *with), std::nullopt);
    EXPECT_EQ(again.known_count, 2 * transactions.size());
    // Hashes of other transactions do no harm.
    planner.predict(std::vector(transactions.rbegin(), transactions.rend()),
                    {header_.beneficiary, header_.number, header_.timestamp}, state_,
                    road_->templates(), batch);
    block.observation = nullptr;
    const auto shuffled = execute::execute_block_serial(block, state_);
    ASSERT_TRUE(shuffled.has_value());
    EXPECT_EQ(execute::first_difference(*without, *shuffled), std::nullopt);
    planner.forget_predicted();
    EXPECT_EQ(planner.predicted(), 0U);
}

TEST_F(Learning, MembersOfAStruct) {
    expect_all_slots(learn_and_predict(kContract, [](uint64_t, uint64_t i) {
        return abi_call(method("setPosition(address,uint256)"), {user(i + 100), i + 1'000});
    }));
}

TEST_F(Learning, ElementsOfArrays) {
    expect_all_slots(learn_and_predict(kContract, [](uint64_t, uint64_t i) {
        return abi_call(method("setElement(uint256,uint256)"), {1'000 + 37 * i, i + 1});
    }));
    expect_all_slots(learn_and_predict(kContract, [](uint64_t, uint64_t i) {
        return abi_call(method("setPair(uint256,uint256)"), {1'000 + 37 * i, i + 1});
    }));
}

TEST_F(Learning, WhatACounterOrdersWaitsForTheCounter) {
    for (const std::string_view signature : {"push(uint256)", "open(uint256)", "add(uint256)"}) {
        const Score score = learn_and_predict(
            kContract, [&](uint64_t, uint64_t i) { return abi_call(method(signature), {i + 1}); });
        EXPECT_EQ(score.unordered, 0U) << signature;
    }
}

TEST_F(Learning, TheFirstElementBehindALengthOrCounter) {
    for (const std::string_view signature : {"push(uint256)", "open(uint256)"}) {
        std::vector<SignedTransaction> transactions;
        Score score;
        // One transaction to a block: the counter before the block is the one that it finds.
        for (uint64_t i = 0; i < 6; ++i) {
            transactions = {call(i, kContract, abi_call(method(signature), {i + 1}))};
            score = run(transactions);
        }
        expect_all_slots(score);
    }
}

TEST_F(Learning, CallsIntoAContractWhoseAddressIsPackedInASlot) {
    const Score score = learn_and_predict(kContract, [](uint64_t, uint64_t i) {
        return abi_call(method("forward(address,uint256)"), {user(i + 100), i + 1});
    });
    expect_all_slots(score);
}

TEST_F(Learning, PackedPathsWithSortedTokens) {
    expect_all_slots(learn_and_predict(kContract, [](uint64_t, uint64_t i) {
        Bytes path;
        const auto append = [&](BytesView bytes) {
            path.insert(path.end(), bytes.begin(), bytes.end());
        };
        append(user(i + 100));
        append(Bytes{0, static_cast<uint8_t>(11 + i % 3), static_cast<uint8_t>(184 + i % 5)});
        append(user(2 * i + 150));
        return abi_call(method("route(bytes,uint256)"), {AbiValue::bytes(path), i + 1});
    }));
}

TEST_F(Learning, ThroughAProxy) {
    expect_all_slots(learn_and_predict(kProxy, [](uint64_t, uint64_t i) {
        return abi_call(method("setNested(address,uint256)"), {user(i + 100), i + 1});
    }));
    EXPECT_EQ(road_->templates().proxies(), 1U);
    // What was learned behind the proxy holds for the code itself, and behind other proxies.
    const auto key =
        plan::TemplateKey::of(state_.account(kContract)->code_hash,
                              abi_call(method("setNested(address,uint256)"), {user(1), 1U}));
    EXPECT_NE(road_->templates().find(key), nullptr);
}

TEST_F(Learning, PoolsThatAreFoundByTheirCreate2Address) {
    SignedTransaction creation = call(0, {}, {});
    creation.transaction.to.reset();
    creation.transaction.gas_limit = 5'000'000;
    creation.transaction.data =
        *from_hex(workloads::contract_artifact("patterns/PoolFinder").creation);
    run({creation});
    const Address finder = evm::create_address(user(0), 0);
    const auto token = [](uint64_t n) { return user(300 + n % 8); };
    const auto make = workloads::selector("patterns/PoolFinder", "make(address,address)");
    const auto poke = workloads::selector("patterns/PoolFinder", "poke(address,address)");
    std::vector<SignedTransaction> making;
    for (uint64_t a = 0; a < 8; ++a)
        for (uint64_t b = 0; b < a; ++b) {
            making.push_back(call(1, finder, abi_call(make, {token(a), token(b)})));
            making.back().transaction.gas_limit = 2'000'000;
        }
    run(making);
    // Tokens in both orders, so that the contract sorts some of them.
    expect_all_slots(learn_and_predict(finder, [&](uint64_t, uint64_t i) {
        return abi_call(poke, {token(i), token(i + 1 + i % 5)});
    }));
}

TEST_F(Learning, WhatIsOnlyAddedToMerges) {
    const Score score = learn_and_predict(
        kContract, [&](uint64_t, uint64_t i) { return abi_call(method("add(uint256)"), {i + 1}); });
    EXPECT_GE(score.merging, 30U) << "all but those before the sum was found to be hot";
    EXPECT_EQ(score.aborts, 0U);
}

TEST_F(Learning, ACounterThatNamesSlotsDoesNot) {
    const Score score = learn_and_predict(kContract, [&](uint64_t, uint64_t i) {
        return abi_call(method("open(uint256)"), {i + 1});
    });
    EXPECT_EQ(score.merging, 0U);
}

/// What later blocks of a workload came to.
Score score_of(std::string_view kind, const workloads::WorkloadOptions& options,
               uint32_t per_block) {
    const auto workload = workloads::make_workload(kind, options);
    EXPECT_TRUE(workload.has_value()) << workload.error().message;
    auto chain = workloads::WorkloadChain::open(*workload);
    EXPECT_TRUE(chain.has_value()) << chain.error().message;
    auto road = BlockRoad::open(road_config());
    EXPECT_TRUE(road.has_value());
    Score sum;
    std::span<const SignedTransaction> rest(workload->transactions);
    for (bool first = true; !rest.empty(); first = false) {
        const auto block = rest.first(std::min<size_t>(per_block, rest.size()));
        rest = rest.subspan(block.size());
        const auto input = (*chain)->next_block(block);
        execute::BlockResult result;
        const Score score = run_block(**road, input, (*chain)->state(), result);
        (*chain)->apply(result);
        if (first) continue;
        sum.prediction += score.prediction;
        sum.unordered += score.unordered;
        sum.aborts += score.aborts;
        sum.merging += score.merging;
    }
    return sum;
}

TEST(LearnedWorkloads, AbortBelowOnePercentOnTokensAndExchanges) {
    for (const std::string_view kind : {"erc20", "exchange", "swaps"}) {
        SCOPED_TRACE(kind);
        workloads::WorkloadOptions options;
        options.transactions = 2'500;
        options.zipf = 1;
        const Score score = score_of(kind, options, 500);
        ASSERT_EQ(score.prediction.transactions, 2'000U);
        EXPECT_LT(score.aborts, 20U);
        EXPECT_LT(score.unordered, 20U) << "whatever the threads' timing";
        EXPECT_GE(score.prediction.slots.recall(), 0.95);
    }
}

TEST(LearnedWorkloads, TransfersOfOneTokenToOneRecipientMerge) {
    workloads::WorkloadOptions options;
    options.transactions = 2'500;
    options.instances = 1;
    options.hot_percent = 100;
    const Score score = score_of("erc20", options, 500);
    ASSERT_EQ(score.prediction.transactions, 2'000U);
    EXPECT_GT(score.merging, 1'800U) << "all but approvals";
    EXPECT_LT(score.aborts, 20U);
    EXPECT_LT(score.unordered, 20U) << "whatever the threads' timing";
}

}  // namespace
}  // namespace switchyard
