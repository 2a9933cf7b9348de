// SPDX-License-Identifier: Apache-2.0
// ECRECOVER against libsecp256k1, P256VERIFY against OpenSSL's keys.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "tools/switchyard/library_signatures.hpp"
#include "tools/switchyard/precompile_cases.hpp"

namespace switchyard::tool {
namespace {

template <auto Free>
struct Release {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG_free>>;

PrecompileInput recover_input(const std::shared_ptr<secp256k1_context>& context, std::string name,
                              const simd::RecoverInput& signature) {
    PrecompileInput out;
    out.name = std::move(name);
    append(out.data, signature.message_hash);
    out.data.resize(64);
    out.data[63] = static_cast<uint8_t>(27 + signature.recovery_id);
    append(out.data, signature.r);
    append(out.data, signature.s);
    const simd::AddressBytes address = recover_with_library(context.get(), signature);
    if (address != simd::AddressBytes{}) {
        out.expected.assign(12, 0);
        append(out.expected, address);
    }
    out.library = [context, signature, address] {
        return recover_with_library(context.get(), signature) == address;
    };
    return out;
}

PrecompileCase ecrecover_case(std::mt19937_64& random) {
    const std::shared_ptr<secp256k1_context> context(
        secp256k1_context_create(SECP256K1_CONTEXT_NONE), secp256k1_context_destroy);
    PrecompileCase out{"ECRECOVER", 0x01, Revision::Osaka, "libsecp256k1", {}};
    simd::RecoverInput signature{};
    for (const char* name : {"a signature", "another signature", "a third signature"}) {
        signature = sign_with_library(context.get(), random);
        out.inputs.push_back(recover_input(context, name, signature));
    }
    signature.r[31] ^= 1;
    signature.recovery_id ^= 1;
    out.inputs.push_back(recover_input(context, "a changed r", signature));
    // R = G (its x, SEC 2, section 2.4.1) and s = z = 1: both scalars are opposite and the points
    // that are added are equal.
    signature.r = {0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62,
                   0x95, 0xce, 0x87, 0x0b, 0x07, 0x02, 0x9b, 0xfc, 0xdb, 0x2d, 0xce,
                   0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98};
    signature.s = {};
    signature.s[31] = 1;
    signature.message_hash = signature.s;
    signature.recovery_id = 1;
    out.inputs.push_back(recover_input(context, "R = G", signature));
    return out;
}

/// r and s of a DER signature, 32 bytes each; empty when it is none.
Bytes numbers_of(const Bytes& der) {
    const uint8_t* at = der.data();
    const Signature signature{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()))};
    Bytes out(64);
    if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), 32) != 32 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out.data() + 32, 32) != 32)
        return {};
    return out;
}

/// As a program would verify that has bare numbers: makes a key of them, then verifies.
bool verify_with_library(const Bytes& public_key, const Bytes& hash, const Bytes& der) {
    char group[] = "P-256";
    Bytes encoded = public_key;
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size()),
        OSSL_PARAM_construct_end()};
    const KeyContext from_data{EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)};
    EVP_PKEY* raw = nullptr;
    if (!from_data || EVP_PKEY_fromdata_init(from_data.get()) != 1 ||
        EVP_PKEY_fromdata(from_data.get(), &raw, EVP_PKEY_PUBLIC_KEY,
                          const_cast<OSSL_PARAM*>(parameters)) != 1)
        return false;
    const Key key{raw};
    const KeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
    return context && EVP_PKEY_verify_init(context.get()) == 1 &&
           EVP_PKEY_verify(context.get(), der.data(), der.size(), hash.data(), hash.size()) == 1;
}

struct P256Signature {
    Bytes public_key;  ///< 0x04, x, y
    Bytes hash;
    Bytes der;
};

Result<P256Signature> sign_p256(Bytes hash) {
    const Error error{ErrorCode::Unavailable, "OpenSSL makes no P-256 signature"};
    const Key key{EVP_EC_gen("P-256")};
    if (!key) return error;
    P256Signature out{Bytes(65), std::move(hash), Bytes(128)};
    size_t size = 0;
    if (EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, out.public_key.data(),
                                        out.public_key.size(), &size) != 1 ||
        size != out.public_key.size())
        return error;
    const KeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
    size = out.der.size();
    if (!context || EVP_PKEY_sign_init(context.get()) != 1 ||
        EVP_PKEY_sign(context.get(), out.der.data(), &size, out.hash.data(), out.hash.size()) != 1)
        return error;
    out.der.resize(size);
    return out;
}

PrecompileInput p256_input(std::string name, const P256Signature& signature) {
    PrecompileInput out;
    out.name = std::move(name);
    append(out.data, signature.hash);
    append(out.data, numbers_of(signature.der));
    append(out.data, BytesView{signature.public_key}.subspan(1));
    const bool valid = verify_with_library(signature.public_key, signature.hash, signature.der);
    if (valid) {
        out.expected.assign(32, 0);
        out.expected[31] = 1;
    }
    out.library = [signature, valid] {
        return verify_with_library(signature.public_key, signature.hash, signature.der) == valid;
    };
    return out;
}

Result<PrecompileCase> p256_case(std::mt19937_64& random) {
    PrecompileCase out{"P256VERIFY", 0x100, Revision::Osaka, "OpenSSL", {}};
    Bytes hash(32);
    for (uint8_t& byte : hash)
        byte = static_cast<uint8_t>(random());
    auto signature = sign_p256(hash);
    if (!signature) return signature.error();
    out.inputs.push_back(p256_input("a signature", *signature));
    signature->hash[0] ^= 1;
    out.inputs.push_back(p256_input("another hash", *signature));
    auto of_zero = sign_p256(Bytes(32, 0));
    if (!of_zero) return of_zero.error();
    out.inputs.push_back(p256_input("hash zero", *of_zero));
    return out;
}

}  // namespace

Result<std::vector<PrecompileCase>> signature_cases(uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<PrecompileCase> out;
    out.push_back(ecrecover_case(random));
    auto p256 = p256_case(random);
    if (!p256) return p256.error();
    out.push_back(std::move(*p256));
    return out;
}

}  // namespace switchyard::tool
