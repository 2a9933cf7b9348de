// SPDX-License-Identifier: Apache-2.0
// Slots that an execution left open: wherever its reads hold, it is the execution of the plain
// machine over that state.
#include "host/evm/observed/word_follower.hpp"

#include <random>
#include <string>

#include "host/evm/observation.hpp"
#include "host/state/block_state.hpp"
#include "tests/support/assemble.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/evm/evm_fixture.hpp"

namespace switchyard::evm::test {
namespace {

using switchyard::test::assemble;
using switchyard::test::test_generator;

constexpr Uint256 kMax = ~Uint256{};

/// What one execution came to.
struct Execution {
    CallResult result;
    int64_t refund = 0;
    std::vector<Log> logs;
    StateChanges changes;
    ReadSet reads;
};

class WordFollowerTest : public EvmFixture {
  protected:
    Execution execute(Revision revision, const StateView& view, bool follows) {
        Execution out;
        state_.begin(view, revision);
        Message message;
        message.gas = kGas;
        message.recipient = contract_;
        message.code_address = contract_;
        message.sender = caller_;
        ObservationTarget target{nullptr, true};
        Evm evm = follows ? Evm(revision, target) : Evm(revision);
        out.result = evm.execute(block_, transaction_, message, state_);
        out.refund = state_.refund();
        state_.finish(out.changes);
        out.logs = state_.take_logs();
        out.reads = state_.reads();
        return out;
    }
    /// Runs `text` with the followed machine over the slots' values.
    Execution follow(const std::string& text, std::initializer_list<Uint256> slots,
                     Revision revision = Revision::Cancun) {
        set_account(contract_, {1, Uint256{1'000}}, assemble(text));
        uint64_t key = 0;
        for (const Uint256& value : slots)
            world_.set_storage(contract_, key++, value);
        return execute(revision, world_, true);
    }
    /// The bounds of slot `key`; none: it counts exactly, or was not read.
    static std::optional<ReadSet::StorageBounds> bounds(const Execution& execution, uint64_t key) {
        for (const auto& read : execution.reads.storage)
            if (read.key == Uint256{key} && read.bounds != ReadSet::kExact)
                return execution.reads.bounds[read.bounds];
        return std::nullopt;
    }
    static ReadSet::StorageBounds between(const Uint256& min, const Uint256& max) {
        return {min, max};
    }
};

/// A transfer of 10 as an ERC-20 does it: from slot 0, which must have it, to slot 1.
constexpr const char* kTransfer =
    "0 sload 10 dup2 lt @poor jumpi 10 swap1 sub 0 sstore "
    "1 sload 10 add 1 sstore stop poor: 0 0 revert";

TEST_F(WordFollowerTest, ATransferBoundsItsBalancesAndAddsToThem) {
    const Execution run = follow(kTransfer, {100, 7});
    ASSERT_EQ(run.result.status, Status::Success);
    EXPECT_EQ(bounds(run, 0), between(11, kMax)) << "enough, and what stays is not 0";
    EXPECT_EQ(bounds(run, 1), between(1, kMax - 10)) << "not 0, and neither is the sum";
    ASSERT_EQ(run.changes.accounts.size(), 1U);
    const AccountChange& change = run.changes.accounts[0];
    EXPECT_EQ(change.storage_count, 2U);
    EXPECT_EQ(change.storage_added, 2U);
    for (const StorageChange& slot : run.changes.storage_of(change))
        EXPECT_EQ(slot.value, slot.key.is_zero() ? -Uint256{10} : Uint256{10});
}

TEST_F(WordFollowerTest, AFailedTransferDependsOnItsBalanceBeingTooSmall) {
    const Execution run = follow(kTransfer, {9, 7});
    EXPECT_EQ(run.result.status, Status::Revert);
    EXPECT_EQ(bounds(run, 0), between(0, 9));
    EXPECT_TRUE(run.changes.empty());
}

TEST_F(WordFollowerTest, WhetherASlotIsZeroCountsForThePrice) {
    EXPECT_EQ(bounds(follow(kTransfer, {100, 0}), 1), std::nullopt) << "a new slot costs more";
    EXPECT_EQ(bounds(follow(kTransfer, {10, 5}), 0), std::nullopt) << "a cleared one gives back";
}

TEST_F(WordFollowerTest, CheckedAdditionsBoundTheSum) {
    // As SafeMath checks, and as Solidity does from 0.8 on.
    const Execution after =
        follow("0 sload dup1 10 add dup1 dup3 gt @over jumpi 0 sstore stop over: invalid", {7});
    ASSERT_EQ(after.result.status, Status::Success);
    EXPECT_EQ(bounds(after, 0), between(1, kMax - 10));
    const Execution before =
        follow("0 sload 10 dup1 not dup3 gt @over jumpi add 0 sstore stop over: invalid", {7});
    ASSERT_EQ(before.result.status, Status::Success);
    EXPECT_EQ(bounds(before, 0), between(1, kMax - 10));
    const Execution safe =
        follow("0 sload dup1 10 add dup2 dup2 lt @over jumpi 0 sstore stop over: invalid", {7});
    ASSERT_EQ(safe.result.status, Status::Success);
    EXPECT_EQ(bounds(safe, 0), between(1, kMax - 10));
}

TEST_F(WordFollowerTest, AnyOtherUseCountsExactly) {
    for (const char* const text :
         {"0 sload 0 mstore", "0 sload 3 mul 0 sstore", "0 sload 1 sstore", "0 sload sload",
          "0 sload 5 sub 0 sstore", "0 sload 1 and pop", "0 sload 0 sload add pop", "0 sload jump",
          "1 0 sload sstore", "0 sload 5 slt pop", "0 sload dup1 5 sstore pop"})
        EXPECT_EQ(bounds(follow(text, {5, 6}), 0), std::nullopt) << text;
}

TEST_F(WordFollowerTest, ABlindStoreIntoAnOpenSlotClosesIt) {
    const Execution run = follow("0 sload 1 add 0 sstore 77 0 sstore", {5});
    EXPECT_EQ(bounds(run, 0), std::nullopt);
    EXPECT_EQ(run.changes.accounts.at(0).storage_added, 0U);
}

TEST_F(WordFollowerTest, ACallersWordsAreNotItsCallees) {
    // The callee's instructions fail for want of stack, with the caller's words beneath.
    for (const char* const callee : {"swap1", "dup1", "pop", "1 add", "1 swap2", "iszero"}) {
        set_account(test_address(0xbad), {1, {}}, assemble(callee));
        const Execution run = follow("0 sload 0 0 0 0 0 0xbad 50000 call pop 3 add 0 sstore", {5});
        ASSERT_EQ(run.result.status, Status::Success) << callee;
        EXPECT_EQ(bounds(run, 0), between(1, kMax - 3)) << callee;
        EXPECT_EQ(run.changes.accounts.at(0).storage_added, 1U) << callee;
    }
}

TEST_F(WordFollowerTest, MoreWordsThanItFollowsCountExactly) {
    std::string text;
    for (size_t i = 0; i <= WordFollower::kWordsMax; ++i)
        text += std::to_string(i) + " sload ";
    const Execution run = follow(text, {1, 2, 3});
    EXPECT_EQ(bounds(run, WordFollower::kWordsMax), std::nullopt);
    EXPECT_EQ(bounds(run, 0), between(0, kMax)) << "loaded, and nothing done with it";
}

/// Programs of random instructions over three slots, which call themselves once. No instruction
/// fails for want of stack, most words stay near those that matter.
class RandomProgram {
  public:
    explicit RandomProgram(std::mt19937_64& random) : random_(random) {
        text_ = "calldatasize @inner jumpi ";
        wildness_ = below(3);
        body(1 + static_cast<int>(below(16)));
        text_ += "stop inner: ";
        body(1 + static_cast<int>(below(6)));
        if (below(4) == 0) text_ += "0 0 revert";
    }
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    uint64_t below(uint64_t bound) { return random_() % bound; }
    void say(const std::string& words) { text_ += words + " "; }
    std::string slot() { return std::to_string(below(3)); }

    void body(int length) {
        depth_ = 0;
        for (int i = 0; i < length; ++i)
            instruction(i);
        while (depth_ > 0)
            leave();
    }
    void load() {
        say(slot() + " sload");
        ++depth_;
    }
    void leave() {
        if (wildness_ == 0 || below(3) == 0) {
            // Back where it may have come from, or compared.
            const std::string key = slot();
            if (depth_ >= 2 && below(2) == 0) {
                say("lt iszero");
                --depth_;
                return branch();
            }
            say("pop " + key + " sload " + std::to_string(below(5)) +
                (below(2) == 0 ? " add " : " swap1 sub ") + key + " sstore");
            --depth_;
            return;
        }
        --depth_;
        switch (below(6)) {
            case 0:
                say("pop");
                break;
            case 1:
                say("0 mstore 32 0 log0");
                break;
            default:
                say(slot() + " sstore");
        }
    }
    /// Jumps over a few instructions that leave the stack as it is.
    void branch() {
        const std::string label = "l" + std::to_string(labels_++);
        say("@" + label + " jumpi");
        --depth_;
        say(slot() + " sload " + std::to_string(below(4)) +
            (below(2) == 0 ? " add " : " swap1 sub ") + slot() + " sstore");
        say(label + ":");
    }
    void instruction(int i) {
        if (depth_ == 0 || below(5) == 0) return load();
        if (below(9) == 0) {
            say(std::to_string(below(6)));
            ++depth_;
            return;
        }
        if (depth_ >= 2 && below(2) == 0) {
            constexpr std::array kTwo{"add", "add", "sub", "sub", "lt", "gt", "eq", "and", "mul"};
            say(kTwo[below(wildness_ == 2 ? kTwo.size() : kTwo.size() - 2)]);
            --depth_;
            return;
        }
        switch (below(8)) {
            case 0:
                say("iszero");
                break;
            case 1:
                say("dup" + std::to_string(1 + below(std::min<uint64_t>(depth_, 16))));
                ++depth_;
                break;
            case 2:
                if (depth_ >= 2) say("swap" + std::to_string(1 + below(depth_ - 1)));
                break;
            case 3:
                branch();
                break;
            case 4:
                if (i % 5 == 0) say("0 0 1 0 0 address 100000 call pop");
                break;
            default:
                leave();
        }
    }

    std::mt19937_64& random_;
    std::string text_;
    uint64_t depth_ = 0;
    uint64_t wildness_ = 0;  ///< of what is done with the words
    int labels_ = 0;
};

/// Values at which comparisons, sums and prices change.
Uint256 edge(std::mt19937_64& random) {
    const Uint256 small{random() % 8};
    const uint64_t kind = random() % 4;
    return kind == 0 ? kMax - small : kind == 1 ? Uint256{1'000} + small : small;
}

TEST_F(WordFollowerTest, WhereItsReadsHoldItIsThePlainExecution) {
    auto random = test_generator(71);
    size_t held = 0;
    size_t added = 0;
    for (int round = 0; round < 6'000; ++round) {
        const Revision revision = all_revisions()[random() % kRevisionCount];
        const RandomProgram program(random);
        const Execution followed =
            follow(program.text(), {edge(random), edge(random), edge(random)}, revision);
        for (int other = 0; other < 6; ++other) {
            // One or all slots have other values.
            const uint64_t only = random() % 4;
            for (uint64_t key = 0; key < 3; ++key)
                if (only == 3 || only == key) {
                    const auto allowed = bounds(followed, key);
                    const Uint256 off{random() % 2};
                    world_.set_storage(contract_, key,
                                       !allowed            ? edge(random)
                                       : random() % 2 == 0 ? allowed->min + off
                                                           : allowed->max - off);
                }
            if (!reads_hold(followed.reads, world_)) continue;
            const Execution plain = execute(revision, world_, false);
            ASSERT_EQ(followed.result.status, plain.result.status) << program.text();
            ASSERT_EQ(followed.result.gas_left, plain.result.gas_left) << program.text();
            ASSERT_EQ(followed.refund, plain.refund) << program.text();
            ASSERT_EQ(followed.logs, plain.logs) << program.text();
            BlockState left;
            left.begin(world_);
            left.apply(followed.changes);
            BlockState right;
            right.begin(world_);
            right.apply(plain.changes);
            StateChanges expected;
            StateChanges found;
            right.changes(expected);
            left.changes(found);
            ASSERT_EQ(found, expected) << program.text();
            ++held;
            for (const AccountChange& change : followed.changes.accounts)
                added += change.storage_added != 0 ? 1 : 0;
        }
    }
    EXPECT_GT(held, 3'000U) << "a test of nothing";
    EXPECT_GT(added, 1'000U) << "a test of nothing";
}

}  // namespace
}  // namespace switchyard::evm::test
