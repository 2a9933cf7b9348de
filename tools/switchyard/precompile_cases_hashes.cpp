// SPDX-License-Identifier: Apache-2.0
// The hash precompiles, against OpenSSL. SHA-256 and RIPEMD-160 are OpenSSL's own code here; the
// ratio is what the adapter and the call add.
#include <openssl/evp.h>

#include <memory>
#include <random>

#include "tools/switchyard/precompile_cases.hpp"

namespace switchyard::tool {
namespace {

Bytes random_bytes(std::mt19937_64& random, size_t size) {
    Bytes out(size);
    for (uint8_t& byte : out)
        byte = static_cast<uint8_t>(random());
    return out;
}

/// A digest of OpenSSL, fetched once, with a context that is used again: nothing that a program
/// would do once is measured for each message.
class LibraryDigest {
  public:
    explicit LibraryDigest(const char* name)
        : digest_(EVP_MD_fetch(nullptr, name, nullptr)), context_(EVP_MD_CTX_new()) {}

    /// Empty when OpenSSL fails.
    [[nodiscard]] Bytes of(BytesView data) const {
        Bytes out(EVP_MAX_MD_SIZE);
        unsigned size = 0;
        if (!digest_ || !context_ ||
            EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) != 1 ||
            EVP_DigestUpdate(context_.get(), data.data(), data.size()) != 1 ||
            EVP_DigestFinal_ex(context_.get(), out.data(), &size) != 1)
            return {};
        out.resize(size);
        return out;
    }

  private:
    struct Release {
        void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD, Release> digest_;
    std::unique_ptr<EVP_MD_CTX, Release> context_;
};
using Digest = std::shared_ptr<const LibraryDigest>;

PrecompileInput digest_input(const Digest& digest, Bytes data, size_t padding) {
    PrecompileInput input;
    input.name = std::to_string(data.size()) + " bytes";
    input.expected.assign(padding, 0);
    append(input.expected, digest->of(data));
    input.data = std::move(data);
    input.library = [digest, padding, data = input.data, expected = input.expected] {
        return equal(digest->of(data), BytesView{expected}.subspan(padding));
    };
    return input;
}

/// The compression of one block of `message` (128 bytes) with `rounds` rounds, from the state that
/// BLAKE2b-512 starts with (RFC 7693, section 3.3), as the only and last block.
Bytes blake2f_data(uint32_t rounds, BytesView message) {
    constexpr uint64_t kIv[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                 0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
    constexpr uint64_t kParameters = 0x01010040;  // digest of 64 bytes, no key, sequential
    Bytes out;
    for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<uint8_t>(rounds >> shift));
    const auto append_word = [&out](uint64_t word) {
        for (int i = 0; i < 8; ++i)
            out.push_back(static_cast<uint8_t>(word >> (8 * i)));
    };
    for (size_t i = 0; i < 8; ++i)
        append_word(i == 0 ? kIv[0] ^ kParameters : kIv[i]);
    append(out, message);
    append_word(message.size());
    append_word(0);
    out.push_back(1);
    return out;
}

PrecompileCase blake2f_case(std::mt19937_64& random) {
    const Bytes message = random_bytes(random, 128);
    PrecompileCase out{"BLAKE2F", 0x09, Revision::Osaka, "OpenSSL", {}};
    // BLAKE2b itself has 12 rounds, so that OpenSSL can tell the answer of this input.
    const auto digest = std::make_shared<const LibraryDigest>("BLAKE2B-512");
    out.inputs.push_back({"12 rounds", blake2f_data(12, message), digest->of(message), {}});
    out.inputs[0].library = [digest, message, expected = out.inputs[0].expected] {
        return digest->of(message) == expected;
    };
    // More rounds are the same code; their answers are our own.
    for (const uint32_t rounds : {100U, 1'000U, 100'000U}) {
        Bytes data = blake2f_data(rounds, message);
        Bytes expected = precompile_answer(0x09, data, Revision::Osaka);
        out.inputs.push_back(
            {std::to_string(rounds) + " rounds", std::move(data), std::move(expected), {}});
    }
    return out;
}

}  // namespace

std::vector<PrecompileCase> hash_cases(uint64_t seed) {
    std::mt19937_64 random(seed);
    PrecompileCase sha256{"SHA-256", 0x02, Revision::Osaka, "OpenSSL", {}};
    PrecompileCase ripemd160{"RIPEMD-160", 0x03, Revision::Osaka, "OpenSSL", {}};
    PrecompileCase identity{"IDENTITY", 0x04, Revision::Osaka, "", {}};
    const auto sha = std::make_shared<const LibraryDigest>("SHA2-256");
    const auto ripemd = std::make_shared<const LibraryDigest>("RIPEMD160");
    // 120 bytes are the shortest that need a third block of 64.
    for (const size_t size : {128U, 120U, 1'024U, 65'536U})
        sha256.inputs.push_back(digest_input(sha, random_bytes(random, size), 0));
    for (const size_t size : {128U, 0U, 56U, 1'024U, 65'536U})
        ripemd160.inputs.push_back(digest_input(ripemd, random_bytes(random, size), 12));
    for (const size_t size : {1'024U, 32'768U, 1'048'576U}) {
        const Bytes data = random_bytes(random, size);
        identity.inputs.push_back({std::to_string(size) + " bytes", data, data, {}});
    }
    std::vector<PrecompileCase> out{std::move(sha256), std::move(ripemd160), std::move(identity)};
    out.push_back(blake2f_case(random));
    return out;
}

}  // namespace switchyard::tool
