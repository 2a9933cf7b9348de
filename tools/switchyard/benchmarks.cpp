// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/benchmarks.hpp"

namespace switchyard::tool {

const std::vector<Benchmark>& benchmarks() {
    static const std::vector<Benchmark> all = {
        {"recover",
         "Recover senders' addresses: libsecp256k1 against our batches on every SIMD target",
         "signature", bench_recover},
        {"keccak",
         "Keccak-256 of 135-byte messages: a plain scalar hash against ours, single and in batches",
         "hash", bench_keccak},
    };
    return all;
}

}  // namespace switchyard::tool
