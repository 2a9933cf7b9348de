// SPDX-License-Identifier: Apache-2.0
// Observed blocks: every execution that becomes final is told of, in block order, and nothing of
// the block's result depends on who looks on.
#include "host/execute/block_observation.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "host/execute/block_execution.hpp"
#include "host/execute/parallel/parallel_executor.hpp"
#include "host/execute/result_difference.hpp"
#include "simd/keccak256.hpp"
#include "tests/support/conflict_world.hpp"
#include "tests/support/test_data.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::execute {
namespace {

BlockInput input_of(const BlockHeader& header, std::span<const SignedTransaction> transactions,
                    Revision revision) {
    BlockInput out;
    out.header = &header;
    out.rules.revision = revision;
    out.rules.chain_id = 1;
    out.rules.blobs = {3, 6, 3'338'477};
    out.transactions = transactions;
    return out;
}

/// Observes all transactions but every third, and keeps what it was told.
class Recorder final : public BlockObservation {
  public:
    explicit Recorder(size_t transactions) {
        for (size_t i = 0; i < transactions; ++i)
            observations.push_back(std::make_unique<evm::Observation>());
    }
    evm::Observation* begin(size_t index) override {
        if (index % 3 == 2) return nullptr;
        observations[index]->clear();
        return observations[index].get();
    }
    void commit(size_t index, const ReadSet& reads, const StateChanges& changes,
                const TransactionOutcome& outcome) override {
        EXPECT_EQ(index, gas_used.size());
        gas_used.push_back(outcome.gas_used);
        storage_reads.push_back(reads.storage.size());
        all_changes.push_back(changes);
    }
    std::vector<std::unique_ptr<evm::Observation>> observations;
    std::vector<uint64_t> gas_used;
    std::vector<size_t> storage_reads;
    std::vector<StateChanges> all_changes;
};

void expect_same_observations(const Recorder& a, const Recorder& b) {
    for (size_t i = 0; i < a.observations.size(); ++i) {
        const evm::Observation& x = *a.observations[i];
        const evm::Observation& y = *b.observations[i];
        ASSERT_EQ(x.hashes().size(), y.hashes().size()) << "transaction " << i;
        for (size_t k = 0; k < x.hashes().size(); ++k)
            EXPECT_EQ(x.hashes()[k].hash, y.hashes()[k].hash);
        ASSERT_EQ(x.frames().size(), y.frames().size()) << "transaction " << i;
        for (size_t k = 0; k < x.frames().size(); ++k)
            EXPECT_EQ(x.frames()[k].recipient, y.frames()[k].recipient);
    }
}

TEST(BlockObservation, ChangesNoResultAndSeesWhatBecameFinal) {
    std::mt19937_64 generator = test::test_generator(410);
    ParallelExecutor executor(2, PickOrder::LatestFirst);
    uint64_t aborts = 0;
    for (const Revision revision :
         {Revision::Frontier, Revision::SpuriousDragon, Revision::Istanbul, Revision::London,
          Revision::Cancun, Revision::Amsterdam}) {
        SCOPED_TRACE(std::string(to_string(revision)));
        test::ConflictWorld world(410);
        const auto transactions = world.block(200);
        BlockInput input = input_of(world.header(), transactions, revision);
        const auto plain = execute_block_serial(input, world.state());
        Recorder serial(transactions.size());
        input.observation = &serial;
        const auto observed = execute_block_serial(input, world.state());
        ASSERT_EQ(plain.has_value(), observed.has_value());
        if (!plain) {
            EXPECT_EQ(plain.error().message, observed.error().message);
            continue;
        }
        EXPECT_EQ(first_difference(*plain, *observed), std::nullopt);
        ASSERT_EQ(serial.gas_used.size(), transactions.size());
        for (size_t i = 0; i < transactions.size(); ++i) {
            EXPECT_EQ(serial.gas_used[i], plain->receipts[i].gas_used);
            EXPECT_EQ(serial.observations[i]->frames().empty(), i % 3 == 2);
        }

        Recorder parallel(transactions.size());
        input.observation = &parallel;
        ParallelStatistics statistics;
        const auto lanes =
            executor.execute(input, world.state(),
                             workloads::random_lanes_without_waits(200, 8, generator), &statistics);
        ASSERT_TRUE(lanes.has_value());
        EXPECT_EQ(first_difference(*plain, *lanes), std::nullopt);
        EXPECT_EQ(parallel.gas_used, serial.gas_used);
        EXPECT_EQ(parallel.storage_reads, serial.storage_reads);
        EXPECT_EQ(parallel.all_changes.size(), serial.all_changes.size());
        expect_same_observations(serial, parallel);
        aborts += statistics.aborts;
    }
    EXPECT_GT(aborts, 0U) << "no execution was observed twice";
}

TEST(Observation, KeepsPreimagesAndMessagesWithinItsBounds) {
    evm::Observation observation;
    const Bytes small(64, 7);
    Bytes32 hash;
    simd::keccak256(small, hash.bytes);
    observation.add_hash(Bytes(evm::Observation::kPreimageBytesMax + 1, 1), hash);
    EXPECT_TRUE(observation.hashes().empty());
    for (size_t i = 0; i < evm::Observation::kHashesMax + 10; ++i)
        observation.add_hash(small, hash);
    ASSERT_EQ(observation.hashes().size(), evm::Observation::kHashesMax);
    EXPECT_TRUE(equal(observation.preimage(observation.hashes().back()), small));

    evm::Message first;
    first.input = small;
    evm::Message inner = first;
    inner.depth = 1;
    const Bytes other(64, 8);
    for (size_t i = 0; i < evm::Observation::kFramesMax + 10; ++i) {
        inner.input = i == 0 ? BytesView(small) : BytesView(other);
        observation.add_frame(inner, first);
    }
    ASSERT_EQ(observation.frames().size(), evm::Observation::kFramesMax);
    EXPECT_TRUE(observation.frames()[0].has_first_input);
    EXPECT_FALSE(observation.frames()[1].has_first_input);
    observation.clear();
    EXPECT_TRUE(observation.frames().empty());
    EXPECT_TRUE(observation.hashes().empty());
}

}  // namespace
}  // namespace switchyard::execute
