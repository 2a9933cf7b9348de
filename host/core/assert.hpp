// SPDX-License-Identifier: Apache-2.0
// Assertions catch our own bugs, never bad input. The always-on form stays in Release builds.
#pragma once

namespace switchyard {

/// Prints `text` with its location to stderr and aborts.
[[noreturn]] void assertion_failed(const char* text, const char* file, int line) noexcept;

}  // namespace switchyard

#define SWITCHYARD_ASSERT(condition) \
    (static_cast<bool>(condition)    \
         ? static_cast<void>(0)      \
         : ::switchyard::assertion_failed(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define SWITCHYARD_DEBUG_ASSERT(condition) static_cast<void>(0)
#else
#define SWITCHYARD_DEBUG_ASSERT(condition) SWITCHYARD_ASSERT(condition)
#endif
