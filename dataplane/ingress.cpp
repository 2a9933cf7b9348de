// SPDX-License-Identifier: Apache-2.0
#include "dataplane/ingress.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <utility>
#include <vector>

#include "dataplane/protocol/neighbor.hpp"
#include "dataplane/queue_exchange.hpp"
#include "dataplane/receive/live_counters.hpp"
#include "dataplane/receive/spsc_ring.hpp"
#include "host/core/random.hpp"

namespace switchyard::dataplane {
namespace {

constexpr size_t kBurstMax = 256;
constexpr uint32_t kFramesInFlightMax = 1u << 20;
constexpr uint32_t kReassemblySlotsMax = 4'096;
constexpr uint32_t kSessionsMax = 1u << 20;
constexpr uint32_t kTransactionsInFlightMax = 1u << 22;
constexpr uint32_t kGroupsMax = 1u << 16;
constexpr uint32_t kRebuiltSlotsMax = 1u << 16;

uint64_t monotonic_ns() {
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                     std::chrono::steady_clock::now().time_since_epoch())
                                     .count());
}

Error invalid(const std::string& what) {
    return {ErrorCode::InvalidInput, "ingress: " + what};
}

bool power_of_two(uint32_t value, uint32_t smallest, uint32_t largest) {
    return std::has_single_bit(value) && value >= smallest && value <= largest;
}

Result<void> check(const ReceiverConfig& config) {
    if (config.reassembly.slots == 0 || config.reassembly.slots > kReassemblySlotsMax)
        return invalid("reassembly.slots takes 1 to 4,096");
    if (config.reassembly.slots_per_session == 0)
        return invalid("reassembly.slots_per_session takes 1 or more");
    if (!power_of_two(config.sessions, 8, kSessionsMax))
        return invalid("sessions takes a power of two from 8 to 1,048,576");
    if (!power_of_two(config.window, kWindowMin, kWindowMax))
        return invalid("window takes a power of two from 256 to 65,536");
    if (!power_of_two(config.meter.sources, 8, kSessionsMax))
        return invalid("meter.sources takes a power of two from 8 to 1,048,576");
    if (config.transactions_in_flight < kTransactionsPerFrameMax ||
        config.transactions_in_flight > kTransactionsInFlightMax)
        return invalid("transactions_in_flight takes 256 to 4,194,304");
    if (config.groups.groups == 0 || config.groups.groups > kGroupsMax)
        return invalid("groups.groups takes 1 to 65,536");
    if (config.groups.rebuilt_slots == 0 || config.groups.rebuilt_slots > kRebuiltSlotsMax)
        return invalid("groups.rebuilt_slots takes 1 to 65,536");
    if (config.groups.frames_held > kFramesInFlightMax)
        return invalid("groups.frames_held takes 0 to 1,048,576");
    if (config.cookie_epoch_ns == 0) return invalid("cookie_epoch_ns takes 1 or more");
    return {};
}

Result<void> check(const Port& port, const IngressConfig& config) {
    if (config.burst == 0 || config.burst > kBurstMax) return invalid("burst takes 1 to 256");
    if (!std::has_single_bit(config.ring_transactions) ||
        config.ring_transactions < kTransactionsPerFrameMax)
        return invalid("ring_transactions takes a power of two from 256");
    if (config.frames_in_flight == 0 || config.frames_in_flight > kFramesInFlightMax)
        return invalid("frames_in_flight takes 1 to 1,048,576");
    const bool replies = config.receiver.sources == SourcePolicy::Validate;
    if (replies && config.link.ipv4 == 0 && config.link.ipv6.is_unspecified())
        return invalid("link.ipv4 or link.ipv6 must be set, so that replies have a source address");
    if (config.queue >= port.info().receive_queues ||
        (replies && config.queue >= port.info().transmit_queues))
        return invalid("port " + port.info().name + " has no queue " +
                       std::to_string(config.queue));
    if (port.info().buffers < uint64_t{config.frames_in_flight} + 2 * config.burst)
        return Error{ErrorCode::LimitExceeded,
                     "ingress: port " + port.info().name + " has " +
                         std::to_string(port.info().buffers) + " buffers, too few for " +
                         std::to_string(config.frames_in_flight) + " frames in flight"};
    return check(config.receiver);
}

