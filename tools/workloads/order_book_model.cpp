// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/order_book_model.hpp"

#include <algorithm>

#include "host/core/assert.hpp"

namespace switchyard::workloads {
namespace {

constexpr uint32_t kFillsMax = 8;  // OrderBook.FILLS_MAX

}  // namespace

OrderBookModel::Placed OrderBookModel::place(uint32_t owner, bool is_bid, uint16_t tick,
                                             uint64_t lots) {
    Placed out{.id = ++count_};
    Side& against = is_bid ? asks_ : bids_;
    for (; out.fills < kFillsMax && lots > 0 && crosses(is_bid, tick); ++out.fills) {
        const auto best = is_bid ? against.begin() : std::prev(against.end());
        Level& level = best->second;
        const auto maker = waiting_.find(level.queue.front());
        if (maker == waiting_.end()) {  // cancelled
            level.queue.pop_front();
            continue;
        }
        const uint64_t filled = std::min(maker->second.lots, lots);
        lots -= filled;
        level.lots -= filled;
        maker->second.lots -= filled;
        if (maker->second.lots == 0) {
            level.queue.pop_front();
            waiting_.erase(maker);
        }
        if (level.lots == 0) against.erase(best);
    }
    if (lots == 0 || crosses(is_bid, tick)) return out;
    out.waits = true;
    Level& level = (is_bid ? bids_ : asks_)[tick];
    level.lots += lots;
    level.queue.push_back(out.id);
    waiting_.emplace(out.id, Order{owner, tick, is_bid, lots});
    return out;
}

void OrderBookModel::cancel(uint64_t id) {
    const auto order = waiting_.find(id);
    SWITCHYARD_ASSERT(order != waiting_.end());
    Side& side = order->second.is_bid ? bids_ : asks_;
    const auto level = side.find(order->second.tick);
    level->second.lots -= order->second.lots;
    if (level->second.lots == 0) side.erase(level);
    waiting_.erase(order);
}

bool OrderBookModel::crosses(bool is_bid, uint16_t tick) const {
    const uint16_t best = is_bid ? best_ask() : best_bid();
    return best != 0 && (is_bid ? best <= tick : best >= tick);
}

}  // namespace switchyard::workloads
