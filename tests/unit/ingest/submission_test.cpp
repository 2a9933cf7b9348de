// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "host/core/limits.hpp"
#include "host/ingest/memory_source.hpp"
#include "host/ingest/merged_source.hpp"
#include "host/ingest/submission_queue.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

using test::test_generator;

/// What the consumer of these tests decides: a function of the bytes.
Verdict verdict_of(BytesView bytes) {
    return static_cast<Verdict>(mix_bytes(bytes.data(), bytes.size(), 3) % kVerdictCount);
}

Bytes random_bytes(std::mt19937_64& random, size_t size) {
    Bytes out(size);
    for (uint8_t& byte : out)
        byte = static_cast<uint8_t>(random());
    return out;
}

/// One batch of up to `most`; returns its size.
size_t judge(TransactionSource& source, size_t most = 64) {
    std::vector<RawTransaction> batch(most);
    const size_t count = source.poll(batch);
    batch.resize(count);
    std::vector<Verdict> verdicts;
    for (const RawTransaction& one : batch)
        verdicts.push_back(verdict_of(one.bytes));
    source.release(batch, verdicts);
    return count;
}

std::unique_ptr<SubmissionQueue> make_queue(size_t transactions, size_t bytes = 1u << 20) {
    auto queue = SubmissionQueue::create({.transactions = transactions, .bytes = bytes});
    EXPECT_TRUE(queue);
    return std::move(*queue);
}

/// Submits and forgets the answer.
Result<void> submit(SubmissionQueue& queue, uint64_t submitter, size_t size = 100) {
    return queue.submit(Bytes(size, 7), {}, submitter, [](const Result<Verdict>&) {});
}

