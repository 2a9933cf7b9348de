// SPDX-License-Identifier: Apache-2.0
// Collections (EIP-721) with a public mint, and a marketplace that pays royalties. Contention: the
// next number of a collection, the marketplace's fees, and the creator's balance.
#include <algorithm>
#include <array>
#include <optional>

#include "tools/workloads/contracts.hpp"
#include "tools/workloads/kinds.hpp"
#include "tools/workloads/traffic.hpp"

namespace switchyard::workloads {
namespace {

constexpr std::string_view kCollection = "nft/Collection";
constexpr std::string_view kMarketplace = "nft/Marketplace";
constexpr uint64_t kMintGas = 130'000;
constexpr uint64_t kMintEachGas = 60'000;
constexpr uint64_t kListGas = 115'000;
constexpr uint64_t kBuyGas = 160'000;
constexpr uint64_t kTransferGas = 80'000;
constexpr uint64_t kDelistGas = 90'000;
constexpr uint64_t kWithdrawGas = 45'000;
constexpr uint64_t kRoyalty = 500;  // of 10,000
const Uint256 kMintPrice{10'000'000'000'000'000};
const Uint256 kMilliEther{1'000'000'000'000'000};

struct Token {
    uint32_t collection = 0;
    uint64_t id = 0;
    bool operator==(const Token&) const = default;
};

struct Listing {
    Token token;
    uint32_t seller = 0;
    Uint256 price;
};

class Generator {
  public:
    explicit Generator(const WorkloadOptions& options);
    Workload run();

  private:
    void mint(const Step& step);
    void list(uint32_t sender);
    void buy(const Step& step);
    void transfer(const Step& step);
    void delist();
    void withdraw(const Step& step);
    Token take_token(uint32_t owner);
    Listing take_listing();

    TrafficBuilder traffic_;
    Address marketplace_;
    std::vector<Address> collections_;
    std::vector<uint64_t> minted_;
    std::vector<std::vector<Token>> owned_;  ///< by user
    std::vector<Listing> listings_;
    std::vector<bool> has_proceeds_;
    std::optional<Listing> sold_;  ///< last
};

Generator::Generator(const WorkloadOptions& options)
    : traffic_("nft", options),
      minted_(options.instances, 0),
      owned_(options.users),
      has_proceeds_(options.users, false) {
    constexpr uint64_t kSupplyMax = 1'000'000'000;
    marketplace_ = traffic_.deploy(kMarketplace, {}, "marketplace");
    for (uint32_t i = 0; i < options.instances; ++i) {
        const std::string name = "collection " + std::to_string(i);
        collections_.push_back(traffic_.deploy(kCollection,
                                               {AbiValue::text(name), kMintPrice, kSupplyMax,
                                                kRoyalty, traffic_.address(Role::Issuer)},
                                               name));
    }
}

Workload Generator::run() {
    while (traffic_.wants_more()) {
        const Step step = traffic_.next_step();
        const bool owns = !owned_[step.sender].empty();
        const uint64_t dice = traffic_.random().below(100);
        if (dice < 25 && owns)
            list(step.sender);
        else if (dice < 45 && !listings_.empty())
            buy(step);
        else if (dice < 55 && owns)
            transfer(step);
        else if (dice < 57 && !listings_.empty())
            delist();
        else if (dice < 60 && has_proceeds_[step.sender])
            withdraw(step);
        else
            mint(step);
    }
    return traffic_.finish();
}

void Generator::mint(const Step& step) {
    static const uint32_t method = selector(kCollection, "mint(uint256)");
    const uint64_t count = 1 + traffic_.random().below(3);
    traffic_.send(step.sender, {.to = collections_[step.instance],
                                .data = abi_call(method, {count}),
                                .gas_limit = kMintGas + kMintEachGas * (count - 1),
                                .value = kMintPrice * Uint256{count}});
    for (uint64_t i = 0; i < count; ++i)
        owned_[step.sender].push_back({step.instance, ++minted_[step.instance]});
}

void Generator::list(uint32_t sender) {
    static const uint32_t method =
        selector(kCollection, "safeTransferFrom(address,address,uint256,bytes)");
    const Token token = take_token(sender);
    if (sold_ && sold_->token == token) sold_.reset();  // it can be bought again
    const Uint256 price = kMilliEther * Uint256{1 + traffic_.random().below(5'000)};
    Bytes data;
    append_abi(std::array{AbiValue(price)}, data);
    traffic_.send(sender, {.to = collections_[token.collection],
                           .data = abi_call(method, {traffic_.address(sender), marketplace_,
                                                     token.id, AbiValue::bytes(data)}),
                           .gas_limit = kListGas});
    listings_.push_back({token, sender, price});
}

void Generator::buy(const Step& step) {
    static const uint32_t method = selector(kMarketplace, "buy(address,uint256)");
    // One in twenty comes second and fails.
    const bool late = sold_ && traffic_.random().percent(5);
    const Listing listing = late ? *sold_ : take_listing();
    traffic_.send(
        step.sender,
        {.to = marketplace_,
         .data = abi_call(method, {collections_[listing.token.collection], listing.token.id}),
         .gas_limit = kBuyGas,
         .value = listing.price});
    if (late) {
        sold_.reset();
        return;
    }
    owned_[step.sender].push_back(listing.token);
    has_proceeds_[listing.seller] = true;
    sold_ = listing;
}

void Generator::transfer(const Step& step) {
    static const uint32_t method = selector(kCollection, "transferFrom(address,address,uint256)");
    const Token token = take_token(step.sender);
    traffic_.send(step.sender, {.to = collections_[token.collection],
                                .data = abi_call(method, {traffic_.address(step.sender),
                                                          traffic_.address(step.other), token.id}),
                                .gas_limit = kTransferGas});
    owned_[step.other].push_back(token);
}

void Generator::delist() {
    static const uint32_t method = selector(kMarketplace, "delist(address,uint256)");
    const Listing listing = take_listing();
    traffic_.send(
        listing.seller,
        {.to = marketplace_,
         .data = abi_call(method, {collections_[listing.token.collection], listing.token.id}),
         .gas_limit = kDelistGas});
    owned_[listing.seller].push_back(listing.token);
}

void Generator::withdraw(const Step& step) {
    static const uint32_t method = selector(kMarketplace, "withdraw()");
    traffic_.send(step.sender,
                  {.to = marketplace_, .data = abi_call(method, {}), .gas_limit = kWithdrawGas});
    has_proceeds_[step.sender] = false;
}

Token Generator::take_token(uint32_t owner) {
    auto& tokens = owned_[owner];
    std::swap(tokens[traffic_.random().below(tokens.size())], tokens.back());
    const Token out = tokens.back();
    tokens.pop_back();
    return out;
}

Listing Generator::take_listing() {
    std::swap(listings_[traffic_.random().below(listings_.size())], listings_.back());
    const Listing out = listings_.back();
    listings_.pop_back();
    return out;
}

}  // namespace

Result<Workload> make_nft(const WorkloadOptions& options) {
    return Generator(options).run();
}

}  // namespace switchyard::workloads
