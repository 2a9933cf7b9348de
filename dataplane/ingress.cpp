// SPDX-License-Identifier: Apache-2.0
#include "dataplane/ingress.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <utility>
#include <vector>

#include "dataplane/live_counters.hpp"
#include "dataplane/protocol/reassembly.hpp"
#include "dataplane/protocol/sessions.hpp"
#include "dataplane/spsc_ring.hpp"

namespace switchyard::dataplane {
namespace {

constexpr size_t kBurstMax = 256;
constexpr uint32_t kFramesInFlightMax = 1u << 20;
constexpr uint32_t kReassemblySlotsMax = 4'096;

uint64_t monotonic_ns() {
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                     std::chrono::steady_clock::now().time_since_epoch())
                                     .count());
}

Error invalid(const std::string& what) {
    return {ErrorCode::InvalidInput, "ingress: " + what};
}

Result<void> check(const Port& port, const IngressConfig& config) {
    if (config.burst == 0 || config.burst > kBurstMax) return invalid("burst takes 1 to 256");
    if (!std::has_single_bit(config.ring_transactions) ||
        config.ring_transactions < kTransactionsPerFrameMax)
        return invalid("ring_transactions takes a power of two from 256");
    if (config.frames_in_flight == 0 || config.frames_in_flight > kFramesInFlightMax)
        return invalid("frames_in_flight takes 1 to 1,048,576");
    if (config.reassembly_slots == 0 || config.reassembly_slots > kReassemblySlotsMax)
        return invalid("reassembly_slots takes 1 to 4,096");
    if (config.reassembly_slots_per_session == 0)
        return invalid("reassembly_slots_per_session takes 1 or more");
    if (!std::has_single_bit(config.sessions) || config.sessions < 8)
        return invalid("sessions takes a power of two from 8");
    if (config.queue >= port.info().receive_queues)
        return invalid("port " + port.info().name + " has no receive queue " +
                       std::to_string(config.queue));
    if (port.info().buffers < uint64_t{config.frames_in_flight} + 2 * config.burst)
        return Error{ErrorCode::LimitExceeded,
                     "ingress: port " + port.info().name + " has " +
                         std::to_string(port.info().buffers) + " buffers, too few for " +
                         std::to_string(config.frames_in_flight) + " frames in flight"};
    return {};
}

/// A frame that the consumer holds. Written by the receive thread before the frame's transactions
/// are published, then by the consumer alone, then by the receive thread again once the slot came
/// back: the rings order these, so nothing in here is atomic.
struct FrameSlot {
    uintptr_t buffer = 0;
    uint32_t unreleased = 0;
};

}  // namespace

/// Slot numbers travel as `RawTransaction::owner`: frame slots first, then reassembly slots.
struct Ingress::Impl {
    Impl(Port& a_port, const IngressConfig& a_config)
        : port(a_port),
          config(a_config),
          ring(a_config.ring_transactions),
          returned(std::bit_ceil(size_t{a_config.frames_in_flight} + a_config.reassembly_slots)),
          slots(a_config.frames_in_flight),
          sessions(a_config.sessions),
          reassembler({.slots = a_config.reassembly_slots,
                       .slots_per_session = a_config.reassembly_slots_per_session,
                       .timeout_ns = a_config.reassembly_timeout_ns}) {
        free_slots.reserve(slots.size());
        for (size_t i = slots.size(); i-- > 0;)
            free_slots.push_back(static_cast<uint32_t>(i));
        to_free.reserve(kBurstMax);
    }

    enum class Fate { Done, Blocked };

    void take_back_released();
    void free_later(uintptr_t buffer);
    void flush_frees();
    void receive_burst();
    Fate handle(const Frame& frame);
    Fate deliver(const Frame& frame, Session& session);
    Fate add_piece(const Frame& frame, Session& session);
    Fate refuse(const Frame& frame, DropReason reason);
    Fate drop(const Frame& frame, DropReason reason);
    void record_sequence(Session& session);
    void end_input();

    Port& port;
    const IngressConfig config;
    SpscRing<RawTransaction> ring;  // receive thread to consumer
    SpscRing<uint32_t> returned;    // consumer to receive thread; has room for every slot

    // Receive thread.
    std::vector<FrameSlot> slots;
    std::vector<uint32_t> free_slots;
    std::vector<uintptr_t> to_free;
    SessionTable sessions;
    Reassembler reassembler;
    std::array<Frame, kBurstMax> burst{};
    size_t burst_next = 0;
    size_t burst_end = 0;
    bool head_parsed = false;  // burst[burst_next] was parsed and then found no room
    ParsedFrame parsed;
    uint64_t now_ns = 0;
    ReceiveCounters counters;

    alignas(64) ConsumerCounters consumed;
    alignas(64) std::atomic<bool> finish{false};
    std::atomic<bool> ended{false};
};

