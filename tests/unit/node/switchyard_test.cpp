// SPDX-License-Identifier: Apache-2.0
// Lane plans and access sets of blocks that were really built.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "host/chain/block_access_list.hpp"
#include "host/chain/rlp.hpp"
#include "host/core/hex.hpp"
#include "host/embedded/embedded_chain.hpp"
#include "host/node/switchyard/backend.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/embedded/development_wallet.hpp"
#include "tests/unit/node/node_parts.hpp"

namespace switchyard::node {
namespace {

using Json = nlohmann::json;

uint64_t number_of(const Json& quantity) {
    return std::stoull(quantity.get<std::string>(), nullptr, 16);
}

std::string to_quantity(uint64_t value) {
    std::string out;
    json::Writer(out).quantity(value);
    return out.substr(1, out.size() - 2);
}

Json ask(const rpc::MethodTable& table, const std::string& method, const Json& params) {
    return test::ask(rpc::Dispatcher(table, {}), method, params);
}

/// For each transaction, all that the plan makes it wait for, directly or not. Fails if the plan is
/// none: lanes and places without gaps, and nothing that waits for itself.
std::vector<std::set<size_t>> predecessors_of(const Json& plan) {
    const Json& transactions = plan["transactions"];
    const uint64_t lanes = number_of(plan["lanes"]);
    std::map<std::pair<uint64_t, uint64_t>, size_t> at;
    std::vector<size_t> order(transactions.size());
    for (size_t i = 0; i < transactions.size(); ++i) {
        const Json& item = transactions[i];
        EXPECT_LT(number_of(item["lane"]), lanes);
        EXPECT_TRUE(
            at.emplace(std::pair{number_of(item["lane"]), number_of(item["place"])}, i).second);
        order.at(number_of(item["position"])) = i;
    }
    std::vector<std::set<size_t>> out(transactions.size());
    const auto add = [&](size_t of, uint64_t lane, uint64_t done) {
        for (uint64_t place = 0; place < done; ++place) {
            const auto found = at.find({lane, place});
            ASSERT_NE(found, at.end()) << "lane " << lane << " has no place " << place;
            out[of].insert(found->second);
            out[of].insert(out[found->second].begin(), out[found->second].end());
        }
    };
    for (const size_t i : order) {
        const Json& item = transactions[i];
        add(i, number_of(item["lane"]), number_of(item["place"]));
        for (const Json& wait : item["waits"])
            add(i, number_of(wait["lane"]), number_of(wait["done"]));
        EXPECT_FALSE(out[i].contains(i));
    }
    return out;
}

class SwitchyardMethodsTest : public ::testing::Test {
  protected:
    void open(Revision revision) {
        DevelopmentOptions development;
        development.revision = revision;
        embedded::EmbeddedOptions options;
        options.lanes.lanes = 4;
        options.cache_bytes = size_t{16} << 20;
        auto chain = embedded::EmbeddedChain::open(*development_genesis(development), options);
        ASSERT_TRUE(chain.has_value()) << chain.error().message;
        chain_ = std::move(*chain);
        backend_.reset(new appliance::ApplianceBackend{chain_->chain()});
        backend_->lanes = options.lanes;
        appliance::add_switchyard_methods(table_, *backend_);

        const BlockPointer first = build({wallet_.create(0, test::counter_creation())});
        ASSERT_NE(first, nullptr);
        counter_ = *first->receipts.at(0).created_address;
        for (int block = 0; block < 3; ++block) {
            // Payments to strangers stand between calls that all write one slot.
            std::vector<Bytes> transactions;
            for (size_t from = 0; from < 10; ++from)
                transactions.push_back(
                    from % 2 == 0
                        ? wallet_.call(from, counter_)
                        : wallet_.pay(from, Address{{0xaa, static_cast<uint8_t>(from)}}, 1));
            last_ = build(transactions);
            ASSERT_NE(last_, nullptr);
            ASSERT_EQ(last_->block.transactions.size(), 10U);
        }
    }
    BlockPointer build(const std::vector<Bytes>& transactions) {
        const std::vector<BytesView> raw(transactions.begin(), transactions.end());
        std::vector<Verdict> verdicts(raw.size());
        chain_->submit(raw, verdicts);
        BlockAttributes attributes;
        attributes.timestamp = chain_->chain().head()->block->header().timestamp + 12;
        attributes.slot_number = chain_->chain().head()->block->number() + 1;
        const auto out = chain_->build(attributes);
        EXPECT_TRUE(out.has_value()) << out.error().message;
        return out ? *out : nullptr;
    }
    Json result(const std::string& method, const Json& params) {
        const Json answer = ask(table_, method, params);
        EXPECT_TRUE(answer.contains("result")) << answer.dump().substr(0, 500);
        return answer.value("result", Json());
    }
    [[nodiscard]] bool calls_counter(size_t i) const {
        return last_->block.transactions[i].to == counter_;
    }

