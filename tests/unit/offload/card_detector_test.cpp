// SPDX-License-Identifier: Apache-2.0
// The detector over a card that splits blocks, answers slowly, lies or breaks. Needs no XRT.
#include "host/offload/card_detector.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <functional>

#include "host/offload/reference/reference_detector.hpp"
#include "tests/support/access_batches.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::offload {
namespace {

constexpr uint64_t kSeed = 4711;

/// Runs the kernel inside `start`, then lets the test change what it wrote.
class ScriptedCard final : public Card {
  public:
    using Edit = std::function<void(std::span<hls::Word>)>;

    explicit ScriptedCard(const CardShape& shape)
        : shape_(shape),
          state_(std::make_unique<hls::DetectorState>()),
          inputs_(shape.slots, std::vector<hls::Word>(shape.input_words)),
          outputs_(shape.slots, std::vector<hls::Word>(shape.output_words)) {}

    std::string description() const override { return "scripted"; }
    CardShape shape() const override { return shape_; }
    std::span<hls::Word> input(uint32_t slot) override { return inputs_[slot]; }
    std::span<const hls::Word> output(uint32_t slot) override { return outputs_[slot]; }
    Result<void> start(uint32_t slot, uint32_t input_words, uint32_t output_words) override {
        ++runs;
        if (start_error) return *start_error;
        EXPECT_LE(input_words, shape_.input_words);
        EXPECT_LE(output_words, shape_.output_words);
        const auto output = std::span(outputs_[slot]).first(output_words);
        hls::detect_conflicts(*state_, inputs_[slot].data(), output.data(), input_words,
                              output_words);
        if (edit) edit(output);
        return {};
    }
    bool ended(uint32_t /*slot*/) override { return ended_early; }
    Result<void> finish(uint32_t /*slot*/, Deadline deadline) override {
        last_deadline = deadline;
        if (finish_error) return *finish_error;
        return {};
    }

    uint32_t runs = 0;
    bool ended_early = false;  // whether a poll sees the end of a run
    Deadline last_deadline{};
    Edit edit;
    std::optional<Error> start_error;
    std::optional<Error> finish_error;

  private:
    CardShape shape_;
    std::unique_ptr<hls::DetectorState> state_;
    std::vector<std::vector<hls::Word>> inputs_;
    std::vector<std::vector<hls::Word>> outputs_;
};

struct Bench {
    explicit Bench(const CardShape& shape = {.slots = 2, .input_words = 300, .output_words = 300},
                   const TimeAllowance& watchdog = {.base = std::chrono::seconds(30)}) {
        auto owned = std::make_unique<ScriptedCard>(shape);
        card = owned.get();
        detector = make_card_detector("scripted", DetectorKind::Emulated, std::move(owned),
                                      {.hash_seed = kSeed, .watchdog = watchdog});
    }
    ScriptedCard* card = nullptr;
    std::unique_ptr<CardDetector> detector;
};

std::chrono::steady_clock::time_point soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(60);
}

AccessBatch some_batch(uint32_t transactions = 100) {
    auto random = test::test_generator(400);
    return test::random_batch({.transactions = transactions, .distinct_keys = 60}, random);
}

/// Makes the check value fit the edited records, as a card that is wrong and sure of itself.
void refresh_check(std::span<hls::Word> output) {
    auto header = std::bit_cast<abi::ResultHeader>(output[0]);
    header.check = 0;
    for (const hls::Word& word : output.subspan(1)) {
        uint64_t folded = 0;
        for (const uint64_t part : word.part)
            folded ^= part;
        header.check = abi::check_step(header.check, folded);
    }
    output[0] = std::bit_cast<hls::Word>(header);
}

/// Changes record `i` of the output and refreshes the check value.
template <typename Change>
ScriptedCard::Edit in_record(size_t i, Change change) {
    return [i, change](std::span<hls::Word> output) {
        auto record = std::bit_cast<abi::PlanRecord>(output[1 + i]);
        change(record);
        output[1 + i] = std::bit_cast<hls::Word>(record);
        refresh_check(output);
    };
}

