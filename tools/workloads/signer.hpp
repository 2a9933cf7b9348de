// SPDX-License-Identifier: Apache-2.0
// Signs transactions for workloads. The only user of libsecp256k1's signing in this product.
#pragma once

#include <memory>
#include <optional>

#include "host/chain/transaction.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::workloads {

/// A funded identity: its secret and the address that follows from it.
struct Identity {
    Bytes32 secret;
    Address address;
};

/// Not thread-safe; one per thread.
class Signer {
  public:
    Signer();
    ~Signer();
    Signer(Signer&&) noexcept;
    Signer& operator=(Signer&&) noexcept;

    /// The identity number `index` of the family `seed`: the secret is Keccak-256 of both, so that
    /// it is the same in every run. These secrets are public knowledge; they are for generated
    /// workloads alone.
    [[nodiscard]] Identity identity(uint64_t seed, uint64_t index) const;

    /// The identity behind a secret; no value when the secret is 0 or not below the group's order.
    [[nodiscard]] std::optional<Identity> identity_of(const Bytes32& secret) const;

    /// Deterministic nonce (RFC 6979), low s (EIP-2).
    [[nodiscard]] Signature sign_digest(const Bytes32& digest, const Identity& identity) const;

    /// Sets the signature (deterministic nonce, RFC 6979; low s, EIP-2) and returns the canonical
    /// encoding.
    [[nodiscard]] Bytes sign(Transaction& transaction, const Identity& identity) const;

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace switchyard::workloads
