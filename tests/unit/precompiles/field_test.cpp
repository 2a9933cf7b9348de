// SPDX-License-Identifier: Apache-2.0
// The prime fields against GMP, and the extension fields against their definitions.
#include "host/precompiles/curve/field.hpp"

#include <gmp.h>
#include <gtest/gtest.h>

#include <random>

#include "host/precompiles/curve/bls12_381.hpp"
#include "host/precompiles/curve/bn254.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::precompiles::curve {
namespace {

class Number {
  public:
    Number() { mpz_init(value_); }
    template <size_t N>
    explicit Number(const Limbs<N>& limbs) {
        mpz_init(value_);
        mpz_import(value_, N, -1, 8, 0, 0, limbs.data());
    }
    ~Number() { mpz_clear(value_); }
    Number(const Number&) = delete;
    Number& operator=(const Number&) = delete;
    [[nodiscard]] mpz_ptr get() { return value_; }
    template <size_t N>
    [[nodiscard]] Limbs<N> limbs() const {
        Limbs<N> out{};
        mpz_export(out.data(), nullptr, -1, 8, 0, 0, value_);
        return out;
    }

  private:
    mpz_t value_;
};

template <typename Curve>
class PrimeField : public testing::Test {
  protected:
    using Element = typename Curve::Fp;
    using Integer = typename Element::Integer;
    static constexpr size_t kLimbs = Element::kLimbs;

    /// Uniform, except that now and then it is 0, 1, p - 1 or has long runs of equal bits.
    Element element() {
        Integer value{};
        switch (random_() % 8) {
            case 0:
                value = Integer{random_() % 3};
                break;
            case 1:
                value = subtract(Element::kModulus, Integer{1 + random_() % 3});
                break;
            case 2:
                for (uint64_t& limb : value)
                    limb = random_() % 2 == 0 ? 0 : ~uint64_t{0};
                break;
            default:
                for (uint64_t& limb : value)
                    limb = random_();
        }
        Number reduced{value};
        mpz_mod(reduced.get(), reduced.get(), modulus_.get());
        return Element::from_integer(reduced.template limbs<kLimbs>());
    }
    Integer by_gmp(void (*operation)(mpz_ptr, mpz_srcptr, mpz_srcptr), const Element& a,
                   const Element& b) {
        Number x{a.to_integer()};
        Number y{b.to_integer()};
        operation(x.get(), x.get(), y.get());
        mpz_mod(x.get(), x.get(), modulus_.get());
        return x.template limbs<kLimbs>();
    }

