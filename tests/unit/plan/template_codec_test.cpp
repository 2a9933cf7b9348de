// SPDX-License-Identifier: Apache-2.0
// Templates as bytes: all of them come back, and nothing that is damaged does.
#include "host/plan/template_codec.hpp"

#include <gtest/gtest.h>

#include <array>

#include "host/core/checksum/crc32c.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::plan {
namespace {

constexpr TemplateLimits kLimits{.memory_bytes = 8 << 20, .templates_max = 100, .proxies_max = 10};

TemplateKey key_of(uint8_t n) {
    Bytes32 code;
    code[0] = n;
    return {code, uint32_t{n} * 1'000'003U, n == 0 ? TemplateKey::kAnyLength : 68U};
}

/// A graph that has every operation.
TermGraph all_operations(TermIndex& account, TermIndex& slot) {
    TermGraph graph;
    account = graph.constant(Uint256{1, 2, 3, 0});
    for (const TermOp op : {TermOp::Caller, TermOp::Recipient, TermOp::CallValue,
                            TermOp::Beneficiary, TermOp::Number, TermOp::Timestamp})
        account = graph.lower(account, graph.atom(op));
    const TermIndex argument = graph.calldata(36, 32);
    const TermIndex loaded = graph.load(account, graph.higher(argument, graph.plus(account, 7U)));
    const std::array<HashFragment, 2> fragments{{{graph.slice(loaded, 0, 20), 20}, {argument, 32}}};
    slot = graph.sum(graph.hash(fragments), argument, Uint256{3});
    return graph;
}

TemplateStore filled() {
    TemplateStore store(kLimits);
    ReadSet reads;
    StateChanges changes;
    reads.storage.push_back({Address{}, ReadSet::kExact, Uint256{5}, Uint256{1}});
    ObservedAccesses accesses;
    accesses.assign(reads, changes, Address{}, Address{});
    TermIndex account = kNoTerm;
    TermIndex slot = kNoTerm;
    const TermGraph graph = all_operations(account, slot);
    for (uint8_t n = 0; n < 20; ++n)
        store.learn_into(key_of(n), [&](Template& entry) {
            if (n % 4 != 1) entry.add(graph, account, slot, n % 2 == 0, false, accesses, 0);
            std::vector<bool> covered;
            entry.count(std::vector<Uint256>(entry.graph().terms().size()), accesses, 1'000U * n,
                        covered);
            entry.prune();
        });
    store.note_proxy(key_of(3).code_hash, Uint256{77});
    return store;
}

void expect_equal(const TemplateStore& a, TemplateStore& b) {
    EXPECT_EQ(a.size(), b.size());
    EXPECT_EQ(a.proxies(), b.proxies());
    a.for_each([&](const TemplateKey& key, const Template& each) {
        const Template* const found = b.find(key);
        ASSERT_NE(found, nullptr);
        EXPECT_EQ(*found, each);
    });
}

TEST(TemplateCodec, EverythingComesBack) {
    const TemplateStore store = filled();
    TemplateStore read(kLimits);
    ASSERT_TRUE(decode_templates(encode_templates(store), read).has_value());
    expect_equal(store, read);
    ASSERT_NE(read.proxy_slot(key_of(3).code_hash), nullptr);
    EXPECT_EQ(*read.proxy_slot(key_of(3).code_hash), Uint256{77});
    TemplateStore empty(kLimits);
    ASSERT_TRUE(decode_templates(encode_templates(TemplateStore(kLimits)), empty).has_value());
    EXPECT_EQ(empty.size(), 0U);
}

TEST(TemplateCodec, NoDamagedByteAndNoCutIsRead) {
    const Bytes bytes = encode_templates(filled());
    auto generator = test::test_generator(31);
    for (size_t at = 0; at < bytes.size(); ++at) {
        Bytes damaged = bytes;
        damaged[at] ^= static_cast<uint8_t>(1 + generator() % 255);
        TemplateStore store(kLimits);
        const auto decoded = decode_templates(damaged, store);
        ASSERT_FALSE(decoded.has_value()) << at;
        EXPECT_EQ(decoded.error().code, ErrorCode::Corrupt);
        EXPECT_EQ(store.size() + store.proxies(), 0U);
        TemplateStore cut(kLimits);
        ASSERT_FALSE(decode_templates(BytesView(bytes).first(at), cut).has_value()) << at;
    }
}

TEST(TemplateCodec, ReadsWhatSomebodyElseMadeWithCare) {
    // With its checksum made right, damage reaches the checks behind it: whatever decodes is whole.
    const Bytes bytes = encode_templates(filled());
    auto generator = test::test_generator(32);
    size_t read = 0;
    size_t refused = 0;
    for (size_t round = 0; round < 20'000; ++round) {
        Bytes damaged = bytes;
        damaged[16 + generator() % (bytes.size() - 16)] ^= static_cast<uint8_t>(generator());
        const uint32_t sum = crc32c(BytesView(damaged).subspan(16));
        for (size_t i = 0; i < 4; ++i)
            damaged[12 + i] = static_cast<uint8_t>(sum >> (8 * i));
        TemplateStore store(kLimits);
        if (!decode_templates(damaged, store)) {
            ++refused;
            continue;
        }
        ++read;
        store.for_each([&](const TemplateKey&, const Template& each) {
            const auto terms = each.graph().terms();
            for (size_t i = 0; i < terms.size(); ++i)
                ASSERT_TRUE(terms[i].a == kNoTerm || terms[i].a < i);
            for (const TemplateEntry& entry : each.entries()) {
                ASSERT_LT(entry.account, terms.size());
                ASSERT_LE(entry.hits, entry.tries);
            }
        });
    }
    EXPECT_GT(read, 100U);
    EXPECT_GT(refused, 100U);
}

TEST(TemplateCodec, StaysWithinTheLimitsOfTheStore) {
    TemplateStore small({.memory_bytes = 8 << 20, .templates_max = 3, .proxies_max = 0});
    ASSERT_TRUE(decode_templates(encode_templates(filled()), small).has_value());
    EXPECT_EQ(small.size(), 3U);
    EXPECT_EQ(small.proxies(), 0U);
}

}  // namespace
}  // namespace switchyard::plan
