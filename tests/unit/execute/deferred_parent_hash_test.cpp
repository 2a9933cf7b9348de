// SPDX-License-Identifier: Apache-2.0
// A block whose parent's hash comes late is the block whose parent's hash was there, bit for bit.
#include "host/execute/deferred_parent_hash.hpp"

#include <future>
#include <thread>

#include "host/core/hex.hpp"
#include "host/execute/parallel/parallel_executor.hpp"
#include "host/execute/system_contracts.hpp"
#include "tests/unit/execute/execute_fixture.hpp"

namespace switchyard::execute::test {
namespace {

/// Asks the contract of EIP-2935 for the block that the call's data name, and stores the answer and
/// BLOCKHASH of the same number.
constexpr const char* kReaderCode =
    "5f355f526020602060205f5f730000f90827f1c53a10cb7a02335b1753200029355af1"  // CALL
    "5f556020516001555f35406002555f3560035500";
/// Stores what it is called with in slot 7.
constexpr const char* kOtherCode = "5f3560075500";
constexpr uint64_t kNumber = 20'000;

LanePlan round_robin(size_t transactions) {
    constexpr uint32_t kLanes = 4;
    LanePlan plan;
    plan.reset(kLanes);
    for (uint32_t i = 0; i < transactions; ++i)
        plan.append({static_cast<uint16_t>(i % kLanes), i / kLanes})[i % kLanes] = i / kLanes;
    return plan;
}

class DeferredHash : public ExecuteFixture, public evm::BlockHashes {
  protected:
    void begin(Revision revision, const char* contract = kHistoryCode) {
        state_ = MemoryState();
        use(revision);
        header_.number = kNumber;
        header_.parent_hash = parent_hash_;
        header_.parent_beacon_block_root = Bytes32{};
        if (revision >= Revision::Amsterdam) header_.slot_number = 7;
        give(sender_, Uint256(kEther));
        give(withdrawal_requests_contract(), Uint256(0), 1, Bytes{0x00});
        give(consolidation_requests_contract(), Uint256(0), 1, Bytes{0x00});
        give(reader_, Uint256(0), 1, *from_hex(kReaderCode));
        if (contract != nullptr) {
            give(block_hashes_contract(), Uint256(5), 1, *from_hex(contract));
            state_.set_storage(block_hashes_contract(), (kNumber - 1) % 8191, Uint256(1234));
            state_.set_storage(block_hashes_contract(), (kNumber - 2) % 8191, Uint256(5678));
        }
    }
    Bytes32 block_hash(uint64_t number) const override {
        if (number == kNumber - 1) return wait();
        return to_bytes32(Uint256(number));
    }

    SignedTransaction call(uint64_t nonce, const Address& to, uint64_t asked) {
        SignedTransaction out = payment();
        out.transaction.nonce = nonce;
        out.transaction.gas_limit = 200'000;
        out.transaction.to = to;
        out.transaction.value = Uint256(nonce % 2);
        out.transaction.data = to_bytes(to_bytes32(Uint256(asked)));
        return out;
    }
    /// Each wait takes the hash from another thread, when somebody has asked for it.
    Bytes32 wait() const {
        ++waits_;
        return hash_.get();
    }
    BlockResult expect_same(std::span<const SignedTransaction> transactions) {
        BlockInput plain = input(transactions);
        std::promise<Bytes32> known;
        known.set_value(parent_hash_);
        hash_ = known.get_future().share();
        plain.hashes = this;
        const auto expected = execute_block_serial(plain, state_);
        EXPECT_TRUE(expected) << expected.error().message;
        BlockHeader without = header_;
        without.parent_hash = to_bytes32(Uint256(666));
        for (const uint32_t threads : {0U, 1U, 3U}) {
            std::promise<Bytes32> late;
            hash_ = late.get_future().share();
            std::thread giver([&] {
                std::this_thread::yield();
                late.set_value(parent_hash_);
            });
            DeferredParentHash parent(state_, kNumber, rules_.revision, [this] { return wait(); });
            BlockInput deferred = plain;
            deferred.header = &without;
            deferred.parent_hash = &parent;
            const auto result = threads == 0
                                    ? execute_block_serial(deferred, parent)
                                    : ParallelExecutor(threads).execute(
                                          deferred, parent, round_robin(transactions.size()));
            giver.join();
            EXPECT_TRUE(result) << result.error().message;
            if (!result) continue;
            EXPECT_EQ(result->changes, expected->changes) << threads;
            EXPECT_EQ(result->receipts, expected->receipts) << threads;
            EXPECT_EQ(result->gas_used, expected->gas_used) << threads;
            EXPECT_EQ(result->block_access_list, expected->block_access_list) << threads;
            EXPECT_EQ(result->block_access_list_hash, expected->block_access_list_hash) << threads;
        }
        return *expected;
    }

