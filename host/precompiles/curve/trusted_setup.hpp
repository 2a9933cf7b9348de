// SPDX-License-Identifier: Apache-2.0
// Generated data: what point evaluation needs of the trusted setup of EIP-4844.
#pragma once

#include "host/precompiles/curve/bls12_381.hpp"

namespace switchyard::precompiles::curve {

/// [tau] G2 of the KZG ceremony: the second G2 point of `trusted_setup.txt` of
/// ethereum/c-kzg-4844 at b7e4098813e02c866d8def4e88524be8a6bedc7f, decompressed. A test compares
/// it with that file.
inline constexpr Bls12381::G2 kTrustedSetupTauG2{
    {Bls12381::Fp::from_integer(
         limbs_from_hex<6>("185cbfee53492714734429b7b38608e23926c911cceceac9"
                           "a36851477ba4c60b087041de621000edc98edada20c1def2")),
     Bls12381::Fp::from_integer(
         limbs_from_hex<6>("15bfd7dd8cdeb128843bc287230af38926187075cbfbefa8"
                           "1009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72"))},
    {Bls12381::Fp::from_integer(
         limbs_from_hex<6>("014353bdb96b626dd7d5ee8599d1fca2131569490e28de18"
                           "e82451a496a9c9794ce26d105941f383ee689bfbbb832a99")),
     Bls12381::Fp::from_integer(
         limbs_from_hex<6>("1666c54b0a32529503432fcae0181b4bef79de09fc63671f"
                           "da5ed1ba9bfa07899495346f3d7ac9cd23048ef30d0a154f"))}};

/// The generator of G2 (EIP-2537), the first G2 point of the same file.
inline constexpr Bls12381::G2 kG2Generator{
    {Bls12381::Fp::from_integer(
         limbs_from_hex<6>("024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02"
                           "b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8")),
     Bls12381::Fp::from_integer(
         limbs_from_hex<6>("13e02b6052719f607dacd3a088274f65596bd0d09920b61a"
                           "b5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"))},
    {Bls12381::Fp::from_integer(
         limbs_from_hex<6>("0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a7"
                           "6d429a695160d12c923ac9cc3baca289e193548608b82801")),
     Bls12381::Fp::from_integer(
         limbs_from_hex<6>("0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af"
                           "267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be"))}};

}  // namespace switchyard::precompiles::curve