Result<SipKey> draw_secret() {
    std::array<uint8_t, 16> bytes{};
    if (auto drawn = fill_random(bytes); !drawn) return drawn.error();
    SipKey out;
    std::memcpy(out.words.data(), bytes.data(), bytes.size());
    return out;
}

/// A frame that stays: `uses` are its transactions that are not released, and its group. Only the
/// receive thread touches it.
struct FrameSlot {
    uintptr_t buffer = 0;
    uint32_t uses = 0;
};

uint64_t to_route(const MacAddress& mac) {
    uint64_t out = 0;
    std::memcpy(&out, mac.data(), mac.size());
    return out;
}

MacAddress to_mac(uint64_t route) {
    MacAddress out;
    std::memcpy(out.data(), &route, out.size());
    return out;
}

}  // namespace

struct Ingress::Impl {
    Impl(Port& a_port, const IngressConfig& a_config, const SipKey& secret,
         std::shared_ptr<QueueExchange> an_exchange)
        : port(a_port),
          config(a_config),
          exchange(std::move(an_exchange)),
          ring(a_config.ring_transactions),
          released(std::bit_ceil(a_config.receiver.transactions_in_flight)),
          slots(a_config.frames_in_flight),
          receiver(a_config.receiver, secret, ring, counters) {
        free_slots.reserve(slots.size());
        for (size_t i = slots.size(); i-- > 0;)
            free_slots.push_back(static_cast<uint32_t>(i));
        to_free.reserve(kBurstMax);
    }

    void take_back_released();
    void end_use(uint32_t slot);
    void free_later(uintptr_t buffer);
    void flush_frees();
    void receive_burst();
    [[nodiscard]] bool handle(const Frame& frame);
    void hand_over(const Frame& frame, uint16_t home);
    [[nodiscard]] bool answered_neighbor(const Frame& frame);
    void transmit(BytesView frame);
    void send_replies();
    void end_input();

    Port& port;
    const IngressConfig config;
    const std::shared_ptr<QueueExchange> exchange;  // null: the port has one queue
    SpscRing<RawTransaction> ring;                  // receive thread to consumer
    SpscRing<ReleasedTransaction> released;         // and back; has room for all that are in flight

    // Receive thread.
    std::vector<FrameSlot> slots;
    std::vector<uint32_t> free_slots;
    std::vector<uintptr_t> to_free;
    std::array<Frame, kBurstMax> burst{};
    size_t burst_next = 0;
    size_t burst_end = 0;
    bool burst_taken_over = false;
    bool drained = false;
    uint64_t now_ns = 0;
    std::array<uint8_t, kLinkHeadersBytesIpv6 + kReportBytesMax> reply_frame{};
    ReceiveCounters counters;
    Receiver receiver;

    alignas(64) ConsumerCounters consumed;
    alignas(64) std::atomic<bool> finish{false};
    std::atomic<bool> ended{false};
};

void Ingress::Impl::take_back_released() {
    std::array<ReleasedTransaction, kBurstMax> batch;
    // Bounded: no more can come back than were handed over.
    while (const size_t count = released.pop(batch)) {
        for (size_t i = 0; i < count; ++i) {
            const uint32_t slot = receiver.settle(batch[i], now_ns);
            if (slot != kNoFrame) end_use(slot);
        }
    }
}

