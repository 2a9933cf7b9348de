// SPDX-License-Identifier: Apache-2.0
// The road of a batch over a card allocates nothing, from the first batch on.
#include <gtest/gtest.h>

#include "host/offload/failover/failover_detector.hpp"
#include "host/offload/reference/reference_detector.hpp"
#include "tests/support/access_batches.hpp"
#include "tests/support/allocation_counter.hpp"
#include "tests/support/test_data.hpp"
#ifdef SWITCHYARD_HAVE_XRT
#include "host/offload/card_backends.hpp"
#endif

namespace switchyard::offload {
namespace {

constexpr uint64_t kSeed = 31;

/// A card on which the kernel runs at once.
class ImmediateCard final : public Card {
  public:
    std::string description() const override { return "immediate"; }
    CardShape shape() const override { return shape_; }
    std::span<hls::Word> input(uint32_t slot) override { return inputs_[slot]; }
    std::span<const hls::Word> output(uint32_t slot) override { return outputs_[slot]; }
    bool ended(uint32_t) override { return true; }
    Result<void> finish(uint32_t, Deadline) override { return {}; }
    Result<void> start(uint32_t slot, uint32_t input_words, uint32_t output_words) override {
        hls::detect_conflicts(*state_, inputs_[slot].data(), outputs_[slot].data(), input_words,
                              output_words);
        return {};
    }

  private:
    CardShape shape_{.slots = 4, .input_words = 4096, .output_words = 4096};
    std::unique_ptr<hls::DetectorState> state_ = std::make_unique<hls::DetectorState>();
    std::vector<std::vector<hls::Word>> inputs_{4, std::vector<hls::Word>(4096)};
    std::vector<std::vector<hls::Word>> outputs_{4, std::vector<hls::Word>(4096)};
};

/// Batches that fit the reserve of a detector, up to its edge.
std::vector<AccessBatch> usual_batches() {
    auto random = test::test_generator(630);
    std::vector<AccessBatch> out;
    for (uint32_t i = 0; i < 30; ++i)
        out.push_back(test::random_batch(
            {.transactions = 1 + static_cast<uint32_t>(random() % 1024), .keys_max = 8}, random));
    out.push_back(test::random_batch({.transactions = 1024, .keys_max = 7}, random));
    return out;
}

/// Allocations of this thread while all batches go through, as many at a time as there are credits.
uint64_t allocations_of(ConflictDetector& detector, const std::vector<AccessBatch>& batches) {
    std::vector<LanePlan> plans(detector.info().credits);
    for (LanePlan& plan : plans) {
        plan.reset(kLanesMax);
        plan.reserve(1024);
    }
    std::vector<Ticket> tickets(plans.size());
    const uint64_t before = test::allocations_of_this_thread();
    for (size_t begin = 0; begin < batches.size(); begin += plans.size()) {
        const size_t count = std::min(plans.size(), batches.size() - begin);
        for (size_t i = 0; i < count; ++i) {
            const auto ticket = detector.submit(batches[begin + i], i % 2 == 0 ? 8 : kLanesMax);
            EXPECT_TRUE(ticket);
            tickets[i] = *ticket;
        }
        for (size_t i = 0; i < count; ++i)
            EXPECT_TRUE(detector.collect(
                tickets[i], std::chrono::steady_clock::now() + std::chrono::minutes(1), plans[i]));
    }
    return test::allocations_of_this_thread() - before;
}

std::unique_ptr<ConflictDetector> with_failover(std::unique_ptr<CardDetector> card) {
    const auto no_way = [](CardFailure) -> Recovery::Outcome {
        return Error{ErrorCode::Unavailable, "not asked for"};
    };
    return make_failover_detector(
        {std::move(card), make_reference_detector(kSeed), make_threaded_recovery(no_way, {})},
        {.cross_check_one_in = 0, .patience = {.base = std::chrono::minutes(1)}});
}

TEST(CardAllocation, CountsWhatIsAllocated) {
    const uint64_t before = test::allocations_of_this_thread();
    const auto memory = std::make_unique<std::vector<int>>(100);
    EXPECT_EQ(test::allocations_of_this_thread() - before, 2u);
    // A batch beyond the reserve makes room, so that the counter does see this code.
    const auto detector = make_card_detector("immediate", DetectorKind::Emulated,
                                             std::make_unique<ImmediateCard>(), {});
    auto random = test::test_generator(631);
    EXPECT_GT(allocations_of(*detector, {test::random_batch({.transactions = 9000}, random)}), 0u);
}

TEST(CardAllocation, OfADetectorIsNoneForAnyBatch) {
    const auto detector =
        make_card_detector("immediate", DetectorKind::Emulated, std::make_unique<ImmediateCard>(),
                           {.hash_seed = kSeed});
    EXPECT_EQ(allocations_of(*detector, usual_batches()), 0u);
}

TEST(CardAllocation, WithFailoverIsNoneForAnyBatch) {
    const auto detector =
        with_failover(make_card_detector("immediate", DetectorKind::Emulated,
                                         std::make_unique<ImmediateCard>(), {.hash_seed = kSeed}));
    EXPECT_EQ(allocations_of(*detector, usual_batches()), 0u);
    EXPECT_EQ(detector->health().fallbacks, 0u);
}

#ifdef SWITCHYARD_HAVE_XRT

TEST(CardAllocation, OverXrtIsNoneForAnyBatch) {
    const auto device = std::make_shared<EmulatedDevice>();
    CardDetectorOptions options = emulation_options(kSeed);
    options.watchdog = {.base = std::chrono::minutes(1)};
    auto card = open_emulation(device, options);
    ASSERT_TRUE(card) << card.error().message;
    const auto detector = with_failover(*std::move(card));
    const auto batches = usual_batches();
    // The library may make room for its own data in the first round.
    (void)allocations_of(*detector, batches);
    EXPECT_EQ(allocations_of(*detector, batches), 0u);
    EXPECT_EQ(detector->health().fallbacks, 0u);
}

#endif

}  // namespace
}  // namespace switchyard::offload
