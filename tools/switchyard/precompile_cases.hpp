// SPDX-License-Identifier: Apache-2.0
// What `switchyard bench precompiles` measures: inputs of each precompile, with their answers.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "host/chain/revision.hpp"
#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::tool {

/// One call. Unless a comment at its maker says otherwise, `expected` comes from a library or from
/// algebra, not from the precompile that it is compared with.
struct PrecompileInput {
    std::string name;
    Bytes data;
    Bytes expected;
    /// The same work done by a library, and its verdict on `expected`; empty: no library does it.
    std::function<bool()> library;
};

/// The inputs of one precompile under one price table. The first is a typical one; the others are
/// candidates for the lowest rate.
struct PrecompileCase {
    std::string name;
    uint16_t number = 0;
    Revision revision = Revision::Osaka;
    std::string library;
    std::vector<PrecompileInput> inputs;
};

/// Calls cheaper than this are left out of the lowest rates: their CALL costs at least as much
/// besides (EIP-2929: 100 gas).
inline constexpr uint64_t kGasWorthRating = 100;

/// SHA-256, RIPEMD-160, IDENTITY and BLAKE2F.
[[nodiscard]] std::vector<PrecompileCase> hash_cases(uint64_t seed);
/// ECRECOVER and P256VERIFY. Fails when a library does.
[[nodiscard]] Result<std::vector<PrecompileCase>> signature_cases(uint64_t seed);
/// MODEXP under the price tables of EIP-198, EIP-2565 and EIP-7883. Searches the lengths of base,
/// exponent and modulus for the lowest rate of each, which takes a few seconds.
[[nodiscard]] std::vector<PrecompileCase> modexp_cases(uint64_t seed);
/// ECADD, ECMUL, ECPAIRING, EIP-2537's and POINT_EVALUATION. Fails when a library does.
[[nodiscard]] Result<std::vector<PrecompileCase>> curve_cases(uint64_t seed);

/// The answer of precompile `number` to `input` with any gas; empty when it refuses.
[[nodiscard]] Bytes precompile_answer(uint16_t number, BytesView input, Revision revision);
/// The address with this number.
[[nodiscard]] Address precompile_address(uint16_t number);

/// Appends to a byte string.
inline void append(Bytes& out, BytesView part) {
    out.insert(out.end(), part.begin(), part.end());
}

}  // namespace switchyard::tool