TEST(CardDetector, DividesALargeBlockAndAnswersAsIfItHadNot) {
    auto random = test::test_generator(401);
    const AccessBatch batch = test::random_batch(
        {.transactions = 3000, .keys_max = 20, .distinct_keys = 2000, .hot_percent = 3}, random);
    const auto reference = make_reference_detector(kSeed);
    for (const uint32_t lanes : {1u, 8u, 32u, 64u}) {
        Bench bench({.slots = 3, .input_words = kCardInputWordsMin, .output_words = 40});
        LanePlan plan;
        LanePlan expected;
        const auto planned = bench.detector->plan(batch, lanes, plan);
        ASSERT_TRUE(planned) << planned.error().message;
        EXPECT_GT(bench.card->runs, 20u);
        ASSERT_TRUE(reference->plan(batch, lanes, expected));
        EXPECT_EQ(plan, expected);
    }
}

TEST(CardDetector, KeepsThePartsOfSeveralBlocksApart) {
    Bench bench({.slots = 2, .input_words = kCardInputWordsMin, .output_words = 20});
    const auto reference = make_reference_detector(kSeed);
    auto random = test::test_generator(402);
    std::vector<AccessBatch> batches;
    std::vector<Ticket> tickets;
    for (uint32_t i = 0; i < bench.detector->info().credits; ++i) {
        batches.push_back(test::random_batch({.transactions = 200, .distinct_keys = 50}, random));
        const auto ticket = bench.detector->submit(batches.back(), 4 + i);
        ASSERT_TRUE(ticket);
        tickets.push_back(*ticket);
    }
    for (uint32_t i = static_cast<uint32_t>(tickets.size()); i-- > 0;) {
        LanePlan plan;
        LanePlan expected;
        ASSERT_TRUE(bench.detector->collect(tickets[i], soon(), plan));
        ASSERT_TRUE(reference->plan(batches[i], 4 + i, expected));
        EXPECT_EQ(plan, expected);
    }
}

TEST(CardDetector, RefusesAMalformedPlanEvenIfTheCardVouchesForIt) {
    const ScriptedCard::Edit lies[] = {
        in_record(5, [](abi::PlanRecord& r) { r.lane = 8; }),
        in_record(5, [](abi::PlanRecord& r) { r.lane = 0xffff; }),
        in_record(5, [](abi::PlanRecord& r) { r.place = 60000; }),
        in_record(5, [](abi::PlanRecord& r) { r.place = static_cast<uint16_t>(r.place + 1); }),
        in_record(5, [](abi::PlanRecord& r) { r.waits[2] = 99; }),
        in_record(0, [](abi::PlanRecord& r) { r.waits[0] = 1; }),
        in_record(5, [](abi::PlanRecord& r) { r.transaction = 6; }),
        in_record(5, [](abi::PlanRecord& r) { r.sequence -= 1; }),
    };
    for (const auto& lie : lies) {
        Bench bench;
        bench.card->edit = lie;
        LanePlan plan;
        const auto planned = bench.detector->plan(some_batch(), 8, plan);
        ASSERT_FALSE(planned);
        EXPECT_EQ(planned.error().code, ErrorCode::Corrupt) << planned.error().message;
    }
}

