// SPDX-License-Identifier: Apache-2.0
// Goods and where they come from. Contention: the lot count of a product; a lot itself belongs to
// one custodian at a time.
#include <algorithm>
#include <array>
#include <deque>

#include "host/chain/hash.hpp"
#include "tools/workloads/contracts.hpp"
#include "tools/workloads/kinds.hpp"
#include "tools/workloads/traffic.hpp"

namespace switchyard::workloads {
namespace {

constexpr std::string_view kRegistry = "provenance/ProvenanceRegistry";
constexpr uint64_t kRegisterGas = 125'000;
constexpr uint64_t kOfferGas = 55'000;
constexpr uint64_t kAcceptGas = 55'000;
constexpr uint64_t kMeasureGas = 80'000;
constexpr uint64_t kSplitGas = 205'000;
constexpr uint64_t kProcessGas = 260'000;
constexpr uint64_t kCertifyGas = 75'000;
/// One user in so many certifies.
constexpr uint32_t kCertifierOneIn = 20;

struct Lot {
    Uint256 id;
    uint64_t quantity = 0;
};

struct Offer {
    Lot lot;
    uint32_t to = 0;
};

class Generator {
  public:
    explicit Generator(const WorkloadOptions& options);
    Workload run();

  private:
    [[nodiscard]] Lot new_lot(uint32_t product, uint64_t quantity) {
        return {Uint256{product} << 64 | Uint256{++lots_of_[product]}, quantity};
    }
    [[nodiscard]] Lot take(std::vector<Lot>& lots);
    [[nodiscard]] Bytes32 document() { return to_bytes32(Uint256{traffic_.random().next()}); }
    void send(uint32_t sender, Bytes data, uint64_t gas) {
        traffic_.send(sender, {.to = registry_, .data = std::move(data), .gas_limit = gas});
    }
    void produce(const Step& step);
    void offer(const Step& step);
    void accept();
    void measure(const Step& step);
    void split(const Step& step);
    void process(const Step& step);
    void certify(const Step& step);

    TrafficBuilder traffic_;
    Address registry_;
    std::vector<uint64_t> lots_of_;       ///< by product
    std::vector<std::vector<Lot>> held_;  ///< by user
    std::deque<Offer> offers_;
    std::vector<Uint256> known_;  ///< lots of all times, for certificates
};

Generator::Generator(const WorkloadOptions& options)
    : traffic_("provenance", options), lots_of_(options.instances, 0), held_(options.users) {
    registry_ = traffic_.deploy(kRegistry, {}, "provenance registry");
    // Between 2 and 8 degrees, in tenths.
    for (uint32_t i = 0; i < options.instances; ++i)
        traffic_.prepare(Role::Deployer, registry_,
                         abi_call(selector(kRegistry, "list(uint16,address,int16,int16)"),
                                  {i, traffic_.address(Role::Issuer), 20U, 80U}));
    for (uint32_t user = 0; user < options.users; user += kCertifierOneIn)
        traffic_.prepare(Role::Deployer, registry_,
                         abi_call(selector(kRegistry, "setCertifier(address,bool)"),
                                  {traffic_.address(user), true}));
}

Workload Generator::run() {
    while (traffic_.wants_more()) {
        const Step step = traffic_.next_step();
        const size_t lots = held_[step.sender].size();
        const uint64_t dice = traffic_.random().below(100);
        if (dice < 20 && lots > 0)
            offer(step);
        else if (dice < 40 && !offers_.empty())
            accept();
        else if (dice < 60 && lots > 0)
            measure(step);
        else if (dice < 67 && lots > 0 && held_[step.sender].back().quantity > 1)
            split(step);
        else if (dice < 73 && lots >= 2)
            process(step);
        else if (step.sender % kCertifierOneIn == 0 && !known_.empty())
            certify(step);
        else
            produce(step);
    }
    return traffic_.finish();
}

Lot Generator::take(std::vector<Lot>& lots) {
    std::swap(lots[traffic_.random().below(lots.size())], lots.back());
    const Lot out = lots.back();
    lots.pop_back();
    return out;
}

void Generator::produce(const Step& step) {
    static const uint32_t method = selector(kRegistry, "register(uint16,uint64,bytes32)");
    const Lot lot = new_lot(step.instance, 1 + traffic_.random().below(1'000));
    send(step.sender, abi_call(method, {step.instance, lot.quantity, document()}), kRegisterGas);
    held_[step.sender].push_back(lot);
    known_.push_back(lot.id);
}

void Generator::offer(const Step& step) {
    static const uint32_t method = selector(kRegistry, "offer(uint256,address)");
    const Lot lot = take(held_[step.sender]);
    send(step.sender, abi_call(method, {lot.id, traffic_.address(step.other)}), kOfferGas);
    offers_.push_back({lot, step.other});
}

void Generator::accept() {
    static const uint32_t method = selector(kRegistry, "accept(uint256)");
    const Offer offer = offers_.front();
    offers_.pop_front();
    send(offer.to, abi_call(method, {offer.lot.id}), kAcceptGas);
    held_[offer.to].push_back(offer.lot);
}

void Generator::measure(const Step& step) {
    static const uint32_t method = selector(kRegistry, "measure(uint256,int16)");
    const auto& lots = held_[step.sender];
    const Lot& lot = lots[traffic_.random().below(lots.size())];
    send(step.sender, abi_call(method, {lot.id, 10 + traffic_.random().below(80)}), kMeasureGas);
}

void Generator::split(const Step& step) {
    static const uint32_t method = selector(kRegistry, "split(uint256,uint64)");
    Lot& lot = held_[step.sender].back();
    const uint64_t quantity = 1 + traffic_.random().below(lot.quantity - 1);
    send(step.sender, abi_call(method, {lot.id, quantity}), kSplitGas);
    lot.quantity -= quantity;
    const auto product = static_cast<uint32_t>((lot.id >> 64).limb[0]);
    const Lot part = new_lot(product, quantity);
    held_[step.sender].push_back(part);
    known_.push_back(part.id);
}

void Generator::process(const Step& step) {
    static const uint32_t method = selector(kRegistry, "process(uint256[],uint16,uint64)");
    auto& lots = held_[step.sender];
    const Lot first = take(lots);
    const Lot second = take(lots);
    const Lot made = new_lot(step.instance, first.quantity + second.quantity);
    const std::array inputs{first.id, second.id};
    send(step.sender, abi_call(method, {AbiValue::array(inputs), step.instance, made.quantity}),
         kProcessGas);
    lots.push_back(made);
    known_.push_back(made.id);
}

void Generator::certify(const Step& step) {
    static const uint32_t method = selector(kRegistry, "certify(uint256,bytes32)");
    const Uint256 lot = known_[traffic_.random().below(known_.size())];
    send(step.sender, abi_call(method, {lot, document()}), kCertifyGas);
}

}  // namespace

Result<Workload> make_provenance(const WorkloadOptions& options) {
    return Generator(options).run();
}

}  // namespace switchyard::workloads
