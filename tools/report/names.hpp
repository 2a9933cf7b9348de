// SPDX-License-Identifier: Apache-2.0
// Names for people: of addresses, methods and keys.
#pragma once

#include <string>
#include <unordered_map>

#include "host/chain/transaction.hpp"
#include "tools/accesses/block_accesses.hpp"
#include "tools/workloads/workload.hpp"

namespace switchyard::report {

/// Names by a workload's labels and the methods of its contracts; hexadecimal for what has none.
class Names {
  public:
    /// `beneficiary` is the block's.
    Names(std::span<const workloads::Label> labels, const Address& beneficiary);

    /// "pool 17", "0x1a2b…9f".
    [[nodiscard]] std::string of(const Address& address) const;
    [[nodiscard]] bool is_labelled(const Address& address) const {
        return names_.contains(address);
    }
    /// "router · swapExactTokensForTokens", "payment", "creation".
    [[nodiscard]] std::string of(const Transaction& transaction) const;
    /// "balance", "nonce, code", "slot 0x1c…04".
    [[nodiscard]] static std::string part_of(const accesses::AccessKey& key);

  private:
    std::unordered_map<Address, std::string> names_;
    std::unordered_map<uint32_t, std::string> methods_;  // by selector
};

}  // namespace switchyard::report
