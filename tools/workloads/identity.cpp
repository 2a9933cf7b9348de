// SPDX-License-Identifier: Apache-2.0
// Identities, their delegates and attributes, and credentials about them. Contention: an issuer's
// counters and status list. Some changes of ownership are signed and relayed (ecrecover).
#include <algorithm>
#include <numeric>
#include <set>

#include "host/chain/hash.hpp"
#include "tools/workloads/contracts.hpp"
#include "tools/workloads/kinds.hpp"
#include "tools/workloads/traffic.hpp"

namespace switchyard::workloads {
namespace {

constexpr std::string_view kIdentities = "identity/IdentityRegistry";
constexpr std::string_view kCredentials = "identity/CredentialRegistry";
constexpr uint64_t kAttributeGas = 100'000;
constexpr uint64_t kDelegateGas = 90'000;
constexpr uint64_t kOwnerGas = 90'000;
constexpr uint64_t kSignedOwnerGas = 125'000;
constexpr uint64_t kIssueGas = 110'000;
constexpr uint64_t kVerifyGas = 45'000;
constexpr uint64_t kRevokeGas = 75'000;
constexpr uint64_t kValidity = 3'153'600'000;  // a century
constexpr uint64_t kExpires = 4'102'444'800;   // the year 2100

/// `bytes32` of a short text, as Solidity has it.
Bytes32 short_text(std::string_view text) {
    Bytes32 out;
    std::copy(text.begin(), text.end(), out.begin());
    return out;
}

struct Credential {
    uint32_t holder = 0;
    uint32_t issuer = 0;
    uint32_t index = 0;
    Bytes32 hash;
};

class Generator {
  public:
    explicit Generator(const WorkloadOptions& options);
    Workload run();

  private:
    void send(uint32_t sender, const Address& to, Bytes data, uint64_t gas) {
        traffic_.send(sender, {.to = to, .data = std::move(data), .gas_limit = gas});
    }
    void set_attribute(const Step& step);
    void delegate(const Step& step);
    void change_owner(const Step& step);
    void change_owner_signed(const Step& step);
    void issue(const Step& step);
    void verify(const Step& step);
    void revoke();
    /// The user may act for the issuer: an issuer itself, or by the preparation.
    void let_issue(uint32_t user, uint32_t issuer);

