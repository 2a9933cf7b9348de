// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/signer.hpp"

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <algorithm>

#include "host/chain/hash.hpp"
#include "host/core/assert.hpp"

namespace switchyard::workloads {

struct Signer::Context {
    Context() : context(secp256k1_context_create(SECP256K1_CONTEXT_NONE)) {}
    ~Context() { secp256k1_context_destroy(context); }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    secp256k1_context* context;
};

Signer::Signer() : context_(std::make_unique<Context>()) {}
Signer::~Signer() = default;
Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;

Identity Signer::identity(uint64_t seed, uint64_t index) const {
    std::array<uint8_t, 16> name{};
    for (size_t i = 0; i < 8; ++i) {
        name[i] = static_cast<uint8_t>(seed >> (8 * i));
        name[8 + i] = static_cast<uint8_t>(index >> (8 * i));
    }
    const auto out = identity_of(keccak256(name));
    // A hash that is 0 or not below the group's order has odds of 2^-128.
    SWITCHYARD_ASSERT(out.has_value());
    return *out;
}

std::optional<Identity> Signer::identity_of(const Bytes32& secret) const {
    secp256k1_pubkey key;
    if (secp256k1_ec_pubkey_create(context_->context, &key, secret.data()) != 1)
        return std::nullopt;
    Identity out{.secret = secret, .address = {}};
    std::array<uint8_t, 65> serialized{};
    size_t size = serialized.size();
    secp256k1_ec_pubkey_serialize(context_->context, serialized.data(), &size, &key,
                                  SECP256K1_EC_UNCOMPRESSED);
    const Bytes32 hash = keccak256(BytesView(serialized).subspan(1));
    std::copy(hash.begin() + 12, hash.end(), out.address.begin());
    return out;
}

Signature Signer::sign_digest(const Bytes32& digest, const Identity& identity) const {
    secp256k1_ecdsa_recoverable_signature signature;
    SWITCHYARD_ASSERT(secp256k1_ecdsa_sign_recoverable(context_->context, &signature, digest.data(),
                                                       identity.secret.data(), nullptr,
                                                       nullptr) == 1);
    std::array<uint8_t, 64> compact{};
    int recovery_id = 0;
    secp256k1_ecdsa_recoverable_signature_serialize_compact(context_->context, compact.data(),
                                                            &recovery_id, &signature);
    return {.r = load_big_endian(compact.data()),
            .s = load_big_endian(compact.data() + 32),
            .y_parity = static_cast<uint8_t>(recovery_id & 1)};
}

Bytes Signer::sign(Transaction& transaction, const Identity& identity) const {
    transaction.signature = sign_digest(keccak256(signing_payload(transaction)), identity);
    return encode_transaction(transaction);
}

}  // namespace switchyard::workloads
