// SPDX-License-Identifier: Apache-2.0
// The parts of the flat state one by one: undo records, the overlay, the cache.
#include <map>

#include "tests/unit/state/flat/flat_fixture.hpp"

namespace switchyard {
namespace {

/// A state in memory that lists storage, by asking for every slot that the tests use.
class EnumerableModel final : public flat::EnumerableView {
  public:
    explicit EnumerableModel(const MemoryState& state) : state_(state) {}
    std::optional<Account> account(const Address& a) const override { return state_.account(a); }
    Uint256 storage(const Address& a, const Uint256& key) const override {
        return state_.storage(a, key);
    }
    CodePointer code(const Bytes32& hash) const override { return state_.code(hash); }
    bool has_storage(const Address& a) const override { return state_.has_storage(a); }
    void for_each_slot(const Address& a, const flat::SlotVisitor& visit) const override {
        for (uint64_t slot = 30; slot-- > 0;)
            if (const Uint256 value = storage(a, slot); !value.is_zero())
                if (!visit(slot, value)) return;
    }

  private:
    const MemoryState& state_;
};

TEST(UndoRecord, LeadsBackFromEveryBlock) {
    test::RandomChain chain(70);
    for (uint64_t number = 1; number <= 200; ++number) {
        const EnumerableModel before(chain.state(number - 1));
        const auto undo = flat::undo_of(chain.changes(number), before, SIZE_MAX);
        ASSERT_NE(undo, nullptr);
        MemoryState state = chain.state(number);
        state.apply(*undo);
        ASSERT_TRUE(test::same_state(state, chain.state(number - 1))) << "block " << number;
    }
}

TEST(UndoRecord, HasALimit) {
    test::RandomChain chain(71);
    int too_long = 0;
    for (uint64_t number = 1; number <= 50; ++number) {
        const EnumerableModel before(chain.state(number - 1));
        if (flat::undo_of(chain.changes(number), before, 12 * sizeof(StorageChange)) == nullptr)
            ++too_long;
    }
    EXPECT_GT(too_long, 0);
    EXPECT_LT(too_long, 50);
}

/// Blocks one by one, and merged into one set of changes, lead to the same state.
TEST(Overlay, MergesBlocks) {
    test::RandomChain chain(74);
    flat::Overlay overlay;
    for (uint64_t number = 1; number <= 60; ++number) {
        overlay.apply(chain.changes(number));
        MemoryState merged;
        merged.apply(overlay.changes());
        ASSERT_TRUE(test::same_state(merged, chain.state(number))) << "block " << number;
        // Applied twice, they change nothing more.
        merged.apply(overlay.changes());
        ASSERT_TRUE(test::same_state(merged, chain.state(number)));
    }
}

/// The invariant of recovery: keys that stand anywhere between two blocks end at the later one.
TEST(Overlay, ChangesFromAnyBlockBetweenLeadToTheLast) {
    test::RandomChain chain(75);
    for (uint64_t first = 1; first < 40; first += 3) {
        flat::Overlay forward;
        for (uint64_t n = first; n < first + 6; ++n)
            forward.apply(chain.changes(n));
        for (uint64_t n = first; n < first + 6; ++n) {
            MemoryState state = chain.state(n);
            state.apply(forward.changes());
            ASSERT_TRUE(test::same_state(state, chain.state(first + 5)))
                << "from block " << n << ", blocks from " << first;
        }
    }
}

TEST(SetCache, GivesTheLastValueOrNone) {
    flat::SetCache<Address, uint64_t, flat::AddressHash> cache(10'000);
    EXPECT_LE(cache.memory_bytes(), 10'000 + 256 * 64U);
    std::map<Address, uint64_t> model;
    auto random = test::test_generator(76);
    int hits = 0;
    for (uint64_t i = 0; i < 100'000; ++i) {
        const Address address = test::address_of(random() % 1000);
        const auto known = model.find(address);
        switch (random() % 4) {
            case 0:
                cache.put(address, i);
                model[address] = i;
                ASSERT_EQ(cache.find(address), i);
                break;
            case 1:
                if (random() % 8 == 0) {
                    cache.erase(address);
                    model.erase(address);
                }
                break;
            default:
                if (const auto found = cache.find(address)) {
                    ++hits;
                    ASSERT_NE(known, model.end());
                    ASSERT_EQ(*found, known->second);
                }
        }
    }
    EXPECT_GT(hits, 1000);
    cache.clear();
    for (uint64_t n = 0; n < 1000; ++n)
        ASSERT_FALSE(cache.find(test::address_of(n)));
}

TEST(SetCache, KeepsWhatIsAskedFor) {
    flat::SetCache<Address, uint64_t, flat::AddressHash> cache(100'000);
    int kept = 0;
    for (uint64_t n = 0; n < 100; ++n)
        cache.put(test::address_of(n), n);
    for (uint64_t round = 0; round < 200; ++round) {
        for (uint64_t n = 0; n < 100; ++n)
            kept += cache.find(test::address_of(n)).has_value() ? 1 : 0;
        for (uint64_t n = 0; n < 100; ++n)
            cache.put(test::address_of(1000 + 100 * round + n), 0);
    }
    EXPECT_GT(kept, 200 * 100 * 8 / 10);
}

TEST(CodeCache, StaysInsideItsBytes) {
    flat::CodeCache cache(20'000);
    auto random = test::test_generator(77);
    int hits = 0;
    for (int i = 0; i < 5000; ++i) {
        const Bytes32 hash = to_bytes32(Uint256{random() % 50});
        if (const CodePointer found = cache.find(hash)) {
            ++hits;
            ASSERT_EQ(found->size(), 100U + hash[31] * 20U);
        } else {
            cache.put(hash, std::make_shared<const Code>(Bytes(100U + hash[31] * 20U, 0x5b)));
        }
        ASSERT_LE(cache.memory_bytes(), 20'000 + 16'384U);
    }
    EXPECT_GT(hits, 500);
    cache.put(to_bytes32(Uint256{99}), std::make_shared<const Code>(Bytes(30'000, 0)));
    EXPECT_EQ(cache.find(to_bytes32(Uint256{99})), nullptr);
}

}  // namespace
}  // namespace switchyard
