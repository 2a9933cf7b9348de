// SPDX-License-Identifier: Apache-2.0
// Block access lists in the making: what counts as a change, as a read, and in which order.
#include "host/execute/block_access_list_builder.hpp"

#include <random>

#include "host/execute/access_list_difference.hpp"
#include "host/execute/block_roots.hpp"
#include "host/execute/block_validation.hpp"
#include "host/execute/system_contracts.hpp"
#include "tests/unit/execute/execute_fixture.hpp"

namespace switchyard::execute::test {
namespace {

using Words = std::vector<BlockAccessList::Change<Uint256>>;
using Nonces = std::vector<BlockAccessList::Change<uint64_t>>;
using Codes = std::vector<BlockAccessList::Change<Bytes>>;

/// One account's entries, without their place in the list.
struct Entries {
    std::vector<std::pair<Uint256, Words>> slots = {};
    std::vector<Uint256> reads = {};
    Words balances = {};
    Nonces nonces = {};
    Codes codes = {};
    bool operator==(const Entries&) const = default;
};

template <typename Entry>
std::vector<Entry> copy(const std::vector<Entry>& entries, BlockAccessList::Range range) {
    const auto found = BlockAccessList::of(entries, range);
    return {found.begin(), found.end()};
}

/// No value: the list does not have the account.
std::optional<Entries> entries_of(const BlockAccessList& list, const Address& address) {
    for (const BlockAccessList::Account& account : list.accounts) {
        if (account.address != address) continue;
        Entries out;
        for (const BlockAccessList::Slot& slot : copy(list.slots, account.slots))
            out.slots.emplace_back(slot.key, copy(list.values, slot.values));
        out.reads = copy(list.reads, account.reads);
        out.balances = copy(list.balances, account.balances);
        out.nonces = copy(list.nonces, account.nonces);
        out.codes = copy(list.codes, account.codes);
        return out;
    }
    return std::nullopt;
}

class AccessListBuilder : public ExecuteFixture {
  protected:
    AccessListBuilder() : ExecuteFixture(Revision::Amsterdam) { builder_.begin(); }

    /// Runs `body(transaction state)` as what happens at `index`.
    template <typename Body>
    void at(uint32_t index, Body body) {
        transaction_state_.begin(block_, Revision::Amsterdam);
        body(transaction_state_);
        transaction_state_.finish(changes_);
        builder_.add(index, changes_, block_);
        block_.apply(changes_);
    }

