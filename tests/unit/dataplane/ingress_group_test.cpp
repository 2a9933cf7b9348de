// SPDX-License-Identifier: Apache-2.0
#include "dataplane/ingress_group.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "dataplane/protocol/flow_hash.hpp"
#include "dataplane/queue_exchange.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;

constexpr uint16_t kQueues = 4;

/// A port whose queues receive what they were handed. Locked: it stands for the device.
class QueuesPort final : public Port {
  public:
    explicit QueuesPort(uint16_t queues) : waiting_(queues) {
        info_ = {.name = "queues0",
                 .driver = "memory",
                 .receive_queues = queues,
                 .transmit_queues = queues,
                 .buffers = 65'535,
                 .frame_bytes = kFrameBytesMax};
    }
    ~QueuesPort() override { EXPECT_EQ(out_.size(), 0u) << "buffers never given back"; }

    void push(size_t queue, BytesView frame) {
        const std::lock_guard lock(mutex_);
        waiting_[queue].push_back(to_bytes(frame));
    }
    size_t receive(uint16_t queue, std::span<Frame> out) override {
        const std::lock_guard lock(mutex_);
        size_t count = 0;
        while (count < out.size() && !waiting_[queue].empty()) {
            const auto [at, added] = out_.emplace(++next_, std::move(waiting_[queue].front()));
            EXPECT_TRUE(added);
            waiting_[queue].pop_front();
            out[count++] = {.bytes = at->second, .buffer = at->first};
        }
        return count;
    }
    void free_buffers(std::span<const uintptr_t> buffers) override {
        const std::lock_guard lock(mutex_);
        for (const uintptr_t buffer : buffers)
            EXPECT_EQ(out_.erase(buffer), 1u) << "given back twice";
    }
    size_t transmit(uint16_t queue, std::span<const BytesView> frames) override {
        const std::lock_guard lock(mutex_);
        for (const BytesView frame : frames)
            sent_.emplace_back(queue, to_bytes(frame));
        return frames.size();
    }
    std::vector<std::pair<uint16_t, Bytes>> take_sent() {
        const std::lock_guard lock(mutex_);
        return std::exchange(sent_, {});
    }
    [[nodiscard]] bool input_ended(uint16_t) const override { return false; }
    [[nodiscard]] const PortInfo& info() const override { return info_; }
    [[nodiscard]] PortCounters counters() const override { return {}; }
    [[nodiscard]] uint32_t buffers_in_use() const override { return 0; }

  private:
    mutable std::mutex mutex_;
    PortInfo info_;
    std::vector<std::deque<Bytes>> waiting_;
    std::map<uintptr_t, Bytes> out_;
    std::vector<std::pair<uint16_t, Bytes>> sent_;
    uintptr_t next_ = 0;
};

uint16_t home_of(BytesView frame) {
    LinkHeaders link;
    EXPECT_EQ(parse_link(frame, {}, link), FrameError::None);
    return QueueExchange(kQueues, 128, {}).home(link, kDefaultUdpPort);
}

void expect_adds_up(const IngressCounters& c) {
    EXPECT_EQ(c.received.frames + c.taken_over.frames,
              c.delivered.frames + c.fragments.frames + c.parity.frames + c.control.frames +
                  c.handed_over.frames + c.all_errors().frames + c.all_drops().frames);
    EXPECT_EQ(c.received.bytes + c.taken_over.bytes,
              c.delivered.bytes + c.fragments.bytes + c.parity.bytes + c.control.bytes +
                  c.handed_over.bytes + c.all_errors().bytes + c.all_drops().bytes);
}

/// Sessions of one address, each with its port, its frames and the transactions in them.
struct Flow {
    FrameBatch frames;
    std::vector<Bytes> transactions;
};