void Ingress::Impl::take_back_released() {
    std::array<uint32_t, kBurstMax> batch;
    // Bounded: no more slots can come back than exist.
    while (const size_t count = returned.pop(batch)) {
        for (size_t i = 0; i < count; ++i) {
            const uint32_t slot = batch[i];
            if (slot < slots.size()) {
                free_later(slots[slot].buffer);
                slots[slot].buffer = 0;
                free_slots.push_back(slot);
            } else {
                reassembler.release(slot - static_cast<uint32_t>(slots.size()));
            }
        }
    }
}

void Ingress::Impl::free_later(uintptr_t buffer) {
    if (to_free.size() == kBurstMax) flush_frees();
    to_free.push_back(buffer);
}

void Ingress::Impl::flush_frees() {
    if (!to_free.empty()) port.free_buffers(to_free);
    to_free.clear();
}

void Ingress::Impl::receive_burst() {
    // Read first: what the sender sent before it said `finish` is then in the port already.
    const bool finishing = finish.load(std::memory_order_acquire);
    burst_next = 0;
    burst_end = port.receive(config.queue, std::span{burst}.first(config.burst));
    if (burst_end == 0) {
        if (!ended.load(std::memory_order_relaxed) && (finishing || port.input_ended(config.queue)))
            end_input();
        if (reassembler.open_slots() != 0) {
            reassembler.expire(monotonic_ns());
            counters.reassemblies_abandoned.set(reassembler.abandoned());
        }
        return;
    }
    now_ns = monotonic_ns();
    uint64_t bytes = 0;
    for (size_t i = 0; i < burst_end; ++i)
        bytes += burst[i].bytes.size();
    counters.received.frames.add(burst_end);
    counters.received.bytes.add(bytes);
}

void Ingress::Impl::end_input() {
    reassembler.abandon_all();
    counters.reassemblies_abandoned.set(reassembler.abandoned());
    ended.store(true, std::memory_order_release);
}

Ingress::Impl::Fate Ingress::Impl::drop(const Frame& frame, DropReason reason) {
    counters.drops[static_cast<size_t>(reason)].add(frame.bytes.size());
    if (parsed.kind == FrameKind::Transactions) counters.transactions_dropped.add(parsed.count);
    free_later(frame.buffer);
    return Fate::Done;
}

/// There is no room: what happens is the policy's choice.
Ingress::Impl::Fate Ingress::Impl::refuse(const Frame& frame, DropReason reason) {
    if (config.overload == OverloadPolicy::Drop) return drop(frame, reason);
    counters.waits.add(1);
    return Fate::Blocked;
}

Ingress::Impl::Fate Ingress::Impl::handle(const Frame& frame) {
    if (!head_parsed) {
        const FrameError error = parse_frame(frame.bytes, config.parse, parsed);
        if (error != FrameError::None) {
            counters.errors[static_cast<size_t>(error)].add(frame.bytes.size());
            free_later(frame.buffer);
            return Fate::Done;
        }
    }
    Session& session = sessions.find_or_open(
        {.session = parsed.session, .ipv4 = parsed.source_ipv4, .port = parsed.source_port});
    switch (session.window.check(parsed.sequence)) {
        case SequenceState::Duplicate:
            return drop(frame, DropReason::DuplicateSequence);
        case SequenceState::Stale:
            return drop(frame, DropReason::StaleSequence);
        case SequenceState::New:
            break;
    }
    return parsed.kind == FrameKind::Transactions ? deliver(frame, session)
                                                  : add_piece(frame, session);
}

/// A datagram that found no room is not recorded: when it is sent again, it is welcome.
void Ingress::Impl::record_sequence(Session& session) {
    const SequenceWindow::Step step = session.window.record(parsed.sequence);
    counters.sequence_gaps.add(step.skipped);
    if (step.late) counters.sequence_late.add(1);
}

Ingress::Impl::Fate Ingress::Impl::deliver(const Frame& frame, Session& session) {
    if (!ring.has_room(parsed.count)) return refuse(frame, DropReason::RingFull);
    if (free_slots.empty()) return refuse(frame, DropReason::NoFrameSlot);
    record_sequence(session);

    const uint32_t slot = free_slots.back();
    free_slots.pop_back();
    slots[slot] = {.buffer = frame.buffer, .unreleased = parsed.count};
    uint64_t bytes = 0;
    for (size_t i = 0; i < parsed.count; ++i) {
        const BytesView transaction = parsed.record(i);
        bytes += transaction.size();
        ring.stage(i) = {.bytes = transaction,
                         .arrival_ns = now_ns,
                         .source_id = session.id,
                         .sequence = parsed.transaction + i,
                         .owner = slot,
                         .sender_hint = parsed.sender_hint(i)};
    }
    // Counted before they are visible, so that nobody sees more released than handed over.
    counters.delivered.add(frame.bytes.size());
    counters.transactions.add(parsed.count);
    counters.transaction_bytes.add(bytes);
    ring.publish(parsed.count);
    return Fate::Done;
}

