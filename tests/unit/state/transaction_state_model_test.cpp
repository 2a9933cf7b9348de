// SPDX-License-Identifier: Apache-2.0
// Random programs over TransactionState: against a model that copies the whole world for every
// snapshot, and over a stale view against the true one (the promise of ReadSet).
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "host/state/block_state.hpp"
#include "host/state/transaction_state.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/state_fixture.hpp"

namespace switchyard {
namespace {

using test::address_of;
using Random = std::mt19937_64;

struct ModelAccount {
    uint64_t nonce = 0;
    Uint256 balance;
    Bytes code;
    std::map<Uint256, Uint256> storage;
    [[nodiscard]] bool empty() const { return nonce == 0 && balance.is_zero() && code.empty(); }
};
using World = std::map<Address, ModelAccount>;

/// The rules in their plainest form. Same method names as TransactionState.
class Model {
  public:
    Model(World world, Revision revision) : before_(std::move(world)), revision_(revision) {
        now_.world = before_;
    }

    bool exists(const Address& a) { return now_.world.count(a) == 1; }
    bool is_empty(const Address& a) { return !exists(a) || now_.world[a].empty(); }
    Uint256 balance(const Address& a) { return exists(a) ? now_.world[a].balance : Uint256{}; }
    bool has_balance(const Address& a, const Uint256& amount) { return balance(a) >= amount; }
    uint64_t nonce(const Address& a) { return exists(a) ? now_.world[a].nonce : 0; }
    Bytes code_bytes(const Address& a) { return exists(a) ? now_.world[a].code : Bytes{}; }
    bool has_storage(const Address& a) { return exists(a) && !now_.world[a].storage.empty(); }
    void add_balance(const Address& a, const Uint256& amount) {
        if (amount.is_zero()) return touch(a);
        make(a).balance += amount;
    }
    void subtract_balance(const Address& a, const Uint256& amount) {
        if (!amount.is_zero()) make(a).balance -= amount;
    }
    void set_nonce(const Address& a, uint64_t nonce) { make(a).nonce = nonce; }
    void set_code(const Address& a, Bytes code) { make(a).code = std::move(code); }
    void touch(const Address& a) {
        if (a == address_of(3) && is_empty(a)) ripemd_ = true;
        make(a);
    }
    void create_contract(const Address& a) {
        make(a).storage.clear();
        now_.created.insert(a);
    }
    bool was_created(const Address& a) const { return now_.created.count(a) == 1; }
    bool self_destruct(const Address& a) { return now_.destroyed.insert(a).second; }
    Uint256 storage(const Address& a, const Uint256& key) {
        if (!exists(a)) return {};
        const auto& slots = now_.world[a].storage;
        const auto found = slots.find(key);
        return found == slots.end() ? Uint256{} : found->second;
    }
    Uint256 original_storage(const Address& a, const Uint256& key) {
        if (was_created(a) || before_.count(a) == 0) return {};
        const auto& slots = before_[a].storage;
        const auto found = slots.find(key);
        return found == slots.end() ? Uint256{} : found->second;
    }
    void set_storage(const Address& a, const Uint256& key, const Uint256& value) {
        if (value.is_zero())
            now_.world[a].storage.erase(key);
        else
            now_.world[a].storage[key] = value;
    }
    Uint256 transient_storage(const Address& a, const Uint256& key) {
        return now_.transient[{a, key}];
    }
    void set_transient_storage(const Address& a, const Uint256& key, const Uint256& value) {
        now_.transient[{a, key}] = value;
    }
    bool warm_account(const Address& a) { return !now_.warm.insert(a).second; }
    bool warm_storage(const Address& a, const Uint256& k) {
        return !now_.warm_slots.insert({a, k}).second;
    }
    void add_refund(int64_t gas) { now_.refund += gas; }
    [[nodiscard]] int64_t refund() const { return now_.refund; }
    void add_log(const Log& log) { now_.logs.push_back(log); }
    [[nodiscard]] const std::vector<Log>& logs() const { return now_.logs; }
    size_t snapshot() {
        snapshots_.push_back(now_);
        return snapshots_.size() - 1;
    }
    void revert_to(size_t snapshot) { now_ = snapshots_[snapshot]; }

    World finish() {
        for (const Address& a : now_.destroyed)
            now_.world.erase(a);
        if (revision_ >= Revision::SpuriousDragon) {
            if (ripemd_) now_.touched.insert(address_of(3));
            for (const Address& a : now_.touched)
                if (exists(a) && now_.world[a].empty()) now_.world.erase(a);
        }
        return now_.world;
    }

