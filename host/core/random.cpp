// SPDX-License-Identifier: Apache-2.0
#include "host/core/random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace switchyard {

Result<void> fill_random(std::span<uint8_t> out) {
    size_t done = 0;
    while (done != out.size()) {
        const ssize_t count = getrandom(out.data() + done, out.size() - done, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            const int reason = errno;
            std::ranges::fill(out, uint8_t{0});
            return Error{
                ErrorCode::Unavailable,
                std::string("no random bytes from the operating system: ") + std::strerror(reason)};
        }
        done += static_cast<size_t>(count);
    }
    return {};
}

}  // namespace switchyard