    const Address reader_ = address_of(9);
    const Bytes32 parent_hash_ = to_bytes32(Uint256(0xabcdef) << 200);
    mutable std::shared_future<Bytes32> hash_;
    mutable std::atomic<int> waits_{0};
};

constexpr Revision kRevisions[] = {Revision::Cancun, Revision::Prague, Revision::Osaka,
                                   Revision::Amsterdam};

TEST_F(DeferredHash, NobodyAsks) {
    for (const Revision revision : kRevisions) {
        begin(revision);
        std::vector<SignedTransaction> transactions;
        for (uint64_t nonce = 0; nonce < 9; ++nonce)
            transactions.push_back(call(nonce, recipient_, 0));
        waits_ = 0;
        const BlockResult result = expect_same(transactions);
        EXPECT_EQ(waits_, revision >= Revision::Prague ? 3 : 0) << "once at the end of each";
        const AccountChange* const change = result.changes.find(block_hashes_contract());
        ASSERT_EQ(change != nullptr, revision >= Revision::Prague);
        if (change == nullptr) continue;
        EXPECT_EQ(result.changes.storage_of(*change)[0],
                  (StorageChange{(kNumber - 1) % 8191, to_uint256(parent_hash_)}));
    }
}

TEST_F(DeferredHash, WhoAsksGetsTheHash) {
    for (const Revision revision : kRevisions) {
        for (const uint64_t asked :
             {kNumber - 1, kNumber - 2, kNumber, kNumber - 8191, kNumber - 8192, uint64_t{0}}) {
            begin(revision);
            std::vector<SignedTransaction> transactions;
            for (uint64_t nonce = 0; nonce < 6; ++nonce)
                transactions.push_back(
                    call(nonce, nonce == 3 ? reader_ : recipient_, nonce == 3 ? asked : 0));
            waits_ = 0;
            const BlockResult result = expect_same(transactions);
            if (asked != kNumber - 1) continue;
            EXPECT_GE(waits_, 3);
            const AccountChange* const change = result.changes.find(reader_);
            ASSERT_NE(change, nullptr);
            const auto slots = result.changes.storage_of(*change);
            ASSERT_EQ(slots.size(), 4U);
            if (revision >= Revision::Prague) {
                EXPECT_EQ(slots[1], (StorageChange{1, to_uint256(parent_hash_)})) << "EIP-2935";
            }
            EXPECT_EQ(slots[2], (StorageChange{2, to_uint256(parent_hash_)})) << "BLOCKHASH";
        }
    }
}

TEST_F(DeferredHash, TheContractIsCalledAndPaidBesides) {
    for (const Revision revision : kRevisions) {
        begin(revision);
        std::vector<SignedTransaction> transactions;
        for (uint64_t nonce = 0; nonce < 8; ++nonce)
            transactions.push_back(call(nonce, nonce % 3 == 0 ? reader_ : block_hashes_contract(),
                                        kNumber - 1 - nonce % 2));
        (void)expect_same(transactions);
        EXPECT_EQ(expect_same({}).receipts.size(), 0U);
    }
}

TEST_F(DeferredHash, TheSlotHoldsTheHashAlready) {
    for (const Revision revision : kRevisions) {
        begin(revision);
        state_.set_storage(block_hashes_contract(), (kNumber - 1) % 8191, to_uint256(parent_hash_));
        const std::vector<SignedTransaction> transactions = {call(0, recipient_, 0),
                                                             call(1, reader_, kNumber - 1)};
        const BlockResult result = expect_same(transactions);
        EXPECT_EQ(result.changes.find(block_hashes_contract()), nullptr);
    }
}

TEST_F(DeferredHash, AnotherContractOrNone) {
    for (const Revision revision : kRevisions)
        for (const char* const code : {static_cast<const char*>(nullptr), kOtherCode, "00", "fe"}) {
            begin(revision, code);
            const std::vector<SignedTransaction> transactions = {
                call(0, recipient_, 0), call(1, reader_, kNumber - 1),
                call(2, block_hashes_contract(), 77), call(3, reader_, kNumber - 1)};
            (void)expect_same(transactions);
        }
}

}  // namespace
}  // namespace switchyard::execute::test
