// SPDX-License-Identifier: Apache-2.0
// Spreads transactions of nearly the same tip over a block, so that those that conflict stand
// apart.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/state/flat_index.hpp"

namespace switchyard {

/// A transaction of a block, as far as its place is concerned.
struct SpreadItem {
    uint64_t tip = 0;     ///< effective, in wei
    uint64_t target = 0;  ///< stands for the contract that it calls; 0: it calls none
    uint64_t sender = 0;
};

/// Finds an order in which whatever conflicts stands as far apart as the tips allow. Payments
/// commute (their fees and balances are deltas), so that what conflicts is guessed to be what calls
/// the same contract, and what one sender sends.
///
/// A window is a row of transactions whose tips are within `percent` of the first one's; nothing
/// leaves its window. Inside, the n transactions of one target, or of one sender where it has more,
/// go to the places (k + 1/2) / n of the window, and all others in their order to what is left:
/// each part of the block then has its share of every chain, and lanes that wait for one chain
/// have others to run. One sender's keep their order. Which transactions a block holds does not
/// depend on it. Cost: a sort of each window. Keeps its memory between calls; one thread.
class Spreader {
  public:
    /// `order` receives the positions in `items` in the new order.
    void spread(std::span<const SpreadItem> items, uint32_t percent, std::vector<uint32_t>& order);

  private:
    struct Place {
        uint64_t key = 0;
        uint32_t item = 0;
    };
    struct Chain {
        uint32_t size = 0;     ///< all of the target's or the sender's
        uint32_t members = 0;  ///< those that are spread with it
        uint32_t next = 0;
    };
    /// Of one item: its chains' numbers.
    struct Chains {
        uint32_t target = 0;
        uint32_t sender = 0;
        uint32_t chosen = 0;
    };
    void spread_window(std::span<const SpreadItem> items, uint32_t begin,
                       std::span<uint32_t> order);
    [[nodiscard]] uint32_t chain_number(uint64_t kind, uint64_t value);

    FlatMap<FixedBytes<16>, uint32_t> numbers_;  ///< from 1 on
    std::vector<Chain> chains_;                  ///< the first: whatever is in no chain
    std::vector<Chains> of_item_;
    std::vector<Place> places_;
    std::vector<uint32_t> next_of_sender_;
};

}  // namespace switchyard
