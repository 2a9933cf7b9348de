// SPDX-License-Identifier: Apache-2.0
// Blobs from a wallet to a consensus client and back, fork by fork: eth_sendRawTransaction, the
// payload with its bundle, newPayload with the versioned hashes, getBlobs, and a reorganisation.
#include "host/blobs/network_form.hpp"
#include "host/blobs/sidecar_check.hpp"
#include "host/node/building/chain_parent.hpp"
#include "host/node/eth/backend.hpp"
#include "host/node/submit/blob_transactions.hpp"
#include "tests/support/kzg_sidecars.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/node/engine_fixture.hpp"

namespace switchyard::node::engine {
namespace {

using blobs::BlobSidecar;
using blobs::SidecarVersion;
using nlohmann::json;

class EngineBlobsTest : public EngineFixture {
  protected:
    void SetUp() override {
        EngineFixture::SetUp();
        version_ = blobs::sidecar_version_of(GetParam().revision);
        auto queue = SubmissionQueue::create({});
        ASSERT_TRUE(queue) << queue.error().message;
        queue_ = *std::move(queue);
        submit::add_submission_methods(
            table_, *queue_,
            submit::make_sidecar_handler(
                {.pool = pool_,
                 .sidecars = *sidecars_,
                 .chain_id = chain_->config().chain_id,
                 .wanted_version = [this] {
                     return next_sidecar_version(chain_->config(), chain_->head()->block->header());
                 }}));
        eth_.emplace(eth::EthBackend{.chain = *chain_, .pool = &pool_});
        eth::add_eth_methods(table_, *eth_);
        dispatcher_.emplace(table_, rpc::DispatchLimits{});
    }
    void load(const std::filesystem::path& suite) {
        all_ = test::load_proven_blobs(suite);
        proven_ = test::proven_by(all_, version_);
        ASSERT_GE(proven_.size(), 4U);
    }

    /// The network form of a signed transaction with these blobs.
    Bytes form_of(uint64_t nonce, const BlobSidecar& sidecar, uint64_t fee_gwei = 100) {
        Transaction transaction;
        transaction.type = TransactionType::Blob;
        transaction.chain_id = 1;
        transaction.nonce = nonce;
        transaction.max_fee_per_gas = Uint256{fee_gwei * kGwei};
        transaction.max_priority_fee_per_gas = Uint256{kGwei * fee_gwei / 100};
        transaction.gas_limit = 21'000;
        transaction.to = Address{{0xbb}};
        transaction.max_fee_per_blob_gas = Uint256{fee_gwei * kGwei};
        transaction.blob_versioned_hashes = test::versioned_hashes_of(sidecar);
        (void)signer_.sign(transaction, sender_);
        return blobs::encode_network_form(transaction, sidecar);
    }
    json send(const Bytes& form) {
        return ask("eth_sendRawTransaction", json::array({to_hex(form)}));
    }
    static std::string hash_of(const Bytes& form) {
        return to_hex(transaction_hash(blobs::decode_network_form(form)->transaction));
    }
    BlobSidecar sidecar_of(size_t first, size_t count) {
        return test::sidecar_of(std::span(proven_).subspan(first, count), version_);
    }
    static json texts_of(const Bytes& strings, size_t size) {
        json out = json::array();
        for (size_t at = 0; at < strings.size(); at += size)
            out.push_back(to_hex(BytesView(strings).subspan(at, size)));
        return out;
    }
    static json hashes_of(const BlobSidecar& sidecar) {
        json out = json::array();
        for (const Bytes32& hash : test::versioned_hashes_of(sidecar))
            out.push_back(to_hex(hash));
        return out;
    }
    /// As BlobAndProofV1 or V2 has it.
    [[nodiscard]] json blob_and_proof(const BlobSidecar& sidecar, size_t i) const {
        json out = {{"blob", to_hex(sidecar.blob(i))}};
        const BytesView proofs = sidecar.proofs_of(i);
        if (version_ == SidecarVersion::BlobProofs)
            out["proof"] = to_hex(proofs);
        else
            out["proofs"] = texts_of(Bytes(proofs.begin(), proofs.end()), precompiles::kKzgBytes);
        return out;
    }
    /// Begins a payload on the head and fetches it.
    json build(uint64_t timestamp) {
        const json begun =
            call("engine_forkchoiceUpdatedV", GetParam().forkchoice,
                 json::array({state(to_hex(chain_->head()->block->hash)), attributes(timestamp)}));
        EXPECT_TRUE(begun["payloadId"].is_string()) << begun;
        return call("engine_getPayloadV", GetParam().get_payload,
                    json::array({begun["payloadId"]}));
    }
    std::string adopt(const json& built, uint64_t timestamp, const json& hashes) {
        json params = json::array(
            {built["executionPayload"], hashes, attributes(timestamp)["parentBeaconBlockRoot"]});
        if (GetParam().new_payload >= 4) params.push_back(built["executionRequests"]);
        const json status = call("engine_newPayloadV", GetParam().new_payload, params);
        if (status["status"] == "VALID")
            call("engine_forkchoiceUpdatedV", GetParam().forkchoice,
                 json::array({state(built["executionPayload"]["blockHash"]), nullptr}));
        return status["status"];
    }
    void expect_bundle(const json& built, const BlobSidecar& all) {
        const json& bundle = built["blobsBundle"];
        EXPECT_EQ(bundle["blobs"], texts_of(all.blobs, precompiles::kBlobBytes));
        EXPECT_EQ(bundle["commitments"], texts_of(all.commitments, precompiles::kKzgBytes));
        EXPECT_EQ(bundle["proofs"], texts_of(all.proofs, precompiles::kKzgBytes));
    }
    int get_blobs_version() const { return version_ == SidecarVersion::BlobProofs ? 1 : 3; }

