// SPDX-License-Identifier: Apache-2.0
// What the compiler calls and no library here has.

/// A call of a function that no class implements is our own bug: an exception, and so a reset.
extern "C" [[noreturn]] void __cxa_pure_virtual() {
    asm volatile("ebreak");
    __builtin_unreachable();
}