TEST(CardDetector, RefusesEveryWrongEchoAndStatus) {
    using Change = void (*)(abi::ResultHeader&);
    const Change lies[] = {
        [](abi::ResultHeader& h) { h.magic = 0; },
        [](abi::ResultHeader& h) { h.version = 2; },
        [](abi::ResultHeader& h) { h.status = abi::kStatusNone; },
        [](abi::ResultHeader& h) { h.status = abi::kStatusOutOfOrder; },
        [](abi::ResultHeader& h) { h.status = 999; },
        [](abi::ResultHeader& h) { h.batch_id += 1; },
        [](abi::ResultHeader& h) { h.sequence += 1; },
        [](abi::ResultHeader& h) { h.part += 1; },
        [](abi::ResultHeader& h) { h.transaction_count += 1; },
        [](abi::ResultHeader& h) { h.lane_count += 1; },
        [](abi::ResultHeader& h) { h.record_words += 1; },
        [](abi::ResultHeader& h) { h.check += 1; },
    };
    for (const Change lie : lies) {
        Bench bench;
        bench.card->edit = [lie](std::span<hls::Word> output) {
            auto header = std::bit_cast<abi::ResultHeader>(output[0]);
            lie(header);
            output[0] = std::bit_cast<hls::Word>(header);
        };
        LanePlan plan;
        const auto planned = bench.detector->plan(some_batch(), 8, plan);
        ASSERT_FALSE(planned);
        EXPECT_EQ(planned.error().code, ErrorCode::Corrupt) << planned.error().message;
    }
}

TEST(CardDetector, SurvivesNoise) {
    auto random = test::test_generator(403);
    for (int i = 0; i < 200; ++i) {
        Bench bench;
        // Noise in everything, in all but the header, or in a few words.
        bench.card->edit = [&, i](std::span<hls::Word> output) {
            for (size_t w = i % 3 == 0 ? 0 : 1; w < output.size(); ++w)
                if (i % 3 != 2 || random() % 20 == 0)
                    for (uint64_t& part : output[w].part)
                        part = random();
            if (i % 3 != 0) refresh_check(output);
        };
        LanePlan plan;
        const auto planned = bench.detector->plan(some_batch(), 8, plan);
        if (planned)
            EXPECT_TRUE(plan.validate_shape());
        else
            EXPECT_EQ(planned.error().code, ErrorCode::Corrupt);
    }
}

TEST(CardDetector, IsTakenOutByAFailureAndLosesNoTicketSilently) {
    Bench bench;
    const AccessBatch batch = some_batch(10);
    std::vector<Ticket> tickets;
    for (int i = 0; i < 3; ++i) {
        const auto ticket = bench.detector->submit(batch, 4);
        ASSERT_TRUE(ticket);
        tickets.push_back(*ticket);
    }
    LanePlan plan;
    ASSERT_TRUE(bench.detector->collect(tickets[0], soon(), plan));
    bench.card->finish_error = Error{ErrorCode::Timeout, "scripted time-out"};
    // The second ticket fails in place of the third, which was asked for and waits behind it.
    EXPECT_EQ(bench.detector->collect(tickets[2], soon(), plan).error().code,
              ErrorCode::Unavailable);
    EXPECT_EQ(bench.detector->collect(tickets[1], soon(), plan).error().code, ErrorCode::Timeout);
    const auto later = bench.detector->submit(batch, 4);
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, ErrorCode::Unavailable);
    EXPECT_NE(later.error().message.find("scripted time-out"), std::string::npos);
    EXPECT_EQ(bench.detector->counters().failures, 2u);
    EXPECT_EQ(bench.detector->counters().batches, 1u);
}

TEST(CardDetector, BlamesTheCardOnlyForItsOwnDeadline) {
    // The watchdog's deadline is later than the caller's: the caller alone is late.
    Bench bench;
    const AccessBatch batch = some_batch(10);
    bench.card->finish_error = Error{ErrorCode::Timeout, "scripted time-out"};
    LanePlan plan;
    const auto late = bench.detector->plan(batch, 4, plan, std::chrono::milliseconds(1));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::Timeout);
    EXPECT_FALSE(bench.detector->taken_out());
    EXPECT_TRUE(bench.detector->overdue());
    // The run ends after all, its plan is nobody's, and the next batch gets its own.
    bench.card->finish_error.reset();
    LanePlan expected;
    const AccessBatch other = some_batch(20);
    ASSERT_TRUE(make_reference_detector(kSeed)->plan(other, 4, expected));
    ASSERT_TRUE(bench.detector->plan(other, 4, plan));
    EXPECT_EQ(plan, expected);
    EXPECT_FALSE(bench.detector->overdue());

    // The watchdog's is earlier: the card hangs.
    Bench watched({.slots = 2, .input_words = 300, .output_words = 300},
                  {.base = std::chrono::milliseconds(1)});
    watched.card->finish_error = Error{ErrorCode::Timeout, "scripted time-out"};
    const auto hung = watched.detector->plan(batch, 4, plan, std::chrono::hours(1));
    ASSERT_FALSE(hung);
    EXPECT_EQ(hung.error().code, ErrorCode::Timeout);
    ASSERT_TRUE(watched.detector->taken_out());
    EXPECT_EQ(watched.detector->taken_out()->failure, CardFailure::Hang);
    EXPECT_LT(watched.card->last_deadline, soon());
}

