// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/benchmarks.hpp"

namespace switchyard::tool {

const std::vector<Benchmark>& benchmarks() {
    static const std::vector<Benchmark> all = {
        {"recover",
         "Recover senders' addresses: libsecp256k1 against our batches on every SIMD target", true,
         bench_recover},
        {"keccak",
         "Keccak-256 of 135-byte messages: a plain scalar hash against ours, single and in batches",
         true, bench_keccak},
        {"execute",
         "Blocks over lanes on two threads against the serial executor: workloads, blocks with an "
         "access list, real blocks",
         false, bench_execute, false, false, true},
        {"ingest",
         "Transactions of 200 bytes through the receive loop, station by station, beside a plain "
         "recvmmsg loop",
         false, bench_ingest},
        {"plan",
         "Lanes for blocks of 8 keys per transaction: every conflict detector that runs here, and "
         "a model of the card",
         false, bench_plan},
        {"predict",
         "Predicted accesses against real ones: precision, recall and aborts of every workload, "
         "and "
         "of real blocks",
         true, bench_predict, false, false, true},
        {"pool",
         "A block of 100,000 out of a pool of as many as --accounts: added, taken, followed by a "
         "head, "
         "beside a plain pool; and conflicts in a row against spread ones",
         false, bench_pool, true},
        {"precompiles",
         "Mgas/s of each precompile, typical and lowest of many inputs, beside the library's",
         false, bench_precompiles},
        {"root",
         "State roots of 10,000-transaction blocks: a plain scalar trie against our two tries",
         false, bench_root, true, true},
        {"rpc",
         "Raw transactions into a JSON-RPC port on loopback, in batches (at most 1,000) and one by "
         "one, beside a plain server's handling",
         true, bench_rpc},
        {"subscribers",
         "Events to 1,000 WebSocket subscribers, one of which does not read: how long until the "
         "others have each",
         false, bench_subscribers},
        {"state",
         "Blocks into a store of many accounts: a commit per block against checkpoints into shards",
         false, bench_state, true},
    };
    return all;
}

BenchmarkReport compare(const std::string& benchmark, const std::string& item,
                        const std::vector<Contender>& contenders, const BenchmarkOptions& options) {
    const auto measurements = measure(contenders, options.rounds, options.quiet);
    return {to_table(measurements, item), to_json(benchmark, item, measurements)};
}

}  // namespace switchyard::tool
