// SPDX-License-Identifier: Apache-2.0
// Generated data: what cell proofs need of the trusted setup of EIP-4844, from `trusted_setup.txt`
// of ethereum/c-kzg-4844 (see trusted_setup.hpp).
#pragma once

#include <array>

#include "host/precompiles/curve/bls12_381.hpp"

namespace switchyard::precompiles::curve {

/// [tau^64] G2, the 65th G2 point of the file, decompressed.
inline constexpr Bls12381::G2 kTrustedSetupTau64G2{
    {Bls12381::Fp::from_integer(
         limbs_from_hex<6>("12838a761053437883c3e01ba616670cea843754548ef84b"
                           "cc397de2369adcca2ab54cd73c55dc68d87aec3fc2fe4f10")),
     Bls12381::Fp::from_integer(
         limbs_from_hex<6>("12dcc5a1c8c3e1b28b1524e3dd6dbecd63017c9201da9dbe"
                           "077f1b82adc08c50169f56fc7b5a3b28ec6b89254de3e2fd"))},
    {Bls12381::Fp::from_integer(
         limbs_from_hex<6>("01ae6000d8e795efa3e96b939df6861db9f6bcff35b46946"
                           "05ad5fdaf950fec9ae3e9c7e28da965024ed859c18db9c73")),
     Bls12381::Fp::from_integer(
         limbs_from_hex<6>("056e7a04ea62222711a986e4f4f38ba4909ea2f4cb8abe56"
                           "fec9fe9bcfadbcea5fb660bc4b1032ed359261d74d2ba725"))}};

/// [tau^i] G1 for i from 0 to 4095, compressed: the monomial G1 points of the file.
extern const std::array<const char*, 4096> kTrustedSetupMonomialG1;

}  // namespace switchyard::precompiles::curve