TEST(CardDetector, NoticesAHangWithoutAnybodyWaiting) {
    Bench bench({.slots = 2, .input_words = 300, .output_words = 300}, {});
    const AccessBatch batch = some_batch(10);
    const auto ticket = bench.detector->submit(batch, 4);
    ASSERT_TRUE(ticket);
    bench.card->finish_error = Error{ErrorCode::Timeout, "scripted time-out"};
    // The allowance is 0, so that any later moment is after it.
    while (!bench.detector->taken_out())
        bench.detector->poll();
    EXPECT_EQ(bench.detector->taken_out()->failure, CardFailure::Hang);
    LanePlan plan;
    EXPECT_EQ(bench.detector->collect(*ticket, soon(), plan).error().code, ErrorCode::Timeout);
}

TEST(CardDetector, StartsTheNextPartsWhenItIsPolled) {
    Bench bench({.slots = 2, .input_words = kCardInputWordsMin, .output_words = 20});
    const AccessBatch batch = some_batch(200);
    const auto ticket = bench.detector->submit(batch, 4);
    ASSERT_TRUE(ticket);
    EXPECT_EQ(bench.card->runs, 2u);
    bench.card->ended_early = true;
    bench.detector->poll();
    EXPECT_GT(bench.card->runs, 9u);
    const uint32_t runs = bench.card->runs;
    LanePlan plan;
    ASSERT_TRUE(bench.detector->collect(*ticket, soon(), plan));
    EXPECT_EQ(bench.card->runs, runs);
}

TEST(CardDetector, AllowsABatchTimeByItsSize) {
    const auto deadline_of = [](uint32_t transactions) {
        Bench bench({}, {.per_transaction = std::chrono::hours(1)});
        LanePlan plan;
        EXPECT_TRUE(
            bench.detector->plan(some_batch(transactions), 4, plan, std::chrono::hours(1'000'000)));
        return bench.card->last_deadline - std::chrono::steady_clock::now();
    };
    EXPECT_LT(deadline_of(2), std::chrono::hours(3));
    EXPECT_GT(deadline_of(50), std::chrono::hours(49));
}

TEST(CardDetector, TakesNoOldAnswerOfAnEarlierDetectorForItsOwn) {
    // Cards that write nothing: the second finds in its buffers what a first one has left there,
    // in answer to the same batch.
    const AccessBatch batch = some_batch(10);
    std::vector<hls::Word> left;
    Bench first;
    first.card->edit = [&](std::span<hls::Word> output) {
        left.assign(output.begin(), output.end());
    };
    LanePlan plan;
    ASSERT_TRUE(first.detector->plan(batch, 4, plan));
    for (int i = 0; i < 50; ++i) {
        Bench second;
        second.card->edit = [&](std::span<hls::Word> output) {
            std::ranges::copy(left, output.begin());
        };
        EXPECT_FALSE(second.detector->plan(batch, 4, plan));
    }
}

TEST(CardDetector, ReportsARunThatCannotStart) {
    Bench bench;
    bench.card->start_error = Error{ErrorCode::Unavailable, "scripted refusal"};
    LanePlan plan;
    const auto planned = bench.detector->plan(some_batch(), 4, plan);
    ASSERT_FALSE(planned);
    EXPECT_EQ(planned.error().message, "scripted refusal");
}

}  // namespace
}  // namespace switchyard::offload