    const Address alice_ = address_of(0xaa);
    const Address bob_ = address_of(0xbb);
    BlockState block_{state_};
    BlockAccessListBuilder builder_;
};

TEST_F(AccessListBuilder, ListsWhatEachTransactionLeaves) {
    give(alice_, 100, 4);
    state_.set_storage(alice_, 1, 10);
    at(1, [&](auto& state) {
        state.set_nonce(alice_, 5);
        state.subtract_balance(alice_, 30);
        state.add_balance(bob_, 30);
        state.set_storage(alice_, 1, 11);
        state.set_storage(alice_, 1, 12);
    });
    at(3, [&](auto& state) {
        state.set_nonce(alice_, 7);
        state.set_code(bob_, {0x60});
        state.set_storage(alice_, 1, 0);
        state.set_storage(alice_, 0, 1);
    });
    const BlockAccessList list = builder_.build();
    EXPECT_EQ(list.accounts.size(), 2u);
    EXPECT_EQ(entries_of(list, alice_), (Entries{.slots = {{0, {{3, 1}}}, {1, {{1, 12}, {3, 0}}}},
                                                 .reads = {},
                                                 .balances = {{1, 70}},
                                                 .nonces = {{1, 5}, {3, 7}},
                                                 .codes = {}}));
    EXPECT_EQ(entries_of(list, bob_), (Entries{.slots = {},
                                               .reads = {},
                                               .balances = {{1, 30}},
                                               .nonces = {},
                                               .codes = {{3, Bytes{0x60}}}}));
}

TEST_F(AccessListBuilder, TakesAValueThatEndsAsItWasForARead) {
    give(alice_, 100);
    state_.set_storage(alice_, 1, 10);
    at(1, [&](auto& state) {
        state.set_storage(alice_, 1, 11);
        state.set_storage(alice_, 1, 10);
        (void)state.storage(alice_, 2);
        state.subtract_balance(alice_, 5);
        state.add_balance(alice_, 5);
    });
    EXPECT_EQ(entries_of(builder_.build(), alice_), (Entries{.reads = {1, 2}}));
}

TEST_F(AccessListBuilder, TellsAChangeOfTheTransactionFromOneOfTheBlock) {
    give(alice_, 1);
    state_.set_storage(alice_, 1, 10);
    at(1, [&](auto& state) { state.set_storage(alice_, 1, 11); });
    at(2, [&](auto& state) { state.set_storage(alice_, 1, 10); });
    EXPECT_EQ(entries_of(builder_.build(), alice_), (Entries{.slots = {{1, {{1, 11}, {2, 10}}}}}));
}

TEST_F(AccessListBuilder, DropsAReadOfASlotThatChangesElsewhere) {
    give(alice_, 1);
    at(1, [&](auto& state) { (void)state.storage(alice_, 9); });
    at(2, [&](auto& state) { state.set_storage(alice_, 9, 1); });
    at(3, [&](auto& state) { (void)state.storage(alice_, 9); });
    EXPECT_EQ(entries_of(builder_.build(), alice_), (Entries{.slots = {{9, {{2, 1}}}}}));
}

TEST_F(AccessListBuilder, JoinsWhatHappensAtOneIndex) {
    at(0, [&](auto& state) { state.add_balance(alice_, 1); });
    at(0, [&](auto& state) { state.add_balance(alice_, 2); });
    at(1, [&](auto& state) { state.add_balance(alice_, 4); });
    EXPECT_EQ(entries_of(builder_.build(), alice_), (Entries{.balances = {{0, 3}, {1, 7}}}));
}

TEST_F(AccessListBuilder, KeepsWhatARevertedFrameAccessed) {
    give(alice_, 1);
    at(1, [&](auto& state) {
        const size_t snapshot = state.snapshot();
        state.set_storage(alice_, 1, 2);
        (void)state.balance(bob_);
        state.revert_to(snapshot);
    });
    const BlockAccessList list = builder_.build();
    EXPECT_EQ(entries_of(list, alice_), (Entries{.reads = {1}}));
    EXPECT_EQ(entries_of(list, bob_), Entries{});
}

TEST_F(AccessListBuilder, LeavesReadsOfAContractThatDiesWhereItWasMade) {
    give(alice_, 50);
    at(1, [&](auto& state) {
        state.create_contract(alice_);
        state.set_nonce(alice_, 1);
        state.set_code(alice_, {1, 2});
        state.set_storage(alice_, 1, 2);
        state.subtract_balance(alice_, 50);
        state.self_destruct(alice_);
    });
    EXPECT_EQ(entries_of(builder_.build(), alice_), (Entries{.reads = {1}, .balances = {{1, 0}}}));
}

TEST_F(AccessListBuilder, ForgetsTheBlockBefore) {
    at(1, [&](auto& state) { state.set_storage(alice_, 1, 2); });
    builder_.begin();
    EXPECT_EQ(builder_.build(), BlockAccessList{});
    at(1, [&](auto& state) { (void)state.storage(alice_, 1); });
    EXPECT_EQ(entries_of(builder_.build(), alice_), (Entries{.reads = {1}}));
}

TEST_F(AccessListBuilder, SortsIntoAWellFormedList) {
    std::mt19937_64 generator(7);
    for (uint32_t index = 0; index < 40; ++index)
        at(index, [&](auto& state) {
            for (int i = 0; i < 20; ++i) {
                Address address;
                address[0] = static_cast<uint8_t>(generator() % 8);
                address[19] = static_cast<uint8_t>(generator() % 4);
                const Uint256 key = Uint256{generator() % 6} << (64 * (generator() % 4));
                state.add_balance(address, generator() % 2);
                if (generator() % 2 == 0)
                    (void)state.storage(address, key);
                else
                    state.set_storage(address, key, generator() % 3);
                state.set_nonce(address, state.nonce(address) + generator() % 2);
            }
        });
    const BlockAccessList list = builder_.build();
    EXPECT_GT(list.reads.size(), 0u);
    EXPECT_GT(list.slots.size(), 100u);
    const auto decoded = decode_block_access_list(encode_block_access_list(list));
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, list);
}

/// Whole blocks, with request contracts that do nothing and no other system contract.
class BlockWithAccessList : public AccessListBuilder {
  protected:
    BlockWithAccessList() {
        give(sender_, Uint256(kEther));
        give(withdrawal_requests_contract(), 0, 1, {0x00});
        give(consolidation_requests_contract(), 0, 1, {0x00});
        header_.parent_beacon_block_root.emplace();
    }
};

TEST_F(BlockWithAccessList, HoldsTransactionsSystemCallsAndWithdrawals) {
    const auto first = payment();
    auto second = payment();
    second.transaction.nonce = 1;
    second.transaction.max_priority_fee_per_gas = 0;
    const std::vector<SignedTransaction> transactions{first, second};
    const std::vector<Withdrawal> withdrawals{{0, 0, recipient_, 3}, {1, 0, alice_, 0}};
    auto in = input(transactions);
    in.withdrawals = withdrawals;
    const auto result = execute_block_serial(in, state_);
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_TRUE(result->block_access_list);
    const BlockAccessList& list = *result->block_access_list;
    EXPECT_EQ(result->block_access_list_hash, block_access_list_hash(list));

    EXPECT_EQ(list.accounts.size(), 8u);
    for (const Address& looked_for :
         {beacon_roots_contract(), block_hashes_contract(), withdrawal_requests_contract(),
          consolidation_requests_contract(), alice_})
        EXPECT_EQ(entries_of(list, looked_for), Entries{});
    // 1 Wei each and 21,000 gas for 9 and 7 Wei; the priority fee is 2 Wei and nothing.
    EXPECT_EQ(entries_of(list, sender_),
              (Entries{.balances = {{1, kEther - 189'001}, {2, kEther - 189'001 - 147'001}},
                       .nonces = {{1, 1}, {2, 2}}}));
    EXPECT_EQ(entries_of(list, recipient_),
              (Entries{.balances = {{1, 1}, {2, 2}, {3, 3'000'000'002}}}));
    EXPECT_EQ(entries_of(list, beneficiary_), (Entries{.balances = {{1, 42'000}}}));
}

TEST_F(BlockWithAccessList, LeavesTheBeneficiaryOutOfABlockWithoutTransactions) {
    const auto result = execute_block_serial(input(), state_);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->block_access_list->accounts.size(), 4u);
    EXPECT_EQ(entries_of(*result->block_access_list, beneficiary_), std::nullopt);
}

TEST_F(BlockWithAccessList, IsMadeFromAmsterdamOnAndOfWholeBlocks) {
    auto in = input();
    in.scope = BlockScope::TransactionsOnly;
    EXPECT_FALSE(execute_block_serial(in, state_)->block_access_list);
    use(Revision::Osaka);
    const auto result = execute_block_serial(input(), state_);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_FALSE(result->block_access_list);
    EXPECT_FALSE(result->block_access_list_hash);
}

TEST_F(BlockWithAccessList, IsComparedWithTheHeader) {
    const auto result = execute_block_serial(input(), state_);
    ASSERT_TRUE(result) << result.error().message;
    const auto complaint = [&](const BlockHeader& header) -> std::string {
        const auto valid = validate_result(header, *result, rules_, std::nullopt);
        return valid ? "" : valid.error().message;
    };
    BlockHeader header = header_;
    header.receipts_root = receipts_root(result->receipts);
    header.blob_gas_used = 0;
    header.requests_hash = result->requests_hash;
    header.block_access_list_hash = result->block_access_list_hash;
    EXPECT_EQ(complaint(header), "");
    header.gas_limit = 4 * kBlockAccessListItemGas;
    EXPECT_EQ(complaint(header), "");
    header.gas_limit -= 1;
    EXPECT_EQ(complaint(header),
              "block access list: 4 items, above the 3 that the gas limit allows");
    header.gas_limit += 1;
    header.block_access_list_hash->bytes[0] ^= 1;
    EXPECT_EQ(complaint(header), "block access list hash: does not match what the block accessed");
}

TEST(AccessListDifference, NamesTheFirstEntryThatDiffers) {
    BlockAccessList expected;
    expected.values = {{1, 7}};
    expected.slots = {{4, {0, 1}}};
    expected.reads = {3, 6};
    expected.balances = {{1, 5}, {2, 6}};
    expected.nonces = {{1, 1}};
    expected.codes = {{2, Bytes{0x60}}};
    expected.accounts = {{Address{{1}}, {0, 1}, {0, 2}, {0, 2}, {0, 1}, {0, 1}}};
    EXPECT_EQ(first_difference(expected, expected), std::nullopt);
    const auto difference = [&](const auto& damage) {
        BlockAccessList found = expected;
        damage(found);
        const std::string text = first_difference(expected, found).value_or("");
        const std::string account =
            "block access list, account 0x0100000000000000000000000000000000000000, ";
        return text.starts_with(account) ? text.substr(account.size()) : text;
    };
    EXPECT_EQ(difference([](auto& list) { list.values[0].value = 8; }),
              "slot 0x4: expected 0x7 at index 1, found 0x8 at index 1");
    EXPECT_EQ(difference([](auto& list) { list.slots[0].key = 5; }),
              "changed slot: expected 0x4, found 0x5");
    EXPECT_EQ(difference([](auto& list) { list.accounts[0].slots.count = 0; }),
              "changed slots: expected 1, found 0");
    EXPECT_EQ(difference([](auto& list) { list.accounts[0].reads.count = 1; }),
              "read slot: expected 0x6, found none");
    EXPECT_EQ(difference([](auto& list) { list.balances[1].index = 3; }),
              "balance: expected 0x6 at index 2, found 0x6 at index 3");
    EXPECT_EQ(difference([](auto& list) { list.nonces[0].value = 9; }),
              "nonce: expected 1 at index 1, found 9 at index 1");
    EXPECT_EQ(difference([](auto& list) { list.codes[0].value.clear(); }),
              "code: expected 0x60 at index 2, found 0x at index 2");
    EXPECT_EQ(difference([](auto& list) { list.accounts.clear(); }),
              "block access list, account 0: expected "
              "0x0100000000000000000000000000000000000000, found none");
}

}  // namespace
}  // namespace switchyard::execute::test
