// SPDX-License-Identifier: Apache-2.0
// An organization that votes with tokens. Contention: the tally of a proposal, and the checkpoints
// of a delegate.
#include <algorithm>
#include <numeric>
#include <unordered_set>

#include "tools/workloads/contracts.hpp"
#include "tools/workloads/kinds.hpp"
#include "tools/workloads/token_needs.hpp"

namespace switchyard::workloads {
namespace {

constexpr std::string_view kToken = "voting/VoteToken";
constexpr std::string_view kGovernor = "voting/Governor";
constexpr std::string_view kTreasury = "voting/Treasury";
constexpr uint64_t kVoteGas = 120'000;
constexpr uint64_t kTransferGas = 135'000;
constexpr uint64_t kDelegateGas = 125'000;
constexpr uint64_t kProposeGas = 230'000;
constexpr uint64_t kExecuteGas = 125'000;
const Uint256 kHolding = Uint256{1'000} * kEther;
const Uint256 kThreshold = Uint256{100} * kEther;
/// One user in so many proposes, and keeps its votes.
constexpr uint32_t kProposerOneIn = 16;

struct Proposal {
    uint32_t votes_for = 0;
    bool executed = false;
};

class Generator {
  public:
    explicit Generator(const WorkloadOptions& options);
    Workload run();

  private:
    [[nodiscard]] Bytes proposal(const std::string& description);
    bool vote(const Step& step);
    void transfer(const Step& step);
    void delegate(const Step& step);
    void prepare_voters();

    TrafficBuilder traffic_;
    TokenNeeds needs_{kToken, kHolding};
    Address token_;
    Address governor_;
    Address treasury_;
    std::vector<Proposal> proposals_;
    std::vector<uint32_t> delegates_;     ///< by user
    std::unordered_set<uint64_t> voted_;  ///< user and proposal
    std::vector<uint32_t> passed_;        ///< not executed yet
    uint32_t delegate_ = selector(kToken, "delegate(address)");
    uint32_t propose_ = selector(kGovernor, "propose(address,bytes,string)");
};

Generator::Generator(const WorkloadOptions& options)
    : traffic_("voting", options), proposals_(options.instances), delegates_(options.users) {
    std::iota(delegates_.begin(), delegates_.end(), 0U);
    token_ = traffic_.deploy(kToken, {}, "vote token");
    governor_ = traffic_.deploy(kGovernor, {token_, kThreshold}, "governor");
    treasury_ = traffic_.deploy(kTreasury, {}, "treasury");
    const Address& deployer = traffic_.address(Role::Deployer);
    traffic_.prepare(Role::Deployer, treasury_,
                     abi_call(selector(kTreasury, "transferOwnership(address)"), {governor_}));
    traffic_.prepare(Role::Deployer, token_,
                     abi_call(selector(kToken, "mint(address,uint256)"), {deployer, kThreshold}));
    traffic_.prepare(Role::Deployer, token_, abi_call(delegate_, {deployer}));
    for (uint32_t i = 0; i < options.instances; ++i)
        traffic_.prepare(Role::Deployer, governor_, proposal("grant " + std::to_string(i)));
}

/// To grant something to somebody.
Bytes Generator::proposal(const std::string& description) {
    static const uint32_t grant = selector(kTreasury, "grant(address,uint256)");
    const Bytes call = abi_call(
        grant, {traffic_.address(traffic_.draw_user()), 1 + traffic_.random().below(1'000)});
    return abi_call(propose_, {treasury_, AbiValue::bytes(call), AbiValue::text(description)});
}

Workload Generator::run() {
    while (traffic_.wants_more()) {
        const Step step = traffic_.next_step();
        const bool proposer = step.sender % kProposerOneIn == 0;
        const uint64_t dice = traffic_.random().below(100);
        if (!passed_.empty() && dice < 50) {
            static const uint32_t execute = selector(kGovernor, "execute(uint256)");
            traffic_.send(step.sender, {.to = governor_,
                                        .data = abi_call(execute, {uint64_t{passed_.back()} + 1}),
                                        .gas_limit = kExecuteGas});
            proposals_[passed_.back()].executed = true;
            passed_.pop_back();
        } else if (dice < 10 && proposer) {
            // Votes on it begin in the next block, and are not part of this traffic.
            traffic_.send(
                step.sender,
                {.to = governor_, .data = proposal("to be discussed"), .gas_limit = kProposeGas});
        } else if (dice < 84 && vote(step)) {
            continue;
        } else if (dice < 94 || proposer) {
            transfer(step);
        } else {
            delegate(step);
        }
    }
    prepare_voters();
    return traffic_.finish();
}

/// False when the sender has voted on all that it was drawn to.
bool Generator::vote(const Step& step) {
    static const uint32_t cast = selector(kGovernor, "castVote(uint256,uint8,string)");
    uint32_t index = step.instance;
    for (uint32_t tries = 0;
         proposals_[index].executed || voted_.contains(uint64_t{step.sender} << 32 | index);) {
        if (++tries == 8) return false;
        index = (index + 1) % static_cast<uint32_t>(proposals_.size());
    }
    voted_.insert(uint64_t{step.sender} << 32 | index);
    const uint64_t dice = traffic_.random().below(100);
    const uint32_t support = dice < 75 ? 1 : dice < 92 ? 0 : 2;
    traffic_.send(step.sender,
                  {.to = governor_,
                   .data = abi_call(cast, {uint64_t{index} + 1, support,
                                           AbiValue::text(support == 1 ? "" : "too expensive")}),
                   .gas_limit = kVoteGas});
    // All votes weigh the same: those of block 0.
    Proposal& proposal = proposals_[index];
    if (support != 1) return true;
    const Uint256 supply = kHolding * Uint256{traffic_.users()} + kThreshold;
    const bool before = kHolding * Uint256{2 * uint64_t{proposal.votes_for}} > supply;
    ++proposal.votes_for;
    const bool after = kHolding * Uint256{2 * uint64_t{proposal.votes_for}} > supply;
    if (after && !before) passed_.push_back(index);
    return true;
}

void Generator::transfer(const Step& step) {
    static const uint32_t method = selector(kToken, "transfer(address,uint256)");
    traffic_.send(step.sender, {.to = token_,
                                .data = abi_call(method, {traffic_.address(step.other),
                                                          1 + traffic_.random().below(1'000'000)}),
                                .gas_limit = kTransferGas});
}

void Generator::delegate(const Step& step) {
    uint32_t& delegate = delegates_[step.sender];
    if (delegate == step.other) return transfer(step);
    delegate = step.other;
    traffic_.send(step.sender, {.to = token_,
                                .data = abi_call(delegate_, {traffic_.address(step.other)}),
                                .gas_limit = kDelegateGas});
}

/// Every user holds as much, and votes for itself at first: the weights in the proposals' snapshot.
void Generator::prepare_voters() {
    for (uint32_t user = 0; user < traffic_.users(); ++user)
        needs_.holds(user, token_);
    needs_.prepare(traffic_);
    for (uint32_t user = 0; user < traffic_.users(); ++user)
        traffic_.prepare(user, token_, abi_call(delegate_, {traffic_.address(user)}));
}

}  // namespace

Result<Workload> make_voting(const WorkloadOptions& options) {
    return Generator(options).run();
}

}  // namespace switchyard::workloads
