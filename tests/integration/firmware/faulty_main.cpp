// SPDX-License-Identifier: Apache-2.0
// Firmware that boots and does not do its work: what an update may bring, and must not survive.
#include "firmware/controller/board/virt/machine.hpp"

extern "C" [[noreturn]] void firmware_main() {
    switchyard::firmware::virt::kick_watchdog();
#if defined(SWITCHYARD_FAULT_HANG)
    for (;;)
        asm volatile("");
#elif defined(SWITCHYARD_FAULT_TRAP)
    asm volatile(".word 0");  // an illegal instruction
    __builtin_unreachable();
#elif defined(SWITCHYARD_FAULT_WILD)
    // A write to where the machine has nothing.
    for (;;)
        *reinterpret_cast<volatile unsigned*>(0x08000000) = 1;
#else
#error "name a fault"
#endif
}
