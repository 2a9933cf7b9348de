// SPDX-License-Identifier: Apache-2.0
// Looks for cards on the PCI bus before any driver library is loaded.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace switchyard::offload {

struct PciCard {
    std::string address;  ///< such as "0000:3b:00.1"
    std::string driver;   ///< of the function, such as "xocl"; empty if none is bound
};

/// PCI functions of vendor 0x10ee (AMD, formerly Xilinx) below `devices`, ordered by address.
[[nodiscard]] std::vector<PciCard> find_pci_cards(
    const std::filesystem::path& devices = "/sys/bus/pci/devices");

/// Empty if one of `cards` is ready for XRT, that is, bound to the xocl driver; else what is
/// missing.
[[nodiscard]] std::string reason_no_card(const std::vector<PciCard>& cards);

}  // namespace switchyard::offload
