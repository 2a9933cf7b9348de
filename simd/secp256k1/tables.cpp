// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/tables.hpp"

#include <algorithm>
#include <array>

namespace switchyard::simd {
namespace {

using ref::kFieldOrder;
using ref::mul_mod;
using ref::sub_mod;
using ref::U256;

constexpr uint64_t kMask52 = (uint64_t{1} << 52) - 1;

U256 load_x(const PackedPoint& entry) {
    return std::to_array(entry.x);
}
U256 load_y(const PackedPoint& entry) {
    return std::to_array(entry.y);
}
void store(const U256& x, const U256& y, PackedPoint& entry) {
    std::copy(x.begin(), x.end(), entry.x);
    std::copy(y.begin(), y.end(), entry.y);
}

/// The divisor of the slope of (base * P) + (j * P); entry i holds (i + 1) * P.
U256 slope_divisor(const PackedPoint* table, size_t base, size_t j) {
    const U256 y = load_y(table[base - 1]);
    return j == base ? ref::add_mod(y, y, kFieldOrder)
                     : sub_mod(load_x(table[j - 1]), load_x(table[base - 1]), kFieldOrder);
}

U256 slope_dividend(const PackedPoint* table, size_t base, size_t j) {
    if (j != base) return sub_mod(load_y(table[j - 1]), load_y(table[base - 1]), kFieldOrder);
    const U256 x = load_x(table[base - 1]);
    return mul_mod(mul_mod(x, x, kFieldOrder), U256{3, 0, 0, 0}, kFieldOrder);
}

/// Fills entries [base, 2 * base) from those before, with one inversion (Montgomery's trick). The
/// new entries' own space holds the running products on the way.
void double_table(PackedPoint* table, size_t base) {
    U256 product{1, 0, 0, 0};
    for (size_t j = 1; j <= base; ++j) {
        const U256 divisor = slope_divisor(table, base, j);
        store(product, divisor, table[base + j - 1]);
        product = mul_mod(product, divisor, kFieldOrder);
    }
    U256 inverse = ref::inverse_mod(product, kFieldOrder);
    for (size_t j = base; j >= 1; --j) {
        PackedPoint& entry = table[base + j - 1];
        const U256 divisor_inverse = mul_mod(inverse, load_x(entry), kFieldOrder);
        inverse = mul_mod(inverse, load_y(entry), kFieldOrder);
        const U256 slope = mul_mod(slope_dividend(table, base, j), divisor_inverse, kFieldOrder);
        const U256 x1 = load_x(table[base - 1]);
        const U256 x = sub_mod(sub_mod(mul_mod(slope, slope, kFieldOrder), x1, kFieldOrder),
                               load_x(table[j - 1]), kFieldOrder);
        const U256 y = sub_mod(mul_mod(slope, sub_mod(x1, x, kFieldOrder), kFieldOrder),
                               load_y(table[base - 1]), kFieldOrder);
        store(x, y, entry);
    }
}

GeneratorTable& storage() {
    static GeneratorTable table;
    return table;
}

bool fill_table() {
    ref::JacobianPoint point = ref::generator();
    for (auto& half : storage().half) {
        store(point.x, point.y, half[0]);
        for (size_t base = 1; base < kGeneratorEntries; base *= 2)
            double_table(half, base);
        for (int i = 0; i < 128; ++i)
            point = ref::double_point(point);
        point = ref::to_affine(point);
    }
    return true;
}

}  // namespace

void to_field_words(const U256& value, uint64_t* words, size_t stride) {
    words[0] = value[0] & kMask52;
    words[stride] = ((value[0] >> 52) | (value[1] << 12)) & kMask52;
    words[2 * stride] = ((value[1] >> 40) | (value[2] << 24)) & kMask52;
    words[3 * stride] = ((value[2] >> 28) | (value[3] << 36)) & kMask52;
    words[4 * stride] = value[3] >> 16;
}

U256 from_field_words(const uint64_t* words, size_t stride) {
    const uint64_t w0 = words[0];
    const uint64_t w1 = words[stride];
    const uint64_t w2 = words[2 * stride];
    const uint64_t w3 = words[3 * stride];
    const uint64_t w4 = words[4 * stride];
    return {w0 | (w1 << 52), (w1 >> 12) | (w2 << 40), (w2 >> 24) | (w3 << 28),
            (w3 >> 36) | (w4 << 16)};
}

const GeneratorTable& generator_table() {
    static const bool filled = fill_table();
    (void)filled;
    return storage();
}

}  // namespace switchyard::simd
