// SPDX-License-Identifier: Apache-2.0
// Templates and their store: what is believed, what is dropped, and that nothing grows.
#include "host/plan/template_store.hpp"

#include <gtest/gtest.h>

#include "tests/support/test_data.hpp"

namespace switchyard::plan {
namespace {

Address address(uint64_t n) {
    return to_address(Uint256{n + 1, n, 5, 0});
}

TemplateKey key_of(uint64_t n) {
    Bytes32 code;
    const uint64_t spread = n * 0x9e3779b97f4a7c15ULL;
    std::memcpy(code.data(), &spread, sizeof spread);
    return {code, static_cast<uint32_t>(n), 68};
}

/// Accesses of one transaction: slots of one contract, written.
ObservedAccesses writes_of(const Address& contract, std::initializer_list<uint64_t> slots) {
    ReadSet reads;
    StateChanges changes;
    AccountChange change;
    change.address = contract;
    change.account.emplace();
    change.balance_is_delta = true;
    change.nonce_written = change.code_written = false;
    for (const uint64_t slot : slots) {
        reads.storage.push_back({contract, ReadSet::kExact, Uint256{slot}, Uint256{1}});
        changes.storage.push_back({Uint256{slot}, Uint256{2}});
    }
    change.storage_count = static_cast<uint32_t>(changes.storage.size());
    changes.accounts.push_back(change);
    ObservedAccesses out;
    out.assign(reads, changes, address(100), address(101));
    return out;
}

class TemplateFixture : public testing::Test {
  protected:
    void add(uint64_t slot, bool guess) {
        const ObservedAccesses accesses = writes_of(address(1), {slot});
        TermGraph terms;
        const TermIndex account = terms.constant(to_uint256(address(1)));
        template_.add(terms, account, terms.constant(Uint256{slot}), guess, false, accesses, 0);
    }
    void observe(std::initializer_list<uint64_t> slots) {
        const ObservedAccesses accesses = writes_of(address(1), slots);
        std::vector<Uint256> values;
        for (const Term& term : template_.graph().terms())
            values.push_back(template_.graph().constant_of(term));
        template_.count(values, accesses, 50'000, covered_);
        template_.prune();
    }
    EntryUse use_of_slot(uint64_t slot) const {
        for (const TemplateEntry& entry : template_.entries())
            if (template_.graph().constant_of(template_.graph()[entry.slot]) == Uint256{slot})
                return Template::use_of(entry);
        return EntryUse::None;
    }
    Template template_;
    std::vector<bool> covered_;
};

TEST_F(TemplateFixture, BelievesAGuessWhenItIsRightTwice) {
    add(5, false);
    add(6, true);
    EXPECT_EQ(use_of_slot(5), EntryUse::Write);
    EXPECT_EQ(use_of_slot(6), EntryUse::None);
    observe({5, 6});
    EXPECT_EQ(use_of_slot(6), EntryUse::Write);
}

TEST_F(TemplateFixture, DropsAGuessThatStaysAlone) {
    add(6, true);
    observe({5});
    observe({5});
    observe({5});
    EXPECT_TRUE(template_.entries().empty());
    EXPECT_TRUE(template_.graph().terms().empty()) << "its terms went with it";
}

TEST_F(TemplateFixture, DropsWhatIsSeldomRightAndRanksTheRest) {
    add(5, false);
    add(6, false);
    add(7, false);
    for (int i = 0; i < 12; ++i)
        observe(i % 2 == 0 ? std::initializer_list<uint64_t>{6, 7}
                           : std::initializer_list<uint64_t>{7});
    EXPECT_EQ(use_of_slot(5), EntryUse::None);
    ASSERT_EQ(template_.entries().size(), 2U);
    EXPECT_EQ(use_of_slot(6), EntryUse::Write);
    EXPECT_EQ(template_.graph().constant_of(template_.graph()[template_.entries()[0].slot]),
              Uint256{7});
}

TEST_F(TemplateFixture, CountsNeverOverflowAndFollowWhatHappensLately) {
    add(5, false);
    for (int i = 0; i < 1'000; ++i)
        observe({5});
    EXPECT_EQ(use_of_slot(5), EntryUse::Write);
    EXPECT_EQ(template_.observations(), 1'000U);
    EXPECT_NEAR(static_cast<double>(template_.gas()), 50'000.0, 100.0);
    for (int i = 0; i < 200; ++i)
        observe({4});
    EXPECT_EQ(use_of_slot(5), EntryUse::None);
}

TEST_F(TemplateFixture, MarksWhatItNames) {
    add(5, false);
    const ObservedAccesses accesses = writes_of(address(1), {4, 5});
    std::vector<Uint256> values;
    for (const Term& term : template_.graph().terms())
        values.push_back(template_.graph().constant_of(term));
    template_.count(values, accesses, 1, covered_);
    EXPECT_EQ(covered_, (std::vector<bool>{false, true}));
}

TEST(ObservedAccesses, TellsCreditsFromWritesAndLeavesOutSenderAndBeneficiary) {
    ReadSet reads;
    ReadSet::AccountRead read;
    read.address = address(1);
    read.fields = static_cast<uint8_t>(AccountField::CodeHash);
    reads.accounts.push_back(read);
    read.address = address(2);
    read.fields = static_cast<uint8_t>(AccountField::Balance);
    reads.accounts.push_back(read);
    read.address = address(100);
    reads.accounts.push_back(read);
    StateChanges changes;
    for (const uint64_t n : {3U, 4U, 101U}) {
        AccountChange change;
        change.address = address(n);
        change.account.emplace();
        change.account->balance = Uint256{1};
        change.balance_is_delta = n != 4;
        change.nonce_written = change.code_written = false;
        changes.accounts.push_back(change);
    }
    ObservedAccesses accesses;
    accesses.assign(reads, changes, address(100), address(101));
    ASSERT_EQ(accesses.accounts().size(), 4U);
    EXPECT_FALSE(accesses.accounts()[accesses.find_account(address(1))].orders());
    EXPECT_TRUE(accesses.accounts()[accesses.find_account(address(2))].reads_balance);
    EXPECT_TRUE(accesses.accounts()[accesses.find_account(address(3))].is_credited);
    EXPECT_TRUE(accesses.accounts()[accesses.find_account(address(4))].is_written);
    EXPECT_EQ(accesses.find_account(address(100)), FlatIndex::kNone);
}

TEST(TemplateStore, MillionsOfTemplatesStayWithinItsLimits) {
    const TemplateLimits limits{.memory_bytes = 4 << 20, .templates_max = 2'000, .proxies_max = 50};
    TemplateStore store(limits);
    TermGraph terms;
    const TermIndex account = terms.constant(to_uint256(address(1)));
    const TermIndex slot = terms.constant(Uint256{5});
    const ObservedAccesses accesses = writes_of(address(1), {5});
    size_t most = 0;
    for (uint64_t n = 0; n < 1'000'000; ++n) {
        store.learn_into(key_of(n), [&](Template& entry) {
            entry.add(terms, account, slot, false, false, accesses, 0);
        });
        store.note_proxy(key_of(n).code_hash, Uint256{n});
        most = std::max(most, store.memory_bytes());
    }
    EXPECT_LE(store.size(), limits.templates_max);
    EXPECT_LE(store.proxies(), limits.proxies_max);
    EXPECT_LE(most, limits.memory_bytes);
    EXPECT_GE(store.evictions(), 1'000'000 - limits.templates_max);
    EXPECT_NE(store.find(key_of(999'999)), nullptr);
}

TEST(TemplateStore, MemoryIsALimitOfItsOwn) {
    const TemplateLimits limits{.memory_bytes = 1 << 20, .templates_max = 2'000, .proxies_max = 50};
    TemplateStore store(limits);
    const ObservedAccesses accesses = writes_of(address(1), {5});
    for (uint64_t n = 0; n < 2'000; ++n)
        store.learn_into(key_of(n), [&](Template& entry) {
            TermGraph terms;
            const TermIndex account = terms.constant(to_uint256(address(1)));
            for (uint64_t s = 0; s < 100; ++s)
                entry.add(terms, account, terms.constant(Uint256{s}), false, false, accesses, 0);
        });
    EXPECT_LE(store.memory_bytes(), limits.memory_bytes);
    EXPECT_LT(store.size(), 1'000U);
    EXPECT_GT(store.size(), 10U);
}

TEST(TemplateStore, WhatIsUsedStays) {
    TemplateStore store({.memory_bytes = 64 << 20, .templates_max = 100, .proxies_max = 1});
    store.learn_into(key_of(0), [](Template&) {});
    for (uint64_t n = 1; n < 10'000; ++n) {
        ASSERT_NE(store.find(key_of(0)), nullptr) << n;
        store.learn_into(key_of(n), [](Template&) {});
    }
    EXPECT_EQ(store.find(key_of(5)), nullptr);
    EXPECT_EQ(store.size(), 100U);
}

TEST(TemplateKey, TakesTheSelectorAndTheLength) {
    const Bytes data{0xa9, 0x05, 0x9c, 0xbb, 7};
    const TemplateKey key = TemplateKey::of(Bytes32{}, data);
    EXPECT_EQ(key.selector, 0xa9059cbbU);
    EXPECT_EQ(key.length, 5U);
    EXPECT_EQ(key.of_any_length().length, TemplateKey::kAnyLength);
    EXPECT_EQ(TemplateKey::of(Bytes32{}, Bytes{1, 2}).selector, 0U);
}

}  // namespace
}  // namespace switchyard::plan