    TrafficBuilder traffic_;
    Signer signer_;
    Address identities_;
    Address credentials_;
    uint32_t issuers_;                      ///< these are the first users
    std::vector<uint32_t> owners_;          ///< by identity, which is a user
    std::vector<uint64_t> signed_changes_;  ///< by owner
    std::set<std::pair<uint32_t, uint32_t>> acting_;
    std::vector<uint32_t> issued_;  ///< by issuer
    std::vector<Credential> live_;
};

Generator::Generator(const WorkloadOptions& options)
    : traffic_("identity", options),
      issuers_(std::min(options.instances, std::max(1U, options.users / 2))),
      owners_(options.users),
      signed_changes_(options.users, 0),
      issued_(issuers_, 0) {
    std::iota(owners_.begin(), owners_.end(), 0U);
    identities_ = traffic_.deploy(kIdentities, {}, "identity registry");
    credentials_ = traffic_.deploy(kCredentials, {identities_}, "credential registry");
    for (uint32_t i = 0; i < issuers_; ++i) {
        traffic_.label(traffic_.address(i), "issuer " + std::to_string(i));
        traffic_.prepare(Role::Deployer, credentials_,
                         abi_call(selector(kCredentials, "accredit(address,bool)"),
                                  {traffic_.address(i), true}));
    }
}

Workload Generator::run() {
    while (traffic_.wants_more()) {
        const Step step = traffic_.next_step();
        const bool free = step.sender >= issuers_ && owners_[step.sender] == step.sender;
        const uint64_t dice = traffic_.random().below(100);
        if (dice < 22 && owners_[step.sender] == step.sender)
            set_attribute(step);
        else if (dice < 36 && owners_[step.sender] == step.sender)
            delegate(step);
        else if (dice < 39 && free)
            change_owner(step);
        else if (dice < 45 && step.other >= issuers_)
            change_owner_signed(step);
        else if (dice < 65 && !live_.empty())
            verify(step);
        else if (dice < 70 && !live_.empty())
            revoke();
        else
            issue(step);
    }
    return traffic_.finish();
}

void Generator::set_attribute(const Step& step) {
    static const uint32_t method =
        selector(kIdentities, "setAttribute(address,bytes32,bytes,uint256)");
    static constexpr std::array<std::string_view, 3> kNames{"did/svc/messages", "did/pub/key",
                                                            "did/svc/files"};
    const Bytes value(20 + traffic_.random().below(60), 0x5a);
    send(step.sender, identities_,
         abi_call(method, {traffic_.address(step.sender),
                           short_text(kNames[traffic_.random().below(kNames.size())]),
                           AbiValue::bytes(value), kValidity}),
         kAttributeGas);
}

void Generator::delegate(const Step& step) {
    static const uint32_t add =
        selector(kIdentities, "addDelegate(address,bytes32,address,uint256)");
    static const uint32_t revoke = selector(kIdentities, "revokeDelegate(address,bytes32,address)");
    const Address& self = traffic_.address(step.sender);
    const Address& other = traffic_.address(step.other);
    const Bytes32 kind = short_text("veriKey");
    send(step.sender, identities_,
         traffic_.random().percent(70) ? abi_call(add, {self, kind, other, kValidity})
                                       : abi_call(revoke, {self, kind, other}),
         kDelegateGas);
}

void Generator::change_owner(const Step& step) {
    static const uint32_t method = selector(kIdentities, "changeOwner(address,address)");
    send(step.sender, identities_,
         abi_call(method, {traffic_.address(step.sender), traffic_.address(step.other)}),
         kOwnerGas);
    owners_[step.sender] = step.other;
}

/// The owner of `step.other` signs; the sender relays and pays.
void Generator::change_owner_signed(const Step& step) {
    static const uint32_t method =
        selector(kIdentities, "changeOwnerSigned(address,address,uint8,bytes32,bytes32)");
    const uint32_t owner = owners_[step.other];
    const uint32_t next = traffic_.draw_user();
    const Address& identity = traffic_.address(step.other);
    Bytes message{0x19, 0x00};  // IdentityRegistry.changeDigest
    const auto append = [&message](BytesView part) {
        message.insert(message.end(), part.begin(), part.end());
    };
    append(identities_);
    append(to_bytes32(Uint256{signed_changes_[owner]++}));
    append(identity);
    for (const char letter : std::string_view("changeOwner"))
        message.push_back(static_cast<uint8_t>(letter));
    append(traffic_.address(next));
    const Signature signature = signer_.sign_digest(keccak256(message), traffic_.identity(owner));
    send(step.sender, identities_,
         abi_call(method, {identity, traffic_.address(next), 27U + signature.y_parity, signature.r,
                           signature.s}),
         kSignedOwnerGas);
    owners_[step.other] = next;
}

void Generator::let_issue(uint32_t user, uint32_t issuer) {
    static const uint32_t method =
        selector(kIdentities, "addDelegate(address,bytes32,address,uint256)");
    if (user == issuer || !acting_.emplace(user, issuer).second) return;
    traffic_.prepare(issuer, identities_,
                     abi_call(method, {traffic_.address(issuer), short_text("issuing"),
                                       traffic_.address(user), kValidity}));
}

void Generator::issue(const Step& step) {
    static const uint32_t method =
        selector(kCredentials, "issue(address,address,bytes32,bytes32,uint64)");
    const uint32_t issuer = step.instance % issuers_;
    let_issue(step.sender, issuer);
    const Credential credential{.holder = step.other,
                                .issuer = issuer,
                                .index = issued_[issuer]++,
                                .hash = keccak256(to_bytes32(Uint256{traffic_.random().next()}))};
    send(step.sender, credentials_,
         abi_call(method, {traffic_.address(issuer), traffic_.address(step.other), credential.hash,
                           short_text("diploma"), kExpires}),
         kIssueGas);
    live_.push_back(credential);
}

void Generator::verify(const Step& step) {
    static const uint32_t method = selector(kCredentials, "verify(address,bytes32)");
    const Credential& credential = live_[traffic_.random().below(live_.size())];
    send(step.sender, credentials_,
         abi_call(method, {traffic_.address(credential.holder), credential.hash}), kVerifyGas);
}

void Generator::revoke() {
    static const uint32_t method = selector(kCredentials, "revoke(address,uint32)");
    std::swap(live_[traffic_.random().below(live_.size())], live_.back());
    const Credential credential = live_.back();
    live_.pop_back();
    send(credential.issuer, credentials_,
         abi_call(method, {traffic_.address(credential.issuer), credential.index}), kRevokeGas);
}

}  // namespace

Result<Workload> make_identity(const WorkloadOptions& options) {
    return Generator(options).run();
}

}  // namespace switchyard::workloads