    std::mt19937_64 random_ = switchyard::test::test_generator(0xf1e1d);
    Number modulus_{Element::kModulus};
};

using Curves = testing::Types<Bn254, Bls12381>;
TYPED_TEST_SUITE(PrimeField, Curves);

TYPED_TEST(PrimeField, AgreesWithGmp) {
    using F = typename TypeParam::Fp;
    for (int i = 0; i < 3000; ++i) {
        const F a = this->element();
        const F b = this->element();
        EXPECT_EQ((a * b).to_integer(), this->by_gmp(mpz_mul, a, b));
        EXPECT_EQ((a + b).to_integer(), this->by_gmp(mpz_add, a, b));
        EXPECT_EQ((a - b).to_integer(), this->by_gmp(mpz_sub, a, b));
        EXPECT_EQ(a.squared(), a * a);
        EXPECT_EQ(a.halved().doubled(), a);
        EXPECT_TRUE((-a + a).is_zero());
    }
}

TYPED_TEST(PrimeField, InvertsAsGmpDoes) {
    using F = typename TypeParam::Fp;
    EXPECT_TRUE(F::zero().inverse().is_zero());
    for (int i = 0; i < 2000; ++i) {
        const F a = this->element();
        if (a.is_zero()) continue;
        Number x{a.to_integer()};
        mpz_invert(x.get(), x.get(), this->modulus_.get());
        EXPECT_EQ(a.inverse().to_integer(), x.template limbs<F::kLimbs>());
    }
}

TYPED_TEST(PrimeField, FindsRootsOfSquaresOnly) {
    using F = typename TypeParam::Fp;
    for (int i = 0; i < 100; ++i) {
        const F a = this->element();
        const auto root = a.square_root();
        EXPECT_EQ(root.has_value(),
                  mpz_legendre(Number{a.to_integer()}.get(), this->modulus_.get()) >= 0);
        if (root) {
            EXPECT_EQ(root->squared(), a);
        }
    }
}

TYPED_TEST(PrimeField, RefusesBytesFromTheModulusOn) {
    using F = typename TypeParam::Fp;
    std::array<uint8_t, F::kBytes> bytes{};
    store_limbs(F::kModulus, bytes.data());
    EXPECT_FALSE(F::from_bytes(bytes.data()));
    store_limbs(subtract(F::kModulus, typename F::Integer{1}), bytes.data());
    const auto largest = F::from_bytes(bytes.data());
    ASSERT_TRUE(largest);
    EXPECT_EQ(*largest, -F::one());
    std::array<uint8_t, F::kBytes> written{};
    largest->to_bytes(written.data());
    EXPECT_EQ(written, bytes);
    bytes.fill(0xff);
    EXPECT_FALSE(F::from_bytes(bytes.data()));
}

// A processor with ADX never takes the portable form otherwise.
TYPED_TEST(PrimeField, MultipliesAlikeInBothForms) {
#if defined(__x86_64__)
    if (!kHasAdx) GTEST_SKIP() << "this processor has no ADX";
    using Params = std::conditional_t<TypeParam::Fp::kLimbs == 4, Bn254FpParams, Bls12381FpParams>;
    for (int i = 0; i < 3000; ++i) {
        const auto a = this->element().to_integer();
        const auto b = this->element().to_integer();
        EXPECT_EQ(montgomery_multiply_adx<Params>(a, b),
                  montgomery_multiply_portable<Params>(a, b));
    }
#endif
}

TYPED_TEST(PrimeField, CarriesQuadraticExtensionOfMinusOne) {
    using F = typename TypeParam::Fp;
    using F2 = Fp2<F>;
    EXPECT_EQ((F2{F::zero(), F::one()}.squared()), (F2{-F::one(), F::zero()}));
    int squares = 0;
    for (int i = 0; i < 60; ++i) {
        const F2 a{this->element(), this->element()};
        const F2 b{this->element(), this->element()};
        EXPECT_EQ(a * b, (F2{a.c0 * b.c0 - a.c1 * b.c1, a.c0 * b.c1 + a.c1 * b.c0}));
        EXPECT_EQ(a.squared(), a * a);
        if (!a.is_zero()) {
            EXPECT_EQ(a * a.inverse(), F2::one());
        }
        const auto root = a.squared().square_root();
        ASSERT_TRUE(root);
        EXPECT_TRUE(*root == a || *root == -a);
        const auto maybe = a.square_root();
        if (maybe) {
            EXPECT_EQ(maybe->squared(), a);
            ++squares;
        }
    }
    EXPECT_GT(squares, 10);
    EXPECT_LT(squares, 55);
}

TYPED_TEST(PrimeField, CarriesTowerWhoseShortcutsEqualFullProducts) {
    using F2 = Fp2<typename TypeParam::Fp>;
    using F6 = Fp6<TypeParam>;
    using F12 = Fp12<TypeParam>;
    const auto f2 = [this] { return F2{this->element(), this->element()}; };
    const auto f6 = [&f2] { return F6{f2(), f2(), f2()}; };
    for (int i = 0; i < 20; ++i) {
        const F12 f{f6(), f6()};
        const F12 g{f6(), f6()};
        const F12 h{f6(), f6()};
        EXPECT_EQ((f * g) * h, f * (g * h));
        EXPECT_EQ(f.squared(), f * f);
        EXPECT_EQ(f * f.inverse(), F12::one());
        const F2 a = f2();
        const F2 b = f2();
        const F2 c = f2();
        EXPECT_EQ(f.multiply_by_013(a, b, c), f * (F12{{a, {}, {}}, {b, c, {}}}));
        EXPECT_EQ(f.multiply_by_023(a, b, c), f * (F12{{a, b, {}}, {{}, c, {}}}));
        const F12 cyclotomic = to_cyclotomic<TypeParam>(f);
        EXPECT_EQ(cyclotomic.cyclotomic_squared(), cyclotomic * cyclotomic);
        EXPECT_EQ(cyclotomic * cyclotomic.conjugate(), F12::one());
    }
    // w^6 is xi.
    const F12 w{F6{}, F6::one()};
    const F12 w2 = w * w;
    EXPECT_EQ(w2 * w2 * w2, (F12{{TypeParam::multiply_by_xi(F2::one()), {}, {}}, {}}));
}

TYPED_TEST(PrimeField, HasTheFrobeniusMapAsItsPowerOfP) {
    using F2 = Fp2<typename TypeParam::Fp>;
    using F12 = Fp12<TypeParam>;
    const auto f2 = [this] { return F2{this->element(), this->element()}; };
    const F12 f{{f2(), f2(), f2()}, {f2(), f2(), f2()}};
    F12 power = F12::one();
    for (size_t at = bit_length(TypeParam::Fp::kModulus); at-- > 0;) {
        power = power.squared();
        if (bit(TypeParam::Fp::kModulus, at)) power *= f;
    }
    EXPECT_EQ(Frobenius<TypeParam>::power(f), power);
}

}  // namespace
}  // namespace switchyard::precompiles::curve
