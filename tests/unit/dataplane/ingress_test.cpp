// SPDX-License-Identifier: Apache-2.0
#include "dataplane/ingress.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "dataplane/sender.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/drain.hpp"
#include "tests/unit/dataplane/memory_port.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;
using test::expect_counters_add_up;
using test::make_ingress;
using test::MemoryPort;
using test::Trusted;

std::vector<Bytes> encode(const std::vector<Bytes>& transactions, EncoderConfig config = {}) {
    const auto frames = encode_all(config, test::views(transactions));
    std::vector<Bytes> out;
    for (size_t i = 0; i < frames->size(); ++i)
        out.push_back(to_bytes((*frames)[i]));
    return out;
}

void push_all(MemoryPort& port, const std::vector<Bytes>& frames) {
    for (const Bytes& frame : frames)
        port.push(frame);
}

void receive_all(Ingress& ingress) {
    while (ingress.receive_once() != 0) {
    }
}

/// Polls all that is there.
std::vector<RawTransaction> poll_all(Ingress& ingress) {
    std::vector<RawTransaction> out;
    std::array<RawTransaction, 7> batch;
    while (const size_t count = ingress.poll(batch))
        out.insert(out.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(count));
    return out;
}

void release_all(Ingress& ingress, std::span<const RawTransaction> transactions,
                 Verdict verdict = Verdict::Accepted) {
    const std::vector<Verdict> verdicts(transactions.size(), verdict);
    ingress.release(transactions, verdicts);
}

FrameTally drops(const Ingress& ingress, DropReason reason) {
    return ingress.counters().drops[static_cast<size_t>(reason)];
}

