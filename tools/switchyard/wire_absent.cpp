// SPDX-License-Identifier: Apache-2.0
// The wire of a build without DPDK.
#include "tools/switchyard/wire.hpp"

namespace switchyard::tool {

Result<std::unique_ptr<Wire>> Wire::open() {
    return Error{ErrorCode::Unavailable,
                 "this build has no data plane; install libdpdk-dev and configure with "
                 "-DSWITCHYARD_WITH_DPDK=ON"};
}

}  // namespace switchyard::tool
