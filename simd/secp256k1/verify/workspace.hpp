// SPDX-License-Identifier: Apache-2.0
// The memory of verify_known().
#pragma once

#include <array>

#include "simd/secp256k1/recover/workspace.hpp"
#include "simd/secp256k1/verify/equation.hpp"
#include "simd/secp256k1/verify/verify_known.hpp"

namespace switchyard::simd {

/// One per thread; make it with std::make_unique_for_overwrite or in static storage, not on a
/// stack. A user needs nothing of what is in it.
struct VerifyWorkspace {
    VerifyEquation equation;
    std::array<uint16_t, kVerifyPiece> order;  ///< of items in equations, by group and source
    std::array<uint16_t, kVerifyPiece> plain;  ///< items to be recovered
    std::array<RecoverInput, kVerifyPiece> inputs;
    std::array<PublicKey, kVerifyPiece> keys;
    std::array<RecoverStatus, kVerifyPiece> statuses;
    RecoverWorkspace recovery;
};

}  // namespace switchyard::simd