    test::DevelopmentWallet wallet_;
    std::unique_ptr<embedded::EmbeddedChain> chain_;
    std::unique_ptr<appliance::ApplianceBackend> backend_;
    rpc::MethodTable table_;
    Address counter_;
    BlockPointer last_;
};

TEST_F(SwitchyardMethodsTest, APlanOrdersWhatConflictsAndNothingElse) {
    open(Revision::Osaka);
    const Json plan = result("switchyard_lanePlan", {"latest", {{"learnFrom", "0x3"}}});
    EXPECT_EQ(plan["hash"], to_hex(last_->hash));
    EXPECT_EQ(plan["lanes"], "0x4");
    EXPECT_EQ(plan["detector"], "software");
    EXPECT_EQ(plan["learnedFrom"], "0x3");
    ASSERT_EQ(plan["transactions"].size(), 10U);
    const auto before = predecessors_of(plan);
    for (size_t i = 0; i < 10; ++i) {
        EXPECT_EQ(plan["transactions"][i]["hash"], to_hex(last_->transaction_hashes[i]));
        for (size_t j = 0; j < i; ++j)
            if (calls_counter(i) && calls_counter(j)) {
                EXPECT_TRUE(before[i].contains(j)) << i << " has to wait for " << j;
            }
    }
    EXPECT_GT(plan["width"].get<double>(), 1.5);
    EXPECT_LE(plan["width"].get<double>(), 2.0) << "five of ten make one chain";
    EXPECT_EQ(plan["execution"]["aborts"], "0x0") << "what was predicted is not run twice";
    const Json& prediction = plan["prediction"];
    EXPECT_EQ(prediction["templated"], "0x5");
    EXPECT_EQ(prediction["slots"]["accessed"], "0x5");
    EXPECT_EQ(prediction["slots"]["recall"].get<double>(), 1.0);

    // One that has learned nothing knows nothing of the slot.
    const Json blind = result("switchyard_lanePlan", {"latest", {{"learnFrom", "0x0"}}});
    (void)predecessors_of(blind);
    EXPECT_EQ(blind["prediction"]["templated"], "0x0");
    EXPECT_EQ(blind["prediction"]["slots"]["recall"].get<double>(), 0.0);
    EXPECT_EQ(result("switchyard_lanePlan",
                     {"latest", {{"learnFrom", "0x0"}, {"lanes", "0x1"}}})["lanes"],
              "0x1");
}

TEST_F(SwitchyardMethodsTest, AccessSetsAreThoseOfTheBlockAccessList) {
    open(Revision::Amsterdam);
    const Json sets = result("switchyard_accessSets", {to_hex(last_->hash)});
    ASSERT_EQ(sets["transactions"].size(), 10U);
    ASSERT_TRUE(last_->access_list.has_value());
    const auto list = decode_block_access_list(*last_->access_list);
    ASSERT_TRUE(list.has_value());
    std::set<std::string> expected;
    for (const auto& account : list->accounts)
        for (const auto& slot : BlockAccessList::of(list->slots, account.slots))
            for (const auto& change : BlockAccessList::of(list->values, slot.values))
                // Index 0 and the one behind the last transaction are the block's own calls.
                if (change.index >= 1 && change.index <= 10)
                    expected.insert(std::to_string(change.index - 1) + " " +
                                    to_hex(account.address) + " " + to_hex(to_bytes32(slot.key)));
    std::set<std::string> found;
    for (size_t i = 0; i < 10; ++i) {
        const Json& item = sets["transactions"][i];
        EXPECT_EQ(item["hash"], to_hex(last_->transaction_hashes[i]));
        EXPECT_EQ(item["sender"], to_hex(last_->senders[i]));
        for (const Json& slot : item["slots"]) {
            EXPECT_TRUE(slot["read"].get<bool>());
            EXPECT_TRUE(slot["predicted"].get<bool>());
            if (slot["written"].get<bool>())
                found.insert(std::to_string(i) + " " + slot["address"].get<std::string>() + " " +
                             slot["slot"].get<std::string>());
        }
        for (const Json& account : item["accounts"]) {
            EXPECT_FALSE(calls_counter(i));
            EXPECT_TRUE(account["credited"].get<bool>());
            EXPECT_TRUE(account["predicted"].get<bool>());
        }
        EXPECT_EQ(number_of(item["templateObservations"]) > 0, calls_counter(i));
    }
    EXPECT_EQ(found, expected);
    EXPECT_EQ(found.size(), 5U);
    EXPECT_EQ(sets["prediction"]["slots"]["both"], "0x5");
    EXPECT_EQ(sets["prediction"]["accounts"]["both"], "0x5");

    // One transaction, by its hash; without having learned.
    const Json one =
        result("switchyard_accessSets", {sets["transactions"][0]["hash"], {{"learnFrom", "0x0"}}});
    ASSERT_EQ(one["transactions"].size(), 1U);
    EXPECT_EQ(one["transactions"][0]["hash"], sets["transactions"][0]["hash"]);
    EXPECT_EQ(one["hash"], sets["hash"]);
    EXPECT_EQ(one["prediction"]["slots"]["both"], "0x0");
}

TEST_F(SwitchyardMethodsTest, StationsAndBackends) {
    open(Revision::Osaka);
    backend_->stations = [] {
        RoadCounters out;
        out[Station::Verify] = {3, 20, 1000};
        return out;
    };
    backend_->detector = [this] { return chain_->lanes().detector(); };
    const Json stations = result("switchyard_stations", Json::array());
    ASSERT_EQ(stations.size(), kStationCount);
    EXPECT_EQ(stations[1]["station"], "verify");
    EXPECT_EQ(stations[1]["transactions"], "0x14");
    EXPECT_EQ(stations[1]["busyNanoseconds"], "0x3e8");
    const Json backends = result("switchyard_backends", Json::array());
    EXPECT_EQ(backends["detector"]["name"], "software");
    EXPECT_EQ(backends["detector"]["kind"], to_string(DetectorKind::Software));
    EXPECT_GE(number_of(backends["detector"]["batches"]), 4U);
    EXPECT_EQ(backends["available"].size(), available_detectors().size());
    const auto supported = backends["simd"]["supported"].get<std::vector<std::string>>();
    EXPECT_TRUE(std::ranges::count(supported, backends["simd"]["active"].get<std::string>()) == 1);
}

TEST_F(SwitchyardMethodsTest, WrongQuestionsAreRefused) {
    open(Revision::Osaka);
    const auto code = [this](const std::string& method, const Json& params) {
        return ask(table_, method, params)["error"]["code"].get<int>();
    };
    for (const std::string method : {"switchyard_lanePlan", "switchyard_accessSets"}) {
        EXPECT_EQ(code(method, {"latest", {{"learnFrom", "0x41"}}}), rpc::code::kInvalidParams);
        EXPECT_EQ(code(method, {"latest", {{"lanes", "0x0"}}}), rpc::code::kInvalidParams);
        EXPECT_EQ(code(method, {"latest", {{"lanes", "0x41"}}}), rpc::code::kInvalidParams);
        EXPECT_EQ(code(method, {"latest", {{"lanes", 4}}}), rpc::code::kInvalidParams);
        EXPECT_EQ(code(method, {"latest", {{"depth", "0x1"}}}), rpc::code::kInvalidParams);
        EXPECT_EQ(code(method, {"latest", "0x1"}), rpc::code::kInvalidParams);
        EXPECT_EQ(code(method, {"latest", nullptr, 1}), rpc::code::kInvalidParams);
        EXPECT_EQ(code(method, {"newest"}), rpc::code::kInvalidParams);
        EXPECT_EQ(code(method, {"0x64"}), rpc::code::kServer);
        EXPECT_EQ(code(method, {to_hex(Bytes32{{1}})}), rpc::code::kServer);
        EXPECT_EQ(code(method, {"0x0"}), rpc::code::kServer) << "the genesis block";
        const std::unique_lock busy(backend_->replaying);
        EXPECT_EQ(code(method, {"latest"}), rpc::code::kBusy);
    }
    EXPECT_EQ(code("switchyard_stations", {1}), rpc::code::kInvalidParams);
}

/// The published chain of the execution-apis: every transaction type, many contracts.
TEST(SwitchyardMethods, EveryPublishedBlockHasAPlan) {
    const auto suite = test::conformance_suite("rpc-compat");
    if (!suite) GTEST_SKIP() << "no conformance data";
    const std::filesystem::path folder = std::filesystem::temp_directory_path() /
                                         ("switchyard-methods-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder);
    auto chain = Chain::open(folder, *load_genesis((*suite / "genesis.json").string()));
    ASSERT_TRUE(chain.has_value()) << chain.error().message;
    std::ifstream stream(*suite / "chain.rlp", std::ios::binary);
    const Bytes file{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    rlp::Failure failure;
    rlp::Reader reader(file, failure);
    BlockPointer last;
    for (rlp::Item item; !reader.at_end() && reader.item("block", item);)
        last = (*chain)->import(*decode_block(item.encoded))->block;
    ASSERT_EQ((*chain)->set_head(last->hash)->status, BlockStatus::Valid);

    appliance::ApplianceBackend backend{**chain};
    rpc::MethodTable table;
    appliance::add_switchyard_methods(table, backend);
    uint64_t transactions = 0;
    for (uint64_t number = 1; number <= last->number(); ++number) {
        const Json params{to_quantity(number), {{"learnFrom", "0x2"}}};
        const Json plan = ask(table, "switchyard_lanePlan", params);
        const Json sets = ask(table, "switchyard_accessSets", params);
        if ((*chain)->rules_for(**(*chain)->archive().canonical_block(number)).revision <
            Revision::Byzantium) {
            EXPECT_EQ(plan["error"]["code"].get<int>(), rpc::code::kServer);
            continue;
        }
        ASSERT_TRUE(plan.contains("result")) << number << plan.dump();
        ASSERT_TRUE(sets.contains("result")) << number << sets.dump();
        (void)predecessors_of(plan["result"]);
        const size_t count = plan["result"]["transactions"].size();
        ASSERT_EQ(sets["result"]["transactions"].size(), count);
        EXPECT_EQ(sets["result"]["prediction"]["slots"], plan["result"]["prediction"]["slots"])
            << number;
        EXPECT_EQ(sets["result"]["prediction"]["accounts"],
                  plan["result"]["prediction"]["accounts"])
            << number;
        transactions += count;
    }
    EXPECT_GT(transactions, 50U);
    chain->reset();
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace switchyard::node
