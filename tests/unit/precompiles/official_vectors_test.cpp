// SPDX-License-Identifier: Apache-2.0
// The vectors of go-ethereum and of the EIPs: results, prices and refusals.
#include <gtest/gtest.h>

#include "tests/support/test_data.hpp"
#include "tests/unit/precompiles/vectors.hpp"

namespace switchyard::precompiles::test {
namespace {

struct Case {
    const char* file;
    uint16_t number;
    Revision revision;
    bool check_gas = true;
};

void PrintTo(const Case& c, std::ostream* out) {
    *out << c.file;
}

class OfficialVectors : public testing::TestWithParam<Case> {};

TEST_P(OfficialVectors, GiveTheirResultAndTheirPrice) {
    SWITCHYARD_REQUIRE_SUITE(root, "crypto");
    const Case& c = GetParam();
    RecordProperty("cases",
                   static_cast<int>(run_vectors(root / c.file, c.number, c.revision, c.check_gas)));
}

#define GETH(name) "go-ethereum-vm-testdata/precompiles/" name ".json"

INSTANTIATE_TEST_SUITE_P(
    GoEthereum, OfficialVectors,
    testing::Values(Case{GETH("ecRecover"), 0x01, Revision::Frontier},
                    Case{GETH("modexp"), 0x05, Revision::Byzantium},
                    Case{GETH("modexp"), 0x05, Revision::Istanbul},
                    Case{GETH("modexp_eip2565"), 0x05, Revision::Berlin},
                    Case{GETH("modexp_eip2565"), 0x05, Revision::Prague},
                    Case{GETH("modexp_eip7883"), 0x05, Revision::Osaka},
                    Case{GETH("bn256Add"), 0x06, Revision::Istanbul},
                    Case{GETH("bn256ScalarMul"), 0x07, Revision::Istanbul},
                    Case{GETH("bn256Pairing"), 0x08, Revision::Istanbul},
                    // The file's price column is empty: EIP-152 charges by round.
                    Case{GETH("blake2F"), 0x09, Revision::Istanbul, false},
                    Case{GETH("fail-blake2f"), 0x09, Revision::Istanbul},
                    Case{GETH("pointEvaluation"), 0x0a, Revision::Cancun},
                    Case{GETH("blsG1Add"), 0x0b, Revision::Prague},
                    Case{GETH("blsG1Mul"), 0x0c, Revision::Prague},
                    Case{GETH("blsG1MultiExp"), 0x0c, Revision::Prague},
                    Case{GETH("blsG2Add"), 0x0d, Revision::Prague},
                    Case{GETH("blsG2Mul"), 0x0e, Revision::Prague},
                    Case{GETH("blsG2MultiExp"), 0x0e, Revision::Prague},
                    Case{GETH("blsPairing"), 0x0f, Revision::Prague},
                    Case{GETH("blsMapG1"), 0x10, Revision::Prague},
                    Case{GETH("blsMapG2"), 0x11, Revision::Prague},
                    Case{GETH("fail-blsG1Add"), 0x0b, Revision::Prague},
                    Case{GETH("fail-blsG1Mul"), 0x0c, Revision::Prague},
                    Case{GETH("fail-blsG1MultiExp"), 0x0c, Revision::Prague},
                    Case{GETH("fail-blsG2Add"), 0x0d, Revision::Prague},
                    Case{GETH("fail-blsG2Mul"), 0x0e, Revision::Prague},
                    Case{GETH("fail-blsG2MultiExp"), 0x0e, Revision::Prague},
                    Case{GETH("fail-blsPairing"), 0x0f, Revision::Prague},
                    Case{GETH("fail-blsMapG1"), 0x10, Revision::Prague},
                    Case{GETH("fail-blsMapG2"), 0x11, Revision::Prague},
                    Case{GETH("p256Verify"), 0x100, Revision::Osaka}));

#define EIP2537(name) "EIPs/eip-2537/" name ".json"

INSTANTIATE_TEST_SUITE_P(
    Eip2537, OfficialVectors,
    testing::Values(Case{EIP2537("add_G1_bls"), 0x0b, Revision::Prague},
                    Case{EIP2537("mul_G1_bls"), 0x0c, Revision::Prague},
                    Case{EIP2537("msm_G1_bls"), 0x0c, Revision::Prague},
                    Case{EIP2537("add_G2_bls"), 0x0d, Revision::Prague},
                    Case{EIP2537("mul_G2_bls"), 0x0e, Revision::Prague},
                    Case{EIP2537("pairing_check_bls"), 0x0f, Revision::Prague},
                    Case{EIP2537("map_fp_to_G1_bls"), 0x10, Revision::Prague},
                    Case{EIP2537("map_fp2_to_G2_bls"), 0x11, Revision::Prague},
                    Case{EIP2537("fail-add_G1_bls"), 0x0b, Revision::Prague},
                    Case{EIP2537("fail-mul_G1_bls"), 0x0c, Revision::Prague},
                    Case{EIP2537("fail-msm_G1_bls"), 0x0c, Revision::Prague},
                    Case{EIP2537("fail-add_G2_bls"), 0x0d, Revision::Prague},
                    Case{EIP2537("fail-mul_G2_bls"), 0x0e, Revision::Prague},
                    Case{EIP2537("fail-msm_G2_bls"), 0x0e, Revision::Prague},
                    Case{EIP2537("fail-pairing_check_bls"), 0x0f, Revision::Prague},
                    Case{EIP2537("fail-map_fp_to_G1_bls"), 0x10, Revision::Prague},
                    Case{EIP2537("fail-map_fp2_to_G2_bls"), 0x11, Revision::Prague}));

// The file's price is RIP-7212's; EIP-7951 doubles it.
INSTANTIATE_TEST_SUITE_P(Eip7951, OfficialVectors,
                         testing::Values(Case{"EIPs/eip-7951/test-vectors.json", 0x100,
                                              Revision::Osaka, false}));

}  // namespace
}  // namespace switchyard::precompiles::test
