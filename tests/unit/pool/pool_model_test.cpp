// SPDX-License-Identifier: Apache-2.0
// Random traffic, blocks, failures and heads against plain bookkeeping: nothing leaves the pool
// without a word, and every count is what counting gives.
#include <map>

#include "tests/support/test_data.hpp"
#include "tests/unit/pool/pool_fixture.hpp"

namespace switchyard {
namespace {

using namespace pool_tests;

class PoolModelTest : public PoolTest {
  protected:
    struct Known {
        SignedTransaction transaction;
        bool executable = false;
    };

    static constexpr uint8_t kSenders = 6;

    void start(const PoolConfig& config) {
        pool_ = make_pool(config);
        queue_ = pool_->subscribe(100'000);
        nonces_.clear();
        known_.clear();
        sent_.clear();
        taken_.clear();
        for (uint8_t n = 1; n <= kSenders; ++n)
            set_account(n, 0, kMoney);
        pool_->set_head(head());
    }

    /// What the events say is here must be what is here.
    void follow_events() {
        std::vector<PoolEvent> events(100'000);
        events.resize(queue_->poll(events));
        ASSERT_EQ(queue_->missed(), 0U);
        for (const PoolEvent& event : events) {
            switch (event.kind) {
                case PoolEvent::Kind::Pending:
                case PoolEvent::Kind::Queued:
                    ASSERT_EQ(known_.contains(event.hash), !event.is_new);
                    known_[event.hash] = {sent_.at(event.hash),
                                          event.kind == PoolEvent::Kind::Pending};
                    break;
                case PoolEvent::Kind::Taken:
                    ASSERT_EQ(known_.erase(event.hash), 1U);
                    break;
                case PoolEvent::Kind::Dropped:
                    // One under way in a block that is refused is not in the pool.
                    known_.erase(event.hash);
                    break;
            }
        }
    }

    void check() {
        follow_events();
        if (HasFatalFailure()) return;
        std::vector<PooledTransaction> content;
        std::optional<uint32_t> from = 0;
        while (from)
            from = pool_->content(*from, 10, content);
        ASSERT_EQ(content.size(), known_.size());
        size_t bytes = 0;
        size_t queued = 0;
        for (const PooledTransaction& item : content) {
            const auto it = known_.find(item.transaction.hash);
            ASSERT_NE(it, known_.end());
            EXPECT_EQ(item.executable, it->second.executable);
            EXPECT_EQ(item.transaction.transaction, it->second.transaction.transaction);
            bytes += item.transaction.encoded_bytes;
            queued += item.executable ? 0 : 1;
        }
        const PoolStatus status = pool_->status();
        EXPECT_EQ(status.queued, queued);
        EXPECT_EQ(status.executable, content.size() - queued);
        EXPECT_EQ(status.bytes, bytes);
        // Executable is what follows the next nonce without a gap.
        for (uint8_t n = 1; n <= kSenders; ++n) {
            std::map<uint64_t, bool> mine;
            for (const auto& [hash, item] : known_)
                if (item.transaction.sender == sender_of(n))
                    mine[item.transaction.transaction.nonce] = item.executable;
            uint64_t next = nonces_[n];
            for (const SignedTransaction& item : taken_)
                if (item.sender == sender_of(n)) next = std::max(next, item.transaction.nonce + 1);
            for (const auto& [nonce, executable] : mine) {
                ASSERT_EQ(executable, nonce == next) << +n << " " << nonce;
                if (nonce == next) ++next;
            }
            EXPECT_EQ(pool_->next_nonce(sender_of(n)).value_or(next), next);
        }
    }

    static constexpr uint64_t kMoney = 1'000'000'000 * kGwei;
    std::unique_ptr<Pool> pool_;
    std::shared_ptr<PoolEventQueue> queue_;
    std::map<uint8_t, uint64_t> nonces_;
    std::map<Bytes32, Known> known_;
    std::map<Bytes32, SignedTransaction> sent_;
    std::vector<SignedTransaction> taken_;
};

TEST_F(PoolModelTest, NothingLeavesWithoutAWord) {
    auto generator = test::test_generator(31);
    const auto draw = [&generator](uint64_t below) { return generator() % below; };
    uint64_t evicted = 0;
    uint64_t expired = 0;
    uint64_t rejected = 0;
    uint64_t returned = 0;
    for (int round = 0; round < 40; ++round) {
        start({.transactions_max = 12 + draw(20), .queued_max = 3 + draw(6), .lifetime_s = 200});
        uint64_t now = 1000;
        std::vector<SignedTransaction> mined;
        for (int step = 0; step < 150; ++step) {
            const uint64_t what = draw(100);
            if (what < 70) {
                const auto number = static_cast<uint8_t>(1 + draw(kSenders));
                SignedTransaction item =
                    transaction({.sender = number,
                                 .nonce = nonces_[number] + draw(7),
                                 .max_fee = (10 + draw(40)) * kGwei,
                                 .tip = draw(8) * kGwei,
                                 .blobs = number == 1 ? size_t{1} : size_t{0}});
                sent_[item.hash] = item;
                (void)pool_->add(std::move(item), draw(3) == 0 ? Origin::Promised : Origin::Public);
            } else if (what < 80 && taken_.empty()) {
                BlockTarget block = target();
                block.base_fee = Uint256{(5 + draw(40)) * kGwei};
                block.transactions_max = 1 + draw(8);
                taken_ = pool_->take_block(block);
            } else if (what < 85 && !taken_.empty()) {
                // The block fails; perhaps one of it is to blame.
                std::vector<SignedTransaction> good = std::move(taken_);
                taken_.clear();
                std::optional<SignedTransaction> guilty;
                if (draw(2) == 0) {
                    const auto at = static_cast<std::ptrdiff_t>(draw(good.size()));
                    guilty = good[static_cast<size_t>(at)];
                    good.erase(good.begin() + at);
                }
                pool_->put_back(good);
                if (guilty) pool_->reject(*guilty, Verdict::Malformed);
            } else if (what < 93) {
                mined.clear();
                for (const SignedTransaction& item : taken_) {
                    for (uint8_t n = 1; n <= kSenders; ++n)
                        if (item.sender == sender_of(n))
                            nonces_[n] = std::max(nonces_[n], item.transaction.nonce + 1);
                    mined.push_back(item);
                }
                taken_.clear();
                const auto number = static_cast<uint8_t>(1 + draw(kSenders));
                nonces_[number] += draw(4) == 0 ? 1 : 0;
                for (const auto& [n, nonce] : nonces_)
                    set_account(n, nonce, draw(5) == 0 ? Uint256{kGwei} : Uint256{kMoney});
                pool_->set_head(head());
            } else if (what < 95 && !mined.empty() && taken_.empty()) {
                // The block before is taken back.
                for (const SignedTransaction& item : mined)
                    for (uint8_t n = 1; n <= kSenders; ++n)
                        if (item.sender == sender_of(n))
                            nonces_[n] = std::min(nonces_[n], item.transaction.nonce);
                for (const auto& [n, nonce] : nonces_)
                    set_account(n, nonce, Uint256{kMoney});
                pool_->set_head(head(), std::exchange(mined, {}));
            } else {
                pool_->tick(now += draw(90));
            }
            check();
            if (HasFatalFailure()) FAIL() << "round " << round << ", step " << step;
        }
        const PoolStatistics statistics = pool_->statistics();
        evicted += statistics.evicted;
        expired += statistics.expired;
        rejected += statistics.rejected;
        returned += statistics.returned;
    }
    // It went everywhere.
    EXPECT_GT(evicted, 50U);
    EXPECT_GT(expired, 5U);
    EXPECT_GT(rejected, 20U);
    EXPECT_GT(returned, 10U);
}

}  // namespace
}  // namespace switchyard
