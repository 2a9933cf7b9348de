// SPDX-License-Identifier: Apache-2.0
// The precompiles that need no curve of our own: they lay out the call data and ask the adapters.
#include "host/precompiles/calls.hpp"

#include "host/precompiles/blake2f.hpp"
#include "host/precompiles/modexp.hpp"
#include "host/precompiles/openssl/digest.hpp"
#include "host/precompiles/openssl/p256.hpp"
#include "host/precompiles/padded_input.hpp"
#include "simd/curve/secp256k1_recover_one.hpp"
#include "simd/keccak256.hpp"

namespace switchyard::precompiles {

/// Yellow Paper, appendix E.1: hash, v, r, s; the answer to an invalid signature is no bytes.
Outcome call_ecrecover(BytesView input, Revision, Bytes& out) {
    const Uint256 v = padded_word(input, 32);
    if (v != Uint256{27} && v != Uint256{28}) return Outcome::Success;
    const simd::RecoverInput signature{
        .message_hash = padded_bytes<32>(input, 0).bytes,
        .r = padded_bytes<32>(input, 64).bytes,
        .s = padded_bytes<32>(input, 96).bytes,
        .recovery_id = static_cast<uint8_t>(v.limb[0] - 27),
    };
    simd::PublicKey key;
    if (simd::recover_one(signature, key) != simd::RecoverStatus::Ok) return Outcome::Success;
    Bytes32 hash;
    simd::keccak256(key, hash.bytes);
    out.resize(32);
    std::copy(hash.begin() + 12, hash.end(), out.begin() + 12);
    return Outcome::Success;
}

Outcome call_sha256(BytesView input, Revision, Bytes& out) {
    const auto digest = sha256(input);
    if (!digest) return Outcome::Unsupported;
    out.assign(digest->begin(), digest->end());
    return Outcome::Success;
}

/// The digest stands in the low 20 bytes of a word.
Outcome call_ripemd160(BytesView input, Revision, Bytes& out) {
    const auto digest = ripemd160(input);
    if (!digest) return Outcome::Unsupported;
    out.resize(32);
    std::copy(digest->begin(), digest->end(), out.begin() + 12);
    return Outcome::Success;
}

Outcome call_identity(BytesView input, Revision, Bytes& out) {
    out.assign(input.begin(), input.end());
    return Outcome::Success;
}

Outcome call_modexp(BytesView input, Revision revision, Bytes& out) {
    return modexp_run(input, revision, out) ? Outcome::Success : Outcome::Failure;
}

Outcome call_blake2f(BytesView input, Revision, Bytes& out) {
    return blake2f_run(input, out) ? Outcome::Success : Outcome::Failure;
}

/// EIP-7951: hash, r, s, x, y; the word 1 when the signature is valid and no bytes in any other
/// case.
Outcome call_p256_verify(BytesView input, Revision, Bytes& out) {
    if (input.size() != 160) return Outcome::Success;
    const auto valid = p256_verify(padded_bytes<32>(input, 0), padded_bytes<32>(input, 32),
                                   padded_bytes<32>(input, 64), padded_bytes<32>(input, 96),
                                   padded_bytes<32>(input, 128));
    if (!valid) return Outcome::Unsupported;
    if (!*valid) return Outcome::Success;
    out.resize(32);
    out[31] = 1;
    return Outcome::Success;
}

}  // namespace switchyard::precompiles
