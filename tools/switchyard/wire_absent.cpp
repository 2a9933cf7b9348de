// SPDX-License-Identifier: Apache-2.0
// The wire of a build without DPDK, and the commands that need one.
#include "tools/switchyard/benchmarks.hpp"
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

Result<BenchmarkReport> bench_ingest(const BenchmarkOptions&) {
    return absent();
}

}  // namespace switchyard::tool
