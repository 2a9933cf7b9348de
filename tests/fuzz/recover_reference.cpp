// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/recover_reference.hpp"

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "host/chain/hash.hpp"

namespace switchyard::fuzz {

std::optional<Address> recover_reference(BytesView payload, const Uint256& r, const Uint256& s,
                                         int y_parity) {
    static secp256k1_context* const context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    std::array<uint8_t, 64> compact{};
    store_big_endian(r, compact.data());
    store_big_endian(s, compact.data() + 32);
    secp256k1_ecdsa_recoverable_signature signature;
    secp256k1_pubkey key;
    const Bytes32 hash = keccak256(payload);
    if (secp256k1_ecdsa_recoverable_signature_parse_compact(context, &signature, compact.data(),
                                                            y_parity) == 0 ||
        secp256k1_ecdsa_recover(context, &key, &signature, hash.data()) == 0)
        return std::nullopt;
    std::array<uint8_t, 65> encoded{};
    size_t size = encoded.size();
    secp256k1_ec_pubkey_serialize(context, encoded.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED);
    const Bytes32 digest = keccak256(BytesView{encoded}.subspan(1));
    return fixed_bytes_unchecked<Address::kSize>(BytesView{digest}.last(Address::kSize));
}

}  // namespace switchyard::fuzz
