// SPDX-License-Identifier: Apache-2.0
#include "firmware/controller/board/virt/cfi_flash.hpp"

#include <string.h>

#include "firmware/controller/board/virt/machine.hpp"
#include "firmware/controller/board/virt/memory_map.hpp"

namespace switchyard::firmware::virt {
namespace {

// Intel StrataFlash command set (CFI primary command set 1), the same to both parts.
constexpr uint32_t both(uint32_t command) {
    return command << 16 | command;
}
constexpr uint32_t kReadArray = both(0xff);
constexpr uint32_t kClearStatus = both(0x50);
constexpr uint32_t kEraseSetup = both(0x20);
constexpr uint32_t kEraseConfirm = both(0xd0);
constexpr uint32_t kProgramWord = both(0x40);
constexpr uint32_t kReady = both(0x80);
constexpr uint32_t kErrors = both(0x3a);  // erase, program, voltage, locked

constexpr uint32_t kBusyMsMax = 1500;  // below the watchdog's 2 s

}  // namespace

bool CfiFlash::read(uint32_t offset, void* to, uint32_t bytes) {
    if (!is_inside(offset, bytes)) return false;
    memcpy(to, reinterpret_cast<const void*>(base_ + offset), bytes);
    return true;
}

bool CfiFlash::wait_ready(uintptr_t address) {
    const uint32_t since_ms = machine_ms();
    for (;;) {
        const uint32_t status = word_at(address);
        if ((status & kReady) == kReady) return (status & kErrors) == 0;
        if (machine_ms() - since_ms >= kBusyMsMax) return false;
    }
}

bool CfiFlash::erase_sector(uint32_t offset) {
    if (!is_inside(offset, kSectorBytes) || offset % kSectorBytes != 0) return false;
    const uintptr_t address = base_ + offset;
    kick_watchdog();
    word_at(address) = kClearStatus;
    word_at(address) = kEraseSetup;
    word_at(address) = kEraseConfirm;
    const bool done = wait_ready(address);
    word_at(address) = kReadArray;
    kick_watchdog();
    return done;
}

bool CfiFlash::program(uint32_t offset, const void* from, uint32_t bytes) {
    if (!is_inside(offset, bytes) || offset % 4 != 0 || bytes % 4 != 0) return false;
    bool done = true;
    for (uint32_t at = 0; done && at < bytes; at += 4) {
        uint32_t word = 0;
        memcpy(&word, static_cast<const uint8_t*>(from) + at, sizeof word);
        const uintptr_t address = base_ + offset + at;
        word_at(address) = kProgramWord;
        word_at(address) = word;
        done = wait_ready(address);
    }
    word_at(base_ + offset) = kClearStatus;
    word_at(base_ + offset) = kReadArray;
    return done;
}

}  // namespace switchyard::firmware::virt
