// SPDX-License-Identifier: Apache-2.0
// Registers that a controller on an Alveo U50 or U55C would use.
//
// Documented: offsets within the card management subsystem as XRT's driver names them
// (src/runtime_src/core/pcie/driver/linux/xocl/subdev/xmc.c, XMC_*_REG; AMD's PG348 describes the
// same map). Each sensor is three words: maximum, average, instantaneous; a driver's offset is that
// of the maximum. Millivolts, milliamperes, degrees Celsius.
// Assumed: all base addresses, as they are what a design assigns; the heartbeat, which is a counter
// that a design would put beside the kernel.
#pragma once

#include <stdint.h>

namespace switchyard::firmware::alveo {

// ---- Documented: card management subsystem ----
constexpr uint32_t kCmsMagic = 0x00;  // reads kCmsMagicValue when the subsystem is up
constexpr uint32_t kCmsMagicValue = 0x74736574;
constexpr uint32_t kCmsStatus = 0x08;
constexpr uint32_t kCmsError = 0x0c;
constexpr uint32_t kCmsControl = 0x18;
constexpr uint32_t kCms12vPexMv = 0x20;
constexpr uint32_t kCms12vAuxMv = 0x44;
constexpr uint32_t kCms12vPexMa = 0xc8;
constexpr uint32_t kCms12vAuxMa = 0xd4;
constexpr uint32_t kCmsVccintMv = 0xe0;
constexpr uint32_t kCmsVccintMa = 0xec;
constexpr uint32_t kCmsFpgaCelsius = 0xf8;
constexpr uint32_t kCmsHbmCelsius = 0x260;
constexpr uint32_t kCmsInstantaneous = 8;  // from a sensor's first word

// ---- Documented: the kernel's control register (firmware/abi/conflict_detector.h) ----
constexpr uint32_t kKernelControl = 0x00;
constexpr uint32_t kKernelStart = 1u << 0;
constexpr uint32_t kKernelDone = 1u << 1;
constexpr uint32_t kKernelIdle = 1u << 2;

// ---- Assumed: to be replaced by what the design assigns ----
constexpr uintptr_t kAssumedCmsBase = 0x00040000;
constexpr uintptr_t kAssumedKernelBase = 0x00010000;
constexpr uintptr_t kAssumedHeartbeat = 0x00020000;    // counts output beats of the kernel
constexpr uintptr_t kAssumedClockWizard = 0x00030000;  // of kernel clock 0
constexpr uintptr_t kAssumedUart = 0x00050000;         // AXI UART 16550
constexpr uintptr_t kAssumedWatchdog = 0x00060000;     // AXI timebase watchdog

}  // namespace switchyard::firmware::alveo
