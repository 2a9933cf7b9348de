// SPDX-License-Identifier: Apache-2.0
// Failover with a card, a recovery and a clock that do as they are told.
#include "host/offload/failover/failover_detector.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "host/offload/reference/reference_detector.hpp"
#include "tests/support/access_batches.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::offload {
namespace {

using std::chrono::milliseconds;
using Time = std::chrono::steady_clock::time_point;

constexpr uint64_t kSeed = 1234;
constexpr uint32_t kLanes = 4;

/// What the scripted card does with its next batch.
enum class Act { Good, Fail, Late, WrongPlan };

/// A card over the reference. Keeps each batch until it is collected, as a card's memory would.
class ScriptedCard final : public CardDetector {
  public:
    const DetectorInfo& info() const override { return info_; }
    DetectorCounters counters() const override { return inner_->counters(); }
    void poll() override {
        if (fail_on_poll) taken_out_ = TakenOut{CardFailure::Hang, {ErrorCode::Timeout, "hung"}};
    }
    const std::optional<TakenOut>& taken_out() const override { return taken_out_; }
    bool overdue() const override { return overdue_; }

    Result<Ticket> submit(const AccessBatch& batch, uint32_t lanes) override {
        if (taken_out_) return Error{ErrorCode::Unavailable, "out"};
        batches_.emplace_back(++last_ticket_, batch, lanes);
        most_in_flight = std::max(most_in_flight, batches_.size());
        return Ticket{last_ticket_};
    }
    Result<void> collect(Ticket ticket, Deadline deadline, LanePlan& out) override {
        last_deadline = deadline;
        if (taken_out_) return Error{ErrorCode::Unavailable, "out"};
        const auto found = std::ranges::find_if(
            batches_, [&](const auto& entry) { return std::get<0>(entry) == ticket.number; });
        SWITCHYARD_ASSERT(found != batches_.end());
        const auto [number, batch, lanes] = *found;
        batches_.erase(found);
        ++collected;
        switch (acts.empty() ? Act::Good : acts.front()) {
            case Act::Fail:
                taken_out_ = TakenOut{CardFailure::WrongSequence, {ErrorCode::Corrupt, "broken"}};
                return taken_out_->error;
            case Act::Late:
                acts.pop_front();
                overdue_ = stays_overdue;
                return Error{ErrorCode::Timeout, "late"};
            case Act::WrongPlan: {
                acts.pop_front();
                LanePlan right;
                SWITCHYARD_ASSERT(inner_->plan(batch, lanes, right).has_value());
                out.reset(lanes);  // all in one lane: safe, and not what the rules give
                for (uint32_t i = 0; i < batch.transaction_count(); ++i)
                    out.append({0, i})[0] = i;
                return {};
            }
            case Act::Good:
                if (!acts.empty()) acts.pop_front();
                break;
        }
        return inner_->plan(batch, lanes, out);
    }

    std::deque<Act> acts;
    bool fail_on_poll = false;
    bool stays_overdue = false;
    uint32_t collected = 0;
    size_t most_in_flight = 0;
    Deadline last_deadline{};
    void catch_up() { overdue_ = false; }

  private:
    DetectorInfo info_{"scripted", "a scripted card", DetectorKind::Emulated, 4};
    std::unique_ptr<ConflictDetector> inner_ = make_reference_detector(kSeed);
    std::deque<std::tuple<uint64_t, AccessBatch, uint32_t>> batches_;
    std::optional<TakenOut> taken_out_;
    bool overdue_ = false;
    uint64_t last_ticket_ = 0;
};

/// Recovers when the test's clock has come to the time, and as the script says.
struct RecoveryScript {
    Time now{milliseconds(1000)};
    std::optional<CardFailure> asked;
    bool card_handed_over = false;
    Time not_before;
    uint32_t failures_to_come = 0;
    ScriptedCard* card = nullptr;  // of the newest one
};

class ScriptedRecovery final : public Recovery {
  public:
    explicit ScriptedRecovery(RecoveryScript& script) : script_(script) {}
    void begin(std::unique_ptr<CardDetector> failed, CardFailure failure,
               Time not_before) override {
        EXPECT_FALSE(script_.asked);
        script_.card_handed_over = failed != nullptr;
        script_.asked = failure;
        script_.not_before = not_before;
    }
    std::optional<Outcome> poll() override {
        if (!script_.asked || script_.now < script_.not_before) return std::nullopt;
        script_.asked.reset();
        if (script_.failures_to_come > 0) {
            --script_.failures_to_come;
            return Outcome(Error{ErrorCode::Unavailable, "no way"});
        }
        auto card = std::make_unique<ScriptedCard>();
        script_.card = card.get();
        return Outcome(std::unique_ptr<CardDetector>(std::move(card)));
    }

