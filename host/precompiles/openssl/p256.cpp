// SPDX-License-Identifier: Apache-2.0
// The group functions are used instead of EVP_PKEY verification, because EIP-7951 receives bare
// numbers: EVP_PKEY would build, encode and decode a key object for each call.
#include "host/precompiles/openssl/p256.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include <array>
#include <memory>

namespace switchyard::precompiles {
namespace {

template <auto Free>
struct Release {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Group = std::unique_ptr<EC_GROUP, Release<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, Release<EC_POINT_free>>;
using Number = std::unique_ptr<BIGNUM, Release<BN_free>>;
using Context = std::unique_ptr<BN_CTX, Release<BN_CTX_free>>;

/// The curve and its numbers; read only after construction, so that threads share it.
struct Curve {
    Group group{EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)};
    const BIGNUM* prime = group ? EC_GROUP_get0_field(group.get()) : nullptr;
    const BIGNUM* order = group ? EC_GROUP_get0_order(group.get()) : nullptr;
};

/// What one thread needs for a verification, kept so that a call does not allocate it again.
struct Scratch {
    explicit Scratch(const EC_GROUP* group)
        : context(BN_CTX_new()), key(EC_POINT_new(group)), sum(EC_POINT_new(group)) {
        for (Number& number : numbers)
            number.reset(BN_new());
    }
    [[nodiscard]] bool complete() const {
        for (const Number& number : numbers)
            if (!number) return false;
        return context && key && sum;
    }
    Context context;
    Point key;
    Point sum;
    std::array<Number, 5> numbers;
};

/// One verification on a thread's scratch space: `Valid`, `Invalid` or an error of the library.
enum class Verdict { Valid, Invalid, LibraryError };

bool load(BIGNUM* out, const Bytes32& bytes) {
    return BN_bin2bn(bytes.data(), static_cast<int>(Bytes32::kSize), out) != nullptr;
}

Verdict verify(const Curve& curve, Scratch& scratch, const Bytes32& hash, const Bytes32& r_bytes,
               const Bytes32& s_bytes, const Bytes32& x_bytes, const Bytes32& y_bytes) {
    BIGNUM* const r = scratch.numbers[0].get();
    BIGNUM* const s = scratch.numbers[1].get();
    BIGNUM* const x = scratch.numbers[2].get();
    BIGNUM* const y = scratch.numbers[3].get();
    BIGNUM* const e = scratch.numbers[4].get();
    BN_CTX* const context = scratch.context.get();
    const EC_GROUP* const group = curve.group.get();
    if (!load(r, r_bytes) || !load(s, s_bytes) || !load(x, x_bytes) || !load(y, y_bytes) ||
        !load(e, hash))
        return Verdict::LibraryError;
    if (BN_is_zero(r) || BN_is_zero(s) || BN_cmp(r, curve.order) >= 0 ||
        BN_cmp(s, curve.order) >= 0 || BN_cmp(x, curve.prime) >= 0 || BN_cmp(y, curve.prime) >= 0)
        return Verdict::Invalid;
    // Checks the curve equation; (0, 0) is not on this curve, because b is not zero.
    if (EC_POINT_set_affine_coordinates(group, scratch.key.get(), x, y, context) != 1)
        return Verdict::Invalid;

    // SEC 1, version 2, section 4.1.4: u1 = e / s, u2 = r / s, R = u1 G + u2 Q.
    if (BN_mod_inverse(s, s, curve.order, context) == nullptr ||
        BN_mod_mul(e, e, s, curve.order, context) != 1 ||
        BN_mod_mul(s, r, s, curve.order, context) != 1 ||
        EC_POINT_mul(group, scratch.sum.get(), e, scratch.key.get(), s, context) != 1)
        return Verdict::LibraryError;
    if (EC_POINT_is_at_infinity(group, scratch.sum.get()) == 1) return Verdict::Invalid;
    if (EC_POINT_get_affine_coordinates(group, scratch.sum.get(), x, y, context) != 1 ||
        BN_nnmod(x, x, curve.order, context) != 1)
        return Verdict::LibraryError;
    return BN_cmp(x, r) == 0 ? Verdict::Valid : Verdict::Invalid;
}

}  // namespace

std::optional<bool> p256_verify(const Bytes32& hash, const Bytes32& r, const Bytes32& s,
                                const Bytes32& x, const Bytes32& y) {
    static const Curve curve;
    if (!curve.group) return std::nullopt;
    thread_local Scratch scratch{curve.group.get()};
    if (!scratch.complete()) return std::nullopt;
    const Verdict verdict = verify(curve, scratch, hash, r, s, x, y);
    if (verdict != Verdict::Valid) ERR_clear_error();
    if (verdict == Verdict::LibraryError) return std::nullopt;
    return verdict == Verdict::Valid;
}

}  // namespace switchyard::precompiles
