// SPDX-License-Identifier: Apache-2.0
// Counts the calls of operator new by the calling thread. Link switchyard::allocation_counter into
// a test of its own: it replaces the global operators.
#pragma once

#include <cstdint>

namespace switchyard::test {

/// Since the thread began.
[[nodiscard]] uint64_t allocations_of_this_thread();

}  // namespace switchyard::test
