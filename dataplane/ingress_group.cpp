// SPDX-License-Identifier: Apache-2.0
#include "dataplane/ingress_group.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "dataplane/queue_exchange.hpp"
#include "host/core/random.hpp"

namespace switchyard::dataplane {
namespace {

/// The table's size of a port that has none, which most cards have.
constexpr uint16_t kEntries = 128;

}  // namespace

Result<std::unique_ptr<IngressGroup>> IngressGroup::create(Port& port,
                                                           const IngressConfig& config) {
    const uint16_t queues = port.info().receive_queues;
    if (queues == 0 || queues > QueueExchange::kQueuesMax)
        return Error{ErrorCode::InvalidInput, "ingress: a group takes 1 to 16 queues"};
    // Two that wait for room with each other would wait for ever.
    if (queues > 1 && config.receiver.overload == OverloadPolicy::Wait)
        return Error{ErrorCode::InvalidInput, "ingress: OverloadPolicy::Wait takes one queue"};
    const uint64_t needed = uint64_t{queues} * (config.frames_in_flight + 2 * config.burst) +
                            uint64_t{queues} * (queues - 1u) * QueueExchange::kRingFrames;
    if (port.info().buffers < needed)
        return Error{ErrorCode::LimitExceeded, "ingress: port " + port.info().name + " has " +
                                                   std::to_string(port.info().buffers) +
                                                   " buffers; " + std::to_string(queues) +
                                                   " queues need " + std::to_string(needed)};
    std::array<uint8_t, sizeof(SipKey)> bytes{};
    if (auto drawn = fill_random(bytes); !drawn) return drawn.error();
    SipKey secret;
    std::memcpy(secret.words.data(), bytes.data(), bytes.size());
    const uint16_t entries = port.info().spread_entries;
    const auto exchange =
        std::make_shared<QueueExchange>(queues, entries == 0 ? kEntries : entries, secret);
    std::unique_ptr<IngressGroup> out(new IngressGroup);
    IngressConfig one = config;
    one.receiver.unknown_sources.per_second /= queues;
    one.receiver.unknown_sources.burst = std::max(one.receiver.unknown_sources.burst / queues, 1.0);
    for (one.queue = 0; one.queue < queues; ++one.queue) {
        auto ingress = Ingress::create(port, one, exchange);
        if (!ingress) return ingress.error();
        out->queues_.push_back(std::move(*ingress));
    }
    return out;
}

void IngressGroup::finish_input() {
    for (const auto& queue : queues_)
        queue->finish_input();
}

bool IngressGroup::input_ended() const {
    return std::ranges::all_of(queues_, [](const auto& queue) { return queue->input_ended(); });
}

IngressCounters IngressGroup::counters() const {
    IngressCounters out;
    for (const auto& queue : queues_)
        out += queue->counters();
    return out;
}

}  // namespace switchyard::dataplane
