// SPDX-License-Identifier: Apache-2.0
// What to do when the next station is slower than the wire.
#pragma once

#include <cstdint>

namespace switchyard::dataplane {

enum class OverloadPolicy : uint8_t {
    Drop,  ///< drop and count: for a wire, which cannot be stopped
    Wait,  ///< leave frames where they are until there is room: for files and loopback, where the
           ///< sender can wait and nothing may be lost
};

}  // namespace switchyard::dataplane
