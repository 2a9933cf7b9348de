// SPDX-License-Identifier: Apache-2.0
// Signed transactions of the accounts of a chain for development.
#pragma once

#include <array>

#include "host/core/assert.hpp"
#include "host/node/genesis/development.hpp"
#include "tools/workloads/signer.hpp"

namespace switchyard::test {

/// Counts in slot 0, and logs what it counted.
inline const Bytes& counter_creation() {
    // Creation: CODECOPY and RETURN of the 15 bytes behind. Run: SSTORE(0, SLOAD(0) + 1), LOG0.
    static const Bytes code{0x60, 0x0f, 0x60, 0x0a, 0x5f, 0x39, 0x60, 0x0f, 0x5f,
                            0xf3, 0x5f, 0x54, 0x60, 0x01, 0x01, 0x80, 0x5f, 0x55,
                            0x5f, 0x52, 0x60, 0x20, 0x5f, 0xa0, 0x00};
    return code;
}

/// Counts the nonces of each account from 0. One thread.
class DevelopmentWallet {
  public:
    static constexpr uint64_t kGwei = 1'000'000'000;

    explicit DevelopmentWallet(uint64_t chain_id = 31'337) : chain_id_(chain_id) {
        for (const node::DevelopmentAccount& item : node::development_accounts()) {
            const auto identity = signer_.identity_of(item.secret);
            SWITCHYARD_ASSERT(identity.has_value());
            identities_.push_back(*identity);
        }
    }

    [[nodiscard]] const Address& address(size_t account) const {
        return identities_[account].address;
    }
    [[nodiscard]] Bytes pay(size_t from, const Address& to, uint64_t gwei, uint64_t tip_gwei = 1) {
        Transaction out = begin(from, tip_gwei);
        out.gas_limit = 21'000;
        out.to = to;
        out.value = Uint256{gwei} * Uint256{kGwei};
        return signer_.sign(out, identities_[from]);
    }
    [[nodiscard]] Bytes create(size_t from, const Bytes& code, uint64_t tip_gwei = 1) {
        Transaction out = begin(from, tip_gwei);
        out.gas_limit = 200'000;
        out.data = code;
        return signer_.sign(out, identities_[from]);
    }
    [[nodiscard]] Bytes call(size_t from, const Address& to, uint64_t tip_gwei = 1) {
        Transaction out = begin(from, tip_gwei);
        out.gas_limit = 100'000;
        out.to = to;
        return signer_.sign(out, identities_[from]);
    }
    /// As if the account had sent `nonce` transactions.
    void set_nonce(size_t account, uint64_t nonce) { nonces_[account] = nonce; }

  private:
    [[nodiscard]] Transaction begin(size_t from, uint64_t tip_gwei) {
        Transaction out;
        out.type = TransactionType::DynamicFee;
        out.chain_id = chain_id_;
        out.nonce = nonces_[from]++;
        out.max_fee_per_gas = Uint256{20 * kGwei};
        out.max_priority_fee_per_gas = Uint256{tip_gwei * kGwei};
        return out;
    }

    const uint64_t chain_id_;
    workloads::Signer signer_;
    std::vector<workloads::Identity> identities_;
    std::array<uint64_t, 10> nonces_{};
};

}  // namespace switchyard::test
