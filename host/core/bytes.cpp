// SPDX-License-Identifier: Apache-2.0
#include "host/core/bytes.hpp"

#include <random>

namespace switchyard {

uint64_t process_hash_seed() {
    static const uint64_t seed = [] {
        std::random_device device;
        return static_cast<uint64_t>(device()) << 32 | device();
    }();
    return seed;
}

}  // namespace switchyard
