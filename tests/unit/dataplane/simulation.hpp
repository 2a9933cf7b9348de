// SPDX-License-Identifier: Apache-2.0
// A server and a network in memory, in simulated time: what the pure state machines of both ends
// are tested on.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <queue>
#include <random>
#include <utility>
#include <vector>

#include "dataplane/receive/receiver.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane::test {

/// What the server of these tests decides: a function of the bytes, so that a client knows what to
/// expect.
inline Verdict verdict_of(BytesView transaction) {
    return static_cast<Verdict>(mix_bytes(transaction.data(), transaction.size(), 1) %
                                kVerdictCount);
}

/// Drives a `Receiver` as an ingress does, and judges what comes out. Every payload lies in memory
/// of its own size and is freed as soon as the receiver says that it may be.
class SimulatedServer {
  public:
    explicit SimulatedServer(const ReceiverConfig& config, size_t ring = 16'384,
                             size_t frames = 512)
        : ring_(ring),
          counters_(std::make_unique<ReceiveCounters>()),
          receiver_(config, {{11, 22}}, ring_, *counters_),
          frames_(frames) {
        for (size_t i = frames; i-- > 0;)
            free_frames_.push_back(static_cast<uint32_t>(i));
    }

    ~SimulatedServer() {
        judge(UINT64_MAX);
        receiver_.end_input();
        settle_unheld();
        for (const FrameSlot& slot : frames_)
            EXPECT_EQ(slot.uses, 0u) << "a frame that nobody let go";
        EXPECT_EQ(receiver_.in_flight(), 0u);
        EXPECT_EQ(receiver_.own_buffers_in_use(), 0u);
    }

    Handled arrive(const SourceAddress& source, BytesView payload, uint64_t now) {
        const uint32_t slot = free_frames_.empty() ? kNoFrame : free_frames_.back();
        std::unique_ptr<uint8_t[]> bytes(new uint8_t[payload.size()]);
        std::copy(payload.begin(), payload.end(), bytes.get());
        counters_->received.add(payload.size());
        const Handled handled = receiver_.handle({.source = source,
                                                  .route = source.port,
                                                  .payload = {bytes.get(), payload.size()},
                                                  .frame = slot,
                                                  .frame_bytes = payload.size()},
                                                 now);
        EXPECT_FALSE(handled.blocked);
        const uint32_t uses = handled.transactions + (handled.held ? 1 : 0);
        if (uses != 0) {
            frames_[slot] = {.bytes = std::move(bytes), .uses = uses};
            free_frames_.pop_back();
        }
        settle_unheld();
        return handled;
    }

    void tick(uint64_t now) {
        receiver_.tick(now);
        settle_unheld();
    }

    /// Takes up to `most` transactions from the ring and gives each its verdict.
    void judge(uint64_t now, size_t most = SIZE_MAX) {
        std::array<RawTransaction, 64> batch;
        while (most != 0) {
            const size_t count = ring_.pop(std::span{batch}.first(std::min(most, batch.size())));
            if (count == 0) return;
            most -= count;
            for (const RawTransaction& one : std::span{batch}.first(count)) {
                ++judged[one.source_id];
                if (keep_bytes) {
                    taken.emplace_back(one.source_id, one.sequence);
                    bytes_taken.push_back(to_bytes(one.bytes));
                }
                end_use(receiver_.settle({.owner = one.owner,
                                          .source_id = one.source_id,
                                          .sequence = one.sequence,
                                          .verdict = decide(one.bytes)},
                                         now));
            }
        }
    }

    [[nodiscard]] std::vector<Reply> take_replies() {
        std::vector<Reply> out(receiver_.replies().begin(), receiver_.replies().end());
        receiver_.clear_replies();
        return out;
    }

    [[nodiscard]] IngressCounters counters() const { return snapshot(*counters_, {}); }
    [[nodiscard]] uint64_t drops(DropReason reason) const {
        return counters().drops[static_cast<size_t>(reason)].frames;
    }
    [[nodiscard]] uint64_t errors(FrameError error) const {
        return counters().errors[static_cast<size_t>(error)].frames;
    }
    void expect_fates_add_up() const {
        const IngressCounters c = counters();
        EXPECT_EQ(c.received.frames, c.delivered.frames + c.fragments.frames + c.parity.frames +
                                         c.control.frames + c.all_errors().frames +
                                         c.all_drops().frames);
        EXPECT_EQ(c.received.bytes, c.delivered.bytes + c.fragments.bytes + c.parity.bytes +
                                        c.control.bytes + c.all_errors().bytes +
                                        c.all_drops().bytes);
    }

    /// Session and number of every transaction that came out, and its bytes.
    std::vector<std::pair<uint64_t, uint64_t>> taken;
    std::vector<Bytes> bytes_taken;
    bool keep_bytes = true;  ///< false leaves these two empty
    /// Transactions that came out, by session.
    std::map<uint64_t, uint64_t> judged;
    /// Of bytes to a verdict.
    Verdict (*decide)(BytesView) = verdict_of;

  private:
    struct FrameSlot {
        std::unique_ptr<uint8_t[]> bytes;
        uint32_t uses = 0;
    };

    void end_use(uint32_t slot) {
        if (slot == kNoFrame) return;
        ASSERT_NE(frames_[slot].uses, 0u);
        if (--frames_[slot].uses != 0) return;
        frames_[slot].bytes.reset();
        free_frames_.push_back(slot);
    }
    void settle_unheld() {
        for (const uint32_t slot : receiver_.unheld_frames())
            end_use(slot);
        receiver_.clear_unheld();
    }

    SpscRing<RawTransaction> ring_;
    std::unique_ptr<ReceiveCounters> counters_;
    Receiver receiver_;
    std::vector<FrameSlot> frames_;
    std::vector<uint32_t> free_frames_;
};

/// One direction of a path that loses, doubles and delays datagrams.
class Path {
  public:
    struct Faults {
        double loss = 0;
        double duplication = 0;
        double reordering = 0;        ///< datagrams that take up to ten times as long
        uint64_t delay_ns = 100'000;  ///< of every datagram
    };

    Path(const Faults& faults, std::mt19937_64& random) : faults_(faults), random_(random) {}

    void send(const SourceAddress& from, BytesView payload, uint64_t now) {
        ++sent;
        if (chance(faults_.loss)) {
            ++lost;
            return;
        }
        const size_t copies = chance(faults_.duplication) ? 2 : 1;
        for (size_t i = 0; i < copies; ++i) {
            // In order, a microsecond apart, but for those that are held up.
            uint64_t arrival = latest_ns_ = std::max(latest_ns_ + 1'000, now + faults_.delay_ns);
            if (chance(faults_.reordering)) arrival += random_() % (10 * faults_.delay_ns);
            under_way_.emplace(arrival, std::pair{from, to_bytes(payload)});
        }
    }
    /// The next datagram that has arrived by `now`.
    bool receive(uint64_t now, std::pair<SourceAddress, Bytes>& out) {
        if (under_way_.empty() || under_way_.begin()->first > now) return false;
        out = std::move(under_way_.begin()->second);
        under_way_.erase(under_way_.begin());
        return true;
    }
    [[nodiscard]] uint64_t next_ns() const {
        return under_way_.empty() ? UINT64_MAX : under_way_.begin()->first;
    }

    uint64_t sent = 0;
    uint64_t lost = 0;

  private:
    bool chance(double probability) {
        return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
    }

    Faults faults_;
    uint64_t latest_ns_ = 0;
    std::mt19937_64& random_;
    std::multimap<uint64_t, std::pair<SourceAddress, Bytes>> under_way_;
};

}  // namespace switchyard::dataplane::test
