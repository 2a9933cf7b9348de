// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/precompiles.hpp"

#include <array>

#include "host/core/assert.hpp"
#include "host/precompiles/calls.hpp"
#include "host/precompiles/modexp.hpp"
#include "host/precompiles/prices.hpp"

namespace switchyard::precompiles {
namespace {

struct Entry {
    uint16_t number;  ///< the address: these two bytes after 18 zeros
    Revision since;
    uint64_t (*price)(BytesView input, Revision revision);
    Call call;  ///< null: this build has no implementation
};

/// In ascending order of address, which is also the order of introduction, so that the precompiles
/// of a revision are a prefix.
constexpr std::array kEntries = {
    Entry{0x01, Revision::Frontier, ecrecover_price, call_ecrecover},
    Entry{0x02, Revision::Frontier, sha256_price, call_sha256},
    Entry{0x03, Revision::Frontier, ripemd160_price, call_ripemd160},
    Entry{0x04, Revision::Frontier, identity_price, call_identity},
    Entry{0x05, Revision::Byzantium, modexp_price, call_modexp},
    Entry{0x06, Revision::Byzantium, bn254_add_price, call_bn254_add},
    Entry{0x07, Revision::Byzantium, bn254_mul_price, call_bn254_mul},
    Entry{0x08, Revision::Byzantium, bn254_pairing_price, call_bn254_pairing},
    Entry{0x09, Revision::Istanbul, blake2f_price, call_blake2f},
    Entry{0x0a, Revision::Cancun, point_evaluation_price, call_point_evaluation},
    Entry{0x0b, Revision::Prague, bls_g1_add_price, call_bls_g1_add},
    Entry{0x0c, Revision::Prague, bls_g1_msm_price, call_bls_g1_msm},
    Entry{0x0d, Revision::Prague, bls_g2_add_price, call_bls_g2_add},
    Entry{0x0e, Revision::Prague, bls_g2_msm_price, call_bls_g2_msm},
    Entry{0x0f, Revision::Prague, bls_pairing_price, call_bls_pairing},
    Entry{0x10, Revision::Prague, bls_map_fp_to_g1_price, call_bls_map_fp_to_g1},
    Entry{0x11, Revision::Prague, bls_map_fp2_to_g2_price, call_bls_map_fp2_to_g2},
    Entry{0x100, Revision::Osaka, p256_verify_price, call_p256_verify},
};

constexpr bool entries_are_ordered() {
    for (size_t i = 1; i < kEntries.size(); ++i)
        if (kEntries[i - 1].number >= kEntries[i].number ||
            kEntries[i - 1].since > kEntries[i].since)
            return false;
    return true;
}
static_assert(entries_are_ordered());

constexpr std::array<Address, kEntries.size()> make_addresses() {
    std::array<Address, kEntries.size()> out{};
    for (size_t i = 0; i < kEntries.size(); ++i) {
        out[i][18] = static_cast<uint8_t>(kEntries[i].number >> 8);
        out[i][19] = static_cast<uint8_t>(kEntries[i].number);
    }
    return out;
}
constexpr std::array<Address, kEntries.size()> kAddresses = make_addresses();

constexpr std::array<size_t, kRevisionCount> make_counts() {
    std::array<size_t, kRevisionCount> out{};
    for (size_t revision = 0; revision < kRevisionCount; ++revision)
        for (const Entry& entry : kEntries)
            if (static_cast<size_t>(entry.since) <= revision) ++out[revision];
    return out;
}
constexpr std::array<size_t, kRevisionCount> kCounts = make_counts();

constexpr size_t kSmallNumbers = 0x12;
static_assert(kEntries[kSmallNumbers - 2].number == kSmallNumbers - 1 &&
              kEntries.size() == kSmallNumbers);

/// The entry of `address` under `revision`, or null. Nearly every call in a block asks this, so
/// that the 18 leading bytes decide first.
const Entry* find(const Address& address, Revision revision) {
    for (size_t i = 0; i < 18; ++i)
        if (address[i] != 0) return nullptr;
    const size_t number = static_cast<size_t>(address[18]) << 8 | address[19];
    size_t index = kEntries.size() - 1;
    if (number < kSmallNumbers) index = number - 1;  // zero wraps and fails the next check
    if (index >= kCounts[static_cast<size_t>(revision)]) return nullptr;
    return kEntries[index].number == number ? &kEntries[index] : nullptr;
}

}  // namespace

bool is_precompile(const Address& address, Revision revision) {
    return find(address, revision) != nullptr;
}

std::span<const Address> precompile_addresses(Revision revision) {
    return std::span{kAddresses}.first(kCounts[static_cast<size_t>(revision)]);
}

PrecompileResult run_precompile(const Address& address, BytesView input, uint64_t gas,
                                Revision revision) {
    const Entry* const entry = find(address, revision);
    SWITCHYARD_ASSERT(entry != nullptr);
    const uint64_t price = entry->price(input, revision);
    if (price == kUnaffordable || price > gas) return {Outcome::OutOfGas, 0, {}};
    if (entry->call == nullptr) return {Outcome::Unsupported, 0, {}};

    PrecompileResult result;
    result.outcome = entry->call(input, revision, result.output);
    if (result.outcome == Outcome::Success)
        result.gas_used = price;
    else
        result.output.clear();
    return result;
}

}  // namespace switchyard::precompiles
