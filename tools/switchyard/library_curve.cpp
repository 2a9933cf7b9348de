// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/library_curve.hpp"

namespace switchyard::tool {
namespace {

struct FreeNumber {
    void operator()(BIGNUM* number) const { BN_free(number); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;
struct FreePoint {
    void operator()(EC_POINT* point) const { EC_POINT_free(point); }
};
using Point = std::unique_ptr<EC_POINT, FreePoint>;

Number from_hex(const char* digits) {
    BIGNUM* raw = nullptr;
    BN_hex2bn(&raw, digits);
    return Number{raw};
}

Number from_bytes(BytesView bytes) {
    return Number{BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)};
}

Bytes scalar_bytes(const BIGNUM* number) {
    Bytes out(32);
    return BN_bn2binpad(number, out.data(), 32) == 32 ? out : Bytes{};
}

}  // namespace

Result<LibraryCurve> LibraryCurve::open(const Parameters& parameters) {
    LibraryCurve out;
    out.field_bytes_ = parameters.field_bytes;
    out.context_.reset(BN_CTX_new());
    const Number prime = from_hex(parameters.prime), a = from_hex("0"), b = from_hex(parameters.b);
    const Number order = from_hex(parameters.order), x = from_hex(parameters.x),
                 y = from_hex(parameters.y);
    BN_CTX* const context = out.context_.get();
    out.group_.reset(EC_GROUP_new_curve_GFp(prime.get(), a.get(), b.get(), context));
    const Point generator{out.group_ ? EC_POINT_new(out.group_.get()) : nullptr};
    if (!generator ||
        EC_POINT_set_affine_coordinates(out.group_.get(), generator.get(), x.get(), y.get(),
                                        context) != 1 ||
        EC_GROUP_set_generator(out.group_.get(), generator.get(), order.get(), nullptr) != 1)
        return Error{ErrorCode::Unavailable, "OpenSSL does not take the parameters of a curve"};
    return out;
}

Bytes LibraryCurve::to_bytes(const EC_POINT* point) const {
    const Number x{BN_new()}, y{BN_new()};
    Bytes out(2 * field_bytes_);
    const int size = static_cast<int>(field_bytes_);
    if (EC_POINT_is_at_infinity(group_.get(), point) == 1 ||
        EC_POINT_get_affine_coordinates(group_.get(), point, x.get(), y.get(), context_.get()) !=
            1 ||
        BN_bn2binpad(x.get(), out.data(), size) != size ||
        BN_bn2binpad(y.get(), out.data() + field_bytes_, size) != size)
        return {};
    return out;
}

bool LibraryCurve::load(BytesView bytes, EC_POINT* point) const {
    if (bytes.empty()) return EC_POINT_set_to_infinity(group_.get(), point) == 1;
    if (bytes.size() != 2 * field_bytes_) return false;
    const Number x = from_bytes(bytes.first(field_bytes_));
    const Number y = from_bytes(bytes.subspan(field_bytes_));
    return EC_POINT_set_affine_coordinates(group_.get(), point, x.get(), y.get(), context_.get()) ==
           1;
}

Bytes LibraryCurve::multiply_generator(BytesView scalar) const {
    const Point out{EC_POINT_new(group_.get())};
    const Number k = from_bytes(scalar);
    if (EC_POINT_mul(group_.get(), out.get(), k.get(), nullptr, nullptr, context_.get()) != 1)
        return {};
    return to_bytes(out.get());
}

Bytes LibraryCurve::multiply(BytesView point, BytesView scalar) const {
    const Point out{EC_POINT_new(group_.get())}, p{EC_POINT_new(group_.get())};
    const Number k = from_bytes(scalar);
    if (!load(point, p.get()) ||
        EC_POINT_mul(group_.get(), out.get(), nullptr, p.get(), k.get(), context_.get()) != 1)
        return {};
    return to_bytes(out.get());
}

Bytes LibraryCurve::add(BytesView a, BytesView b) const {
    const Point p{EC_POINT_new(group_.get())}, q{EC_POINT_new(group_.get())};
    if (!load(a, p.get()) || !load(b, q.get()) ||
        EC_POINT_add(group_.get(), p.get(), p.get(), q.get(), context_.get()) != 1)
        return {};
    return to_bytes(p.get());
}

Bytes LibraryCurve::multiply_add_scalars(BytesView a, BytesView b, BytesView c) const {
    const BIGNUM* const order = EC_GROUP_get0_order(group_.get());
    const Number x = from_bytes(a), y = from_bytes(b), z = from_bytes(c);
    if (BN_mod_mul(x.get(), x.get(), y.get(), order, context_.get()) != 1 ||
        BN_mod_add(x.get(), x.get(), z.get(), order, context_.get()) != 1)
        return {};
    return scalar_bytes(x.get());
}

Bytes LibraryCurve::negate_scalar(BytesView a) const {
    const BIGNUM* const order = EC_GROUP_get0_order(group_.get());
    const Number x = from_bytes(a), zero{BN_new()};
    if (BN_mod_sub(x.get(), zero.get(), x.get(), order, context_.get()) != 1) return {};
    return scalar_bytes(x.get());
}

}  // namespace switchyard::tool
