// SPDX-License-Identifier: Apache-2.0
// MODEXP against GMP, with a search for the lengths whose rate is lowest under each price table.
#include <gmp.h>

#include <algorithm>
#include <array>
#include <random>

#include "host/precompiles/modexp.hpp"
#include "host/precompiles/precompiles.hpp"
#include "tools/switchyard/measure.hpp"
#include "tools/switchyard/precompile_cases.hpp"

namespace switchyard::tool {
namespace {

enum class Parity { Odd, Even, PowerOfTwo };

struct Lengths {
    size_t base;
    size_t exponent;
    size_t modulus;
    Parity parity;
    uint8_t head = 0xff;  ///< first byte of the exponent, all others 0xff
};

struct Numbers {
    Bytes base;
    Bytes exponent;
    Bytes modulus;
};

/// Random base and modulus. No exponent of a length takes more steps than all ones.
Numbers make_numbers(const Lengths& lengths, std::mt19937_64& random) {
    Numbers out{Bytes(lengths.base), Bytes(lengths.exponent, 0xff), Bytes(lengths.modulus)};
    if (!out.exponent.empty()) out.exponent[0] = lengths.head;
    for (Bytes* bytes : {&out.base, &out.modulus})
        for (uint8_t& byte : *bytes)
            byte = static_cast<uint8_t>(random());
    Bytes& modulus = out.modulus;
    if (modulus.empty()) return out;
    if (lengths.parity != Parity::Odd)
        std::fill(modulus.begin() + (lengths.parity == Parity::Even
                                         ? static_cast<std::ptrdiff_t>(modulus.size() / 2)
                                         : 0),
                  modulus.end(), uint8_t{0});
    modulus.front() |= 0x80;
    if (lengths.parity == Parity::Odd) modulus.back() |= 1;
    return out;
}

Bytes encode(const Numbers& numbers) {
    Bytes out(96, 0);
    size_t at = 32;
    for (const Bytes* part : {&numbers.base, &numbers.exponent, &numbers.modulus}) {
        for (size_t i = 0; i < 8; ++i)
            out[at - 1 - i] = static_cast<uint8_t>(uint64_t{part->size()} >> (8 * i));
        at += 32;
    }
    for (const Bytes* part : {&numbers.base, &numbers.exponent, &numbers.modulus})
        append(out, *part);
    return out;
}

Bytes power_with_library(const Numbers& numbers) {
    mpz_t base, exponent, modulus;
    mpz_inits(base, exponent, modulus, nullptr);
    mpz_import(base, numbers.base.size(), 1, 1, 1, 0, numbers.base.data());
    mpz_import(exponent, numbers.exponent.size(), 1, 1, 1, 0, numbers.exponent.data());
    mpz_import(modulus, numbers.modulus.size(), 1, 1, 1, 0, numbers.modulus.data());
    Bytes out(numbers.modulus.size(), 0);
    if (mpz_sgn(modulus) != 0) {
        mpz_powm(base, base, exponent, modulus);
        const size_t size = mpz_sgn(base) == 0 ? 0 : (mpz_sizeinbase(base, 2) + 7) / 8;
        mpz_export(out.data() + (out.size() - size), nullptr, 1, 1, 1, 0, base);
    }
    mpz_clears(base, exponent, modulus, nullptr);
    return out;
}

PrecompileInput make_input(std::string name, const Lengths& lengths, std::mt19937_64& random) {
    const Numbers numbers = make_numbers(lengths, random);
    PrecompileInput out{std::move(name), encode(numbers), power_with_library(numbers), {}};
    out.library = [numbers, expected = out.expected] {
        return power_with_library(numbers) == expected;
    };
    return out;
}

std::string describe(const Lengths& lengths) {
    std::string out = "lengths " + std::to_string(lengths.base) + ", " +
                      std::to_string(lengths.exponent) + ", " + std::to_string(lengths.modulus);
    if (lengths.exponent == 1) out += ", exponent " + std::to_string(lengths.head);
    if (lengths.parity == Parity::Even) out += ", even";
    if (lengths.parity == Parity::PowerOfTwo) out += ", 2^n";
    return out;
}

/// A rough rate in Mgas/s: the fastest of three short measurements.
double rough_rate(const Bytes& data, uint64_t gas, Revision revision) {
    constexpr double kNsPerPass = 30'000;
    const Address address = precompile_address(5);
    double best = 0;
    double ns_per_call = kNsPerPass;
    for (int pass = 0; pass < 4; ++pass) {
        const int calls = 1 + static_cast<int>(kNsPerPass / ns_per_call);
        const double begin = thread_cpu_ns();
        for (int i = 0; i < calls; ++i)
            if (precompiles::run_precompile(address, data, UINT64_MAX, revision).outcome !=
                precompiles::Outcome::Success)
                return 1e9;
        ns_per_call = std::max((thread_cpu_ns() - begin) / calls, 1.0);
        if (pass != 0) best = std::max(best, static_cast<double>(gas) / ns_per_call * 1e3);
    }
    return best;
}

/// All lengths that are searched: those around machine words, where algorithms change, and powers
/// of two; the base as long as the modulus, shorter and longer; the exponent all ones, or so small
/// that the price is that of one step.
std::vector<Lengths> candidates() {
    constexpr std::array<size_t, 27> kModuli = {1,  2,   3,   4,   5,   7,   8,   9,     15,
                                                16, 17,  24,  25,  32,  33,  40,  64,    65,
                                                96, 128, 160, 192, 208, 256, 512, 1'024, 2'048};
    constexpr std::array<size_t, 13> kExponents = {0,  2,  4,   8,   16,    31,   32,
                                                   33, 64, 128, 648, 1'024, 8'192};
    std::vector<Lengths> out;
    const auto add = [&out](size_t exponent, uint8_t head, size_t modulus, Parity parity) {
        for (const size_t base : {modulus, size_t{1}, 2 * modulus})
            if (base == modulus || parity == Parity::Odd)
                out.push_back({base, exponent, modulus, parity, head});
    };
    for (const size_t modulus : kModuli)
        for (const Parity parity : {Parity::Odd, Parity::Even, Parity::PowerOfTwo}) {
            for (const size_t exponent : kExponents)
                add(exponent, 0xff, modulus, parity);
            for (const uint8_t exponent : {uint8_t{2}, uint8_t{3}, uint8_t{7}, uint8_t{0xff}})
                add(1, exponent, modulus, parity);
        }
    return out;
}

PrecompileCase search(const char* name, Revision revision, std::mt19937_64& random) {
    /// A call of more gas says nothing that a cheaper one of the same kind does not.
    constexpr uint64_t kGasMax = 2'000'000;
    PrecompileCase out{name, 0x05, revision, "GMP", {}};
    out.inputs.push_back(make_input("lengths 32, 32, 32", {32, 32, 32, Parity::Odd}, random));
    struct Found {
        Lengths lengths;
        double rate;
    };
    std::vector<Found> found;
    for (const Lengths& lengths : candidates()) {
        const Bytes data = encode(make_numbers(lengths, random));
        const uint64_t gas = precompiles::modexp_price(data, revision);
        if (gas < kGasWorthRating || gas > kGasMax) continue;
        found.push_back({lengths, rough_rate(data, gas, revision)});
    }
    // The few lowest are measured again, because a rough rate may have been disturbed.
    constexpr size_t kAgain = 6;
    std::sort(found.begin(), found.end(),
              [](const Found& a, const Found& b) { return a.rate < b.rate; });
    for (size_t i = 0; i < std::min(kAgain, found.size()); ++i)
        out.inputs.push_back(make_input(describe(found[i].lengths), found[i].lengths, random));
    return out;
}

}  // namespace

std::vector<PrecompileCase> modexp_cases(uint64_t seed) {
    std::mt19937_64 random(seed);
    return {search("MODEXP, EIP-198", Revision::Byzantium, random),
            search("MODEXP, EIP-2565", Revision::Berlin, random),
            search("MODEXP, EIP-7883", Revision::Osaka, random)};
}

}  // namespace switchyard::tool
