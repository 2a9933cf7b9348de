// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/gmp/mod_power.hpp"

#include <gmp.h>

#include <algorithm>
#include <bit>

#include "host/core/assert.hpp"

namespace switchyard::precompiles {
namespace {

class Integer {
  public:
    explicit Integer(BytesView big_endian) {
        mpz_init2(value_, 8 * big_endian.size() + 1);
        mpz_import(value_, big_endian.size(), 1, 1, 1, 0, big_endian.data());
    }
    ~Integer() { mpz_clear(value_); }
    Integer(const Integer&) = delete;
    Integer& operator=(const Integer&) = delete;

    [[nodiscard]] mpz_ptr get() { return value_; }

  private:
    mpz_t value_;
};

/// For exponents up to this and an odd modulus, two divisions are faster than bringing the base
/// to Montgomery form; the price is that of one step or two.
constexpr unsigned kDirectMax = 4;

/// Square and multiply; `exponent` is at least 1.
void direct_power(Integer& value, unsigned exponent, Integer& modulus) {
    mpz_tdiv_r(value.get(), value.get(), modulus.get());
    Integer base{BytesView{}};
    mpz_set(base.get(), value.get());
    for (unsigned bit = std::bit_floor(exponent) >> 1; bit != 0; bit >>= 1) {
        mpz_mul(value.get(), value.get(), value.get());
        mpz_tdiv_r(value.get(), value.get(), modulus.get());
        if ((exponent & bit) == 0) continue;
        mpz_mul(value.get(), value.get(), base.get());
        mpz_tdiv_r(value.get(), value.get(), modulus.get());
    }
}

}  // namespace

void mod_power(BytesView base, BytesView exponent, std::span<uint8_t> modulus_and_result) {
    Integer modulus{modulus_and_result};
    std::fill(modulus_and_result.begin(), modulus_and_result.end(), uint8_t{0});
    if (mpz_cmp_ui(modulus.get(), 1) <= 0) return;

    Integer value{base};
    Integer power{exponent};
    if (mpz_odd_p(modulus.get()) && mpz_cmp_ui(power.get(), 0) > 0 &&
        mpz_cmp_ui(power.get(), kDirectMax) <= 0)
        direct_power(value, static_cast<unsigned>(mpz_get_ui(power.get())), modulus);
    else
        mpz_powm(value.get(), value.get(), power.get(), modulus.get());
    if (mpz_sgn(value.get()) == 0) return;
    const size_t size = (mpz_sizeinbase(value.get(), 2) + 7) / 8;
    SWITCHYARD_ASSERT(size <= modulus_and_result.size());
    mpz_export(modulus_and_result.data() + (modulus_and_result.size() - size), nullptr, 1, 1, 1, 0,
               value.get());
}

}  // namespace switchyard::precompiles