  private:
    ModelAccount& make(const Address& a) {
        now_.touched.insert(a);
        return now_.world[a];
    }
    struct All {
        World world;
        std::set<Address> touched, created, destroyed, warm;
        std::set<std::pair<Address, Uint256>> warm_slots;
        std::map<std::pair<Address, Uint256>, Uint256> transient;
        std::vector<Log> logs;
        int64_t refund = 0;
    };
    World before_;
    Revision revision_;
    All now_;
    std::vector<All> snapshots_;
    bool ripemd_ = false;
};

Bytes code_bytes(TransactionState& state, const Address& a) {
    const CodePointer code = state.code(a);
    const Bytes bytes = to_bytes(code->bytes());
    // Both ways to ask must agree.
    EXPECT_EQ(state.code_hash(a) == kEmptyCodeHash, bytes.empty());
    return bytes;
}
Bytes code_bytes(Model& state, const Address& a) {
    return state.code_bytes(a);
}

/// A program whose next step depends on every answer so far, as a contract's does.
template <typename State>
class Program {
  public:
    Program(State& state, uint64_t seed) : state_(state), x_(seed) {}

    /// Returns all answers.
    std::vector<uint64_t> run(int steps) {
        std::vector<size_t> frames;
        for (int i = 0; i < steps; ++i) {
            const uint64_t choice = next(24);
            if (choice == 0) {
                frames.push_back(state_.snapshot());
            } else if (choice == 1 && !frames.empty()) {
                state_.revert_to(frames.back());
                frames.pop_back();
            } else if (choice == 2 && !frames.empty()) {
                frames.pop_back();
            } else {
                step(choice);
            }
        }
        answer(static_cast<uint64_t>(state_.refund()));
        answer(state_.logs().size());
        return answers_;
    }

  private:
    uint64_t next(uint64_t bound) {
        x_ = x_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return (x_ >> 33) % bound;
    }
    void answer(uint64_t value) {
        answers_.push_back(value);
        x_ ^= mix_bytes(reinterpret_cast<const uint8_t*>(&value), 8, 1);
    }
    void answer(const Uint256& value) { answer(value.limb[0]); }

    void step(uint64_t choice) {
        const Address a = address_of(1 + next(6));
        const Uint256 key{next(3)};
        switch (choice) {
            case 3:
                answer(state_.exists(a));
                break;
            case 4:
                answer(state_.is_empty(a));
                break;
            case 5:
                answer(state_.balance(a));
                break;
            case 6:
                answer(state_.nonce(a));
                break;
            case 7:
                answer(code_bytes(state_, a).size());
                break;
            case 8:
            case 9:
                state_.add_balance(a, Uint256{next(3)});
                break;
            case 10: {
                const Uint256 amount{next(3)};
                const bool enough = amount.is_zero() || state_.has_balance(a, amount);
                answer(enough);
                if (enough) state_.subtract_balance(a, amount);
                break;
            }
            case 11: {
                const uint64_t nonce = state_.nonce(a);
                if (next(2) == 0) answer(nonce);
                state_.set_nonce(a, nonce + 1);
                break;
            }
            case 12:
                if (state_.nonce(a) != 0) state_.set_code(a, Bytes(next(3), 0x5b));
                break;
            case 13:
                state_.touch(a);
                break;
            case 14:
                create(a);
                break;
            case 15:
                if (state_.was_created(a) || next(4) == 0) answer(state_.self_destruct(a));
                break;
            case 16:
            case 17:
                answer(state_.storage(a, key));
                break;
            case 18:
                answer(state_.original_storage(a, key));
                break;
            case 19:
            case 20:
                // Code alone writes storage.
                if (!code_bytes(state_, a).empty() || state_.was_created(a))
                    state_.set_storage(a, key, Uint256{next(3)});
                break;
            case 21:
                answer(state_.transient_storage(a, key));
                state_.set_transient_storage(a, key, Uint256{next(5)});
                break;
            case 22:
                answer(state_.warm_account(a) + 2 * state_.warm_storage(a, key));
                break;
            default:
                state_.add_refund(static_cast<int64_t>(next(100)) - 50);
                state_.add_log({a, {}, {}});
        }
    }

    /// As the EVM creates: never over nonce or code; with the storage rule of EIP-7610 or not.
    void create(const Address& a) {
        const bool free = state_.nonce(a) == 0 && code_bytes(state_, a).empty();
        answer(free);
        if (!free || state_.was_created(a)) return;
        if (next(2) == 0) {
            const bool refused = state_.has_storage(a);
            answer(refused);
            if (refused) return;
        }
        state_.create_contract(a);
        if (next(3) != 0) state_.set_nonce(a, 1);
    }