TEST(Ingress, HandsOverTransactionsInPlaceAndInOrder) {
    auto random = test_generator(50);
    const auto transactions = test::random_transactions(random, 1'000, 90, 400);
    MemoryPort port;
    const auto ingress = make_ingress(port, {});
    push_all(port, encode(transactions));
    receive_all(*ingress);
    EXPECT_FALSE(ingress->exhausted());
    ingress->finish_input();
    (void)ingress->receive_once();
    EXPECT_TRUE(ingress->input_ended());
    EXPECT_FALSE(ingress->exhausted()) << "the consumer has not polled yet";
    test::expect_all_in_order(*ingress, transactions);
    (void)ingress->receive_once();
    EXPECT_EQ(port.buffers_in_use(), 0u);
    EXPECT_EQ(ingress->frames_held(), 0u);
    const IngressCounters counters = ingress->counters();
    expect_counters_add_up(counters);
    EXPECT_EQ(counters.transactions, 1'000u);
    EXPECT_EQ(counters.all_drops(), FrameTally{});
    EXPECT_EQ(counters.all_errors(), FrameTally{});
    EXPECT_EQ(counters.sequence_gaps, 0u);
}

TEST(Ingress, GivesABufferBackOnlyWhenAllItsTransactionsAreReleased) {
    auto random = test_generator(51);
    const auto transactions = test::random_transactions(random, 30, 100, 100);
    MemoryPort port;
    const auto ingress = make_ingress(port, {});
    push_all(port, encode(transactions));
    receive_all(*ingress);
    auto polled = poll_all(*ingress);
    ASSERT_EQ(polled.size(), 30u);
    const uint32_t frames = port.buffers_in_use();
    EXPECT_EQ(frames, 3u);
    // In any order: all but one of each frame.
    std::vector<RawTransaction> last;
    for (size_t i = 0; i < polled.size();) {
        const bool of_new_frame = std::ranges::none_of(
            last, [&](const RawTransaction& held) { return held.owner == polled[i].owner; });
        if (of_new_frame) {
            last.push_back(polled[i]);
            polled.erase(polled.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
    std::shuffle(polled.begin(), polled.end(), random);
    release_all(*ingress, polled);
    (void)ingress->receive_once();
    EXPECT_EQ(port.buffers_in_use(), frames);
    EXPECT_TRUE(equal(last[0].bytes, transactions[last[0].sequence])) << "still readable";
    release_all(*ingress, last, Verdict::Malformed);
    (void)ingress->receive_once();
    EXPECT_EQ(port.buffers_in_use(), 0u);
    EXPECT_EQ(ingress->counters().verdicts[static_cast<size_t>(Verdict::Accepted)], 27u);
    EXPECT_EQ(ingress->counters().verdicts[static_cast<size_t>(Verdict::Malformed)], 3u);
}

TEST(Ingress, CountsEveryRefusedFrameByItsReason) {
    auto random = test_generator(52);
    const auto good = encode(test::random_transactions(random, 40, 100, 200));
    std::vector<Bytes> frames = good;
    Bytes corrupt = good[0];
    corrupt.back() ^= 1;
    frames.push_back(corrupt);
    frames.push_back(Bytes(good[0].begin(), good[0].end() - 1));
    frames.push_back(test::random_bytes(random, 200));
    frames.push_back(Bytes(kFrameBytesMax + 1));
    Bytes version = good[0];
    version[kLinkHeadersBytes + offset::kVersion] = 9;
    test::refresh_checksums(version);
    frames.push_back(version);
    std::shuffle(frames.begin(), frames.end(), random);
    size_t bytes = 0;
    for (const Bytes& frame : frames)
        bytes += frame.size();

    MemoryPort port;
    const auto ingress = make_ingress(port, {});
    push_all(port, frames);
    receive_all(*ingress);
    release_all(*ingress, poll_all(*ingress));
    (void)ingress->receive_once();
    const IngressCounters counters = ingress->counters();
    expect_counters_add_up(counters);
    EXPECT_EQ(counters.received.frames, frames.size());
    EXPECT_EQ(counters.received.bytes, bytes);
    EXPECT_EQ(counters.transactions, 40u);
    for (const FrameError error :
         {FrameError::BadChecksum, FrameError::Truncated, FrameError::NotForUs,
          FrameError::Oversized, FrameError::BadVersion})
        EXPECT_EQ(counters.errors[static_cast<size_t>(error)].frames, 1u) << to_string(error);
    EXPECT_EQ(port.buffers_in_use(), 0u);
}

TEST(Ingress, DropsAndCountsWhenTheRingIsFull) {
    auto random = test_generator(53);
    const auto transactions = test::random_transactions(random, 600, 100, 100);
    MemoryPort port;
    const auto ingress = make_ingress(port, {.ring_transactions = 256});
    push_all(port, encode(transactions));
    receive_all(*ingress);
    const auto polled = poll_all(*ingress);
    EXPECT_GT(polled.size(), 240u);
    EXPECT_LE(polled.size(), 256u);
    for (const RawTransaction& one : polled)
        EXPECT_TRUE(equal(one.bytes, transactions[one.sequence]));
    release_all(*ingress, polled);
    (void)ingress->receive_once();
    const IngressCounters counters = ingress->counters();
    expect_counters_add_up(counters);
    EXPECT_EQ(counters.transactions + counters.transactions_dropped, 600u);
    EXPECT_EQ(counters.all_drops(), drops(*ingress, DropReason::RingFull));
    EXPECT_EQ(port.buffers_in_use(), 0u);
}

TEST(Ingress, DropsAndCountsWhenTheConsumerKeepsTooManyFrames) {
    auto random = test_generator(54);
    MemoryPort port;
    const auto ingress = make_ingress(port, {.frames_in_flight = 5});
    push_all(port, encode(test::random_transactions(random, 120, 100, 100)));
    receive_all(*ingress);
    const auto polled = poll_all(*ingress);
    EXPECT_EQ(ingress->counters().delivered.frames, 5u);
    EXPECT_EQ(drops(*ingress, DropReason::NoFrameSlot).frames, 5u);
    release_all(*ingress, polled);
    (void)ingress->receive_once();
    expect_counters_add_up(ingress->counters());
}

TEST(Ingress, WaitsInsteadOfDroppingWhenToldTo) {
    auto random = test_generator(55);
    const auto transactions = test::random_transactions(random, 3'000, 100, 300);
    for (const uint32_t frames_in_flight : {3u, 4'096u}) {
        MemoryPort port;
        const auto ingress = make_ingress(port, {.overload = OverloadPolicy::Wait,
                                                 .ring_transactions = 256,
                                                 .frames_in_flight = frames_in_flight});
        push_all(port, encode(transactions));
        port.end_input();
        size_t next = 0;
        while (!ingress->exhausted()) {
            receive_all(*ingress);
            const auto polled = poll_all(*ingress);
            for (const RawTransaction& one : polled)
                ASSERT_TRUE(equal(one.bytes, transactions[next++]));
            release_all(*ingress, polled);
        }
        (void)ingress->receive_once();
        EXPECT_EQ(next, transactions.size());
        const IngressCounters counters = ingress->counters();
        expect_counters_add_up(counters);
        EXPECT_GT(counters.waits, 0u);
        EXPECT_EQ(counters.all_drops(), FrameTally{});
        EXPECT_EQ(port.buffers_in_use(), 0u);
    }
}

TEST(Ingress, CountsDuplicatesGapsAndLateDatagrams) {
    auto random = test_generator(56);
    const auto frames = encode(test::random_transactions(random, 60, 100, 100));
    ASSERT_EQ(frames.size(), 5u);
    MemoryPort port;
    const auto ingress = make_ingress(port, {});
    for (const size_t i : {size_t{0}, size_t{4}, size_t{2}, size_t{2}, size_t{0}})
        port.push(frames[i]);
    receive_all(*ingress);
    const IngressCounters counters = ingress->counters();
    EXPECT_EQ(counters.sequence_gaps, 3u);
    EXPECT_EQ(counters.sequence_late, 1u);
    EXPECT_EQ(counters.sessions_opened, 1u);
    EXPECT_EQ(drops(*ingress, DropReason::DuplicateSequence).frames, 2u);
    EXPECT_EQ(counters.transactions, 34u) << "13, 8 and 13";
    EXPECT_EQ(counters.transactions_dropped, 0u) << "they were taken before";
    release_all(*ingress, poll_all(*ingress));

    const auto later = encode({Bytes(100)}, {.first_sequence = 5'000});
    push_all(port, later);
    port.push(frames[1]);
    receive_all(*ingress);
    EXPECT_EQ(drops(*ingress, DropReason::StaleSequence).frames, 1u);
    release_all(*ingress, poll_all(*ingress));
    (void)ingress->receive_once();
    expect_counters_add_up(ingress->counters());
}

TEST(Ingress, NumbersSessionsApart) {
    MemoryPort port;
    const auto ingress = make_ingress(port, {});
    for (const uint64_t session : {uint64_t{70}, uint64_t{60}})
        push_all(port, encode({Bytes(100, 1), Bytes(100, 2)},
                              {.session = session, .first_transaction = session}));
    receive_all(*ingress);
    const auto polled = poll_all(*ingress);
    ASSERT_EQ(polled.size(), 4u);
    EXPECT_EQ(polled[0].source_id, 1u);
    EXPECT_EQ(polled[1].sequence, 71u);
    EXPECT_EQ(polled[2].source_id, 2u);
    EXPECT_EQ(polled[2].sequence, 60u);
    release_all(*ingress, polled);
}

TEST(Ingress, ReassemblesLargeTransactionsAmongSmallOnes) {
    auto random = test_generator(57);
    std::vector<Bytes> transactions;
    for (int i = 0; i < 60; ++i) {
        const size_t size = i % 3 == 0 ? 1 + random() % kTransactionBytesMax : 100;
        transactions.push_back(test::random_bytes(random, size));
    }
    MemoryPort port;
    // Fewer slots than large transactions: they must come back.
    const auto ingress =
        make_ingress(port, {.overload = OverloadPolicy::Wait, .reassembly_slots = 3});
    push_all(port, encode(transactions));
    port.end_input();
    size_t next = 0;
    while (!ingress->exhausted()) {
        receive_all(*ingress);
        const auto polled = poll_all(*ingress);
        for (const RawTransaction& one : polled) {
            ASSERT_TRUE(equal(one.bytes, transactions[next])) << next;
            ASSERT_EQ(one.sequence, next++);
        }
        release_all(*ingress, polled);
    }
    (void)ingress->receive_once();
    EXPECT_EQ(next, transactions.size());
    expect_counters_add_up(ingress->counters());
    EXPECT_GT(ingress->counters().transactions_reassembled, 15u);
    EXPECT_EQ(ingress->counters().all_drops(), FrameTally{});
    EXPECT_EQ(ingress->frames_held(), 0u);
}

TEST(Ingress, CountsWhatReassemblyRefuses) {
    auto random = test_generator(58);
    const auto large = [&](uint64_t number, uint64_t sequence) {
        return encode({test::random_bytes(random, 4'000)},
                      {.first_sequence = sequence, .first_transaction = number});
    };
    MemoryPort port;
    const auto ingress =
        make_ingress(port, {.reassembly_slots = 3, .reassembly_slots_per_session = 2});
    const auto first = large(0, 0);
    port.push(first[0]);
    port.push(encode({test::random_bytes(random, 4'001)}, {.first_sequence = 10})[1]);
    // The same piece in another datagram.
    Bytes again = first[0];
    store_be64(again.data() + kLinkHeadersBytes + offset::kSequence, 20);
    test::refresh_checksums(again);
    port.push(again);
    port.push(large(1, 30)[0]);
    port.push(large(2, 40)[0]);
    port.push(encode({test::random_bytes(random, 4'000)}, {.session = 8})[0]);
    port.push(encode({test::random_bytes(random, 4'000)}, {.session = 9})[0]);
    receive_all(*ingress);
    EXPECT_EQ(drops(*ingress, DropReason::FragmentMismatch).frames, 1u);
    EXPECT_EQ(drops(*ingress, DropReason::FragmentDuplicate).frames, 1u);
    EXPECT_EQ(drops(*ingress, DropReason::FragmentLimit).frames, 1u);
    EXPECT_EQ(drops(*ingress, DropReason::NoReassemblySlot).frames, 1u);
    port.end_input();
    (void)ingress->receive_once();
    (void)ingress->receive_once();
    EXPECT_EQ(ingress->counters().reassemblies_abandoned, 3u);
    EXPECT_TRUE(ingress->exhausted());
    expect_counters_add_up(ingress->counters());
    EXPECT_EQ(port.buffers_in_use(), 0u);
}

TEST(Ingress, LosesNothingItAcceptedWhenGarbageComesBetween) {
    auto random = test_generator(59);
    const auto transactions = test::random_transactions(random, 2'000, 90, 300);
    const auto frames = encode(transactions);
    MemoryPort port;
    const auto ingress = make_ingress(port, {.overload = OverloadPolicy::Wait});
    for (const Bytes& frame : frames) {
        Bytes broken = frame;
        broken[kLinkHeadersBytes + random() % (frame.size() - kLinkHeadersBytes)] ^= 0x10;
        port.push(broken);
        port.push(frame);
        port.push(test::random_bytes(random, random() % 2'000));
    }
    port.end_input();
    IngressThread receiving(*ingress);
    test::expect_all_in_order(*ingress, transactions);
    receiving.stop();
    (void)ingress->receive_once();
    expect_counters_add_up(ingress->counters());
    // A flip in the sequence makes some look like old datagrams before their checksum is read.
    const IngressCounters counters = ingress->counters();
    EXPECT_EQ(counters.all_errors().frames + counters.all_drops().frames, 2 * frames.size());
}

TEST(Ingress, WorksBetweenThreeThreadsWithBackPressure) {
    auto random = test_generator(60);
    const auto transactions = test::random_transactions(random, 20'000, 90, 200);
    const auto frames = encode_all({}, test::views(transactions));
    MemoryPort port;
    port.transmit_limit = 50;
    const auto ingress = make_ingress(
        port, {.overload = OverloadPolicy::Wait, .ring_transactions = 512, .frames_in_flight = 30});
    IngressThread receiving(*ingress);
    FrameSender sender(port, {});
    Result<void> sent;
    std::thread sending([&] {
        sent = sender.send(*frames);
        ingress->finish_input();
    });
    test::expect_all_in_order(*ingress, transactions);
    sending.join();
    receiving.stop();
    (void)ingress->receive_once();
    EXPECT_TRUE(sent);
    EXPECT_EQ(sender.counters().frames, frames->size());
    EXPECT_EQ(sender.counters().bytes, frames->total_bytes());
    expect_counters_add_up(ingress->counters());
    EXPECT_EQ(port.buffers_in_use(), 0u);
}

TEST(Ingress, GivesEverythingBackWhenItIsDestroyedEarly) {
    auto random = test_generator(61);
    MemoryPort port;
    auto ingress = make_ingress(port, {.overload = OverloadPolicy::Wait, .ring_transactions = 256});
    push_all(port, encode(test::random_transactions(random, 1'000, 100, 100)));
    receive_all(*ingress);
    std::array<RawTransaction, 20> batch;
    EXPECT_EQ(ingress->poll(batch), 20u);
    EXPECT_GT(port.buffers_in_use(), 20u);
    ingress.reset();
    EXPECT_EQ(port.buffers_in_use(), 0u);
}

TEST(Ingress, RefusesConfigurationsOutsideTheirBounds) {
    MemoryPort port(1'000);
    const auto refuses = [&](auto&& change, ErrorCode expected) {
        IngressConfig config = trusted_wire();
        config.frames_in_flight = 64;
        change(config);
        const auto made = Ingress::create(port, config);
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, expected) << made.error().message;
    };
    const std::vector<std::function<void(IngressConfig&)>> bad = {
        [](IngressConfig& c) { c.queue = 1; },
        [](IngressConfig& c) { c.burst = 0; },
        [](IngressConfig& c) { c.burst = 257; },
        [](IngressConfig& c) { c.ring_transactions = 128; },
        [](IngressConfig& c) { c.ring_transactions = 1'000; },
        [](IngressConfig& c) { c.frames_in_flight = 0; },
        [](IngressConfig& c) { c.receiver.sources = SourcePolicy::Validate; },
        [](IngressConfig& c) { c.receiver.reassembly.slots = 0; },
        [](IngressConfig& c) { c.receiver.reassembly.slots_per_session = 0; },
        [](IngressConfig& c) { c.receiver.sessions = 12; },
        [](IngressConfig& c) { c.receiver.window = 128; },
        [](IngressConfig& c) { c.receiver.window = 131'072; },
        [](IngressConfig& c) { c.receiver.meter.sources = 9; },
        [](IngressConfig& c) { c.receiver.transactions_in_flight = 255; },
        [](IngressConfig& c) { c.receiver.groups.groups = 0; },
        [](IngressConfig& c) { c.receiver.groups.rebuilt_slots = 0; },
        [](IngressConfig& c) { c.receiver.cookie_epoch_ns = 0; },
    };
    for (const auto& change : bad)
        refuses(change, ErrorCode::InvalidInput);
    refuses([](IngressConfig& c) { c.frames_in_flight = 990; }, ErrorCode::LimitExceeded);
    EXPECT_NO_THROW((void)make_ingress(port, {.frames_in_flight = 900}));
}

TEST(FrameSender, DropsAndCountsOrGivesUpWhenThePortTakesNothing) {
    auto random = test_generator(62);
    const auto frames =
        encode_all({}, test::views(test::random_transactions(random, 100, 100, 100)));
    ASSERT_EQ(frames->size(), 8u);
    MemoryPort port;
    port.transmit_limit = 4;
    FrameSender dropping(port, {.overload = OverloadPolicy::Drop});
    EXPECT_TRUE(dropping.send(*frames));
    EXPECT_EQ(dropping.counters().frames, 4u);
    EXPECT_EQ(dropping.counters().dropped, 4u);
    FrameSender waiting(port, {.patience = std::chrono::milliseconds(1)});
    EXPECT_EQ(waiting.send(*frames).error().code, ErrorCode::Timeout);
}

TEST(FrameSender, RefusesAFrameThatThePortCannotTake) {
    MemoryPort port;
    FrameSender sender(port, {});
    const Bytes fine(100);
    const Bytes large(kFrameBytesMax + 1);
    const BytesView frames[] = {fine, large, fine};
    EXPECT_EQ(sender.send(frames).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(sender.counters().frames, 1u);
}

TEST(Ingress, NamesEveryDropReason) {
    for (size_t i = 0; i < kDropReasons; ++i)
        EXPECT_NE(to_string(static_cast<DropReason>(i)), "unknown");
    EXPECT_EQ(to_string(static_cast<DropReason>(kDropReasons)), "unknown");
}

}  // namespace
}  // namespace switchyard::dataplane
