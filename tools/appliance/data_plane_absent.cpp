// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/data_plane.hpp"

namespace switchyard::appliance {

Result<std::unique_ptr<DataPlane>> DataPlane::open(const config::IngressSection&) {
    return Error{ErrorCode::Unavailable,
                 "ingress.device is set, and this build has no data plane; install libdpdk-dev and "
                 "configure with -DSWITCHYARD_WITH_DPDK=ON, or leave ingress.device empty"};
}

}  // namespace switchyard::appliance