  private:
    RecoveryScript& script_;
};

class FailoverFixture : public testing::Test {
  protected:
    void open(uint32_t cross_check_one_in = 0) {
        script_ = {};
        auto card = std::make_unique<ScriptedCard>();
        script_.card = card.get();
        detector_ = make_failover_detector(
            {std::move(card), make_reference_detector(kSeed),
             std::make_unique<ScriptedRecovery>(script_), [this] { return script_.now; }},
            {.cross_check_one_in = cross_check_one_in,
             .sample_seed = 99,
             .patience = {.base = milliseconds(3), .per_transaction = milliseconds(1)},
             .late_in_a_row_max = 3,
             .breaker = {.backoff_min = milliseconds(10),
                         .backoff_max = milliseconds(1000),
                         .trial_plans = 2,
                         .forgive_plans = 100}});
    }

    AccessBatch batch() {
        return test::random_batch({.transactions = 30, .distinct_keys = 20}, random_);
    }
    Ticket submit(const AccessBatch& batch) {
        const auto ticket = detector_->submit(batch, kLanes);
        EXPECT_TRUE(ticket);
        return *ticket;
    }
    /// Collects, and compares with the plan that the rules give.
    void expect_right_plan(Ticket ticket, const AccessBatch& batch) {
        LanePlan plan;
        LanePlan expected;
        const auto collected = detector_->collect(ticket, Time::max(), plan);
        ASSERT_TRUE(collected) << collected.error().message;
        ASSERT_TRUE(reference_->plan(batch, kLanes, expected));
        EXPECT_EQ(plan, expected);
    }
    void plan_one() {
        const AccessBatch one = batch();
        expect_right_plan(submit(one), one);
    }

