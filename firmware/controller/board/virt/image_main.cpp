// SPDX-License-Identifier: Apache-2.0
// The controller's firmware on the emulated card.
#include "firmware/controller/board/virt/cfi_flash.hpp"
#include "firmware/controller/board/virt/emulated_card.hpp"
#include "firmware/controller/board/virt/handoff.hpp"
#include "firmware/controller/board/virt/limits.hpp"
#include "firmware/controller/board/virt/machine.hpp"
#include "firmware/controller/board/virt/memory_map.hpp"
#include "firmware/controller/board/virt/uart.hpp"
#include "firmware/controller/controller.hpp"

namespace switchyard::firmware::virt {
namespace {

BootInfo boot_info() {
    const auto& handoff = *reinterpret_cast<const BootHandoff*>(kHandoff);
    // Started by anything but the loader: as if it were the factory's, which no trial limits.
    if (handoff.magic != kHandoffMagic) {
        return BootInfo{mailbox::kSlotFactory, mailbox::kPowerOn, 0, 0, {0, 0}};
    }
    BootInfo boot{};
    boot.slot = static_cast<mailbox::Slot>(handoff.slot);
    boot.reset_reason = static_cast<mailbox::ResetReason>(handoff.reset_reason);
    boot.firmware_version = handoff.firmware_version;
    boot.factory_version = handoff.factory_version;
    for (uint32_t slot = 0; slot < mailbox::kUpdatableSlots; ++slot) {
        boot.rejected[slot] = static_cast<uint8_t>(handoff.rejected[slot]);
    }
    return boot;
}

}  // namespace

[[noreturn]] void run() {
    kick_watchdog();
    Machine machine;
    Uart uart;
    CfiFlash flash(kUpdateFlash, abi::emulated_board::kFlashBytes);
    EmulatedSensors sensors;
    EmulatedKernel kernel;
    constexpr ControllerConfig kConfig = {
        kGuardLimits, kFlashLayout, {image::kBoardVirt, kImageLoad}};
    Controller controller(kConfig, boot_info(), uart, flash, sensors, kernel, machine);
    for (;;) {
        if (controller.poll()) {
            kick_watchdog();
        } else {
            sleep(5);
        }
    }
}

}  // namespace switchyard::firmware::virt

extern "C" [[noreturn]] void firmware_main() {
    switchyard::firmware::virt::run();
}
