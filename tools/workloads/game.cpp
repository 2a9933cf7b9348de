// SPDX-License-Identifier: Apache-2.0
// A game on items of EIP-1155. Contention: what a region has left, its monster, and the supply of
// an item, which every gathering changes.
#include <algorithm>
#include <array>

#include "tools/workloads/contracts.hpp"
#include "tools/workloads/kinds.hpp"
#include "tools/workloads/traffic.hpp"

namespace switchyard::workloads {
namespace {

constexpr std::string_view kItems = "game/GameItems";
constexpr std::string_view kWorld = "game/GameWorld";
constexpr uint64_t kGatherGas = 110'000;
constexpr uint64_t kCraftGas = 140'000;
constexpr uint64_t kFightGas = 110'000;
constexpr uint64_t kSendGas = 70'000;
constexpr uint64_t kOfferGas = 165'000;
constexpr uint64_t kBuyGas = 100'000;
// GameWorld's items and what a new hero gets of them.
constexpr uint64_t kWood = 1;
constexpr uint64_t kOre = 2;
constexpr uint64_t kSword = 3;
constexpr uint64_t kShield = 4;
constexpr int64_t kFirstGold = 1'000'000;
constexpr int64_t kFirstMaterial = 100;
constexpr int64_t kGatheredAtLeast = 3;

/// At least what the player has: luck may have given more.
struct Player {
    bool plays = false;
    int64_t gold = kFirstGold;
    int64_t wood = kFirstMaterial;
    int64_t ore = kFirstMaterial;
};

struct Offer {
    uint64_t id = 0;
    uint32_t count = 0;
    uint32_t price = 0;
};

class Generator {
  public:
    explicit Generator(const WorkloadOptions& options)
        : traffic_("game", options), players_(options.users) {
        items_ = traffic_.deploy(kItems, {}, "game items");
        world_ = traffic_.deploy(kWorld, {items_}, "game world");
        traffic_.prepare(Role::Deployer, items_,
                         abi_call(selector(kItems, "setGame(address)"), {world_}));
    }
    Workload run();

  private:
    Player& player(uint32_t user);
    void gather(const Step& step);
    void craft(const Step& step);
    void fight(const Step& step);
    void send_items(const Step& step);
    void offer(const Step& step);
    void buy(const Step& step);

    TrafficBuilder traffic_;
    Address items_;
    Address world_;
    std::vector<Player> players_;
    std::vector<Offer> offers_;
    uint64_t offer_count_ = 0;
};

/// Everybody who appears has a hero, from the preparation.
Player& Generator::player(uint32_t user) {
    static const uint32_t enter = selector(kWorld, "enter()");
    Player& out = players_[user];
    if (!out.plays) traffic_.prepare(user, world_, abi_call(enter, {}));
    out.plays = true;
    return out;
}

Workload Generator::run() {
    while (traffic_.wants_more()) {
        const Step step = traffic_.next_step();
        const Player& self = player(step.sender);
        const uint64_t dice = traffic_.random().below(100);
        if (dice < 25)
            fight(step);
        else if (dice < 40 && self.wood >= 4 && self.ore >= 4)
            craft(step);
        else if (dice < 50 && self.wood >= 5 && self.ore >= 5)
            send_items(step);
        else if (dice < 60 && self.wood >= 10)
            offer(step);
        else if (dice < 70 && !offers_.empty() && self.gold >= 1'000)
            buy(step);
        else
            gather(step);
    }
    return traffic_.finish();
}

void Generator::gather(const Step& step) {
    static const uint32_t method = selector(kWorld, "gather(uint32)");
    Player& self = player(step.sender);
    self.wood += kGatheredAtLeast;
    self.ore += kGatheredAtLeast;
    traffic_.send(
        step.sender,
        {.to = world_, .data = abi_call(method, {step.instance}), .gas_limit = kGatherGas});
}

void Generator::craft(const Step& step) {
    static const uint32_t method = selector(kWorld, "craft(uint256)");
    Player& self = player(step.sender);
    const bool sword = traffic_.random().percent(50);
    self.wood -= sword ? 2 : 4;
    self.ore -= sword ? 4 : 2;
    traffic_.send(step.sender, {.to = world_,
                                .data = abi_call(method, {sword ? kSword : kShield}),
                                .gas_limit = kCraftGas});
}

void Generator::fight(const Step& step) {
    static const uint32_t method = selector(kWorld, "fight(uint32)");
    traffic_.send(
        step.sender,
        {.to = world_, .data = abi_call(method, {step.instance}), .gas_limit = kFightGas});
}

void Generator::send_items(const Step& step) {
    static const uint32_t method =
        selector(kItems, "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)");
    Player& self = player(step.sender);
    const uint64_t wood = 1 + traffic_.random().below(5);
    const uint64_t ore = 1 + traffic_.random().below(5);
    self.wood -= static_cast<int64_t>(wood);
    self.ore -= static_cast<int64_t>(ore);
    player(step.other).wood += static_cast<int64_t>(wood);
    player(step.other).ore += static_cast<int64_t>(ore);
    const std::array<Uint256, 2> ids{kWood, kOre};
    const std::array<Uint256, 2> counts{wood, ore};
    traffic_.send(step.sender,
                  {.to = items_,
                   .data = abi_call(method, {traffic_.address(step.sender),
                                             traffic_.address(step.other), AbiValue::array(ids),
                                             AbiValue::array(counts), AbiValue::bytes({})}),
                   .gas_limit = kSendGas});
}

void Generator::offer(const Step& step) {
    static const uint32_t method =
        selector(kItems, "safeTransferFrom(address,address,uint256,uint256,bytes)");
    const auto count = static_cast<uint32_t>(1 + traffic_.random().below(10));
    const auto price = static_cast<uint32_t>(1 + traffic_.random().below(20));
    player(step.sender).wood -= count;
    Bytes data;
    append_abi(std::array{AbiValue(step.instance), AbiValue(price)}, data);
    traffic_.send(step.sender, {.to = items_,
                                .data = abi_call(method, {traffic_.address(step.sender), world_,
                                                          kWood, count, AbiValue::bytes(data)}),
                                .gas_limit = kOfferGas});
    offers_.push_back({++offer_count_, count, price});
}

void Generator::buy(const Step& step) {
    static const uint32_t method = selector(kWorld, "buy(uint256,uint32)");
    Offer& chosen = offers_[traffic_.random().below(offers_.size())];
    const auto count = static_cast<uint32_t>(1 + traffic_.random().below(chosen.count));
    Player& self = player(step.sender);
    self.gold -= int64_t{count} * chosen.price;
    self.wood += count;
    traffic_.send(
        step.sender,
        {.to = world_, .data = abi_call(method, {chosen.id, count}), .gas_limit = kBuyGas});
    chosen.count -= count;
    if (chosen.count > 0) return;
    std::swap(chosen, offers_.back());
    offers_.pop_back();
}

}  // namespace

Result<Workload> make_game(const WorkloadOptions& options) {
    return Generator(options).run();
}

}  // namespace switchyard::workloads