    RecoveryScript script_;
    std::unique_ptr<ConflictDetector> detector_;
    std::unique_ptr<ConflictDetector> reference_ = make_reference_detector(kSeed);
    std::mt19937_64 random_ = test::test_generator(610);
};

TEST_F(FailoverFixture, LeavesAGoodCardAlone) {
    open();
    for (int i = 0; i < 10; ++i)
        plan_one();
    EXPECT_EQ(detector_->info().name, "scripted");
    EXPECT_NE(detector_->info().description.find("failing over to reference"), std::string::npos);
    EXPECT_EQ(script_.card->collected, 10u);
    EXPECT_EQ(detector_->counters().batches, 10u);
    EXPECT_EQ(detector_->health().card, CardState::InUse);
    EXPECT_EQ(describe(detector_->health()), "");
}

TEST_F(FailoverFixture, GivesEverythingInFlightToSoftwareWhenTheCardFails) {
    open();
    std::vector<AccessBatch> batches;
    std::vector<Ticket> tickets;
    for (int i = 0; i < 4; ++i) {
        batches.push_back(batch());
        tickets.push_back(submit(batches.back()));
    }
    EXPECT_EQ(detector_->submit(batches[0], kLanes).error().code, ErrorCode::LimitExceeded);
    EXPECT_EQ(script_.card->most_in_flight, 4u);
    script_.card->acts = {Act::Good, Act::Fail};
    for (size_t i = 0; i < 4; ++i)
        expect_right_plan(tickets[i], batches[i]);
    const DetectorHealth health = detector_->health();
    EXPECT_EQ(health.card, CardState::TakenOut);
    EXPECT_EQ(health.fallbacks, 3u);
    EXPECT_EQ(health.take_outs[static_cast<size_t>(CardFailure::WrongSequence)], 1u);
    EXPECT_EQ(health.taken_out(), 1u);
    EXPECT_EQ(health.last_error, "broken");
    EXPECT_TRUE(script_.card_handed_over);
    EXPECT_EQ(script_.asked, CardFailure::WrongSequence);
    EXPECT_EQ(script_.not_before, script_.now + milliseconds(10));
    EXPECT_EQ(detector_->counters().failures, 0u);
    EXPECT_NE(describe(health).find("1 wrong sequence"), std::string::npos);
}

TEST_F(FailoverFixture, BringsTheCardBackOverATrialInWhichEveryPlanIsCompared) {
    open();
    script_.card->acts = {Act::Fail};
    plan_one();
    plan_one();
    EXPECT_EQ(detector_->health().fallbacks, 2u);
    script_.now += milliseconds(10);

    // On trial: one batch at a time.
    std::vector<AccessBatch> batches{batch(), batch()};
    const Ticket first = submit(batches[0]);
    EXPECT_EQ(detector_->health().card, CardState::OnTrial);
    const Ticket second = submit(batches[1]);
    EXPECT_EQ(script_.card->most_in_flight, 1u);
    expect_right_plan(first, batches[0]);
    expect_right_plan(second, batches[1]);
    EXPECT_EQ(detector_->health().cross_checks, 1u);
    EXPECT_EQ(detector_->health().fallbacks, 3u);
    EXPECT_EQ(detector_->health().card, CardState::OnTrial);
    plan_one();
    EXPECT_EQ(detector_->health().cross_checks, 2u);
    EXPECT_EQ(detector_->health().card, CardState::InUse);
    EXPECT_EQ(detector_->health().returns, 1u);
    plan_one();
    EXPECT_EQ(detector_->health().cross_checks, 2u);
    EXPECT_EQ(detector_->health().fallbacks, 3u);
}

TEST_F(FailoverFixture, TakesACardThatFailsItsTrialOutForLonger) {
    open();
    script_.card->acts = {Act::Fail};
    plan_one();
    script_.now = script_.not_before;
    const AccessBatch one = batch();
    const Ticket ticket = submit(one);
    script_.card->acts = {Act::WrongPlan};
    expect_right_plan(ticket, one);
    EXPECT_EQ(detector_->health().card, CardState::TakenOut);
    EXPECT_EQ(detector_->health().take_outs[static_cast<size_t>(CardFailure::WrongPlan)], 1u);
    EXPECT_EQ(script_.not_before, script_.now + milliseconds(20));
}

TEST_F(FailoverFixture, TriesAgainAndWaitsLongerWhenARecoveryFails) {
    open();
    script_.card->acts = {Act::Fail};
    plan_one();
    script_.failures_to_come = 3;
    for (const int wait : {20, 40, 80}) {
        script_.now = script_.not_before;
        plan_one();
        EXPECT_EQ(script_.not_before, script_.now + milliseconds(wait));
        // The reason stays the first one: it says whether the device needs a reset.
        EXPECT_EQ(script_.asked, CardFailure::WrongSequence);
        EXPECT_FALSE(script_.card_handed_over);
    }
    EXPECT_EQ(detector_->health().failed_recoveries, 3u);
    EXPECT_EQ(detector_->health().last_error, "no way");
    script_.now = script_.not_before;
    plan_one();
    EXPECT_EQ(detector_->health().card, CardState::OnTrial);
}

TEST_F(FailoverFixture, FindsAWrongPlanOnlyInItsSample) {
    open(1);
    script_.card->acts = {Act::Good, Act::WrongPlan};
    for (int i = 0; i < 2; ++i)
        plan_one();
    EXPECT_EQ(detector_->health().cross_checks, 2u);
    EXPECT_EQ(detector_->health().take_outs[static_cast<size_t>(CardFailure::WrongPlan)], 1u);

    // A card that is always wrong is found sooner or later.
    open(8);
    script_.card->acts.assign(1000, Act::WrongPlan);
    LanePlan plan;
    int plans = 0;
    for (; detector_->health().card == CardState::InUse && plans < 1000; ++plans)
        ASSERT_TRUE(detector_->plan(batch(), kLanes, plan));
    EXPECT_GT(plans, 1);
    EXPECT_LT(plans, 200);
}

TEST_F(FailoverFixture, DoesNotWaitForALateCardAndSparesItTheNextBatches) {
    open();
    script_.card->stays_overdue = true;
    script_.card->acts = {Act::Late};
    plan_one();
    EXPECT_EQ(detector_->health().late, 1u);
    EXPECT_EQ(detector_->health().taken_out(), 0u);
    plan_one();
    plan_one();
    EXPECT_EQ(script_.card->collected, 1u);
    EXPECT_EQ(detector_->health().fallbacks, 3u);
    EXPECT_EQ(detector_->health().late, 1u);
    script_.card->catch_up();
    plan_one();
    EXPECT_EQ(script_.card->collected, 2u);
    EXPECT_EQ(detector_->health().fallbacks, 3u);
    // In the end the watchdog of the card has it: nobody waits any more, a submit sees it.
    script_.card->fail_on_poll = true;
    plan_one();
    EXPECT_EQ(detector_->health().take_outs[static_cast<size_t>(CardFailure::Hang)], 1u);
}

TEST_F(FailoverFixture, WaitsOnceForACardThatHangsAndNotForEachBatchInFlight) {
    open();
    std::vector<AccessBatch> batches;
    std::vector<Ticket> tickets;
    for (int i = 0; i < 4; ++i) {
        batches.push_back(batch());
        tickets.push_back(submit(batches.back()));
    }
    script_.card->stays_overdue = true;
    script_.card->acts = {Act::Late, Act::Late, Act::Late, Act::Late};
    expect_right_plan(tickets[0], batches[0]);
    EXPECT_GT(script_.card->last_deadline, script_.now);
    for (size_t i = 1; i < 4; ++i) {
        expect_right_plan(tickets[i], batches[i]);
        EXPECT_EQ(script_.card->last_deadline, Time{});
    }
    EXPECT_EQ(detector_->health().late, 1u);
    EXPECT_EQ(detector_->health().fallbacks, 4u);
    EXPECT_EQ(detector_->health().taken_out(), 0u);
}

TEST_F(FailoverFixture, TakesACardThatIsAlwaysLateOut) {
    open();
    script_.card->acts = {Act::Late, Act::Late, Act::Good, Act::Late, Act::Late, Act::Late};
    for (int i = 0; i < 6; ++i) {
        EXPECT_EQ(detector_->health().taken_out(), 0u);
        plan_one();
    }
    EXPECT_EQ(detector_->health().take_outs[static_cast<size_t>(CardFailure::Slow)], 1u);
    EXPECT_EQ(detector_->health().late, 5u);
}

TEST_F(FailoverFixture, WaitsAccordingToWhatIsOnTheCard) {
    open();
    const AccessBatch small = test::random_batch({.transactions = 2}, random_);
    const AccessBatch large = test::random_batch({.transactions = 100}, random_);
    const Ticket first = submit(large);
    const Ticket second = submit(small);
    expect_right_plan(first, large);
    EXPECT_EQ(script_.card->last_deadline, script_.now + milliseconds(103));
    // Out of turn, behind another one.
    const Ticket third = submit(small);
    expect_right_plan(third, small);
    EXPECT_EQ(script_.card->last_deadline, script_.now + milliseconds(5 + 5));
    // From its submission on, not from when somebody asks.
    script_.now += milliseconds(107);
    expect_right_plan(second, small);
    EXPECT_EQ(script_.card->last_deadline, script_.now + milliseconds(1));
    // It does not add up over batches that are gone.
    expect_right_plan(submit(small), small);
    EXPECT_EQ(script_.card->last_deadline, script_.now + milliseconds(5));
    // A caller in a greater hurry still gets a plan.
    const Ticket hurried = submit(small);
    LanePlan plan;
    ASSERT_TRUE(detector_->collect(hurried, script_.now, plan));
    EXPECT_EQ(script_.card->last_deadline, script_.now);
}

TEST_F(FailoverFixture, RefusesWhatEveryDetectorRefuses) {
    open();
    EXPECT_EQ(detector_->submit(batch(), 0).error().code, ErrorCode::InvalidInput);
    LanePlan plan;
    EXPECT_EQ(detector_->collect({0}, Time::max(), plan).error().code, ErrorCode::NotFound);
    EXPECT_EQ(detector_->collect({77}, Time::max(), plan).error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace switchyard::offload