Ingress::Impl::Fate Ingress::Impl::add_piece(const Frame& frame, Session& session) {
    if (!ring.has_room(1)) return refuse(frame, DropReason::RingFull);
    // A piece that waits for a slot must see the time go by, or nothing would ever expire.
    const uint64_t clock = head_parsed ? monotonic_ns() : now_ns;
    const FragmentResult result = reassembler.add(session.id, parsed, clock);
    counters.reassemblies_abandoned.set(reassembler.abandoned());
    switch (result.outcome) {
        case FragmentOutcome::NoSlot:
            return refuse(frame, DropReason::NoReassemblySlot);
        case FragmentOutcome::Limit:
            return drop(frame, DropReason::FragmentLimit);
        case FragmentOutcome::Duplicate:
            record_sequence(session);
            return drop(frame, DropReason::FragmentDuplicate);
        case FragmentOutcome::Mismatch:
            record_sequence(session);
            return drop(frame, DropReason::FragmentMismatch);
        case FragmentOutcome::Stored:
        case FragmentOutcome::Completed:
            break;
    }
    record_sequence(session);
    counters.fragments.add(frame.bytes.size());
    free_later(frame.buffer);
    if (result.outcome == FragmentOutcome::Stored) return Fate::Done;
    ring.stage(0) = {.bytes = result.transaction,
                     .arrival_ns = now_ns,
                     .source_id = session.id,
                     .sequence = parsed.transaction,
                     .owner = slots.size() + result.slot,
                     .sender_hint = {}};
    counters.transactions.add(1);
    counters.transaction_bytes.add(result.transaction.size());
    counters.transactions_reassembled.add(1);
    ring.publish(1);
    return Fate::Done;
}

Result<std::unique_ptr<Ingress>> Ingress::create(Port& port, const IngressConfig& config) {
    if (auto checked = check(port, config); !checked) return checked.error();
    return std::unique_ptr<Ingress>(new Ingress(std::make_unique<Impl>(port, config)));
}

Ingress::Ingress(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Ingress::~Ingress() {
    Impl& self = *impl_;
    self.take_back_released();
    // What was never polled, or held back for want of room.
    for (const FrameSlot& slot : self.slots)
        if (slot.buffer != 0) self.free_later(slot.buffer);
    for (size_t i = self.burst_next; i < self.burst_end; ++i)
        self.free_later(self.burst[i].buffer);
    self.flush_frees();
}

size_t Ingress::receive_once() {
    Impl& self = *impl_;
    self.take_back_released();
    if (self.burst_next == self.burst_end) self.receive_burst();
    size_t handled = 0;
    while (self.burst_next != self.burst_end) {
        if (self.burst_next + 1 != self.burst_end) {
            const uint8_t* next = self.burst[self.burst_next + 1].bytes.data();
            __builtin_prefetch(next);
            __builtin_prefetch(next + 64);
        }
        if (self.handle(self.burst[self.burst_next]) == Impl::Fate::Blocked) {
            self.head_parsed = true;
            break;
        }
        self.head_parsed = false;
        ++self.burst_next;
        ++handled;
    }
    self.counters.sessions_opened.set(self.sessions.opened());
    self.counters.sessions_evicted.set(self.sessions.evicted());
    self.flush_frees();
    return handled;
}

size_t Ingress::frames_held() const {
    const Impl& self = *impl_;
    return self.slots.size() - self.free_slots.size() + (self.burst_end - self.burst_next) +
           self.reassembler.complete_slots();
}

void Ingress::finish_input() {
    impl_->finish.store(true, std::memory_order_release);
}

bool Ingress::input_ended() const {
    return impl_->ended.load(std::memory_order_acquire);
}

size_t Ingress::poll(std::span<RawTransaction> out) {
    return impl_->ring.pop(out);
}

void Ingress::release(std::span<const RawTransaction> transactions,
                      std::span<const Verdict> verdicts) {
    Impl& self = *impl_;
    SWITCHYARD_ASSERT(transactions.size() == verdicts.size());
    size_t staged = 0;
    for (size_t i = 0; i < transactions.size(); ++i) {
        const auto slot = static_cast<uint32_t>(transactions[i].owner);
        self.consumed.verdicts[static_cast<size_t>(verdicts[i]) & 15].add(1);
        if (slot < self.slots.size()) {
            SWITCHYARD_ASSERT(self.slots[slot].unreleased != 0);
            if (--self.slots[slot].unreleased != 0) continue;
        }
        // Never full: it has room for every slot, and each is in it at most once.
        SWITCHYARD_ASSERT(self.returned.has_room(staged + 1));
        self.returned.stage(staged++) = slot;
    }
    self.consumed.released.add(transactions.size());
    self.returned.publish(staged);
}

bool Ingress::exhausted() const {
    return input_ended() && impl_->ring.empty();
}

IngressCounters Ingress::counters() const {
    return snapshot(impl_->counters, impl_->consumed);
}

}  // namespace switchyard::dataplane
