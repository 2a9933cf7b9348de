// SPDX-License-Identifier: Apache-2.0
// The machine's ns16550a.
#pragma once

#include "firmware/controller/core/hal.hpp"

namespace switchyard::firmware::virt {

class Uart final : public SerialPort {
  public:
    /// Sets up 8N1 with the FIFOs on, and the interrupt for received bytes.
    Uart();
    size_t read(uint8_t* bytes, size_t size) override;
    void write(const uint8_t* bytes, size_t size) override;
};

}  // namespace switchyard::firmware::virt
