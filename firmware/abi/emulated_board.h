// SPDX-License-Identifier: Apache-2.0
// What stands in for the sensors and the kernel where the controller runs in QEMU: one page of the
// guest's memory, which whoever started QEMU shares through a file. It is not part of the mailbox:
// a card has registers here, and no test command exists in the protocol.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace switchyard {
namespace abi {
namespace emulated_board {

constexpr uint32_t kMemoryBytes = 16u << 20;  // of the guest
constexpr uint32_t kPageBytes = 4096;
constexpr uint32_t kPageOffset = kMemoryBytes - kPageBytes;  // within the guest's memory
constexpr uint32_t kFlashBytes = 32u << 20;                  // of each of virt's two flash devices
constexpr uint32_t kMagic = 0x45425953;                      // "SYBE" in memory order

/// Fields are aligned words, each written by one side only. Without the magic the board has no
/// sensors, which the firmware treats as blindness.
struct Page {
    // Written by the emulation.
    uint32_t magic;
    uint32_t sensors_present;  // 0: every reading fails
    int32_t temperature_mc;
    uint32_t power_mw;
    uint32_t voltage_mv;
    uint32_t kernel_busy;  // a run is in progress
    uint32_t kernel_heartbeat;
    uint32_t reserved0[9];
    // Written by the firmware.
    uint32_t clock_mhz;      // 0: stopped
    uint32_t kernel_held;    // 1: no further start is let through
    uint32_t kernel_resets;  // counts
    uint32_t boots;          // of the controller since power on
    uint32_t reserved1[12];
};

static_assert(sizeof(Page) == 128 && offsetof(Page, kernel_heartbeat) == 24 &&
                  offsetof(Page, clock_mhz) == 64,
              "layout");

}  // namespace emulated_board
}  // namespace abi
}  // namespace switchyard
