// SPDX-License-Identifier: Apache-2.0
// Collects the transactions of a workload: who sends, nonces, fees, deployments, and the draws that
// the contention knobs steer.
#pragma once

#include <initializer_list>
#include <string>

#include "host/core/uint256.hpp"
#include "tools/workloads/abi.hpp"
#include "tools/workloads/identities.hpp"
#include "tools/workloads/workload.hpp"
#include "tools/workloads/zipf.hpp"

namespace switchyard::workloads {

inline constexpr Uint256 kEther{1'000'000'000'000'000'000};

/// What a generator starts each transaction from.
struct Step {
    uint32_t sender = 0;    ///< a user
    uint32_t other = 0;     ///< a user who is not the sender, by Zipf; 0 or its neighbour when hot
    uint32_t instance = 0;  ///< by Zipf; 0 when hot
    bool hot = false;
};

/// A call or payment that is yet to be sent.
struct Message {
    Address to;
    Bytes data;
    uint64_t gas_limit = 0;
    Uint256 value{};
};

/// Senders are numbers: users from 0, then the roles. Senders of steps take turns in an order that
/// is shuffled anew each time all have sent, so that contention comes from what transactions touch
/// and not from one sender's nonces; recipients and instances are drawn.
class TrafficBuilder {
  public:
    /// Precondition: `check_options` found the options in order.
    TrafficBuilder(std::string_view name, const WorkloadOptions& options);

    [[nodiscard]] const WorkloadOptions& options() const { return options_; }
    [[nodiscard]] uint32_t users() const { return options_.users; }
    [[nodiscard]] uint32_t sender_of(Role role) const {
        return options_.users + static_cast<uint32_t>(role);
    }
    [[nodiscard]] const Address& address(uint32_t sender) const {
        return identities_[sender].address;
    }
    [[nodiscard]] const Identity& identity(uint32_t sender) const { return identities_[sender]; }
    [[nodiscard]] const Address& address(Role role) const { return address(sender_of(role)); }
    [[nodiscard]] Random& random() { return random_; }

    /// Whether transactions of the traffic are still to be sent.
    [[nodiscard]] bool wants_more() const {
        return out_.transactions.size() < options_.transactions;
    }
    [[nodiscard]] Step next_step();
    /// A user by Zipf.
    [[nodiscard]] uint32_t draw_user() { return static_cast<uint32_t>(user_ranks_.draw(random_)); }

    /// An instance by Zipf.
    [[nodiscard]] uint32_t draw_instance() {
        return static_cast<uint32_t>(instance_ranks_.draw(random_));
    }

    /// Part of the preparation: `Role::Deployer` creates a contract. Gives its address.
    Address deploy(std::string_view contract, std::initializer_list<AbiValue> arguments,
                   std::string label);
    /// Names an address that a contract created.
    void label(const Address& address, std::string text) {
        out_.labels.push_back({address, std::move(text)});
    }
    /// Part of the preparation, also when it is called after `send`.
    void prepare(uint32_t sender, const Address& to, Bytes data, const Uint256& value = {});
    void prepare(Role role, const Address& to, Bytes data) {
        prepare(sender_of(role), to, std::move(data));
    }
    /// Part of the traffic.
    void send(uint32_t sender, Message message);

    /// Numbers and hashes the transactions. The builder is used up.
    [[nodiscard]] Workload finish();

  private:
    [[nodiscard]] SignedTransaction make(uint32_t sender, Message message) const;
    void number(std::vector<SignedTransaction>& transactions, std::vector<uint32_t>& senders);

    WorkloadOptions options_;
    Random random_;
    ZipfSampler user_ranks_;
    ZipfSampler instance_ranks_;
    std::vector<Identity> identities_;
    std::vector<uint64_t> nonces_;
    std::vector<uint32_t> turns_;
    size_t next_turn_ = 0;
    uint64_t deployer_nonce_ = 0;  ///< within the preparation
    Workload out_;
    std::vector<uint32_t> setup_senders_;
    std::vector<uint32_t> traffic_senders_;
};

/// `InvalidInput` for an option out of its range, with the range.
[[nodiscard]] Result<void> check_options(const WorkloadOptions& options);

}  // namespace switchyard::workloads
