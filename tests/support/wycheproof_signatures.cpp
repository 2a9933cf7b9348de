// SPDX-License-Identifier: Apache-2.0
// Wycheproof's files of ECDSA signatures over secp256k1.
#include <gtest/gtest.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "tests/support/secp256k1_signatures.hpp"

namespace switchyard::simd::test {
namespace {

using Bytes = std::vector<uint8_t>;
using Bytes32 = std::array<uint8_t, 32>;

Bytes from_hex(const std::string& text) {
    Bytes bytes;
    for (size_t i = 0; i + 1 < text.size(); i += 2)
        bytes.push_back(static_cast<uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
    return bytes;
}

/// The leftmost 32 bytes of the hash (SEC 1, 4.1.3); the XOF lengths are those of RFC 8702.
Bytes32 leftmost_hash(const Bytes& message, const std::string& name) {
    Bytes32 out{};
    const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> digest(
        EVP_MD_fetch(nullptr, name.c_str(), nullptr), &EVP_MD_free);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    std::array<uint8_t, EVP_MAX_MD_SIZE> hash{};
    const bool xof = name.starts_with("SHAKE");
    const bool done =
        digest != nullptr && EVP_DigestInit_ex2(context.get(), digest.get(), nullptr) == 1 &&
        EVP_DigestUpdate(context.get(), message.data(), message.size()) == 1 &&
        (xof ? EVP_DigestFinalXOF(context.get(), hash.data(), name == "SHAKE128" ? 32 : 64)
             : EVP_DigestFinal_ex(context.get(), hash.data(), nullptr)) == 1;
    EXPECT_TRUE(done) << name;
    std::copy_n(hash.begin(), out.size(), out.begin());
    return out;
}

struct Integers {
    Bytes32 r{};
    Bytes32 s{};
};

/// 64 bytes; other lengths never reach recovery.
std::optional<Integers> from_p1363(const Bytes& signature) {
    if (signature.size() != 64) return std::nullopt;
    Integers out;
    std::copy_n(signature.begin(), 32, out.r.begin());
    std::copy_n(signature.begin() + 32, 32, out.s.begin());
    return out;
}

bool to_32_bytes(const BIGNUM* value, Bytes32& out) {
    return BN_is_negative(value) == 0 && BN_bn2binpad(value, out.data(), 32) == 32;
}

/// What OpenSSL reads, and writes back as it was: strict DER.
std::optional<Integers> from_der(const Bytes& signature) {
    const uint8_t* at = signature.data();
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> parsed(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(signature.size())), &ECDSA_SIG_free);
    if (parsed == nullptr) return std::nullopt;
    uint8_t* encoded = nullptr;
    const int size = i2d_ECDSA_SIG(parsed.get(), &encoded);
    const std::unique_ptr<uint8_t, void (*)(uint8_t*)> owner(encoded,
                                                             [](uint8_t* p) { OPENSSL_free(p); });
    if (size < 0 || !std::equal(signature.begin(), signature.end(), encoded, encoded + size))
        return std::nullopt;
    Integers out;
    if (!to_32_bytes(ECDSA_SIG_get0_r(parsed.get()), out.r) ||
        !to_32_bytes(ECDSA_SIG_get0_s(parsed.get()), out.s))
        return std::nullopt;
    return out;
}

/// Above half the order: twice s passes n.
bool is_high(const Bytes32& s) {
    const ref::U256 value = ref::load_big_endian(s.data());
    return ref::less(ref::sub_mod(kZero, value, ref::kGroupOrder), value);
}

void read_group(const nlohmann::json& group, std::vector<WycheproofSignature>& out) {
    const std::string type = group.at("type");
    const Bytes key = from_hex(group.at("publicKey").at("uncompressed"));
    ASSERT_EQ(key.size(), 65U);
    for (const auto& vector : group.at("tests")) {
        const Bytes signature = from_hex(vector.at("sig"));
        const bool valid = vector.at("result") == "valid";
        const auto integers =
            type == "EcdsaP1363Verify" ? from_p1363(signature) : from_der(signature);
        if (!integers || (type == "EcdsaBitcoinVerify" && is_high(integers->s))) {
            EXPECT_FALSE(valid) << type << ' ' << vector.at("tcId");
            continue;
        }
        WycheproofSignature item;
        item.id = out.size();
        item.valid = valid;
        std::copy_n(key.begin() + 1, item.key.size(), item.key.begin());
        const Bytes32 hash = leftmost_hash(from_hex(vector.at("msg")), group.at("sha"));
        for (uint8_t id = 0; id < 4; ++id)
            item.inputs[id] = {hash, integers->r, integers->s, id};
        out.push_back(item);
    }
}

}  // namespace

std::vector<WycheproofSignature> wycheproof_signatures(const std::filesystem::path& crypto) {
    std::vector<std::filesystem::path> files;
    for (const char* folder : {"wycheproof", "secp256k1"}) {
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator(crypto / folder, error))
            if (entry.path().filename().string().starts_with("ecdsa_secp256k1_"))
                files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    EXPECT_GE(files.size(), 12U) << "files of Wycheproof in " << crypto;
    std::vector<WycheproofSignature> out;
    for (const auto& path : files) {
        std::ifstream file(path);
        const nlohmann::json document = nlohmann::json::parse(file, nullptr, false);
        if (document.is_discarded()) {
            ADD_FAILURE() << "cannot read Wycheproof's vectors in " << path;
            continue;
        }
        for (const auto& group : document.at("testGroups"))
            read_group(group, out);
    }
    return out;
}

}  // namespace switchyard::simd::test
