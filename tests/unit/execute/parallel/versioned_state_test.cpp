// SPDX-License-Identifier: Apache-2.0
// The state of a block in flight, against the obvious model: the base and all changes of lower
// indices applied one after another.
#include "host/execute/parallel/versioned_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "host/state/block_state.hpp"
#include "host/state/memory_state.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::execute {
namespace {

Address address_of(uint8_t number) {
    Address out;
    out[0] = 0xaa;
    out[19] = number;
    return out;
}

AccountChange credit(const Address& address, uint64_t amount) {
    AccountChange out;
    out.address = address;
    out.account = Account{.nonce = 0, .balance = amount};
    out.balance_is_delta = true;
    out.nonce_written = false;
    out.code_written = false;
    return out;
}

class VersionedStateFixture : public testing::Test {
  protected:
    VersionedStateFixture() {
        for (uint8_t i = 0; i < 6; ++i) {
            base_.set_account(address_of(i), {.nonce = 1, .balance = 1'000});
            for (uint64_t key = 0; key < 3; ++key)
                base_.set_storage(address_of(i), key, 10 * i + key + 1);
        }
        versions_.begin({.base = &base_,
                         .revision = Revision::Cancun,
                         .beneficiary = address_of(5),
                         .transactions = 64});
    }

    /// A random effect on few accounts and slots.
    StateChanges random_changes(std::mt19937_64& generator) {
        StateChanges out;
        for (uint8_t i = 0; i < 6; ++i) {
            if (generator() % 3 != 0) continue;
            AccountChange change = credit(address_of(i), 1 + generator() % 50);
            switch (generator() % 6) {
                case 0:
                    change.account.reset();
                    change.storage_cleared = true;
                    out.accounts.push_back(change);
                    continue;
                case 1:
                    change.storage_cleared = true;
                    change.nonce_written = true;
                    change.account->nonce = generator() % 9;
                    break;
                case 2:
                    change.balance_is_delta = false;
                    change.nonce_written = true;
                    break;
                default:
                    break;
            }
            change.storage_begin = static_cast<uint32_t>(out.storage.size());
            for (uint64_t key = 0; key < 3; ++key)
                if (generator() % 3 == 0) out.storage.push_back({key, generator() % 4});
            change.storage_count = static_cast<uint32_t>(out.storage.size()) - change.storage_begin;
            out.accounts.push_back(change);
        }
        return out;
    }

    /// Every account and slot as `view` has it.
    static std::string text_of(const StateView& view) {
        std::string out;
        for (uint8_t i = 0; i < 7; ++i) {
            const auto account = view.account(address_of(i));
            if (account) {
                out += "nonce ";
                out += std::to_string(account->nonce);
                out += " balance ";
                out += std::to_string(account->balance.limb[0]);
            } else {
                out += "none";
            }
            for (uint64_t key = 0; key < 3; ++key)
                out.append(" ").append(std::to_string(view.storage(address_of(i), key).limb[0]));
            out += "\n";
        }
        return out;
    }

    MemoryState base_;
    VersionedState versions_{2};
};

TEST_F(VersionedStateFixture, AReaderSeesWhatLiesBelowItsIndexAndNothingElse) {
    VersionedState::Touched first;
    VersionedState::Touched third;
    StateChanges changes;
    changes.accounts.push_back(credit(address_of(0), 5));
    versions_.publish(0, 3, changes, third);
    versions_.publish(1, 1, changes, first);
    VersionedState::View view(versions_, 0);
    for (const auto& [index, balance] :
         std::map<uint32_t, uint64_t>{{0, 1'000}, {1, 1'000}, {2, 1'005}, {3, 1'005}, {4, 1'010}}) {
        view.begin(index, nullptr);
        EXPECT_EQ(view.account(address_of(0))->balance, Uint256(balance)) << index;
    }
    versions_.withdraw(0, first);
    view.begin(4, nullptr);
    EXPECT_EQ(view.account(address_of(0))->balance, Uint256(1'005));
}

TEST_F(VersionedStateFixture, FeesReachTheBeneficiaryWhenTheyAreFinal) {
    VersionedState::Touched touched;
    StateChanges changes;
    changes.accounts.push_back(credit(address_of(5), 7));
    VersionedState::View view(versions_, 0);
    for (uint32_t index = 1; index <= 3; ++index) {
        touched.clear();
        versions_.publish(0, index, changes, touched);
        versions_.settle(0, changes, touched);
        view.begin(index + 1, nullptr);
        EXPECT_EQ(view.account(address_of(5))->balance, Uint256(1'000 + 7 * index));
    }
}

TEST_F(VersionedStateFixture, ReadsHoldUntilSomethingBelowChangesThem) {
    VersionedState::Touched reader;
    VersionedState::View view(versions_, 0);
    view.begin(5, &reader);
    ReadSet reads;
    reads.accounts.push_back({address_of(1),
                              view.account(address_of(1)),
                              static_cast<uint8_t>(AccountField::Balance),
                              false,
                              {}});
    reads.storage.push_back({address_of(1), ReadSet::kExact, 2, view.storage(address_of(1), 2)});
    EXPECT_TRUE(versions_.reads_hold(0, 5, reads, reader));
    VersionedState::Touched writer;
    StateChanges changes;
    changes.accounts.push_back(credit(address_of(1), 1));
    versions_.publish(1, 6, changes, writer);
    EXPECT_TRUE(versions_.reads_hold(0, 5, reads, reader)) << "a later transaction";
    VersionedState::Touched earlier;
    versions_.publish(1, 4, changes, earlier);
    EXPECT_FALSE(versions_.reads_hold(0, 5, reads, reader));
    versions_.withdraw(1, earlier);
    EXPECT_TRUE(versions_.reads_hold(0, 5, reads, reader));
}

TEST_F(VersionedStateFixture, RandomBlocksEndAsOneAfterAnother) {
    auto generator = test::test_generator(9);
    for (int block = 0; block < 200; ++block) {
        SCOPED_TRACE("block " + std::to_string(block));
        versions_.begin({.base = &base_,
                         .revision = Revision::Cancun,
                         .beneficiary = address_of(5),
                         .transactions = 20});
        constexpr uint32_t kCount = 20;
        std::vector<StateChanges> changes(kCount + 1);
        std::vector<VersionedState::Touched> touched(kCount + 1);
        // Published in any order, some taken back and replaced, made final in theirs.
        std::vector<uint32_t> order;
        for (uint32_t i = 1; i <= kCount; ++i)
            order.push_back(i);
        std::ranges::shuffle(order, generator);
        for (const uint32_t i : order) {
            changes[i] = random_changes(generator);
            const auto worker = static_cast<uint32_t>(generator() % 2);
            versions_.publish(worker, i, changes[i], touched[i]);
            if (generator() % 4 != 0) continue;
            versions_.withdraw(worker, touched[i]);
            changes[i] = random_changes(generator);
            versions_.publish(worker, i, changes[i], touched[i]);
        }
        BlockState model(base_);
        VersionedState::View view(versions_, 0);
        for (uint32_t i = 1; i <= kCount; ++i) {
            view.begin(i, nullptr);
            ASSERT_EQ(text_of(view), text_of(model)) << "before " << i;
            versions_.settle(static_cast<uint32_t>(generator() % 2), changes[i], touched[i]);
            model.apply(changes[i]);
        }
        StateChanges expected;
        model.changes(expected);
        StateChanges found;
        versions_.settle_fees();
        versions_.sort_part(0);
        versions_.sort_part(1);
        // In more ranges than there are accounts, in one, and in what is usual.
        const uint32_t ranges = std::array{2U, 1U, 16U}[expected.accounts.size() % 3];
        versions_.begin_changes(ranges, found);
        for (uint32_t range = 0; range < ranges; ++range)
            versions_.write_changes(range, found);
        versions_.end_changes(found);
        ASSERT_EQ(found, expected);
    }
}

}  // namespace
}  // namespace switchyard::execute
