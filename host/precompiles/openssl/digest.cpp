// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/openssl/digest.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

namespace switchyard::precompiles {
namespace {

struct DigestFree {
    void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};
struct ContextFree {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Digest = std::unique_ptr<EVP_MD, DigestFree>;
using Context = std::unique_ptr<EVP_MD_CTX, ContextFree>;

/// From the default provider, where OpenSSL 3.0.7 and later keep RIPEMD-160 too; else from the
/// legacy provider if the configuration has loaded it. A fetch takes locks, hence once per process.
Digest fetch(const char* name) {
    Digest digest{EVP_MD_fetch(nullptr, name, nullptr)};
    if (!digest) ERR_clear_error();
    return digest;
}

/// A context of one digest, kept per thread: initialising it again for the same digest neither
/// allocates nor locks.
template <size_t N>
std::optional<FixedBytes<N>> hash(const EVP_MD* digest, Context& context, BytesView data) {
    if (digest == nullptr) return std::nullopt;
    if (!context) context.reset(EVP_MD_CTX_new());
    FixedBytes<N> out;
    unsigned size = 0;
    if (!context || EVP_DigestInit_ex2(context.get(), digest, nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), data.data(), data.size()) != 1 ||
        EVP_MD_get_size(digest) != static_cast<int>(N) ||
        EVP_DigestFinal_ex(context.get(), out.data(), &size) != 1 || size != N) {
        ERR_clear_error();
        return std::nullopt;
    }
    return out;
}

}  // namespace

std::optional<FixedBytes<32>> sha256(BytesView data) {
    static const Digest digest = fetch("SHA2-256");
    thread_local Context context;
    return hash<32>(digest.get(), context, data);
}

std::optional<FixedBytes<20>> ripemd160(BytesView data) {
    static const Digest digest = fetch("RIPEMD160");
    thread_local Context context;
    return hash<20>(digest.get(), context, data);
}

}  // namespace switchyard::precompiles
