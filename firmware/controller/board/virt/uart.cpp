// SPDX-License-Identifier: Apache-2.0
#include "firmware/controller/board/virt/uart.hpp"

#include "firmware/controller/board/virt/machine.hpp"
#include "firmware/controller/board/virt/memory_map.hpp"

namespace switchyard::firmware::virt {
namespace {

// Registers of the 16550 (National Semiconductor PC16550D, section 8).
constexpr uintptr_t kData = kUart + 0;
constexpr uintptr_t kInterruptEnable = kUart + 1;
constexpr uintptr_t kFifoControl = kUart + 2;
constexpr uintptr_t kLineControl = kUart + 3;
constexpr uintptr_t kLineStatus = kUart + 5;
constexpr uint8_t kDataReady = 1u << 0;
constexpr uint8_t kTransmitterEmpty = 1u << 5;

/// A line that takes no byte for this long has nobody at its end.
constexpr uint32_t kStuckMs = 50;

}  // namespace

Uart::Uart() {
    byte_at(kLineControl) = 0x03;  // 8 data bits, no parity, one stop bit
    byte_at(kFifoControl) = 0x07;  // FIFOs on and cleared, interrupt at one byte
    byte_at(kInterruptEnable) = 0x01;
    word_at(kPlicPriority + 4 * kUartInterrupt) = 1;
    word_at(kPlicEnable) = 1u << kUartInterrupt;
    word_at(kPlicThreshold) = 0;
}

size_t Uart::read(uint8_t* bytes, size_t size) {
    size_t taken = 0;
    while (taken < size && (byte_at(kLineStatus) & kDataReady) != 0)
        bytes[taken++] = byte_at(kData);
    return taken;
}

void Uart::write(const uint8_t* bytes, size_t size) {
    for (size_t i = 0; i < size; ++i) {
        const uint32_t since_ms = machine_ms();
        while ((byte_at(kLineStatus) & kTransmitterEmpty) == 0) {
            if (machine_ms() - since_ms >= kStuckMs) return;
        }
        byte_at(kData) = bytes[i];
    }
}

}  // namespace switchyard::firmware::virt
