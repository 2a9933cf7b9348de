// SPDX-License-Identifier: Apache-2.0
// The exchange of `contracts/exchange/`: its preparation, its messages, and a model of its
// reserves.
#pragma once

#include "tools/workloads/token_needs.hpp"
#include "tools/workloads/traffic.hpp"

namespace switchyard::workloads {

/// Pool i trades token i against one token that all pools share (the hub), as most pools on chains
/// trade against the chain's currency. A trader who guards against slippage must know the price
/// when its transaction runs; the model therefore follows the reserves, in the contracts'
/// arithmetic.
class ExchangeModel {
  public:
    /// Deploys and funds `pools` pools. `traffic` must outlive this.
    ExchangeModel(TrafficBuilder& traffic, uint32_t pools);

    [[nodiscard]] uint32_t pools() const { return static_cast<uint32_t>(pools_.size()); }

    /// Sells an amount that is drawn, in a direction that is drawn, over one pool. `greedy`: asks
    /// for more than there is to get, so that the router refuses.
    void swap(uint32_t sender, uint32_t pool, bool greedy = false);
    /// Buys an exact amount over one pool.
    void swap_exact_output(uint32_t sender, uint32_t pool);
    /// Sells token `from` for token `to` over the hub. Precondition: they differ.
    void swap_two_hops(uint32_t sender, uint32_t from, uint32_t to);
    void add_liquidity(uint32_t sender, uint32_t pool);
    /// By one who added liquidity before; adds some instead when nobody did.
    void remove_liquidity(const Step& step);

    /// Adds holdings and allowances to the preparation, after all messages.
    void prepare() { needs_.prepare(traffic_); }

    struct Pool {
        Address token;
        Address pair;
        Uint256 hub_reserve;
        Uint256 token_reserve;
        Uint256 supply;
    };
    [[nodiscard]] const Pool& pool(uint32_t index) const { return pools_[index]; }
    [[nodiscard]] const Address& hub() const { return hub_; }

  private:
    struct Position {
        uint32_t owner;
        uint32_t pool;
        Uint256 liquidity;
    };
    [[nodiscard]] Uint256 draw_amount();
    void trade(uint32_t sender, const Uint256& amount, const Uint256& minimum,
               std::span<const Address> path);

    TrafficBuilder& traffic_;
    TokenNeeds needs_;
    Address hub_;
    Address router_;
    std::vector<Pool> pools_;
    std::vector<Position> positions_;
};

}  // namespace switchyard::workloads
