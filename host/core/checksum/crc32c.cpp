// SPDX-License-Identifier: Apache-2.0
#include "host/core/checksum/crc32c.hpp"

#include <isa-l/crc.h>

#include <algorithm>
#include <climits>

namespace switchyard {

uint32_t crc32c(BytesView bytes, uint32_t previous) {
    uint32_t state = ~previous;
    while (!bytes.empty()) {
        const size_t step = std::min<size_t>(bytes.size(), INT_MAX);
        // ISA-L reads only; its signature predates const.
        state =
            crc32_iscsi(const_cast<unsigned char*>(bytes.data()), static_cast<int>(step), state);
        bytes = bytes.subspan(step);
    }
    return ~state;
}

}  // namespace switchyard
