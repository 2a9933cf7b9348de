// SPDX-License-Identifier: Apache-2.0
// Following the head.
#include <cstddef>

#include "host/c/boundary.hpp"

using namespace switchyard;
using c::Outcome;

namespace {

constexpr uint32_t kCapacityMax = 65'536;
constexpr uint32_t kTimeoutMax = 3'600'000;
constexpr size_t kEventFirst = offsetof(switchyard_event, block) + sizeof(switchyard_block*);

}  // namespace

extern "C" {

switchyard_status switchyard_subscribe(switchyard_chain* chain, uint32_t capacity,
                                       switchyard_subscription** subscription) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"subscription", subscription}})) return *refused;
        if (capacity < 1 || capacity > kCapacityMax)
            return {SWITCHYARD_INVALID_INPUT, "capacity is 1 to 65536"};
        const c::ChainLease lease(chain);
        if (!lease) return c::no_such_handle("chain");
        *subscription = c::subscriptions().add(lease->subscribe(capacity));
        return {};
    });
}

switchyard_status switchyard_next_event(switchyard_subscription* subscription, uint32_t timeout_ms,
                                        switchyard_event* event) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"event", event}})) return *refused;
        if (auto refused = c::check_sized(event, kEventFirst)) return *refused;
        if (timeout_ms > kTimeoutMax)
            return {SWITCHYARD_INVALID_INPUT, "timeout_ms is 0 to 3600000"};
        const auto queue = c::subscriptions().find(subscription);
        if (queue == nullptr) return c::no_such_handle("subscription");
        const auto next = queue->next(std::chrono::milliseconds(timeout_ms));
        if (!next && queue->is_closed()) return {SWITCHYARD_CLOSED, "the chain was closed"};
        if (!next) return {SWITCHYARD_TIMEOUT, "no event"};
        switchyard_event out{};
        out.kind = next->kind == embedded::BlockEvent::Kind::Added ? SWITCHYARD_BLOCK_ADDED
                                                                   : SWITCHYARD_BLOCK_REMOVED;
        out.missed = next->missed;
        out.block = c::hand_out(next->block);
        c::write_sized(&out, sizeof out, event);
        return {};
    });
}

switchyard_status switchyard_unsubscribe(switchyard_subscription* subscription) {
    return c::guarded(__func__, [&]() -> Outcome {
        const auto queue = c::subscriptions().take(subscription);
        if (queue == nullptr) return c::no_such_handle("subscription");
        queue->close();
        return {};
    });
}

}  // extern "C"
