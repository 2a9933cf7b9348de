// SPDX-License-Identifier: Apache-2.0
// Addresses of qemu-system-riscv32 -M virt, version 7.2 (QEMU's hw/riscv/virt.c, table
// virt_memmap, and include/hw/riscv/virt.h), and how this firmware divides RAM and flash.
#pragma once

#include <stdint.h>

#include "firmware/abi/emulated_board.h"
#include "firmware/controller/core/hal.hpp"

namespace switchyard::firmware::virt {

// ---- The machine ----
constexpr uintptr_t kFinisher = 0x00100000;      // sifive_test: 0x5555 off, 0x7777 reset
constexpr uintptr_t kTimerCompare = 0x02004000;  // CLINT mtimecmp of hart 0
constexpr uintptr_t kTimer = 0x0200bff8;         // CLINT mtime
constexpr uint32_t kTimerTicksPerMs = 10000;     // 10 MHz
constexpr uintptr_t kPlicPriority = 0x0c000000;  // 4 bytes per source
constexpr uintptr_t kPlicEnable = 0x0c002000;    // hart 0, machine mode
constexpr uintptr_t kPlicThreshold = 0x0c200000;
constexpr uintptr_t kPlicClaim = 0x0c200004;
constexpr uint32_t kUartInterrupt = 10;
constexpr uintptr_t kUart = 0x10000000;         // ns16550a, one byte per register
constexpr uintptr_t kBootFlash = 0x20000000;    // read-only: the loader, the factory's firmware
constexpr uintptr_t kUpdateFlash = 0x22000000;  // CFI, two 16-bit parts side by side
constexpr uintptr_t kRam = 0x80000000;

// ---- Our division ----
constexpr uintptr_t kFactoryImage = kBootFlash + 0x40000;
constexpr uintptr_t kHandoff = kRam;             // BootHandoff
constexpr uintptr_t kResetNote = kRam + 0x800;   // ResetNote; trap.S has the same address
constexpr uintptr_t kImageLoad = kRam + 0x1000;  // image.ld has the same address
constexpr uintptr_t kEmulatedPage = kRam + abi::emulated_board::kPageOffset;

constexpr uint32_t kSectorBytes = 0x40000;
constexpr FlashLayout kFlashLayout = {
    kSectorBytes,
    {0 * kSectorBytes, 1 * kSectorBytes},
    {2 * kSectorBytes, 3 * kSectorBytes},
    kSectorBytes,
};

inline volatile uint32_t& word_at(uintptr_t address) {
    return *reinterpret_cast<volatile uint32_t*>(address);
}
inline volatile uint8_t& byte_at(uintptr_t address) {
    return *reinterpret_cast<volatile uint8_t*>(address);
}

}  // namespace switchyard::firmware::virt
