// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/traffic.hpp"

#include <algorithm>
#include <numeric>

#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"
#include "host/evm/evm.hpp"
#include "tools/workloads/contracts.hpp"

namespace switchyard::workloads {
namespace {

constexpr uint64_t kSetupGas = 8'000'000;
// EIP-8037 in blocks of 95 M gas (workload_chain.cpp): 662 for a byte of new state, 32 bytes a
// slot.
constexpr uint64_t kSetupStateGas = 20'000'000;
constexpr uint64_t kTrafficStateGas = 1'000'000;
constexpr size_t kSignatureBytes = 67;  // r and s of 33 bytes each, and the parity
const Uint256 kMaxFee{100'000'000'000};
const Uint256 kPriorityFee{1'000'000'000};
const Uint256 kFunds = Uint256{1'000'000} * kEther;

}  // namespace

Result<void> check_options(const WorkloadOptions& options) {
    const auto error = [](std::string text) { return Error{ErrorCode::InvalidInput, text}; };
    if (options.users < 2 || options.users > 10'000'000)
        return error("a workload has 2 to 10,000,000 users");
    if (options.transactions < 1 || options.transactions > 100'000'000)
        return error("a workload has 1 to 100,000,000 transactions");
    if (options.instances < 1 || options.instances > 10'000)
        return error("a workload has 1 to 10,000 instances");
    if (!(options.zipf >= 0 && options.zipf <= 4)) return error("a Zipf exponent is 0 to 4");
    if (options.hot_percent > 100) return error("a share is 0 to 100 percent");
    if (options.revision < Revision::Cancun)
        return error("the contracts of the workloads need Cancun or a later revision");
    return {};
}

TrafficBuilder::TrafficBuilder(std::string_view name, const WorkloadOptions& options)
    : options_(options),
      random_(options.seed),
      user_ranks_(options.users, options.zipf),
      instance_ranks_(options.instances, options.zipf),
      identities_(make_identities(options.seed, options.users)),
      nonces_(identities_.size(), 0),
      turns_(options.users) {
    out_.name = name;
    out_.revision = options.revision;
    std::iota(turns_.begin(), turns_.end(), 0U);
    next_turn_ = turns_.size();
    for (const Identity& identity : identities_)
        out_.genesis.push_back({.address = identity.address,
                                .account = {.nonce = 0, .balance = kFunds},
                                .code = {},
                                .storage = {}});
}

Step TrafficBuilder::next_step() {
    if (next_turn_ == turns_.size()) {
        for (size_t i = turns_.size(); i > 1; --i)  // Fisher-Yates
            std::swap(turns_[i - 1], turns_[random_.below(i)]);
        next_turn_ = 0;
    }
    Step out;
    out.sender = turns_[next_turn_++];
    out.hot = random_.percent(options_.hot_percent);
    out.other = out.hot ? 0 : draw_user();
    out.instance = out.hot ? 0 : static_cast<uint32_t>(instance_ranks_.draw(random_));
    if (out.other == out.sender) out.other = (out.other + 1) % options_.users;
    return out;
}

Address TrafficBuilder::deploy(std::string_view contract, std::initializer_list<AbiValue> arguments,
                               std::string label) {
    auto code = from_hex(contract_artifact(contract).creation);
    SWITCHYARD_ASSERT(code.has_value());
    append_abi({arguments.begin(), arguments.size()}, *code);
    const uint32_t deployer = sender_of(Role::Deployer);
    const uint64_t nonce = deployer_nonce_;
    SignedTransaction creation =
        make(deployer, {.to = {}, .data = std::move(*code), .gas_limit = kSetupGas});
    creation.transaction.to.reset();
    out_.setup.push_back(std::move(creation));
    setup_senders_.push_back(deployer);
    ++deployer_nonce_;
    const Address created = evm::create_address(address(deployer), nonce);
    out_.labels.push_back({created, std::move(label)});
    return created;
}

void TrafficBuilder::prepare(uint32_t sender, const Address& to, Bytes data, const Uint256& value) {
    out_.setup.push_back(
        make(sender, {.to = to, .data = std::move(data), .gas_limit = kSetupGas, .value = value}));
    setup_senders_.push_back(sender);
    if (sender == sender_of(Role::Deployer)) ++deployer_nonce_;
}

void TrafficBuilder::send(uint32_t sender, Message message) {
    out_.transactions.push_back(make(sender, std::move(message)));
    traffic_senders_.push_back(sender);
}

Workload TrafficBuilder::finish() {
    if (options_.revision >= Revision::Amsterdam) {
        for (SignedTransaction& transaction : out_.setup)
            transaction.transaction.gas_limit += kSetupStateGas;
        for (SignedTransaction& transaction : out_.transactions)
            if (!transaction.transaction.data.empty())
                transaction.transaction.gas_limit += kTrafficStateGas;
    }
    number(out_.setup, setup_senders_);
    number(out_.transactions, traffic_senders_);
    return std::move(out_);
}

SignedTransaction TrafficBuilder::make(uint32_t sender, Message message) const {
    SignedTransaction out;
    out.sender = address(sender);
    Transaction& transaction = out.transaction;
    transaction.type = TransactionType::DynamicFee;
    transaction.chain_id = options_.chain_id;
    transaction.max_fee_per_gas = kMaxFee;
    transaction.max_priority_fee_per_gas = kPriorityFee;
    transaction.gas_limit = message.gas_limit;
    transaction.to = message.to;
    transaction.value = message.value;
    transaction.data = std::move(message.data);
    return out;
}

void TrafficBuilder::number(std::vector<SignedTransaction>& transactions,
                            std::vector<uint32_t>& senders) {
    Bytes preimage;
    for (size_t i = 0; i < transactions.size(); ++i) {
        SignedTransaction& out = transactions[i];
        out.transaction.nonce = nonces_[senders[i]]++;
        // Unique as sender and nonce are; the canonical hash needs the signature.
        preimage.clear();
        append_signing_payload(out.transaction, preimage);
        out.encoded_bytes = static_cast<uint32_t>(preimage.size() + kSignatureBytes);
        preimage.insert(preimage.end(), out.sender.begin(), out.sender.end());
        out.hash = keccak256(preimage);
    }
}

}  // namespace switchyard::workloads