    State& state_;
    uint64_t x_;
    std::vector<uint64_t> answers_;
};

World random_world(Random& random) {
    World world;
    for (uint64_t n = 1; n <= 6; ++n) {
        if (random() % 3 == 0) continue;
        ModelAccount& account = world[address_of(n)];
        account.nonce = random() % 2;
        account.balance = random() % 3;
        if (random() % 2 == 0) account.code = Bytes(random() % 3, 0x5b);
        for (uint64_t key = 0; key < 3; ++key)
            if (random() % 3 == 0) account.storage[key] = 1 + random() % 2;
    }
    return world;
}

/// What earlier transactions may have changed.
void disturb(World& world, Random& random) {
    for (uint64_t i = random() % 3; i <= 2; ++i) {
        const Address a = address_of(1 + random() % 6);
        switch (random() % 7) {
            case 0:
                world[a].balance += Uint256{1 + random() % 3};
                break;
            case 1:
                world[a].nonce += 1;
                break;
            case 2:
                world.erase(a);
                break;
            case 3:
                world[a].code = Bytes(random() % 3, 0x5b);
                break;
            case 4:
                world[a].storage[random() % 3] = 1 + random() % 3;
                break;
            case 5:
                if (world.count(a) != 0) world[a].storage.clear();
                break;
            default:
                world[a];
                break;
        }
    }
}

MemoryState memory_state(const World& world) {
    MemoryState state;
    for (const auto& [address, account] : world) {
        Account value{account.nonce, account.balance, kEmptyCodeHash};
        if (!account.code.empty()) value.code_hash = state.add_code(account.code);
        state.set_account(address, value);
        for (const auto& [key, slot] : account.storage)
            state.set_storage(address, key, slot);
    }
    return state;
}

constexpr Revision kRevisions[] = {Revision::Homestead, Revision::SpuriousDragon, Revision::Cancun};

TEST(TransactionStateModel, AgreesWithWholeWorldSnapshots) {
    auto random = test::test_generator(3);
    TransactionState state;
    StateChanges changes;
    for (int round = 0; round < 6'000; ++round) {
        const Revision revision = kRevisions[round % 3];
        const World world = random_world(random);
        const uint64_t seed = random();
        const int steps = 5 + static_cast<int>(random() % 60);
        MemoryState memory = memory_state(world);

        state.begin(memory, revision);
        Model model(world, revision);
        ASSERT_EQ(Program(state, seed).run(steps), Program(model, seed).run(steps)) << round;
        ASSERT_EQ(std::vector<Log>(state.logs().begin(), state.logs().end()), model.logs());
        state.finish(changes);

        BlockState block(memory);
        block.apply(changes);
        StateChanges net;
        block.changes(net);
        MemoryState through_block = memory_state(world);
        through_block.apply(net);
        memory.apply(changes);
        const MemoryState expected = memory_state(model.finish());
        ASSERT_TRUE(test::same_state(memory, expected)) << round;
        ASSERT_TRUE(test::same_state(through_block, expected)) << round;
    }
}

TEST(TransactionStateModel, EffectsHoldWhereverTheReadsHold) {
    auto random = test::test_generator(4);
    TransactionState state;
    StateChanges stale_changes;
    StateChanges true_changes;
    int held = 0;
    constexpr int kRounds = 40'000;
    for (int round = 0; round < kRounds; ++round) {
        const Revision revision = kRevisions[round % 3];
        World world = random_world(random);
        const MemoryState stale = memory_state(world);
        disturb(world, random);
        const MemoryState fresh = memory_state(world);
        const uint64_t seed = random();
        const int steps = 1 + static_cast<int>(random() % 12);

        state.begin(stale, revision);
        const auto stale_answers = Program(state, seed).run(steps);
        state.finish(stale_changes);
        if (!reads_hold(state.reads(), fresh)) continue;
        held += test::same_state(stale, fresh) ? 0 : 1;

        state.begin(fresh, revision);
        ASSERT_EQ(Program(state, seed).run(steps), stale_answers) << round;
        state.finish(true_changes);
        MemoryState from_stale = memory_state(world);
        from_stale.apply(stale_changes);
        MemoryState from_true = memory_state(world);
        from_true.apply(true_changes);
        ASSERT_TRUE(test::same_state(from_stale, from_true)) << round;
    }
    EXPECT_GT(held, kRounds / 20) << "too few rounds decide anything";
}

}  // namespace
}  // namespace switchyard
