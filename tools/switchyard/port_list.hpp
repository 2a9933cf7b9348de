// SPDX-License-Identifier: Apache-2.0
// What this machine has to make ports of, from /proc and /sys.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace switchyard::tool {

/// One of DPDK's drivers.
struct PortDriver {
    std::string name;
    std::string example;  ///< a device string
    std::string use;
    std::string needs;  ///< what is missing here, or empty
};
[[nodiscard]] std::vector<PortDriver> port_drivers();

/// An Ethernet controller on the PCI bus.
struct PciNic {
    std::string address;
    std::string driver;     ///< of the kernel; ports go through `interface`
    std::string interface;  ///< of the kernel, or empty
    int numa_node = -1;
};
[[nodiscard]] std::vector<PciNic> pci_nics();

/// An interface of the kernel, for net_af_packet and net_af_xdp.
struct KernelInterface {
    std::string name;
    std::string state;
    uint32_t mtu = 0;
    std::string address;
};
[[nodiscard]] std::vector<KernelInterface> kernel_interfaces();

struct HugePages {
    uint64_t page_kib = 0;
    uint64_t total = 0;
    uint64_t free = 0;
};
[[nodiscard]] HugePages huge_pages();
/// What that means, in a sentence.
[[nodiscard]] std::string describe(const HugePages& pages);

}  // namespace switchyard::tool
