// SPDX-License-Identifier: Apache-2.0
// Orders on central limit order books. Contention: the best prices of a market, and its order
// count.
#include <algorithm>
#include <set>

#include "tools/workloads/contracts.hpp"
#include "tools/workloads/kinds.hpp"
#include "tools/workloads/order_book_model.hpp"
#include "tools/workloads/token_needs.hpp"

namespace switchyard::workloads {
namespace {

constexpr std::string_view kBook = "orderbook/OrderBook";
constexpr std::string_view kToken = "orderbook/BookToken";
constexpr uint64_t kPlaceGas = 190'000;
constexpr uint64_t kFillGas = 40'000;
constexpr uint64_t kCancelGas = 60'000;
constexpr uint16_t kFirstTick = 2'000;
const Uint256 kDeposit = Uint256{100'000} * kEther;

struct Market {
    Address base;
    Address book;
    OrderBookModel model;
    std::vector<std::pair<uint64_t, uint32_t>> recent;  ///< orders that waited, with their owners
    uint16_t middle = kFirstTick;
    std::set<uint32_t> traders;
};

class Generator {
  public:
    explicit Generator(const WorkloadOptions& options);
    Workload run();

  private:
    void place(const Step& step);
    void cancel(const Step& step);
    void prepare_traders();

    TrafficBuilder traffic_;
    TokenNeeds needs_{kToken, Uint256{1'000'000'000} * kEther};
    Address quote_;
    std::vector<Market> markets_;
    uint32_t place_ = selector(kBook, "place(bool,uint16,uint128)");
    uint32_t cancel_ = selector(kBook, "cancel(uint64)");
    uint32_t deposit_ = selector(kBook, "deposit(uint128,uint128)");
};

Generator::Generator(const WorkloadOptions& options) : traffic_("orderbook", options) {
    quote_ = traffic_.deploy(kToken, {}, "quote token");
    markets_.resize(options.instances);
    for (uint32_t i = 0; i < options.instances; ++i) {
        markets_[i].base = traffic_.deploy(kToken, {}, "base token " + std::to_string(i));
        markets_[i].book =
            traffic_.deploy(kBook, {markets_[i].base, quote_}, "order book " + std::to_string(i));
    }
}

Workload Generator::run() {
    while (traffic_.wants_more()) {
        const Step step = traffic_.next_step();
        if (traffic_.random().percent(20) && !markets_[step.instance].recent.empty())
            cancel(step);
        else
            place(step);
    }
    prepare_traders();
    return traffic_.finish();
}

void Generator::place(const Step& step) {
    Market& market = markets_[step.instance];
    Random& random = traffic_.random();
    market.traders.insert(step.sender);
    // The price wanders; three in ten orders reach over it.
    market.middle = static_cast<uint16_t>(
        std::clamp<uint64_t>(market.middle + random.below(5) - 2, 1'000, 3'000));
    const bool is_bid = random.percent(50);
    const auto distance = static_cast<uint16_t>(1 + random.below(12));
    const bool eager = random.percent(30);
    const auto tick = static_cast<uint16_t>(is_bid == eager ? market.middle + distance
                                                            : market.middle - distance);
    const uint64_t lots = 1 + random.below(100);
    const auto placed = market.model.place(step.sender, is_bid, tick, lots);
    if (placed.waits) market.recent.emplace_back(placed.id, step.sender);
    traffic_.send(step.sender, {.to = market.book,
                                .data = abi_call(place_, {is_bid, tick, lots}),
                                .gas_limit = kPlaceGas + kFillGas * placed.fills});
}

void Generator::cancel(const Step& step) {
    Market& market = markets_[step.instance];
    std::swap(market.recent[traffic_.random().below(market.recent.size())], market.recent.back());
    const auto [id, owner] = market.recent.back();
    market.recent.pop_back();
    const bool waits = market.model.waiting().contains(id);
    // One in eight comes too late and fails; the others withdraw before they send.
    if (!waits && !traffic_.random().percent(12)) return place(step);
    if (waits) market.model.cancel(id);
    traffic_.send(owner,
                  {.to = market.book, .data = abi_call(cancel_, {id}), .gas_limit = kCancelGas});
}

void Generator::prepare_traders() {
    for (const Market& market : markets_)
        for (const uint32_t trader : market.traders)
            for (const Address& token : {market.base, quote_}) {
                needs_.holds(trader, token);
                needs_.allows(trader, token, market.book);
            }
    needs_.prepare(traffic_);
    for (const Market& market : markets_)
        for (const uint32_t trader : market.traders)
            traffic_.prepare(trader, market.book, abi_call(deposit_, {kDeposit, kDeposit}));
}

}  // namespace

Result<Workload> make_orderbook(const WorkloadOptions& options) {
    return Generator(options).run();
}

}  // namespace switchyard::workloads
