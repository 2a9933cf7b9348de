// SPDX-License-Identifier: Apache-2.0
// Sensors and kernel of the emulated card: words in a page that the emulation shares
// (firmware/abi/emulated_board.h).
#pragma once

#include "firmware/abi/emulated_board.h"
#include "firmware/controller/core/hal.hpp"

namespace switchyard::firmware::virt {

class EmulatedSensors final : public Sensors {
  public:
    bool read(Readings& readings) override;
};

class EmulatedKernel final : public Kernel {
  public:
    KernelActivity activity() override;
    void hold(bool held) override;
    void set_clock(uint32_t mhz) override;
    void reset() override;
};

/// Counts the controller's boots for whoever looks on.
void count_boot();

}  // namespace switchyard::firmware::virt
