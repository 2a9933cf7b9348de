// SPDX-License-Identifier: Apache-2.0
// Mgas/s of each precompile over its official vectors, as a table. The measured time is CPU time of
// the thread, so that other load on the machine shows less.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "tests/support/test_data.hpp"
#include "tests/unit/precompiles/vectors.hpp"

namespace switchyard::precompiles {
namespace {

struct Measurement {
    const char* name;
    const char* file;
    uint16_t number;
    Revision revision;
};

constexpr Measurement kMeasurements[] = {
    {"ECRECOVER", "ecRecover", 0x01, Revision::Cancun},
    {"MODEXP, Byzantium", "modexp", 0x05, Revision::Byzantium},
    {"MODEXP, Berlin", "modexp_eip2565", 0x05, Revision::Berlin},
    {"MODEXP, Osaka", "modexp_eip7883", 0x05, Revision::Osaka},
    {"ECADD", "bn256Add", 0x06, Revision::Istanbul},
    {"ECMUL", "bn256ScalarMul", 0x07, Revision::Istanbul},
    {"ECPAIRING", "bn256Pairing", 0x08, Revision::Istanbul},
    {"BLAKE2F", "blake2F", 0x09, Revision::Istanbul},
    {"POINT_EVALUATION", "pointEvaluation", 0x0a, Revision::Cancun},
    {"BLS12_G1ADD", "blsG1Add", 0x0b, Revision::Prague},
    {"BLS12_G1MSM, one point", "blsG1Mul", 0x0c, Revision::Prague},
    {"BLS12_G1MSM", "blsG1MultiExp", 0x0c, Revision::Prague},
    {"BLS12_G2ADD", "blsG2Add", 0x0d, Revision::Prague},
    {"BLS12_G2MSM, one point", "blsG2Mul", 0x0e, Revision::Prague},
    {"BLS12_G2MSM", "blsG2MultiExp", 0x0e, Revision::Prague},
    {"BLS12_PAIRING_CHECK", "blsPairing", 0x0f, Revision::Prague},
    {"BLS12_MAP_FP_TO_G1", "blsMapG1", 0x10, Revision::Prague},
    {"BLS12_MAP_FP2_TO_G2", "blsMapG2", 0x11, Revision::Prague},
    {"P256VERIFY", "p256Verify", 0x100, Revision::Osaka},
};

/// Vectors measured per file, spread over all of it.
constexpr size_t kVectorsMax = 24;
/// A call is repeated for this long, three times; the fastest counts.
constexpr double kSecondsPerPass = 0.003;
constexpr int kPasses = 3;
/// What every call of a precompile costs besides its price (EIP-2929). Cheaper calls are left out
/// of the lowest rate.
constexpr uint64_t kWarmCallGas = 100;

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double seconds_per_call(const Address& address, BytesView input, Revision revision) {
    double best = 1e9;
    for (int pass = 0; pass < kPasses; ++pass) {
        const double start = cpu_seconds();
        double elapsed = 0;
        size_t calls = 0;
        while (elapsed < kSecondsPerPass) {
            const auto result = run_precompile(address, input, UINT64_MAX, revision);
            if (result.outcome != Outcome::Success) std::abort();
            ++calls;
            elapsed = cpu_seconds() - start;
        }
        best = std::min(best, elapsed / static_cast<double>(calls));
    }
    return best;
}

struct Rates {
    double gas = 0;
    double seconds = 0;
    double lowest = 1e18;
    size_t calls = 0;
    void add(uint64_t call_gas, double call_seconds) {
        gas += static_cast<double>(call_gas);
        seconds += call_seconds;
        ++calls;
        if (call_gas >= kWarmCallGas)
            lowest = std::min(lowest, static_cast<double>(call_gas) / call_seconds);
    }
    void print(const char* name) const {
        std::printf("| %s | %zu | %.1f | %.1f |\n", name, calls, gas / seconds / 1e6, lowest / 1e6);
    }
};

void measure_file(const Measurement& m, const std::filesystem::path& folder) {
    const auto vectors = test::load_vectors(folder / (std::string{m.file} + ".json"));
    const Address address = test::numbered_address(m.number);
    const size_t step = std::max<size_t>(1, vectors.size() / kVectorsMax);
    Rates rates;
    for (size_t i = 0; i < vectors.size(); i += step) {
        const auto result = run_precompile(address, vectors[i].input, UINT64_MAX, m.revision);
        if (result.outcome != Outcome::Success) std::abort();
        rates.add(result.gas_used, seconds_per_call(address, vectors[i].input, m.revision));
    }
    rates.print(m.name);
}

/// The hashes have no vector file: lengths from nothing to 64 KiB.
void measure_lengths(const char* name, uint16_t number) {
    const Address address = test::numbered_address(number);
    Rates rates;
    for (const size_t length : {0U, 32U, 128U, 1024U, 65'536U}) {
        const Bytes input(length, 0x5a);
        const auto result = run_precompile(address, input, UINT64_MAX, Revision::Osaka);
        rates.add(result.gas_used, seconds_per_call(address, input, Revision::Osaka));
    }
    rates.print(name);
}

int run() {
    const auto suite = switchyard::test::conformance_suite("crypto");
    if (!suite) {
        std::fprintf(stderr, "no conformance data: set SWITCHYARD_DATA\n");
        return 2;
    }
    std::printf("| precompile | calls | all calls, Mgas/s | lowest, Mgas/s |\n");
    std::printf("| --- | --- | --- | --- |\n");
    measure_lengths("SHA-256", 0x02);
    measure_lengths("RIPEMD-160", 0x03);
    measure_lengths("IDENTITY", 0x04);
    for (const Measurement& m : kMeasurements)
        measure_file(m, *suite / "go-ethereum-vm-testdata" / "precompiles");
    return 0;
}

}  // namespace
}  // namespace switchyard::precompiles

int main() {
    return switchyard::precompiles::run();
}
