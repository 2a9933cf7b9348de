// SPDX-License-Identifier: Apache-2.0
#include "host/core/uint256.hpp"

#include <algorithm>

namespace switchyard {
namespace {

struct DigitDivision {
    uint64_t quotient;
    uint64_t remainder;
};

/// (high, low) divided by `divisor`. Precondition: high < divisor, so that the quotient fits.
inline DigitDivision divide_digit(uint64_t high, uint64_t low, uint64_t divisor) {
#if defined(__x86_64__)
    // Both compilers call a library function for 128-bit division, twice for both results.
    asm("divq %[divisor]" : "+a"(low), "+d"(high) : [divisor] "r"(divisor) : "cc");
    return {low, high};
#else
    const unsigned __int128 dividend = static_cast<unsigned __int128>(high) << 64 | low;
    return {static_cast<uint64_t>(dividend / divisor), static_cast<uint64_t>(dividend % divisor)};
#endif
}

/// Knuth's algorithm D on 64-bit digits. `u` holds `m + n` digits and room for one more; the
/// quotient's `m + 1` digits go to `q`, the remainder stays in the low `n` digits of `u`.
/// Preconditions: n >= 2, v[n - 1] has its top bit set.
void divide_digits(uint64_t* u, size_t m, const uint64_t* v, size_t n, uint64_t* q) {
    for (size_t j = m + 1; j-- > 0;) {
        uint64_t digit = UINT64_MAX;
        unsigned __int128 rest = 0;
        if (u[j + n] >= v[n - 1]) {
            const auto top = static_cast<unsigned __int128>(u[j + n]) << 64 | u[j + n - 1];
            rest = top - static_cast<unsigned __int128>(digit) * v[n - 1];
        } else {
            const DigitDivision estimate = divide_digit(u[j + n], u[j + n - 1], v[n - 1]);
            digit = estimate.quotient;
            rest = estimate.remainder;
        }
        while ((rest >> 64) == 0 &&
               static_cast<unsigned __int128>(digit) * v[n - 2] > (rest << 64 | u[j + n - 2])) {
            --digit;
            rest += v[n - 1];
        }
        uint64_t borrow = 0;
        uint64_t carry = 0;
        for (size_t i = 0; i < n; ++i) {
            const unsigned __int128 product = static_cast<unsigned __int128>(digit) * v[i] + carry;
            carry = static_cast<uint64_t>(product >> 64);
            const unsigned __int128 t =
                static_cast<unsigned __int128>(u[i + j]) - static_cast<uint64_t>(product) - borrow;
            u[i + j] = static_cast<uint64_t>(t);
            borrow = static_cast<uint64_t>(t >> 64) & 1;
        }
        const unsigned __int128 t = static_cast<unsigned __int128>(u[j + n]) - carry - borrow;
        u[j + n] = static_cast<uint64_t>(t);
        if ((t >> 64) != 0) {  // the digit was one too large: add the divisor back
            --digit;
            unsigned __int128 sum = 0;
            for (size_t i = 0; i < n; ++i) {
                sum += static_cast<unsigned __int128>(u[i + j]) + v[i];
                u[i + j] = static_cast<uint64_t>(sum);
                sum >>= 64;
            }
            u[j + n] += static_cast<uint64_t>(sum);
        }
        q[j] = digit;
    }
}

size_t digit_count(const uint64_t* digits, size_t size) {
    while (size > 0 && digits[size - 1] == 0)
        --size;
    return size;
}

/// Divides up to eight digits by up to four; quotient (eight digits) and remainder (four). The
/// divisor is not zero.
struct WideQuotientRemainder {
    std::array<uint64_t, 8> quotient{};
    Uint256 remainder;
};

WideQuotientRemainder divide_wide(const std::array<uint64_t, 8>& dividend, const Uint256& divisor) {
    WideQuotientRemainder out;
    const size_t n = digit_count(divisor.limb.data(), 4);
    const size_t size = digit_count(dividend.data(), 8);
    if (size < n) {
        std::copy_n(dividend.begin(), 4, out.remainder.limb.begin());
        return out;
    }
    if (n == 1) {
        uint64_t rest = 0;
        for (size_t i = size; i-- > 0;) {
            const DigitDivision digit = divide_digit(rest, dividend[i], divisor.limb[0]);
            out.quotient[i] = digit.quotient;
            rest = digit.remainder;
        }
        out.remainder.limb[0] = rest;
        return out;
    }
    const auto shift = static_cast<unsigned>(std::countl_zero(divisor.limb[n - 1]));
    const Uint256 v = divisor << shift;
    std::array<uint64_t, 9> u{};
    for (size_t i = 0; i < size; ++i) {
        u[i] |= dividend[i] << shift;
        if (shift != 0) u[i + 1] = dividend[i] >> (64 - shift);
    }
    divide_digits(u.data(), size - n, v.limb.data(), n, out.quotient.data());
    std::copy_n(u.begin(), n, out.remainder.limb.begin());
    out.remainder = out.remainder >> shift;
    return out;
}

Uint256 magnitude(const Uint256& a) {
    return a.is_negative() ? -a : a;
}

}  // namespace

QuotientRemainder divide(const Uint256& dividend, const Uint256& divisor) {
    if (divisor.is_zero()) return {};
    if (dividend.fits_uint64() && divisor.fits_uint64())
        return {dividend.limb[0] / divisor.limb[0], dividend.limb[0] % divisor.limb[0]};
    std::array<uint64_t, 8> wide{};
    std::copy_n(dividend.limb.begin(), 4, wide.begin());
    const auto out = divide_wide(wide, divisor);
    return {Uint256{out.quotient[0], out.quotient[1], out.quotient[2], out.quotient[3]},
            out.remainder};
}

Uint256 signed_divide(const Uint256& a, const Uint256& b) {
    const Uint256 quotient = magnitude(a) / magnitude(b);
    return a.is_negative() != b.is_negative() ? -quotient : quotient;
}

Uint256 signed_remainder(const Uint256& a, const Uint256& b) {
    const Uint256 remainder = magnitude(a) % magnitude(b);
    return a.is_negative() ? -remainder : remainder;
}

Uint256 add_mod(const Uint256& a, const Uint256& b, const Uint256& modulus) {
    if (modulus.is_zero()) return {};
    const auto sum = add_with_carry(a, b);
    if (!sum.carry) return sum.value % modulus;
    const auto& limb = sum.value.limb;
    return divide_wide({limb[0], limb[1], limb[2], limb[3], 1, 0, 0, 0}, modulus).remainder;
}

Uint256 multiply_mod(const Uint256& a, const Uint256& b, const Uint256& modulus) {
    if (modulus.is_zero()) return {};
    return divide_wide(multiply_full(a, b), modulus).remainder;
}

Uint256 power(const Uint256& base, const Uint256& exponent) {
    Uint256 out{1};
    Uint256 square = base;
    const unsigned bits = bit_length(exponent);
    for (unsigned i = 0; i < bits; ++i) {
        if ((exponent.limb[i / 64] >> (i % 64) & 1) != 0) out = out * square;
        square = square * square;
    }
    return out;
}

Uint256 sign_extend(const Uint256& byte_index, const Uint256& value) {
    if (!byte_index.fits_uint64() || byte_index.limb[0] >= 31) return value;
    const uint64_t unused = 8 * (31 - byte_index.limb[0]);
    return arithmetic_shift_right(value << unused, Uint256{unused});
}

Uint256 arithmetic_shift_right(const Uint256& value, const Uint256& bits) {
    const uint64_t count = bits.saturated();
    if (!value.is_negative()) return value >> count;
    return ~(~value >> count);
}

std::optional<Uint256> uint256_from_bytes(BytesView bytes) {
    if (bytes.size() > 32) return std::nullopt;
    Bytes32 padded;
    std::copy(bytes.begin(), bytes.end(),
              padded.bytes.end() - static_cast<std::ptrdiff_t>(bytes.size()));
    return to_uint256(padded);
}

std::optional<Uint256> uint256_from_text(std::string_view text) {
    Uint256 out;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        text.remove_prefix(2);
        if (text.empty()) return std::nullopt;
        for (const char c : text) {
            uint64_t digit = 0;
            if (c >= '0' && c <= '9')
                digit = static_cast<uint64_t>(c - '0');
            else if (c >= 'a' && c <= 'f')
                digit = static_cast<uint64_t>(c - 'a' + 10);
            else if (c >= 'A' && c <= 'F')
                digit = static_cast<uint64_t>(c - 'A' + 10);
            else
                return std::nullopt;
            if ((out.limb[3] >> 60) != 0) return std::nullopt;
            out = out << 4 | Uint256{digit};
        }
        return out;
    }
    if (text.empty() || text.size() > 78) return std::nullopt;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        const auto times_ten = multiply_full(out, Uint256{10});
        if (times_ten[4] != 0) return std::nullopt;
        const auto sum =
            add_with_carry(Uint256{times_ten[0], times_ten[1], times_ten[2], times_ten[3]},
                           Uint256{static_cast<uint64_t>(c - '0')});
        if (sum.carry) return std::nullopt;
        out = sum.value;
    }
    return out;
}

std::string to_hex_quantity(const Uint256& value) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out = "0x";
    const unsigned digits = std::max(1U, (bit_length(value) + 3) / 4);
    for (unsigned i = digits; i-- > 0;)
        out += kDigits[value.limb[i / 16] >> (4 * (i % 16)) & 15];
    return out;
}

std::string to_decimal(const Uint256& value) {
    std::string out;
    Uint256 rest = value;
    do {
        const auto step = divide(rest, Uint256{10});
        out += static_cast<char>('0' + step.remainder.limb[0]);
        rest = step.quotient;
    } while (!rest.is_zero());
    std::reverse(out.begin(), out.end());
    return out;
}

}  // namespace switchyard
