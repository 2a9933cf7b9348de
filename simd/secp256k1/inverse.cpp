// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/inverse.hpp"

#include <array>

#include "simd/curve/secp256k1_field.hpp"

namespace switchyard::simd {

void invert_field_elements(std::span<ref::U256> elements) {
    using Element = curve::Secp256k1Field<curve::secp256k1::PortableArithmetic>;
    constexpr size_t kMost = 16;
    if (elements.empty() || elements.size() > kMost) return;
    std::array<Element, kMost> products;
    Element product = Element::one();
    for (size_t i = 0; i < elements.size(); ++i) {
        products[i] = product;
        product = product * Element::from_integer(elements[i]);
    }
    Element rest = product.inverse();
    for (size_t i = elements.size(); i-- > 0;) {
        const Element inverse = rest * products[i];
        rest = rest * Element::from_integer(elements[i]);
        elements[i] = inverse.to_integer();
    }
}

}  // namespace switchyard::simd
