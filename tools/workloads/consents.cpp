// SPDX-License-Identifier: Apache-2.0
// Consents to read health records, and the accesses under them. Institutions send from one account
// each. Contention: an institution's counters and nonce.
#include <algorithm>
#include <unordered_map>

#include "tools/workloads/contracts.hpp"
#include "tools/workloads/kinds.hpp"
#include "tools/workloads/traffic.hpp"

namespace switchyard::workloads {
namespace {

constexpr std::string_view kRegistry = "consents/ConsentRegistry";
constexpr uint64_t kGrantGas = 100'000;
constexpr uint64_t kRevokeGas = 45'000;
constexpr uint64_t kRecordGas = 75'000;
constexpr uint64_t kAccessGas = 55'000;
constexpr uint64_t kEmergencyGas = 70'000;
constexpr uint64_t kUntil = 4'102'444'800;  // the year 2100
constexpr uint32_t kCategories = 8;

struct Consent {
    uint32_t patient = 0;
    uint32_t institution = 0;
    uint32_t categories = 0;
};

class Generator {
  public:
    explicit Generator(const WorkloadOptions& options);
    Workload run();

  private:
    [[nodiscard]] static uint64_t key(uint32_t patient, uint32_t institution) {
        return uint64_t{patient} << 32 | institution;
    }
    [[nodiscard]] uint32_t category_of(uint32_t categories);
    void send(uint32_t sender, Bytes data, uint64_t gas) {
        traffic_.send(sender, {.to = registry_, .data = std::move(data), .gas_limit = gas});
    }
    void grant(uint32_t patient, uint32_t institution);
    void revoke();
    void use(bool late);
    void emergency(const Step& step);

    TrafficBuilder traffic_;
    Address registry_;
    uint32_t institutions_;  ///< these are the first users; the others are patients
    std::vector<Consent> live_;
    std::unordered_map<uint64_t, size_t> place_;  ///< of a live consent
    std::vector<Consent> revoked_;                ///< of late
};

Generator::Generator(const WorkloadOptions& options)
    : traffic_("consents", options),
      institutions_(std::min(options.instances, std::max(1U, options.users / 2))) {
    registry_ = traffic_.deploy(kRegistry, {}, "consent registry");
    for (uint32_t i = 0; i < institutions_; ++i) {
        traffic_.label(traffic_.address(i), "institution " + std::to_string(i));
        traffic_.prepare(Role::Deployer, registry_,
                         abi_call(selector(kRegistry, "setInstitution(address,bool)"),
                                  {traffic_.address(i), true}));
    }
}

Workload Generator::run() {
    while (traffic_.wants_more()) {
        const Step step = traffic_.next_step();
        const uint64_t dice = traffic_.random().below(100);
        if (dice < 45 && !live_.empty())
            use(false);
        else if (dice < 46 && !revoked_.empty())
            use(true);
        else if (dice < 48)
            emergency(step);
        else if (dice < 55 && !live_.empty())
            revoke();
        else if (step.sender >= institutions_)
            grant(step.sender, step.instance % institutions_);
        else if (!live_.empty())
            use(false);
        else
            emergency(step);
    }
    return traffic_.finish();
}

/// One of the categories that a consent names.
uint32_t Generator::category_of(uint32_t categories) {
    auto category = static_cast<uint32_t>(traffic_.random().below(kCategories));
    while ((categories >> category & 1) == 0)
        category = (category + 1) % kCategories;
    return category;
}

void Generator::grant(uint32_t patient, uint32_t institution) {
    static const uint32_t method = selector(kRegistry, "grant(address,uint32,uint8,uint64)");
    const auto categories =
        static_cast<uint32_t>(1 + traffic_.random().below((1U << kCategories) - 1));
    send(patient,
         abi_call(method,
                  {traffic_.address(institution), categories, traffic_.random().below(4), kUntil}),
         kGrantGas);
    const auto [place, fresh] = place_.emplace(key(patient, institution), live_.size());
    if (fresh) live_.push_back({patient, institution, categories});
    live_[place->second].categories = categories;
    // What was taken back stands again.
    std::erase_if(revoked_, [&](const Consent& consent) {
        return consent.patient == patient && consent.institution == institution;
    });
}

void Generator::revoke() {
    static const uint32_t method = selector(kRegistry, "revoke(address)");
    constexpr size_t kRemembered = 16;
    const size_t at = traffic_.random().below(live_.size());
    const Consent consent = live_[at];
    send(consent.patient, abi_call(method, {traffic_.address(consent.institution)}), kRevokeGas);
    place_.erase(key(consent.patient, consent.institution));
    if (at + 1 != live_.size()) {
        live_[at] = live_.back();
        place_[key(live_[at].patient, live_[at].institution)] = at;
    }
    live_.pop_back();
    if (revoked_.size() == kRemembered) revoked_.erase(revoked_.begin());
    revoked_.push_back(consent);
}

/// A record read, or added. `late`: after the consent was taken back, so that it fails.
void Generator::use(bool late) {
    static const uint32_t access = selector(kRegistry, "access(address,bytes32,uint8)");
    static const uint32_t add = selector(kRegistry, "addRecord(address,bytes32,uint8)");
    const auto& consents = late ? revoked_ : live_;
    const Consent consent = consents[traffic_.random().below(consents.size())];
    const bool adds = traffic_.random().percent(30);
    send(consent.institution,
         abi_call(adds ? add : access,
                  {traffic_.address(consent.patient), Uint256{traffic_.random().next()},
                   category_of(consent.categories)}),
         adds ? kRecordGas : kAccessGas);
}

void Generator::emergency(const Step& step) {
    static const uint32_t method = selector(kRegistry, "accessInEmergency(address,string)");
    send(step.instance % institutions_,
         abi_call(method, {traffic_.address(step.other), AbiValue::text("brought in unconscious")}),
         kEmergencyGas);
}

}  // namespace

Result<Workload> make_consents(const WorkloadOptions& options) {
    return Generator(options).run();
}

}  // namespace switchyard::workloads
