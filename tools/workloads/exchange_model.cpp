// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/exchange_model.hpp"

#include <algorithm>
#include <array>

#include "host/core/assert.hpp"
#include "host/evm/evm.hpp"
#include "tools/workloads/contracts.hpp"

namespace switchyard::workloads {
namespace {

constexpr std::string_view kRouter = "exchange/Router";
constexpr uint64_t kSwapGas = 200'000;
constexpr uint64_t kTwoHopGas = 300'000;
constexpr uint64_t kAddGas = 200'000;
constexpr uint64_t kRemoveGas = 150'000;
constexpr uint64_t kDeadline = 4'102'444'800;  // the year 2100
const Uint256 kInitialReserve = Uint256{1'000'000} * kEther;

/// Router.amountsOut of one pair.
Uint256 amount_out(const Uint256& in, const Uint256& reserve_in, const Uint256& reserve_out) {
    const Uint256 after_fee = in * Uint256{997};
    return after_fee * reserve_out / (reserve_in * Uint256{1'000} + after_fee);
}

/// Router.amountsIn of one pair.
Uint256 amount_in(const Uint256& out, const Uint256& reserve_in, const Uint256& reserve_out) {
    return reserve_in * out * Uint256{1'000} / ((reserve_out - out) * Uint256{997}) + Uint256{1};
}

}  // namespace

ExchangeModel::ExchangeModel(TrafficBuilder& traffic, uint32_t pools)
    : traffic_(traffic), needs_("exchange/ExchangeToken", kInitialReserve) {
    const auto mint = selector("exchange/ExchangeToken", "mint(address,uint256)");
    const auto approve = selector("exchange/ExchangeToken", "approve(address,uint256)");
    const auto create = selector("exchange/Factory", "createPair(address,address)");
    const auto add =
        selector(kRouter, "addLiquidity(address,address,uint256,uint256,address,uint256)");
    const Address& deployer = traffic.address(Role::Deployer);
    const auto add_token = [&](std::string label, const Uint256& supply) {
        const Address token = traffic.deploy("exchange/ExchangeToken", {}, std::move(label));
        traffic.prepare(Role::Deployer, token, abi_call(mint, {deployer, supply}));
        traffic.prepare(Role::Deployer, token, abi_call(approve, {router_, kUnlimited}));
        return token;
    };
    const Address factory = traffic.deploy("exchange/Factory", {}, "exchange factory");
    router_ = traffic.deploy(kRouter, {factory}, "exchange router");
    hub_ = add_token("exchange hub token", kInitialReserve * Uint256{pools});
    for (uint32_t i = 0; i < pools; ++i) {
        const std::string number = std::to_string(i);
        Pool pool;
        pool.token = add_token("exchange token " + number, kInitialReserve);
        traffic.prepare(Role::Deployer, factory, abi_call(create, {hub_, pool.token}));
        pool.pair = evm::create_address(factory, 1 + uint64_t{i});  // EIP-161: contracts start at 1
        traffic.label(pool.pair, "exchange pair " + number);
        traffic.prepare(Role::Deployer, router_,
                        abi_call(add, {hub_, pool.token, kInitialReserve, kInitialReserve, deployer,
                                       kDeadline}));
        pool.hub_reserve = pool.token_reserve = pool.supply = kInitialReserve;
        pools_.push_back(pool);
    }
}

Uint256 ExchangeModel::draw_amount() {
    // A millionth to a ten-thousandth of the initial reserve.
    return Uint256{1'000'000 + traffic_.random().below(99'000'000)} * Uint256{1'000'000'000'000};
}

void ExchangeModel::trade(uint32_t sender, const Uint256& amount, const Uint256& minimum,
                          std::span<const Address> path) {
    static const uint32_t exact_input =
        selector(kRouter, "swapExactInput(uint256,uint256,address[],address,uint256)");
    needs_.holds(sender, path.front());
    needs_.allows(sender, path.front(), router_);
    traffic_.send(sender, {.to = router_,
                           .data = abi_call(exact_input, {amount, minimum, AbiValue::array(path),
                                                          traffic_.address(sender), kDeadline}),
                           .gas_limit = path.size() > 2 ? kTwoHopGas : kSwapGas});
}

void ExchangeModel::swap(uint32_t sender, uint32_t index, bool greedy) {
    Pool& pool = pools_[index];
    const bool sells_hub = traffic_.random().percent(50);
    Uint256& reserve_in = sells_hub ? pool.hub_reserve : pool.token_reserve;
    Uint256& reserve_out = sells_hub ? pool.token_reserve : pool.hub_reserve;
    const std::array path{sells_hub ? hub_ : pool.token, sells_hub ? pool.token : hub_};
    const Uint256 in = draw_amount();
    const Uint256 out = amount_out(in, reserve_in, reserve_out);
    // Half a percent of slippage is what front ends propose.
    const Uint256 minimum = greedy ? out + out / Uint256{100} : out * Uint256{995} / Uint256{1000};
    trade(sender, in, minimum, path);
    if (greedy) return;
    reserve_in += in;
    reserve_out -= out;
}

void ExchangeModel::swap_exact_output(uint32_t sender, uint32_t index) {
    static const uint32_t exact_output =
        selector(kRouter, "swapExactOutput(uint256,uint256,address[],address,uint256)");
    Pool& pool = pools_[index];
    const std::array path{hub_, pool.token};
    const Uint256 out = draw_amount();
    const Uint256 in = amount_in(out, pool.hub_reserve, pool.token_reserve);
    needs_.holds(sender, hub_);
    needs_.allows(sender, hub_, router_);
    traffic_.send(
        sender, {.to = router_,
                 .data = abi_call(exact_output, {out, in + in / Uint256{200}, AbiValue::array(path),
                                                 traffic_.address(sender), kDeadline}),
                 .gas_limit = kSwapGas});
    pool.hub_reserve += in;
    pool.token_reserve -= out;
}

void ExchangeModel::swap_two_hops(uint32_t sender, uint32_t from, uint32_t to) {
    SWITCHYARD_ASSERT(from != to);
    Pool& first = pools_[from];
    Pool& second = pools_[to];
    const std::array path{first.token, hub_, second.token};
    const Uint256 in = draw_amount();
    const Uint256 between = amount_out(in, first.token_reserve, first.hub_reserve);
    const Uint256 out = amount_out(between, second.hub_reserve, second.token_reserve);
    trade(sender, in, out * Uint256{995} / Uint256{1000}, path);
    first.token_reserve += in;
    first.hub_reserve -= between;
    second.hub_reserve += between;
    second.token_reserve -= out;
}

void ExchangeModel::add_liquidity(uint32_t sender, uint32_t index) {
    static const uint32_t add =
        selector(kRouter, "addLiquidity(address,address,uint256,uint256,address,uint256)");
    Pool& pool = pools_[index];
    for (const Address* token : {&hub_, &pool.token}) {
        needs_.holds(sender, *token);
        needs_.allows(sender, *token, router_);
    }
    const Uint256 wanted = draw_amount();
    traffic_.send(sender, {.to = router_,
                           .data = abi_call(add, {hub_, pool.token, wanted, wanted,
                                                  traffic_.address(sender), kDeadline}),
                           .gas_limit = kAddGas});
    // Router._fitting, then Pair.mint.
    Uint256 hub_amount = wanted;
    Uint256 token_amount = wanted * pool.token_reserve / pool.hub_reserve;
    if (token_amount > wanted) {
        token_amount = wanted;
        hub_amount = wanted * pool.hub_reserve / pool.token_reserve;
    }
    const Uint256 liquidity = std::min(hub_amount * pool.supply / pool.hub_reserve,
                                       token_amount * pool.supply / pool.token_reserve);
    pool.hub_reserve += hub_amount;
    pool.token_reserve += token_amount;
    pool.supply += liquidity;
    positions_.push_back({sender, index, liquidity});
}

void ExchangeModel::remove_liquidity(const Step& step) {
    static const uint32_t remove =
        selector(kRouter, "removeLiquidity(address,address,uint256,address,uint256)");
    if (positions_.empty()) return add_liquidity(step.sender, step.instance);
    std::swap(positions_[traffic_.random().below(positions_.size())], positions_.back());
    const Position position = positions_.back();
    positions_.pop_back();
    Pool& pool = pools_[position.pool];
    needs_.allows(position.owner, pool.pair, router_);
    traffic_.send(position.owner,
                  {.to = router_,
                   .data = abi_call(remove, {hub_, pool.token, position.liquidity,
                                             traffic_.address(position.owner), kDeadline}),
                   .gas_limit = kRemoveGas});
    // Pair.burn.
    pool.hub_reserve -= position.liquidity * pool.hub_reserve / pool.supply;
    pool.token_reserve -= position.liquidity * pool.token_reserve / pool.supply;
    pool.supply -= position.liquidity;
}

}  // namespace switchyard::workloads
