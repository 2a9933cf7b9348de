// SPDX-License-Identifier: Apache-2.0
// The rules of `contracts/orderbook/OrderBook.sol`, over standard containers: who wants to cancel
// an order must know whether it still waits.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>

namespace switchyard::workloads {

/// One market. Orders are numbered from 1 in the order in which they are placed.
class OrderBookModel {
  public:
    struct Order {
        uint32_t owner = 0;
        uint16_t tick = 0;
        bool is_bid = false;
        uint64_t lots = 0;  ///< still wanted
    };
    struct Placed {
        uint64_t id = 0;
        uint32_t fills = 0;  ///< steps of the matching loop
        bool waits = false;
    };
    Placed place(uint32_t owner, bool is_bid, uint16_t tick, uint64_t lots);
    /// Precondition: the order waits.
    void cancel(uint64_t id);

    [[nodiscard]] const std::unordered_map<uint64_t, Order>& waiting() const { return waiting_; }
    /// 0 where nobody waits.
    [[nodiscard]] uint16_t best_bid() const { return bids_.empty() ? 0 : bids_.rbegin()->first; }
    [[nodiscard]] uint16_t best_ask() const { return asks_.empty() ? 0 : asks_.begin()->first; }

  private:
    struct Level {
        uint64_t lots = 0;
        std::deque<uint64_t> queue;  ///< with the cancelled ones that it has not moved past
    };
    using Side = std::map<uint16_t, Level>;
    [[nodiscard]] bool crosses(bool is_bid, uint16_t tick) const;

    Side bids_;
    Side asks_;
    std::unordered_map<uint64_t, Order> waiting_;
    uint64_t count_ = 0;
};

}  // namespace switchyard::workloads
