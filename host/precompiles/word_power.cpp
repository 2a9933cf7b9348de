// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/word_power.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "host/precompiles/curve/montgomery.hpp"

namespace switchyard::precompiles {
namespace {

using curve::uint128;

/// The big-endian number in `bytes`, at most eight of them.
uint64_t load_word(BytesView bytes) {
    uint64_t out = 0;
    for (const uint8_t byte : bytes)
        out = out << 8 | byte;
    return out;
}

/// `bytes` modulo `modulus`, in steps of eight bytes. Precondition: `modulus` is not zero.
uint64_t remainder_of(BytesView bytes, uint64_t modulus) {
    const size_t head = bytes.size() % 8;
    uint64_t rest = load_word(bytes.first(head)) % modulus;
    for (size_t at = head; at < bytes.size(); at += 8)
        rest = static_cast<uint64_t>(
            (static_cast<uint128>(rest) << 64 | load_word(bytes.subspan(at, 8))) % modulus);
    return rest;
}

BytesView without_leading_zeros(BytesView bytes) {
    const auto first = std::find_if(bytes.begin(), bytes.end(), [](uint8_t b) { return b != 0; });
    return bytes.subspan(static_cast<size_t>(first - bytes.begin()));
}

/// Montgomery's form for an odd modulus ("Modular multiplication without trial division", 1985).
class MontgomeryWord {
  public:
    explicit MontgomeryWord(uint64_t modulus)
        : modulus_(modulus), inverse_(0 - curve::negated_inverse_of(modulus)) {}

    /// a b / 2^64, for a and b below the modulus.
    [[nodiscard]] uint64_t multiply(uint64_t a, uint64_t b) const {
        const uint128 product = static_cast<uint128>(a) * b;
        const auto high = static_cast<uint64_t>(product >> 64);
        // The multiple of the modulus with the same low word is subtracted, not its opposite added,
        // so that nothing passes 128 bits.
        const uint64_t k = static_cast<uint64_t>(product) * inverse_;
        const auto reduction = static_cast<uint64_t>((static_cast<uint128>(k) * modulus_) >> 64);
        return high - reduction + (high < reduction ? modulus_ : 0);
    }
    [[nodiscard]] uint64_t to_form(uint64_t value) const {
        return static_cast<uint64_t>((static_cast<uint128>(value) << 64) % modulus_);
    }
    [[nodiscard]] uint64_t from_form(uint64_t value) const { return multiply(value, 1); }

  private:
    uint64_t modulus_;
    uint64_t inverse_;  ///< modulo 2^64
};

/// Fixed windows of four bits: half a byte. Preconditions: `modulus` is odd, `base` below it.
uint64_t power_odd(uint64_t base, BytesView exponent, uint64_t modulus) {
    const MontgomeryWord form{modulus};
    const uint64_t first = form.to_form(base);
    if (exponent.empty()) return 1 % modulus;
    std::array<uint64_t, 16> table;
    table[0] = form.to_form(1 % modulus);
    const unsigned largest = exponent.size() == 1 ? exponent[0] : 15U;
    for (size_t i = 1; i < table.size() && i <= largest; ++i)
        table[i] = form.multiply(table[i - 1], first);
    uint64_t out = table[0];
    const auto step = [&](unsigned digit) {
        for (int i = 0; i < 4; ++i)
            out = form.multiply(out, out);
        if (digit != 0) out = form.multiply(out, table[digit]);
    };
    // The first window needs no squarings.
    out = table[exponent[0] >> 4];
    step(exponent[0] & 15U);
    for (const uint8_t byte : exponent.subspan(1)) {
        step(byte >> 4);
        step(byte & 15U);
    }
    return form.from_form(out);
}

/// base ^ exponent modulo 2^64. The order of an odd number divides 2^62, so that only the low word
/// of the exponent counts; of an even number, the 64th power is zero.
uint64_t power_wrapping(uint64_t base, BytesView exponent) {
    const uint64_t low = load_word(exponent.last(std::min<size_t>(exponent.size(), 8)));
    if ((base & 1) == 0 && (exponent.size() > 8 || low >= 64)) return 0;
    uint64_t out = 1;
    for (uint64_t bits = low; bits != 0; bits >>= 1) {
        if ((bits & 1) != 0) out *= base;
        base *= base;
    }
    return out;
}

/// Carmichael's function: the smallest number whose power is 1 for every base that has no factor in
/// common with `modulus`. By trial division: for moduli below 2^16.
uint64_t carmichael(uint64_t modulus) {
    uint64_t out = 1;
    const unsigned twos = static_cast<unsigned>(std::countr_zero(modulus));
    if (twos >= 2) out = uint64_t{1} << (twos == 2 ? 1 : twos - 2);
    uint32_t rest = static_cast<uint32_t>(modulus >> twos);
    for (uint32_t prime = 3; prime * prime <= rest; prime += 2) {
        if (rest % prime != 0) continue;
        uint64_t order = prime - 1;
        for (rest /= prime; rest % prime == 0; rest /= prime)
            order *= prime;
        out = std::lcm(out, order);
    }
    if (rest > 1) out = std::lcm(out, uint64_t{rest} - 1);
    return out;
}

}  // namespace

uint64_t word_power(BytesView base, BytesView exponent, uint64_t modulus) {
    if (modulus == 0) return 0;
    exponent = without_leading_zeros(exponent);

    // The powers of any base modulo m repeat with a period that divides Carmichael's function from
    // the exponent 64 on, because no prime divides m more often than that.
    constexpr uint64_t kPreperiod = 64;
    constexpr uint64_t kSmall = uint64_t{1} << 16;
    std::array<uint8_t, 4> short_exponent;
    if (modulus < kSmall && exponent.size() > short_exponent.size()) {
        const uint64_t period = carmichael(modulus);
        const uint64_t reduced =
            (remainder_of(exponent, period) + kPreperiod * period - kPreperiod) % period +
            kPreperiod;
        for (size_t i = 0; i < short_exponent.size(); ++i)
            short_exponent[i] = static_cast<uint8_t>(reduced >> (24 - 8 * i));
        exponent = without_leading_zeros(short_exponent);
    }

    const unsigned twos = static_cast<unsigned>(std::countr_zero(modulus));
    const uint64_t odd = modulus >> twos;
    const uint64_t rest = remainder_of(base, modulus);
    const uint64_t modulo_odd = odd == 1 ? 0 : power_odd(rest % odd, exponent, odd);
    if (twos == 0) return modulo_odd;
    // Garner's formula for the two coprime factors: odd (-1 / odd) is -1 modulo 2^64.
    const uint64_t difference = modulo_odd - power_wrapping(rest, exponent);
    const uint64_t multiple = difference * curve::negated_inverse_of(odd);
    return modulo_odd + odd * (multiple & ((uint64_t{1} << twos) - 1));
}

}  // namespace switchyard::precompiles
