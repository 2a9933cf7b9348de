// SPDX-License-Identifier: Apache-2.0
// What `switchyard card` does to a device. card_jobs_absent.cpp is the build without XRT.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/offload/xrt/card_management.hpp"
#include "host/offload/xrt/sysfs_cards.hpp"

namespace switchyard::tool {

/// Which device.
struct CardTarget {
    bool emulation = false;  ///< an emulated device of this process, new each time
    uint32_t device = 0;     ///< of the cards, as XRT counts them
    std::string xclbin{};    ///< the kernel's image for a card; the emulated device has its own
};

/// Empty if the target can be expected to be there, else why not and what to do.
[[nodiscard]] std::string reason_no_target(const CardTarget& target);

[[nodiscard]] Result<std::vector<offload::CardProperty>> card_status(const CardTarget& target);
/// Returns the image's identifier.
[[nodiscard]] Result<std::string> program(const CardTarget& target);
/// On emulation: a run hangs, the device is reset and must answer again.
[[nodiscard]] Result<void> reset(const CardTarget& target);

struct ValidationRow {
    std::string test;
    uint64_t transactions = 0;
    uint32_t lanes = 0;
    uint64_t batches = 0;
    double milliseconds = 0;  ///< of all batches
    std::string failure;      ///< empty: passed
};

struct Validation {
    std::string device;
    std::vector<ValidationRow> rows;
    std::string left_out;  ///< what could not be tried here, and why; empty: nothing
    [[nodiscard]] bool passed() const;
};

/// Known batches, each `repeats` times; several in flight; a block in many parts. On emulation also
/// every fault, which software must stand in for, and after which the device must come back; and
/// the management controller's firmware, in QEMU where that is installed.
[[nodiscard]] Result<Validation> validate(const CardTarget& target, uint32_t repeats);

}  // namespace switchyard::tool
