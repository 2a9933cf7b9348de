// SPDX-License-Identifier: Apache-2.0
// Terms against the same words computed by hand.
#include "host/plan/term.hpp"

#include <gtest/gtest.h>

#include <array>

#include "host/plan/term_evaluator.hpp"
#include "host/plan/term_text.hpp"
#include "host/state/memory_state.hpp"
#include "simd/keccak256_ref.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::plan {
namespace {

Address address(uint64_t n) {
    return to_address(Uint256{n, n * 31, n * 17 & 0xffffffff, 0});
}

Uint256 keccak_of(std::initializer_list<BytesView> parts) {
    Bytes all;
    for (const BytesView part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return to_uint256(Bytes32{simd::ref::keccak256(all)});
}

class TermFixture : public testing::Test {
  protected:
    TermFixture() {
        data_ = {1, 2, 3, 4};
        for (const Uint256& word : {to_uint256(address(7)), Uint256{40}, to_uint256(address(3))}) {
            const Bytes32 bytes = to_bytes32(word);
            data_.insert(data_.end(), bytes.begin(), bytes.end());
        }
        facts_ = {address(1), address(2), Uint256{99}, data_};
    }
    Uint256 value(TermIndex term) {
        evaluator_.begin_block({address(9), 123, 456}, state_);
        const TermEvaluator::Job job{&graph_, facts_};
        evaluator_.evaluate({&job, 1});
        return evaluator_.values(0)[term];
    }
    TermIndex mapping(TermIndex key, TermIndex slot) {
        const std::array<HashFragment, 2> fragments{{{key, 32}, {slot, 32}}};
        return graph_.hash(fragments);
    }

    Bytes data_;
    TransactionFacts facts_;
    MemoryState state_;
    TermGraph graph_;
    TermEvaluator evaluator_;
};

TEST_F(TermFixture, AtomsAreTheTransactionsAndTheBlocks) {
    EXPECT_EQ(value(graph_.atom(TermOp::Caller)), to_uint256(address(1)));
    EXPECT_EQ(value(graph_.atom(TermOp::Recipient)), to_uint256(address(2)));
    EXPECT_EQ(value(graph_.atom(TermOp::CallValue)), Uint256{99});
    EXPECT_EQ(value(graph_.atom(TermOp::Beneficiary)), to_uint256(address(9)));
    EXPECT_EQ(value(graph_.atom(TermOp::Number)), Uint256{123});
    EXPECT_EQ(value(graph_.atom(TermOp::Timestamp)), Uint256{456});
    EXPECT_EQ(graph_.atom(TermOp::Hash), kNoTerm);
}

TEST_F(TermFixture, CalldataReadsAnyBytesAndZerosBehindTheEnd) {
    EXPECT_EQ(value(graph_.calldata(4, 32)), to_uint256(address(7)));
    EXPECT_EQ(value(graph_.calldata(16, 20)), to_uint256(address(7)));
    EXPECT_EQ(value(graph_.calldata(0, 4)), Uint256{0x01020304});
    EXPECT_EQ(value(graph_.calldata(67, 1)), Uint256{40});
    EXPECT_EQ(value(graph_.calldata(data_.size() - 1, 2)),
              to_uint256(address(3)) * Uint256{256} % Uint256{65'536});
    EXPECT_EQ(value(graph_.calldata(60'000, 32)), Uint256{});
}

TEST_F(TermFixture, ArithmeticWrapsAndOrders) {
    const TermIndex forty = graph_.calldata(36, 32);
    EXPECT_EQ(value(graph_.plus(forty, Uint256{2})), Uint256{42});
    EXPECT_EQ(value(graph_.plus(forty, -Uint256{41})), -Uint256{1});
    EXPECT_EQ(value(graph_.sum(graph_.constant(Uint256{5}), forty, Uint256{3})), Uint256{125});
    const TermIndex a = graph_.calldata(16, 20);
    const TermIndex b = graph_.calldata(80, 20);
    EXPECT_EQ(value(graph_.lower(a, b)), to_uint256(address(3)));
    EXPECT_EQ(value(graph_.higher(a, b)), to_uint256(address(7)));
    EXPECT_EQ(graph_.lower(a, b), graph_.lower(b, a));
    EXPECT_EQ(value(graph_.slice(a, 12, 1)), Uint256{BytesView{address(7)}[0]});
}

TEST_F(TermFixture, HashesNestedMappingsAndPackedBytes) {
    const Bytes32 caller = to_bytes32(to_uint256(address(1)));
    const Bytes32 argument = to_bytes32(to_uint256(address(7)));
    const Bytes32 slot = to_bytes32(Uint256{2});
    const TermIndex outer = mapping(graph_.atom(TermOp::Caller), graph_.constant(Uint256{2}));
    const TermIndex inner = mapping(graph_.calldata(4, 32), outer);
    const Uint256 expected_outer = keccak_of({caller, slot});
    EXPECT_EQ(value(outer), expected_outer);
    EXPECT_EQ(value(inner), keccak_of({argument, to_bytes32(expected_outer)}));
    EXPECT_EQ(graph_.levels(), 2);

    // CREATE2: 0xff ++ deployer ++ salt ++ code hash.
    const std::array<HashFragment, 4> fragments{{{graph_.constant(Uint256{0xff}), 1},
                                                 {graph_.atom(TermOp::Recipient), 20},
                                                 {inner, 32},
                                                 {graph_.constant(Uint256{77}), 32}}};
    const TermIndex created = graph_.slice(graph_.hash(fragments), 12, 20);
    const Uint256 hash =
        keccak_of({Bytes{0xff}, address(2), to_bytes32(value(inner)), to_bytes32(Uint256{77})});
    EXPECT_EQ(to_address(value(created)), to_address(hash));
    EXPECT_EQ(
        to_text(graph_, created),
        "keccak(0xff:1 . to:20 . keccak(calldata[4:36] . keccak(caller . 0x2)) . 0x4d)[12:32]");
}

TEST_F(TermFixture, HashesPreimagesOfEveryLength) {
    std::vector<HashFragment> fragments;
    Bytes preimage;
    for (size_t size = 0; size <= TermGraph::kPreimageBytesMax; ++size) {
        const TermIndex term = graph_.hash(fragments);
        ASSERT_NE(term, kNoTerm) << size;
        EXPECT_EQ(value(term), keccak_of({preimage})) << size;
        graph_.clear();
        // One more byte, the bytes of different terms.
        fragments.clear();
        preimage.push_back(static_cast<uint8_t>(size * 7 % 90));
        for (const uint8_t byte : preimage)
            fragments.push_back({graph_.constant(Uint256{byte}), 1});
        if (preimage.size() > UINT8_MAX) break;
    }
}

TEST_F(TermFixture, LoadsFromTheStateBeforeTheBlock) {
    state_.set_account(address(2), {1, {}});
    state_.set_storage(address(2), Uint256{5}, (to_uint256(address(6)) << 96) + Uint256{3});
    state_.set_account(address(6), {1, {}});
    state_.set_storage(address(6), keccak_of({to_bytes32(to_uint256(address(1))), Bytes32{}}),
                       Uint256{1234});
    const TermIndex packed =
        graph_.load(graph_.atom(TermOp::Recipient), graph_.constant(Uint256{5}));
    const TermIndex other = graph_.slice(packed, 0, 20);
    EXPECT_EQ(to_address(value(other)), address(6));
    const TermIndex balance =
        graph_.load(other, mapping(graph_.atom(TermOp::Caller), graph_.constant({})));
    EXPECT_EQ(value(balance), Uint256{1234});
}

TEST_F(TermFixture, ManyTransactionsGiveWhatEachGivesAlone) {
    auto generator = test::test_generator(71);
    const TermIndex slot = mapping(graph_.calldata(4, 32), graph_.constant(Uint256{1}));
    const TermIndex nested = mapping(graph_.atom(TermOp::Caller), slot);
    std::vector<TermEvaluator::Job> jobs;
    std::vector<Bytes> inputs(TermEvaluator::kJobsMax);
    for (Bytes& input : inputs) {
        input.resize(4 + generator() % 64);
        for (uint8_t& byte : input)
            byte = static_cast<uint8_t>(generator());
        jobs.push_back({&graph_, {address(generator() % 1000), address(2), {}, input}});
    }
    evaluator_.begin_block({}, state_);
    evaluator_.evaluate(jobs);
    std::vector<Uint256> together;
    for (size_t i = 0; i < jobs.size(); ++i)
        together.push_back(evaluator_.values(i)[nested]);
    for (size_t i = 0; i < jobs.size(); ++i) {
        evaluator_.evaluate({&jobs[i], 1});
        EXPECT_EQ(evaluator_.values(0)[nested], together[i]);
    }
}

TEST_F(TermFixture, SharesEqualTermsAndCopiesWhatATermNeeds) {
    const TermIndex slot = mapping(graph_.atom(TermOp::Caller), graph_.constant(Uint256{2}));
    EXPECT_EQ(mapping(graph_.atom(TermOp::Caller), graph_.constant(Uint256{2})), slot);
    graph_.constant(Uint256{1000});
    TermGraph other;
    const TermIndex copied = other.copy(graph_, slot);
    ASSERT_NE(copied, kNoTerm);
    EXPECT_EQ(other.terms().size(), 3U);
    EXPECT_EQ(other.copy(graph_, slot), copied);
    EXPECT_EQ(other.terms().size(), 3U);
    const Uint256 expected = value(slot);
    graph_ = other;
    EXPECT_EQ(value(copied), expected);
}

TEST_F(TermFixture, HasBounds) {
    for (size_t i = 0; i < 2 * TermGraph::kTermsMax; ++i)
        (void)graph_.calldata(i, 32);
    EXPECT_EQ(graph_.terms().size(), TermGraph::kTermsMax);
    EXPECT_EQ(graph_.atom(TermOp::Caller), kNoTerm);

    graph_.clear();
    for (uint64_t i = 0; i < 2 * TermGraph::kConstantsMax; ++i)
        (void)graph_.constant(Uint256{i});
    EXPECT_EQ(graph_.constants().size(), TermGraph::kConstantsMax);

    graph_.clear();
    TermIndex nested = graph_.atom(TermOp::Caller);
    const TermIndex zero = graph_.constant({});
    for (size_t i = 0; i < TermGraph::kLevelsMax; ++i) {
        nested = mapping(nested, zero);
        ASSERT_NE(nested, kNoTerm);
    }
    EXPECT_EQ(mapping(nested, zero), kNoTerm) << "nested too deeply";

    graph_.clear();
    size_t loads = 0;
    const TermIndex account = graph_.atom(TermOp::Recipient);
    for (uint64_t i = 0; i < 2 * TermGraph::kLoadsMax; ++i)
        loads += graph_.load(account, graph_.constant(Uint256{i})) != kNoTerm ? 1 : 0;
    EXPECT_EQ(loads, TermGraph::kLoadsMax);
    EXPECT_EQ(graph_.slice(account, 20, 13), kNoTerm);
    EXPECT_EQ(graph_.slice(kNoTerm, 0, 1), kNoTerm);
    EXPECT_EQ(graph_.load(kNoTerm, account), kNoTerm);
}

}  // namespace
}  // namespace switchyard::plan