void Ingress::Impl::end_use(uint32_t slot) {
    SWITCHYARD_ASSERT(slots[slot].uses != 0);
    if (--slots[slot].uses != 0) return;
    free_later(slots[slot].buffer);
    slots[slot].buffer = 0;
    free_slots.push_back(slot);
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
    // In turns, so that neither keeps the other waiting.
    burst_taken_over = exchange && !burst_taken_over;
    if (burst_taken_over) {
        burst_end = exchange->take_over(config.queue, std::span{burst}.first(config.burst));
        if (burst_end != 0) {
            for (size_t i = 0; i < burst_end; ++i)
                counters.taken_over.add(burst[i].bytes.size());
            return;
        }
        // Looked at after what others handed over before they said so.
        if (exchange->all_drained() && drained && !receiver.has_waiting() &&
            !ended.load(std::memory_order_relaxed)) {
            burst_end = exchange->take_over(config.queue, std::span{burst}.first(config.burst));
            for (size_t i = 0; i < burst_end; ++i)
                counters.taken_over.add(burst[i].bytes.size());
            if (burst_end == 0) end_input();
            return;
        }
        burst_taken_over = false;
    }
    burst_end = port.receive(config.queue, std::span{burst}.first(config.burst));
    if (burst_end == 0) {
        const bool over = finishing || port.input_ended(config.queue);
        if (over && exchange && !drained) {
            drained = true;
            exchange->drained();
        }
        if (over && !exchange && !ended.load(std::memory_order_relaxed) && !receiver.has_waiting())
            end_input();
        return;
    }
    uint64_t bytes = 0;
    for (size_t i = 0; i < burst_end; ++i)
        bytes += burst[i].bytes.size();
    counters.received.frames.add(burst_end);
    counters.received.bytes.add(bytes);
}

void Ingress::Impl::end_input() {
    receiver.end_input();
    ended.store(true, std::memory_order_release);
}

/// True when the frame is dealt with; false when it must wait for room.
bool Ingress::Impl::handle(const Frame& frame) {
    LinkHeaders link;
    if (const FrameError error = parse_link(frame.bytes, config.link, link);
        error != FrameError::None) {
        if (error != FrameError::NotForUs || !answered_neighbor(frame))
            counters.errors[static_cast<size_t>(error)].add(frame.bytes.size());
        free_later(frame.buffer);
        return true;
    }
    if (exchange && !burst_taken_over) {
        const uint16_t home = exchange->home(link, config.link.udp_port);
        if (home != config.queue) {
            hand_over(frame, home);
            return true;
        }
    }
    const uint32_t slot = free_slots.empty() ? kNoFrame : free_slots.back();
    const Handled handled = receiver.handle({.source = link.source,
                                             .route = to_route(link.source_mac),
                                             .payload = link.payload,
                                             .frame = slot,
                                             .frame_bytes = frame.bytes.size()},
                                            now_ns);
    if (handled.blocked) return false;
    const uint32_t uses = handled.transactions + (handled.held ? 1 : 0);
    if (uses == 0) {
        free_later(frame.buffer);
    } else {
        free_slots.pop_back();
        slots[slot] = {.buffer = frame.buffer, .uses = uses};
    }
    for (const uint32_t unheld : receiver.unheld_frames())
        end_use(unheld);
    receiver.clear_unheld();
    return true;
}

void Ingress::Impl::hand_over(const Frame& frame, uint16_t home) {
    const size_t bytes = frame.bytes.size();
    if (exchange->hand_over(config.queue, home, frame)) {
        counters.handed_over.add(bytes);
        return;
    }
    counters.drops[static_cast<size_t>(DropReason::OtherQueueFull)].add(bytes);
    free_later(frame.buffer);
}

bool Ingress::Impl::answered_neighbor(const Frame& frame) {
    if (config.receiver.sources == SourcePolicy::Trust) return false;
    std::array<uint8_t, kNeighborFrameBytesMax> out;
    const size_t size = answer_neighbor(frame.bytes, config.link, port.info().mac, out);
    if (size == 0) return false;
    counters.control.add(frame.bytes.size());
    transmit(BytesView{out}.first(size));
    return true;
}

void Ingress::Impl::transmit(BytesView frame) {
    const BytesView frames[] = {frame};
    if (port.transmit(config.queue, frames) == 0) counters.replies_dropped.add(1);
}

