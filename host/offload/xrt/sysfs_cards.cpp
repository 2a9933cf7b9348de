// SPDX-License-Identifier: Apache-2.0
#include "host/offload/xrt/sysfs_cards.hpp"

#include <algorithm>
#include <fstream>

namespace switchyard::offload {
namespace fs = std::filesystem;

std::vector<PciCard> find_pci_cards(const fs::path& devices) {
    std::vector<PciCard> cards;
    std::error_code failed;
    for (const auto& device : fs::directory_iterator(devices, failed)) {
        std::string vendor;
        std::ifstream(device.path() / "vendor") >> vendor;
        if (vendor != "0x10ee") continue;
        std::error_code unbound;
        const fs::path driver = fs::read_symlink(device.path() / "driver", unbound);
        cards.push_back(
            {device.path().filename().string(), unbound ? "" : driver.filename().string()});
    }
    std::ranges::sort(cards, {}, &PciCard::address);
    return cards;
}

std::string reason_no_card(const std::vector<PciCard>& cards) {
    if (cards.empty())
        return "there is no card on this machine (no PCI device of vendor 0x10ee); 'software' "
               "needs none";
    std::string found;
    for (const PciCard& card : cards) {
        if (card.driver == "xocl") return {};
        found += (found.empty() ? "" : ", ") + card.address + " (" +
                 (card.driver.empty() ? "no driver" : card.driver) + ")";
    }
    return "no card is bound to the xocl driver: found " + found + "; install XRT's kernel modules";
}

}  // namespace switchyard::offload
