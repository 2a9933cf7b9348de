// SPDX-License-Identifier: Apache-2.0
#include "firmware/controller/board/virt/emulated_card.hpp"

#include "firmware/controller/board/virt/memory_map.hpp"

namespace switchyard::firmware::virt {
namespace {

using abi::emulated_board::Page;

volatile Page& page() {
    return *reinterpret_cast<volatile Page*>(kEmulatedPage);
}

// What a sensor of a card can show at all; beyond it, the sensor is broken.
constexpr int32_t kTemperatureMinMc = -55000;
constexpr int32_t kTemperatureMaxMc = 150000;

}  // namespace

bool EmulatedSensors::read(Readings& readings) {
    readings.temperature_mc = page().temperature_mc;
    readings.power_mw = page().power_mw;
    readings.voltage_mv = page().voltage_mv;
    return page().magic == abi::emulated_board::kMagic && page().sensors_present == 1 &&
           readings.temperature_mc >= kTemperatureMinMc &&
           readings.temperature_mc <= kTemperatureMaxMc;
}

KernelActivity EmulatedKernel::activity() {
    return KernelActivity{page().kernel_busy != 0, page().kernel_heartbeat};
}

void EmulatedKernel::hold(bool held) {
    page().kernel_held = held ? 1 : 0;
}

void EmulatedKernel::set_clock(uint32_t mhz) {
    page().clock_mhz = mhz;
}

void EmulatedKernel::reset() {
    page().kernel_resets = page().kernel_resets + 1;
}

void count_boot() {
    page().boots = page().boots + 1;
}

}  // namespace switchyard::firmware::virt