std::vector<Flow> make_flows(std::mt19937_64& random, size_t count) {
    std::vector<Flow> out(count);
    for (size_t i = 0; i < count; ++i) {
        EncoderConfig config;
        config.source.udp_port = static_cast<uint16_t>(20'000 + i);
        config.session = i + 1;
        config.group = {8, 2};
        out[i].transactions = test::random_transactions(random, 200, 60, 3'000);
        for (Bytes& one : out[i].transactions)
            one[8] = static_cast<uint8_t>(i);
        out[i].frames = *encode_all(config, test::views(out[i].transactions));
    }
    return out;
}

/// Polls one queue; each transaction must come once, and those of a flow on one queue only.
void take(Ingress& ingress, size_t queue, std::map<size_t, size_t>& queue_of,
          std::vector<std::set<uint64_t>>& seen, const std::vector<Flow>& flows) {
    std::array<RawTransaction, 64> batch;
    const std::array<Verdict, 64> verdicts{};
    while (const size_t count = ingress.poll(batch)) {
        for (size_t i = 0; i < count; ++i) {
            const size_t flow = batch[i].bytes[8];
            ASSERT_LT(flow, flows.size());
            EXPECT_TRUE(equal(batch[i].bytes, flows[flow].transactions[batch[i].sequence]));
            EXPECT_TRUE(seen[flow].insert(batch[i].sequence).second) << "twice";
            EXPECT_EQ(queue_of.try_emplace(flow, queue).first->second, queue);
        }
        ingress.release(std::span{batch}.first(count), std::span{verdicts}.first(count));
    }
}

IngressCounters deliver(const std::vector<Flow>& flows, std::mt19937_64& random, bool at_home) {
    QueuesPort port(kQueues);
    auto config = trusted_wire(OverloadPolicy::Drop);
    config.frames_in_flight = 4'096;
    const auto group = IngressGroup::create(port, config);
    EXPECT_TRUE(group) << group.error().message;
    std::map<size_t, size_t> queue_of;
    std::vector<std::set<uint64_t>> seen(flows.size());
    const auto turn = [&] {
        bool busy = false;
        for (size_t queue = 0; queue < kQueues; ++queue) {
            busy = (**group)[queue].receive_once() != 0 || busy;
            take((**group)[queue], queue, queue_of, seen, flows);
        }
        return busy;
    };
    // The frames of all flows, interleaved, a few at a time.
    std::vector<size_t> next(flows.size());
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < flows.size(); ++i) {
            for (size_t n = 0; n < 3 && next[i] < flows[i].frames.size(); ++n, ++next[i]) {
                const BytesView frame = flows[i].frames[next[i]];
                port.push(at_home ? home_of(frame) : random() % kQueues, frame);
            }
            more = more || next[i] < flows[i].frames.size();
        }
        while (turn()) {
        }
    }
    (*group)->finish_input();
    for (int i = 0; i < 100 && !(*group)->input_ended(); ++i)
        (void)turn();
    EXPECT_TRUE((*group)->input_ended());
    (void)turn();
    for (size_t i = 0; i < flows.size(); ++i)
        EXPECT_EQ(seen[i].size(), flows[i].transactions.size()) << i;
    std::set<size_t> used;
    for (const auto& [flow, queue] : queue_of)
        used.insert(queue);
    EXPECT_EQ(used.size(), kQueues) << "all queues work";
    for (size_t queue = 0; queue < kQueues; ++queue)
        expect_adds_up((**group)[queue].counters());
    expect_adds_up((*group)->counters());
    return (*group)->counters();
}

TEST(IngressGroup, DeliversEachTransactionOnceWhereverItsFramesCome) {
    auto random = test_generator(200);
    const auto flows = make_flows(random, 40);
    const IngressCounters counters = deliver(flows, random, false);
    EXPECT_GT(counters.handed_over.frames, counters.received.frames / 2) << "three of four";
    EXPECT_EQ(counters.handed_over, counters.taken_over);
    EXPECT_EQ(counters.sessions_opened, flows.size()) << "none is open on two queues";
    // What was rebuilt from parity before it came is a duplicate then; nothing else may be missing.
    EXPECT_EQ(counters.drops[static_cast<size_t>(DropReason::OtherQueueFull)].frames, 0u);
    EXPECT_EQ(counters.transactions_dropped, 0u);
}

TEST(IngressGroup, HandsNothingOverWhereTheCardSpreadsAsItWasTold) {
    auto random = test_generator(201);
    const auto flows = make_flows(random, 40);
    const IngressCounters counters = deliver(flows, random, true);
    EXPECT_EQ(counters.handed_over.frames, 0u);
    EXPECT_EQ(counters.sessions_opened, flows.size());
}

/// Frames that a receive loop has done with, in one way or another.
uint64_t settled(const IngressCounters& c) {
    return c.delivered.frames + c.fragments.frames + c.parity.frames + c.control.frames +
           c.all_errors().frames + c.all_drops().frames;
}

/// Each queue's loop on its own thread, frames on any queue; the sender has at most `outstanding`
/// frames on the way.
IngressCounters deliver_on_threads(const std::vector<Flow>& flows, std::mt19937_64& random,
                                   uint64_t outstanding, std::vector<std::set<uint64_t>>& seen) {
    QueuesPort port(kQueues);
    auto config = trusted_wire(OverloadPolicy::Drop);
    config.frames_in_flight = 8'192;
    const auto group = IngressGroup::create(port, config);
    EXPECT_TRUE(group) << group.error().message;
    uint64_t pushed = 0;
    std::map<size_t, size_t> queue_of;
    seen.assign(flows.size(), {});
    const auto take_all = [&] {
        for (size_t queue = 0; queue < kQueues; ++queue)
            take((**group)[queue], queue, queue_of, seen, flows);
    };
    {
        std::vector<std::unique_ptr<IngressThread>> threads;
        for (size_t queue = 0; queue < kQueues; ++queue)
            threads.push_back(std::make_unique<IngressThread>((**group)[queue]));
        for (const Flow& flow : flows) {
            for (size_t i = 0; i < flow.frames.size(); ++i, ++pushed) {
                while (pushed - settled((*group)->counters()) >= outstanding) {
                    take_all();
                    std::this_thread::yield();
                }
                port.push(random() % kQueues, flow.frames[i]);
                // A large transaction keeps its slot until somebody took it.
                if (i % 16 == 0) take_all();
            }
            take_all();
        }
        (*group)->finish_input();
        while (!(*group)->input_ended()) {
            take_all();
            std::this_thread::yield();
        }
    }
    for (size_t queue = 0; queue < kQueues; ++queue) {
        take((**group)[queue], queue, queue_of, seen, flows);
        (void)(**group)[queue].receive_once();
        expect_adds_up((**group)[queue].counters());
    }
    const IngressCounters counters = (*group)->counters();
    EXPECT_EQ(counters.received.frames, pushed);
    EXPECT_EQ(counters.handed_over, counters.taken_over);
    return counters;
}

