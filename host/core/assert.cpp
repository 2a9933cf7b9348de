// SPDX-License-Identifier: Apache-2.0
#include "host/core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace switchyard {

void assertion_failed(const char* text, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, text);
    std::abort();
}

}  // namespace switchyard
