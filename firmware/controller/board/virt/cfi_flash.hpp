// SPDX-License-Identifier: Apache-2.0
// The machine's second flash: NOR with the Intel command set, and the first one to read from.
#pragma once

#include "firmware/controller/core/hal.hpp"

namespace switchyard::firmware::virt {

/// Two 16-bit parts side by side on a 32-bit bus; every command goes to both.
class CfiFlash final : public Flash {
  public:
    CfiFlash(uintptr_t base, uint32_t bytes) : base_(base), bytes_(bytes) {}
    bool read(uint32_t offset, void* to, uint32_t bytes) override;
    bool erase_sector(uint32_t offset) override;
    bool program(uint32_t offset, const void* from, uint32_t bytes) override;

  private:
    [[nodiscard]] bool is_inside(uint32_t offset, uint32_t bytes) const {
        return offset <= bytes_ && bytes <= bytes_ - offset;
    }
    /// Waits for the parts to be ready; false on an error bit.
    [[nodiscard]] bool wait_ready(uintptr_t address);

    uintptr_t base_;
    uint32_t bytes_;
};

}  // namespace switchyard::firmware::virt
