// SPDX-License-Identifier: Apache-2.0
// What stores keep of a block.
#pragma once

#include <cstdint>

#include "host/core/bytes.hpp"

namespace switchyard {

struct StoredBlock {
    uint64_t number = 0;
    Bytes32 hash;
    Bytes32 state_root;
    bool operator==(const StoredBlock&) const = default;
};

}  // namespace switchyard
