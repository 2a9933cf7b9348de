// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/library_signatures.hpp"

#include <secp256k1_recovery.h>

#include <algorithm>

#include "host/chain/hash.hpp"

namespace switchyard::tool {

simd::AddressBytes recover_with_library(const secp256k1_context* context,
                                        const simd::RecoverInput& input) {
    std::array<uint8_t, 64> compact{};
    std::copy(input.r.begin(), input.r.end(), compact.begin());
    std::copy(input.s.begin(), input.s.end(), compact.begin() + 32);
    secp256k1_ecdsa_recoverable_signature signature;
    secp256k1_pubkey key;
    std::array<uint8_t, 65> serialized{};
    size_t size = serialized.size();
    simd::AddressBytes out{};
    if (secp256k1_ecdsa_recoverable_signature_parse_compact(context, &signature, compact.data(),
                                                            input.recovery_id) != 1 ||
        secp256k1_ecdsa_recover(context, &key, &signature, input.message_hash.data()) != 1)
        return out;
    secp256k1_ec_pubkey_serialize(context, serialized.data(), &size, &key,
                                  SECP256K1_EC_UNCOMPRESSED);
    const Bytes32 hash = keccak256(BytesView(serialized).subspan(1));
    std::copy(hash.begin() + 12, hash.end(), out.begin());
    return out;
}

simd::RecoverInput sign_with_library(const secp256k1_context* context, std::mt19937_64& random) {
    std::array<uint8_t, 32> secret{};
    simd::RecoverInput input{};
    for (auto& byte : secret)
        byte = static_cast<uint8_t>(random());
    secret[0] = 1;  // below the group's order
    for (auto& byte : input.message_hash)
        byte = static_cast<uint8_t>(random());
    secp256k1_ecdsa_recoverable_signature signature;
    std::array<uint8_t, 64> compact{};
    int recovery_id = 0;
    secp256k1_ecdsa_sign_recoverable(context, &signature, input.message_hash.data(), secret.data(),
                                     nullptr, nullptr);
    secp256k1_ecdsa_recoverable_signature_serialize_compact(context, compact.data(), &recovery_id,
                                                            &signature);
    std::copy_n(compact.begin(), 32, input.r.begin());
    std::copy_n(compact.begin() + 32, 32, input.s.begin());
    input.recovery_id = static_cast<uint8_t>(recovery_id);
    return input;
}

}  // namespace switchyard::tool
