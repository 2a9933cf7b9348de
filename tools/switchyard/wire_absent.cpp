// SPDX-License-Identifier: Apache-2.0
// The wire of a build without DPDK, and the commands that need one.
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/port_client.hpp"
#include "tools/switchyard/port_jobs.hpp"
#include "tools/switchyard/wire.hpp"

namespace switchyard::tool {
namespace {

Error absent() {
    return {ErrorCode::Unavailable,
            "this build has no data plane; install libdpdk-dev and configure with "
            "-DSWITCHYARD_WITH_DPDK=ON"};
}

}  // namespace

Result<std::unique_ptr<Wire>> Wire::open() {
    return absent();
}

Result<PortReport> watch_port(const PortTarget&, uint16_t, const PortProgress&) {
    return absent();
}

Result<PortReport> serve_port(const PortTarget&, const ListenConfig&, const PortProgress&) {
    return absent();
}

Result<LoopReport> loop_port(const PortTarget&, uint64_t) {
    return absent();
}

Result<std::unique_ptr<TransactionLink>> open_port_client(const PortClientConfig&) {
    return absent();
}

Result<BenchmarkReport> bench_ingest(const BenchmarkOptions&) {
    return absent();
}

}  // namespace switchyard::tool