    SidecarVersion version_ = SidecarVersion::BlobProofs;
    std::vector<test::ProvenBlob> all_;
    std::vector<test::ProvenBlob> proven_;
    std::unique_ptr<SubmissionQueue> queue_;
    std::optional<eth::EthBackend> eth_;
};

TEST_P(EngineBlobsTest, TravelFromAWalletIntoABlockAndBack) {
    SWITCHYARD_REQUIRE_SUITE(suite, "kzg");
    load(suite);
    const BlobSidecar first = sidecar_of(0, 2);
    const BlobSidecar second = sidecar_of(2, 1);
    const BlobSidecar both = sidecar_of(0, 3);
    const std::vector<Bytes> forms{form_of(0, first), form_of(1, second)};
    for (const Bytes& form : forms)
        EXPECT_EQ(send(form)["result"], hash_of(form));
    EXPECT_EQ(pool_.size(), 2U);
    EXPECT_EQ(send(forms[0])["error"]["message"], "already known");
    EXPECT_EQ(sidecars_->status().staged, 0U);
    const json pending =
        ask("eth_getTransactionByHash", json::array({hash_of(forms[0])}))["result"];
    EXPECT_EQ(pending["blobVersionedHashes"], hashes_of(first));

    const json built = build(12);
    const json& payload = built["executionPayload"];
    EXPECT_EQ(payload["transactions"].size(), 2U);
    EXPECT_EQ(payload["blobGasUsed"], hex(3 * 131'072));
    expect_bundle(built, both);
    json swapped = hashes_of(both);
    std::swap(swapped[0], swapped[1]);
    EXPECT_EQ(adopt(built, 12, swapped), "INVALID");
    ASSERT_EQ(adopt(built, 12, hashes_of(both)), "VALID");
    EXPECT_EQ(pool_.size(), 0U);
    EXPECT_EQ(sidecars_->status().held, 0U);
    EXPECT_EQ(sidecars_->status().returning, 2U);

    const json mined = ask("eth_getTransactionByHash", json::array({hash_of(forms[1])}))["result"];
    EXPECT_EQ(mined["type"], "0x3");
    EXPECT_EQ(mined["blobVersionedHashes"], hashes_of(second));
    EXPECT_EQ(mined["maxFeePerBlobGas"], hex(100 * kGwei));
    const json receipt =
        ask("eth_getTransactionReceipt", json::array({hash_of(forms[0])}))["result"];
    EXPECT_EQ(receipt["type"], "0x3");
    EXPECT_EQ(receipt["blobGasUsed"], hex(2 * 131'072));
    EXPECT_EQ(receipt["blobGasPrice"], "0x1");
    EXPECT_EQ(receipt["status"], "0x1");

    // Another branch without them: they return, and are built again, blobs and all.
    auto base = make_chain_parent(*chain_, chain_->genesis());
    ASSERT_TRUE(base) << base.error().message;
    BlockAttributes other;
    other.timestamp = 13;
    other.slot_number = 1;
    const auto id = builder_->begin(*base, other);
    ASSERT_TRUE(id) << id.error().message;
    const auto empty = builder_->get(*id);
    ASSERT_TRUE(empty);
    const auto imported = chain_->import(block_of((*empty)->block));
    ASSERT_TRUE(imported && imported->status == BlockStatus::Valid);
    ASSERT_TRUE(chain_->set_head(imported->block->hash));
    EXPECT_EQ(pool_.statistics().returned, 2U);
    EXPECT_EQ(sidecars_->status().held, 2U);
    const json again = build(24);
    expect_bundle(again, both);
    EXPECT_EQ(adopt(again, 24, hashes_of(both)), "VALID");
}

TEST_P(EngineBlobsTest, GetBlobsGivesWhatThePoolHas) {
    SWITCHYARD_REQUIRE_SUITE(suite, "kzg");
    load(suite);
    const BlobSidecar sidecar = sidecar_of(0, 2);
    ASSERT_TRUE(send(form_of(0, sidecar)).contains("result"));
    const json hashes = hashes_of(sidecar);
    const std::string unknown = to_hex(to_bytes32(Uint256(5)));
    const json asked = json::array({hashes[1], unknown, hashes[0], hashes[1]});
    const json expected = json::array({blob_and_proof(sidecar, 1), nullptr,
                                       blob_and_proof(sidecar, 0), blob_and_proof(sidecar, 1)});
    const int version = get_blobs_version();
    EXPECT_EQ(call("engine_getBlobsV", version, json::array({asked})), expected);
    if (version_ == SidecarVersion::CellProofs) {
        EXPECT_EQ(call("engine_getBlobsV", 2, json::array({asked})), nullptr) << "all or nothing";
        EXPECT_EQ(call("engine_getBlobsV", 2, json::array({hashes})),
                  json::array({blob_and_proof(sidecar, 0), blob_and_proof(sidecar, 1)}));
        EXPECT_EQ(ask("engine_getBlobsV1", json::array({hashes}))["error"]["code"], -38005);
    } else {
        EXPECT_EQ(call("engine_getBlobsV", 2, json::array({hashes})), nullptr)
            << "blobs of an older version";
        EXPECT_EQ(call("engine_getBlobsV", 3, json::array({hashes})),
                  json::array({nullptr, nullptr}));
    }
    EXPECT_EQ(call("engine_getBlobsV", version, json::array({json::array()})), json::array());
    json many = json::array();
    for (int i = 0; i < 128; ++i)
        many.push_back(unknown);
    EXPECT_EQ(call("engine_getBlobsV", version, json::array({many})).size(), 128U);
    many.push_back(unknown);
    const std::string name = "engine_getBlobsV" + std::to_string(version);
    EXPECT_EQ(ask(name, json::array({many}))["error"]["code"], -38004);
    EXPECT_EQ(ask(name, json::array({json::array({"0x01"})}))["error"]["code"], -32602);
    EXPECT_EQ(ask(name, json::array())["error"]["code"], -32602);
    const json offered = ask("engine_exchangeCapabilities", json::array({json::array()}))["result"];
    for (const char* const method : {"engine_getBlobsV1", "engine_getBlobsV2", "engine_getBlobsV3"})
        EXPECT_NE(std::ranges::find(offered, method), offered.end()) << method;
}

TEST_P(EngineBlobsTest, WhatIsRefusedLeavesNothingBehind) {
    SWITCHYARD_REQUIRE_SUITE(suite, "kzg");
    load(suite);
    const auto message = [this](const Bytes& form) { return send(form)["error"]["message"]; };
    const BlobSidecar right = sidecar_of(0, 1);
    BlobSidecar wrong = right;
    wrong.blobs[31] ^= 1;
    EXPECT_EQ(message(form_of(0, wrong)), "KZG verification error: can't verify opening proof");
    const bool is_cells = version_ == SidecarVersion::CellProofs;
    const auto old = is_cells ? SidecarVersion::BlobProofs : SidecarVersion::CellProofs;
    const auto others = test::proven_by(all_, old);
    BlobSidecar of_another_fork = test::sidecar_of(std::span(others).first(1), old);
    if (is_cells) of_another_fork.blobs[31] ^= 1;
    EXPECT_EQ(message(form_of(0, of_another_fork)),
              is_cells ? "KZG verification error: can't verify opening proof"
                       : "unexpected sidecar version, want: 0, got: 1");
    EXPECT_EQ(message(form_of(1, right)), "nonce too high");
    Bytes broken = form_of(0, right);
    broken.resize(broken.size() - 1);
    EXPECT_TRUE(message(broken).is_string());
    EXPECT_EQ(pool_.size(), 0U);
    EXPECT_EQ(sidecars_->status().bytes, 0U);

    // A replacement pays twice as much, and the blobs of the first go with it.
    const Bytes first = form_of(0, right);
    ASSERT_EQ(send(first)["result"], hash_of(first));
    EXPECT_EQ(message(form_of(0, sidecar_of(1, 1), 150)), "replacement transaction underpriced");
    const Bytes better = form_of(0, sidecar_of(1, 1), 200);
    EXPECT_EQ(send(better)["result"], hash_of(better));
    EXPECT_EQ(sidecars_->status().held, 1U);
    EXPECT_EQ(sidecars_->find_blob(test::versioned_hashes_of(right)[0], version_).sidecar, nullptr);
}

TEST_P(EngineBlobsTest, BlobProofsBecomeCellProofsFromOsakaOn) {
    SWITCHYARD_REQUIRE_SUITE(suite, "kzg");
    load(suite);
    const auto of_wallets = test::proven_by(all_, SidecarVersion::BlobProofs);
    ASSERT_GE(of_wallets.size(), 2U);
    const BlobSidecar sent =
        test::sidecar_of(std::span(of_wallets).first(2), SidecarVersion::BlobProofs);
    const Bytes form = form_of(0, sent);
    ASSERT_EQ(send(form)["result"], hash_of(form));
    const auto kept = sidecars_->find(*fixed_from_hex<32>(hash_of(form)));
    ASSERT_NE(kept, nullptr);
    EXPECT_EQ(kept->version, version_);
    EXPECT_EQ(*kept == sent, version_ == SidecarVersion::BlobProofs);
    EXPECT_EQ(kept->blobs, sent.blobs);
    EXPECT_EQ(kept->commitments, sent.commitments);
    EXPECT_EQ(blobs::fault_of_sidecar(blobs::decode_network_form(form)->transaction, *kept,
                                      version_),
              std::nullopt);
    const json built = build(12);
    expect_bundle(built, *kept);
    EXPECT_EQ(adopt(built, 12, hashes_of(sent)), "VALID");
}

TEST_P(EngineBlobsTest, WhileTheHeadIsNotHereBlobsAreNotServed) {
    SWITCHYARD_REQUIRE_SUITE(suite, "kzg");
    load(suite);
    const BlobSidecar sidecar = sidecar_of(0, 1);
    ASSERT_TRUE(send(form_of(0, sidecar)).contains("result"));
    const json hashes = json::array({hashes_of(sidecar)});
    const int version = get_blobs_version();
    const json expected = json::array({blob_and_proof(sidecar, 0)});
    EXPECT_EQ(call("engine_getBlobsV", version, hashes), expected);
    const auto choose = [this](const std::string& head) {
        return call("engine_forkchoiceUpdatedV", GetParam().forkchoice,
                    json::array({state(head), nullptr}))["payloadStatus"]["status"];
    };
    EXPECT_EQ(choose(to_hex(to_bytes32(Uint256(7)))), "SYNCING");
    for (int each = version; each <= 3 && each > 1; --each)
        EXPECT_EQ(call("engine_getBlobsV", each, hashes), nullptr) << each;
    if (version == 1) {
        EXPECT_EQ(call("engine_getBlobsV", 1, hashes), expected);
    }
    EXPECT_EQ(choose(to_hex(chain_->head()->block->hash)), "VALID");
    EXPECT_EQ(call("engine_getBlobsV", version, hashes), expected);
}

TEST_P(EngineBlobsTest, APayloadKeepsItsBlobsWhateverThePoolDrops) {
    SWITCHYARD_REQUIRE_SUITE(suite, "kzg");
    load(suite);
    const Bytes form = form_of(0, sidecar_of(0, 1));
    ASSERT_EQ(send(form)["result"], hash_of(form));
    const json begun =
        call("engine_forkchoiceUpdatedV", GetParam().forkchoice,
             json::array({state(to_hex(chain_->head()->block->hash)), attributes(12)}));
    ASSERT_TRUE(builder_->improve());
    ASSERT_TRUE(pool_.drop(*fixed_from_hex<32>(hash_of(form)), Verdict::Malformed));
    EXPECT_EQ(sidecars_->status().bytes, 0U);
    const json built =
        call("engine_getPayloadV", GetParam().get_payload, json::array({begun["payloadId"]}));
    expect_bundle(built, sidecar_of(0, 1));
}

INSTANTIATE_TEST_SUITE_P(Forks, EngineBlobsTest, ::testing::ValuesIn(std::span(kForks).subspan(2)),
                         [](const auto& forks) {
                             return std::string(to_string(forks.param.revision));
                         });

}  // namespace
}  // namespace switchyard::node::engine