void Ingress::Impl::send_replies() {
    for (const Reply& reply : receiver.replies()) {
        const size_t link_bytes = link_headers_bytes(reply.to.ip);
        const std::span<uint8_t> frame = std::span{reply_frame}.first(link_bytes + reply.size);
        std::memcpy(frame.data() + link_bytes, reply.bytes.data(), reply.size);
        write_link_headers(
            {.mac = port.info().mac,
             .ip = config.link.own(reply.to.ip),
             .udp_port = config.link.udp_port},
            {.mac = to_mac(reply.route), .ip = reply.to.ip, .udp_port = reply.to.port}, frame);
        transmit(frame);
    }
    receiver.clear_replies();
}

Result<std::unique_ptr<Ingress>> Ingress::create(Port& port, const IngressConfig& config,
                                                 std::shared_ptr<QueueExchange> exchange) {
    if (auto checked = check(port, config); !checked) return checked.error();
    const auto secret = exchange ? Result<SipKey>{exchange->secret()} : draw_secret();
    if (!secret) return secret.error();
    return std::unique_ptr<Ingress>(
        new Ingress(std::make_unique<Impl>(port, config, *secret, std::move(exchange))));
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
    // What others handed over: nobody else would give it back. They stopped before.
    while (self.exchange) {
        const size_t count = self.exchange->take_over(self.config.queue, self.burst);
        if (count == 0) break;
        for (size_t i = 0; i < count; ++i)
            self.free_later(self.burst[i].buffer);
    }
    self.flush_frees();
}

size_t Ingress::receive_once() {
    Impl& self = *impl_;
    self.now_ns = monotonic_ns();
    self.take_back_released();
    if (self.burst_next == self.burst_end) self.receive_burst();
    size_t handled = 0;
    while (self.burst_next != self.burst_end) {
        if (self.burst_next + 1 != self.burst_end) {
            const uint8_t* next = self.burst[self.burst_next + 1].bytes.data();
            __builtin_prefetch(next);
            __builtin_prefetch(next + 64);
        }
        if (!self.handle(self.burst[self.burst_next])) break;
        ++self.burst_next;
        ++handled;
    }
    self.receiver.tick(self.now_ns);
    for (const uint32_t unheld : self.receiver.unheld_frames())
        self.end_use(unheld);
    self.receiver.clear_unheld();
    self.send_replies();
    self.flush_frees();
    return handled;
}

size_t Ingress::frames_held() const {
    const Impl& self = *impl_;
    return self.slots.size() - self.free_slots.size() + (self.burst_end - self.burst_next) +
           self.receiver.own_buffers_in_use();
}

IngressUse Ingress::use() const {
    IngressUse out = impl_->receiver.use();
    out.frames = static_cast<uint32_t>(impl_->slots.size() - impl_->free_slots.size());
    return out;
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
    // Never full: it has room for every transaction that is in flight.
    SWITCHYARD_ASSERT(self.released.has_room(transactions.size()));
    const uint64_t now_ns = monotonic_ns();
    // Counted in runs: those of one datagram arrived together, and most get the same verdict.
    for (size_t i = 0; i < transactions.size();) {
        const size_t begin = i;
        while (i < transactions.size() && verdicts[i] == verdicts[begin] &&
               transactions[i].arrival_ns == transactions[begin].arrival_ns)
            ++i;
        const uint64_t arrival_ns = transactions[begin].arrival_ns;
        SWITCHYARD_ASSERT(static_cast<size_t>(verdicts[begin]) < kVerdictCount);
        self.consumed.verdicts[static_cast<size_t>(verdicts[begin])].add(i - begin);
        self.consumed.latency.add(now_ns > arrival_ns ? now_ns - arrival_ns : 0, i - begin);
    }
    for (size_t i = 0; i < transactions.size(); ++i) {
        self.released.stage(i) = {.owner = transactions[i].owner,
                                  .source_id = transactions[i].source_id,
                                  .sequence = transactions[i].sequence,
                                  .verdict = verdicts[i]};
    }
    self.consumed.released.add(transactions.size());
    self.released.publish(transactions.size());
}

bool Ingress::exhausted() const {
    return input_ended() && impl_->ring.empty();
}

IngressCounters Ingress::counters() const {
    return snapshot(impl_->counters, impl_->consumed);
}

}  // namespace switchyard::dataplane
