// SPDX-License-Identifier: Apache-2.0
#include "simd/curve/secp256k1_combine.hpp"

#include "simd/curve/point.hpp"
#include "simd/curve/secp256k1_field.hpp"

namespace switchyard::simd {
namespace {

using namespace curve;

template <typename F>
JacobianPoint<F> load(const JacobianWords& a) {
    return {F::from_integer(a.x), F::from_integer(a.y), F::from_integer(a.z)};
}

template <typename F>
JacobianWords store(const JacobianPoint<F>& a) {
    return {a.x.to_integer(), a.y.to_integer(), a.z.to_integer()};
}

template <typename F>
struct On {
    static JacobianWords combine(std::span<const JacobianWords> low,
                                 std::span<const JacobianWords> high, size_t width, size_t shift) {
        JacobianPoint<F> out;
        for (size_t w = low.size(); w-- > 0;) {
            for (size_t i = shift; i < width; ++i)
                out = out.doubled();
            out = out.add(load<F>(high[w]));
            for (size_t i = 0; i < shift; ++i)
                out = out.doubled();
            out = out.add(load<F>(low[w]));
        }
        return store(out);
    }

    static JacobianWords difference(const JacobianWords& a, const JacobianWords& b) {
        return store(load<F>(a).add(load<F>(b).negated()));
    }
};

using Portable = On<Secp256k1Field<secp256k1::PortableArithmetic>>;
#if defined(SWITCHYARD_SECP256K1_ADX)
using Adx = On<Secp256k1Field<secp256k1::AdxArithmetic>>;
#define SWITCHYARD_ON_THE_BEST(call) return kHasAdx ? Adx::call : Portable::call
#else
#define SWITCHYARD_ON_THE_BEST(call) return Portable::call
#endif

}  // namespace

JacobianWords combine_windows(std::span<const JacobianWords> low,
                              std::span<const JacobianWords> high, size_t width, size_t shift) {
    SWITCHYARD_ON_THE_BEST(combine(low, high, width, shift));
}

JacobianWords subtract_points(const JacobianWords& a, const JacobianWords& b) {
    SWITCHYARD_ON_THE_BEST(difference(a, b));
}

bool is_infinity(const JacobianWords& a) {
    return ref::is_zero(a.z);
}

}  // namespace switchyard::simd