TEST(IngressGroup, HandsOverBetweenThreads) {
    auto random = test_generator(202);
    const auto flows = make_flows(random, 24);
    std::vector<std::set<uint64_t>> seen;
    // As many as that may overtake each other, and no session has more transactions in pieces.
    const IngressCounters counters = deliver_on_threads(flows, random, 16, seen);
    EXPECT_GT(counters.handed_over.frames, counters.received.frames / 2) << "three of four";
    for (size_t i = 0; i < flows.size(); ++i)
        EXPECT_EQ(seen[i].size(), flows[i].transactions.size()) << i;
    EXPECT_EQ(counters.transactions_dropped, 0u);
}

// How fast each thread runs decides then how far frames overtake each other: what finds a ring or
// the slots for pieces full is dropped, and counted.
TEST(IngressGroup, CountsWhatThreadsCannotHandOver) {
    auto random = test_generator(203);
    const auto flows = make_flows(random, 24);
    std::vector<std::set<uint64_t>> seen;
    const IngressCounters counters =
        deliver_on_threads(flows, random, std::numeric_limits<uint64_t>::max(), seen);
    uint64_t taken = 0;
    for (const auto& of_flow : seen)
        taken += of_flow.size();
    EXPECT_EQ(taken, counters.transactions);
}

TEST(IngressGroup, OpensASessionByHellosOnAnyQueue) {
    QueuesPort port(kQueues);
    IngressConfig config;
    config.link.ipv4 = 0x0A00'0002;
    config.frames_in_flight = 1'024;
    const auto group = IngressGroup::create(port, config);
    ASSERT_TRUE(group) << group.error().message;
    const auto turn = [&] {
        for (int i = 0; i < 4; ++i)
            for (size_t queue = 0; queue < kQueues; ++queue)
                (void)(**group)[queue].receive_once();
    };
    EncoderConfig client;
    client.session = 77;
    client.source.udp_port = 40'404;
    uint64_t cookie = 0;
    const auto greet = [&](size_t queue) {
        client.cookie = cookie;
        auto encoder = FrameEncoder::create(client);
        FrameBatch frames;
        Bytes body(kHelloBodyBytes, 0);
        body[0] = body[1] = kProtocolVersion;
        store_be32(body.data() + 4, 4'096);
        encoder->add_control(FrameKind::Hello, body, frames);
        port.push(queue, frames[0]);
        turn();
        const auto sent = port.take_sent();
        EXPECT_EQ(sent.size(), 1u);
        EXPECT_EQ(sent.at(0).first, home_of(frames[0])) << "the session's queue answers";
        test::ParsedFrame reply;
        EXPECT_EQ(test::parse_frame(sent.at(0).second, {.udp_port = 40'404}, reply),
                  FrameError::None);
        cookie = reply.header.cookie;
        return reply.header.kind;
    };
    EXPECT_EQ(greet(0), FrameKind::Challenge);
    for (size_t queue = 1; queue < kQueues; ++queue)
        EXPECT_EQ(greet(queue), FrameKind::Welcome);
    EXPECT_EQ((*group)->counters().sessions_opened, 1u);
}

TEST(IngressGroup, RefusesWhatItCannotBe) {
    QueuesPort port(kQueues);
    EXPECT_EQ(IngressGroup::create(port, trusted_wire()).error().code, ErrorCode::InvalidInput)
        << "Wait on several queues";
    QueuesPort many(17);
    EXPECT_EQ(IngressGroup::create(many, trusted_wire(OverloadPolicy::Drop)).error().code,
              ErrorCode::InvalidInput);
    auto greedy = trusted_wire(OverloadPolicy::Drop);
    greedy.frames_in_flight = 20'000;
    EXPECT_EQ(IngressGroup::create(port, greedy).error().code, ErrorCode::LimitExceeded);
}

}  // namespace
}  // namespace switchyard::dataplane