TEST(SubmissionQueue, AnswersEachSubmissionWithItsVerdict) {
    auto random = test_generator(60);
    const auto queue = make_queue(1'000);
    std::vector<Bytes> sent;
    std::map<size_t, Verdict> answers;
    for (size_t i = 0; i < 300; ++i) {
        sent.push_back(random_bytes(random, 1 + random() % 400));
        ASSERT_TRUE(queue->submit(sent.back(), {}, i % 7, [&answers, i](Result<Verdict> verdict) {
            ASSERT_TRUE(verdict);
            EXPECT_TRUE(answers.emplace(i, *verdict).second) << "answered twice";
        }));
    }
    EXPECT_TRUE(answers.empty()) << "before there is a verdict";
    while (judge(*queue) != 0) {
    }
    ASSERT_EQ(answers.size(), sent.size());
    for (const auto& [i, verdict] : answers)
        EXPECT_EQ(verdict, verdict_of(sent[i])) << i;
    const SubmissionCounters counters = queue->counters();
    EXPECT_EQ(counters.submitted, 300u);
    EXPECT_EQ(counters.answered, 300u);
    EXPECT_EQ(counters.under_way, 0u);
    EXPECT_EQ(counters.bytes_under_way, 0u);
}

TEST(SubmissionQueue, GivesWhatTheSubmitterSaid) {
    const auto queue = make_queue(8);
    Address hint;
    hint.bytes.fill(0xAB);
    ASSERT_TRUE(queue->submit({1, 2, 3}, hint, 42, [](const Result<Verdict>&) {}));
    ASSERT_TRUE(queue->submit({4}, {}, 43, [](const Result<Verdict>&) {}));
    std::array<RawTransaction, 4> out;
    ASSERT_EQ(queue->poll(out), 2u);
    EXPECT_EQ(to_bytes(out[0].bytes), (Bytes{1, 2, 3}));
    EXPECT_EQ(to_bytes(out[0].sender_hint), to_bytes(BytesView{hint.bytes}));
    EXPECT_EQ(out[0].source_id, 42u);
    EXPECT_GT(out[0].arrival_ns, 0u);
    EXPECT_TRUE(out[1].sender_hint.empty());
    EXPECT_EQ(out[1].source_id, 43u);
    EXPECT_GT(out[1].sequence, out[0].sequence);
    // Released in another order than polled, and one by one.
    const std::array verdicts = {Verdict::Accepted};
    queue->release(std::span{out}.subspan(1, 1), verdicts);
    EXPECT_EQ(queue->counters().under_way, 1u);
    queue->release(std::span{out}.first(1), verdicts);
    EXPECT_EQ(queue->counters().under_way, 0u);
}

TEST(SubmissionQueue, RefusesWhatIsNoTransaction) {
    const auto queue = make_queue(8);
    EXPECT_EQ(submit(*queue, 1, 0).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(submit(*queue, 1, kTransactionBytesMax + 1).error().code, ErrorCode::InvalidInput);
    EXPECT_TRUE(submit(*queue, 1, kTransactionBytesMax));
    EXPECT_EQ(queue->counters().refused_invalid, 2u);
    EXPECT_EQ(judge(*queue), 1u);
}

TEST(SubmissionQueue, HasBounds) {
    EXPECT_FALSE(SubmissionQueue::create({.transactions = 1}));
    EXPECT_FALSE(SubmissionQueue::create({.transactions = (1u << 20) + 1}));
    EXPECT_FALSE(SubmissionQueue::create({.bytes = 2 * kTransactionBytesMax - 1}));
    const auto queue = make_queue(100);
    size_t taken = 0;
    for (uint64_t submitter = 0; submitter < 1'000; ++submitter)
        taken += submit(*queue, submitter).has_value() ? 1 : 0;
    EXPECT_EQ(taken, 100u);
    EXPECT_EQ(queue->counters().refused_full, 900u);
    EXPECT_EQ(submit(*queue, 5).error().code, ErrorCode::LimitExceeded);
    EXPECT_EQ(judge(*queue, 10), 10u);
    for (uint64_t submitter = 0; submitter < 1'000; ++submitter)
        taken += submit(*queue, 2'000 + submitter).has_value() ? 1 : 0;
    EXPECT_EQ(taken, 110u) << "room that came back is given again";
    while (judge(*queue) != 0) {
    }
}

TEST(SubmissionQueue, BytesAreBoundedToo) {
    const auto queue = make_queue(1'000, 2 * kTransactionBytesMax);
    size_t bytes = 0;
    for (uint64_t submitter = 0; submitter < 100; ++submitter)
        if (submit(*queue, submitter, 50'000)) bytes += 50'000;
    EXPECT_EQ(bytes, 250'000u);
    EXPECT_EQ(queue->counters().bytes_under_way, bytes);
    EXPECT_FALSE(submit(*queue, 200, 20'000));
    EXPECT_TRUE(submit(*queue, 200, 10'000)) << "what still fits";
    while (judge(*queue) != 0) {
    }
}

TEST(SubmissionQueue, AFloodLeavesRoomForOthers) {
    const auto queue = make_queue(1'000);
    const auto flood = [&](uint64_t submitter) {
        size_t taken = 0;
        for (int i = 0; i < 5'000; ++i)
            taken += submit(*queue, submitter).has_value() ? 1 : 0;
        return taken;
    };
    EXPECT_EQ(flood(1), 500u);
    EXPECT_GT(queue->counters().refused_share, 4'000u);
    EXPECT_EQ(flood(2), 250u);
    EXPECT_TRUE(submit(*queue, 3)) << "who sends little never waits for who sends much";
    // Together they come near n in n + 1, and never to all.
    for (int round = 0; round < 50; ++round) {
        judge(*queue, 30);
        (void)flood(1);
        (void)flood(2);
        EXPECT_TRUE(submit(*queue, 100 + static_cast<uint64_t>(round)));
    }
    while (judge(*queue) != 0) {
    }
}

TEST(SubmissionQueue, ClosesAfterWhatItTook) {
    const auto queue = make_queue(10);
    int answered = 0;
    ASSERT_TRUE(queue->submit({1}, {}, 1, [&](const Result<Verdict>&) { ++answered; }));
    EXPECT_FALSE(queue->exhausted());
    queue->close();
    EXPECT_FALSE(queue->exhausted());
    EXPECT_EQ(submit(*queue, 2).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(judge(*queue), 1u);
    EXPECT_TRUE(queue->exhausted());
    EXPECT_EQ(answered, 1);
}

TEST(SubmissionQueue, WhoWaitsWhenItEndsIsTold) {
    auto queue = make_queue(10);
    std::vector<ErrorCode> answers;
    for (uint64_t i = 0; i < 3; ++i)
        ASSERT_TRUE(queue->submit({1}, {}, i, [&](const Result<Verdict>& verdict) {
            ASSERT_FALSE(verdict);
            answers.push_back(verdict.error().code);
        }));
    queue.reset();
    EXPECT_EQ(answers, std::vector(3, ErrorCode::Unavailable));
}

TEST(SubmissionQueue, AnAnswerMaySubmit) {
    const auto queue = make_queue(2);
    int answered = 0;
    SubmissionQueue::Answer again = [&](const Result<Verdict>&) {
        if (++answered < 100) {
            EXPECT_TRUE(queue->submit({1}, {}, 1, again));
        }
    };
    ASSERT_TRUE(queue->submit({1}, {}, 1, again));
    while (judge(*queue) != 0) {
    }
    EXPECT_EQ(answered, 100);
}

TEST(SubmissionQueue, WaitsForTheVerdict) {
    const auto queue = make_queue(10);
    std::thread consumer([&] {
        while (!queue->exhausted())
            if (judge(*queue) == 0) std::this_thread::yield();
    });
    for (uint8_t i = 0; i < 50; ++i) {
        const auto verdict =
            queue->submit_and_wait({i, 1}, {}, 1, std::chrono::milliseconds(60'000));
        ASSERT_TRUE(verdict) << verdict.error().message;
        EXPECT_EQ(*verdict, verdict_of(Bytes{i, 1}));
    }
    queue->close();
    consumer.join();
    EXPECT_EQ(queue->submit_and_wait({1}, {}, 1, std::chrono::milliseconds(1)).error().code,
              ErrorCode::Unavailable);
}

TEST(SubmissionQueue, WhoGaveUpWaitingIsNotMissed) {
    const auto queue = make_queue(10);
    EXPECT_EQ(queue->submit_and_wait({1}, {}, 1, std::chrono::milliseconds(1)).error().code,
              ErrorCode::Timeout);
    EXPECT_EQ(judge(*queue), 1u) << "its transaction goes its way";
}

TEST(MergedSource, GivesEachSourceItsPart) {
    auto random = test_generator(61);
    std::vector<Bytes> many;
    for (int i = 0; i < 10'000; ++i)
        many.push_back(random_bytes(random, 20));
    MemorySource flood(many);
    MemorySource small({many.begin(), many.begin() + 100});
    MemorySource none(std::vector<Bytes>{});
    MergedSource merged({&flood, &small, &none});
    EXPECT_EQ(judge(merged, 90), 90u);
    // Its third, and what those before it left of theirs.
    int batches = 0;
    while (!small.exhausted()) {
        EXPECT_EQ(judge(merged, 90), 90u);
        ++batches;
    }
    EXPECT_LE(batches, 3);
    while (judge(merged, 90) != 0) {
    }
    EXPECT_TRUE(merged.exhausted());
    EXPECT_EQ(flood.outstanding() + small.outstanding(), 0u);
    for (size_t i = 0; i < 100; ++i) {
        EXPECT_EQ(flood.verdict(i), verdict_of(many[i]));
        EXPECT_EQ(small.verdict(i), verdict_of(many[i]));
    }
}

TEST(MergedSource, SmallBatchesGoRound) {
    MemorySource a(std::vector<Bytes>(30, Bytes{1}));
    MemorySource b(std::vector<Bytes>(30, Bytes{2}));
    MemorySource c(std::vector<Bytes>(30, Bytes{3}));
    MergedSource merged({&a, &b, &c});
    std::array<int, 4> seen{};
    for (int i = 0; i < 30; ++i) {
        std::array<RawTransaction, 1> one;
        ASSERT_EQ(merged.poll(one), 1u);
        ++seen[one[0].bytes[0]];
        merged.release(one, std::array{Verdict::Accepted});
    }
    EXPECT_EQ(seen, (std::array<int, 4>{0, 10, 10, 10}));
}

TEST(MergedSource, IdsOfDifferentSourcesStayApartAndComeBack) {
    auto first = MemorySource::with_hints({{.bytes = {1}, .sender_hint = {}, .source_id = 5}});
    auto second = MemorySource::with_hints({{.bytes = {2}, .sender_hint = {}, .source_id = 5}});
    MergedSource merged({&first, &second});
    std::array<RawTransaction, 8> out;
    ASSERT_EQ(merged.poll(out), 2u);
    EXPECT_NE(out[0].source_id, out[1].source_id);
    std::swap(out[0], out[1]);
    merged.release(std::span{out}.first(2), std::array{Verdict::Duplicate, Verdict::Accepted});
    EXPECT_EQ(first.verdict(0), Verdict::Accepted);
    EXPECT_EQ(second.verdict(0), Verdict::Duplicate);
}

/// Threads that submit as fast as they may to two queues, beside a list in memory, and one consumer
/// of all: each gets each verdict once, in the order of its submissions.
TEST(MergedSource, ManyProducersAndOneConsumer) {
    constexpr size_t kProducers = 4;
    constexpr uint64_t kEach = 3'000;
    auto random = test_generator(62);
    std::vector<Bytes> stock;
    for (int i = 0; i < 500; ++i)
        stock.push_back(random_bytes(random, 30 + random() % 200));
    MemorySource memory(stock);
    const std::array queues = {make_queue(64), make_queue(512)};
    MergedSource merged({queues[0].get(), &memory, queues[1].get()});

    // Written by the consumer's thread, read when it has ended.
    std::array<std::vector<uint64_t>, kProducers> answered;
    std::atomic<uint64_t> wrong{0};
    std::atomic<uint64_t> refused{0};
    std::thread consumer([&] {
        while (!merged.exhausted())
            if (judge(merged, 50) == 0) std::this_thread::yield();
    });
    std::vector<std::thread> producers;
    for (size_t p = 0; p < kProducers; ++p)
        producers.emplace_back([&, p] {
            for (uint64_t i = 0; i < kEach;) {
                const Bytes& bytes = stock[(i * 7 + p) % stock.size()];
                const Verdict expected = verdict_of(bytes);
                const auto taken =
                    queues[p % 2]->submit(bytes, {}, p, [&, p, i, expected](Result<Verdict> got) {
                        answered[p].push_back(i);
                        if (!got || *got != expected) ++wrong;
                    });
                if (taken) {
                    ++i;
                } else {
                    ++refused;
                    std::this_thread::yield();
                }
            }
        });
    for (std::thread& producer : producers)
        producer.join();
    for (const auto& queue : queues)
        queue->close();
    consumer.join();
    EXPECT_EQ(wrong, 0u);
    for (const auto& numbers : answered) {
        ASSERT_EQ(numbers.size(), kEach);
        for (uint64_t i = 0; i < kEach; ++i)
            ASSERT_EQ(numbers[i], i) << "in order, each once";
    }
    for (size_t i = 0; i < stock.size(); ++i)
        EXPECT_EQ(memory.verdict(i), verdict_of(stock[i]));
    EXPECT_EQ(queues[0]->counters().answered + queues[1]->counters().answered, kProducers * kEach);
}

}  // namespace
}  // namespace switchyard
