// SPDX-License-Identifier: Apache-2.0
// What a fuzz target does when a property does not hold.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace switchyard::fuzz {

/// Ends the process with `what` on stderr unless `holds`: libFuzzer then keeps the input, and the
/// corpus test fails.
inline void require(bool holds, std::string_view what) {
    if (holds) return;
    std::fprintf(stderr, "fuzz: %.*s\n", static_cast<int>(what.size()), what.data());
    std::abort();
}

}  // namespace switchyard::fuzz
