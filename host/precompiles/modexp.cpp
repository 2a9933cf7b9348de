// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/modexp.hpp"

#include <algorithm>

#include "host/precompiles/gmp/mod_power.hpp"
#include "host/precompiles/padded_input.hpp"
#include "host/precompiles/prices.hpp"
#include "host/precompiles/word_power.hpp"

namespace switchyard::precompiles {
namespace {

constexpr uint64_t kHeaderBytes = 96;
/// EIP-7823.
constexpr uint64_t kLengthMaxOsaka = 1024;
/// From this length of base or modulus on, every revision's price passes 2^64.
constexpr uint64_t kLengthPriceable = uint64_t{1} << 40;

struct Lengths {
    Uint256 base;
    Uint256 exponent;
    Uint256 modulus;
};

Lengths read_lengths(BytesView input) {
    return {padded_word(input, 0), padded_word(input, 32), padded_word(input, 64)};
}

/// EIP-198: an estimate of Karatsuba multiplication.
Uint256 complexity_byzantium(uint64_t length) {
    const Uint256 x{length};
    if (length <= 64) return x * x;
    if (length <= 1024) return (x * x >> 2) + x * Uint256{96} - Uint256{3072};
    return (x * x >> 4) + x * Uint256{480} - Uint256{199'680};
}

/// EIP-2565 and EIP-7883.
Uint256 complexity(uint64_t length, Revision revision) {
    if (revision < Revision::Berlin) return complexity_byzantium(length);
    const Uint256 words{(length + 7) / 8};
    if (revision < Revision::Osaka) return words * words;
    return length <= 32 ? Uint256{16} : words * words * Uint256{2};
}

/// The "adjusted exponent length" of EIP-198, which the later EIPs call the iteration count; at
/// least 1. Precondition: `length` < 2^128.
Uint256 iteration_count(const Uint256& length, const Uint256& exponent_head, Revision revision) {
    const unsigned bits = bit_length(exponent_head);
    Uint256 count{bits == 0 ? uint64_t{0} : uint64_t{bits} - 1};
    if (length > Uint256{32})
        count += (length - Uint256{32}) * Uint256{revision < Revision::Osaka ? 8U : 16U};
    return count.is_zero() ? Uint256{1} : count;
}

/// The first 32 bytes of the exponent, or all of it when it is shorter, as a number.
Uint256 read_exponent_head(BytesView input, const Lengths& lengths) {
    // A base so long that the exponent starts behind the end of the input leaves zeros.
    if (lengths.exponent.is_zero() || lengths.base >= Uint256{input.size()}) return {};
    const Uint256 word = padded_word(input, kHeaderBytes + lengths.base.limb[0]);
    if (lengths.exponent >= Uint256{32}) return word;
    return word >> (8 * (32 - lengths.exponent.limb[0]));
}

}  // namespace

uint64_t modexp_price(BytesView input, Revision revision) {
    const Lengths lengths = read_lengths(input);
    const Uint256 longest = std::max(lengths.base, lengths.modulus);
    if (longest >= Uint256{kLengthPriceable}) return kUnaffordable;

    const Uint256 multiplication = complexity(longest.limb[0], revision);
    const uint64_t minimum = revision < Revision::Berlin  ? 0
                             : revision < Revision::Osaka ? 200
                                                          : 500;
    if (multiplication.is_zero()) return minimum;
    if (lengths.exponent.limb[2] != 0 || lengths.exponent.limb[3] != 0) return kUnaffordable;

    // Below 2^80 times below 2^133: no overflow of 256 bits.
    const Uint256 head = read_exponent_head(input, lengths);
    const Uint256 product = multiplication * iteration_count(lengths.exponent, head, revision);
    const uint64_t divisor = revision < Revision::Berlin ? 20 : revision < Revision::Osaka ? 3 : 1;
    const Uint256 price = divisor == 1 ? product : product / Uint256{divisor};
    return price.fits_uint64() ? std::max(price.limb[0], minimum) : kUnaffordable;
}

bool modexp_run(BytesView input, Revision revision, Bytes& out) {
    const Lengths lengths = read_lengths(input);
    if (revision >= Revision::Osaka &&
        std::max({lengths.base, lengths.exponent, lengths.modulus}) > Uint256{kLengthMaxOsaka})
        return false;
    if (lengths.modulus.is_zero()) return true;

    // The price has bounded base and modulus to `kLengthPriceable` and the exponent to 2^67.
    const uint64_t base_size = lengths.base.limb[0];
    const uint64_t exponent_size = lengths.exponent.saturated();
    const uint64_t exponent_at = kHeaderBytes + base_size;
    const uint64_t modulus_at =
        exponent_size > UINT64_MAX - exponent_at ? UINT64_MAX : exponent_at + exponent_size;

    const size_t start = out.size();
    out.resize(start + static_cast<size_t>(lengths.modulus.limb[0]));
    const std::span<uint8_t> modulus = std::span{out}.subspan(start);
    const BytesView modulus_part = present_part(input, modulus_at, modulus.size());
    // Base and exponent stand before the modulus: where one of them is cut off, it is zero.
    if (modulus_part.empty()) return true;
    std::copy(modulus_part.begin(), modulus_part.end(), modulus.begin());
    const BytesView base = present_part(input, kHeaderBytes, base_size);
    const BytesView exponent = present_part(input, exponent_at, exponent_size);
    const auto first =
        std::find_if(modulus.begin(), modulus.end(), [](uint8_t b) { return b != 0; });
    if (modulus.end() - first <= 8) {
        uint64_t word = 0;
        for (auto at = first; at != modulus.end(); ++at)
            word = word << 8 | *at;
        word = word_power(base, exponent, word);
        for (auto at = modulus.end(); at != first; word >>= 8)
            *--at = static_cast<uint8_t>(word);
        return true;
    }
    mod_power(base, exponent, modulus);
    return true;
}

}  // namespace switchyard::precompiles
