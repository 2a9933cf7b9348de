// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/port_list.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tools/switchyard/build_info.hpp"

namespace switchyard::tool {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

/// Names in a folder, sorted; none when it cannot be read.
std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> out;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
        out.push_back(entry.path().filename());
    std::sort(out.begin(), out.end());
    return out;
}

std::string link_name(const fs::path& path) {
    std::error_code error;
    const fs::path target = fs::read_symlink(path, error);
    return error ? "" : target.filename().string();
}

/// Bit 13 of the effective capabilities, CAP_NET_RAW (capabilities(7)).
bool may_open_packet_sockets() {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("CapEff:"))
            return (std::strtoull(line.c_str() + 7, nullptr, 16) >> 13 & 1) != 0;
    return false;
}

}  // namespace

std::vector<PortDriver> port_drivers() {
    const std::string built = kHaveDpdk ? "" : "a build with DPDK";
    const auto privileged = [&](bool allowed) {
        return !built.empty() ? built : allowed ? std::string() : std::string("CAP_NET_RAW");
    };
    const bool raw = may_open_packet_sockets();
    const bool tun = ::access("/dev/net/tun", R_OK | W_OK) == 0;
    return {
        {"net_ring", "net_ring0", "a loopback in this process", built},
        {"net_pcap", "net_pcap0,rx_pcap=in.pcap", "files; with iface=eth0 an interface", built},
        {"net_null", "net_null0", "receives empty frames without end", built},
        {"net_af_packet", "net_af_packet0,iface=eth0,blocksz=1048576,framesz=2048,framecnt=65536",
         "any interface of the kernel", privileged(raw)},
        {"net_af_xdp", "net_af_xdp0,iface=eth0", "the same with XDP; frames to 2,048 bytes",
         privileged(raw)},
        {"net_tap", "net_tap0,iface=sw0", "makes an interface of the kernel",
         !built.empty() ? built
         : tun          ? ""
                        : "/dev/net/tun"},
        {"net_memif", "net_memif0,role=server,socket=/run/sw.sock,socket-abstract=no",
         "another process", built},
        {"net_vhost", "net_vhost0,iface=/run/sw.sock", "the switch's side of net_virtio_user",
         built},
        {"net_virtio_user", "net_virtio_user0,path=/run/sw.sock", "a vhost-user switch or QEMU",
         built},
        {"(a card)", "0000:03:00.0", "a NIC that vfio-pci has, by its PCI address", built},
    };
}

std::vector<PciNic> pci_nics() {
    std::vector<PciNic> out;
    const fs::path devices = "/sys/bus/pci/devices";
    for (const std::string& address : names_in(devices)) {
        const fs::path device = devices / address;
        // Class 02: network controllers; 0200: Ethernet.
        if (!first_line(device / "class").starts_with("0x0200")) continue;
        PciNic nic{.address = address, .driver = link_name(device / "driver"), .interface = {}};
        const auto interfaces = names_in(device / "net");
        if (!interfaces.empty()) nic.interface = interfaces.front();
        const std::string node = first_line(device / "numa_node");
        if (!node.empty()) nic.numa_node = static_cast<int>(std::strtol(node.c_str(), nullptr, 10));
        out.push_back(std::move(nic));
    }
    return out;
}

std::vector<KernelInterface> kernel_interfaces() {
    std::vector<KernelInterface> out;
    const fs::path classes = "/sys/class/net";
    for (const std::string& name : names_in(classes)) {
        const fs::path device = classes / name;
        // ARPHRD_ETHER of if_arp.h.
        if (first_line(device / "type") != "1") continue;
        out.push_back({.name = name,
                       .state = first_line(device / "operstate"),
                       .mtu = static_cast<uint32_t>(
                           std::strtoul(first_line(device / "mtu").c_str(), nullptr, 10)),
                       .address = first_line(device / "address")});
    }
    return out;
}

HugePages huge_pages() {
    HugePages out;
    std::ifstream file("/proc/meminfo");
    for (std::string key; file >> key;) {
        if (key == "HugePages_Total:") file >> out.total;
        if (key == "HugePages_Free:") file >> out.free;
        if (key == "Hugepagesize:") file >> out.page_kib;
        std::string rest;
        std::getline(file, rest);
    }
    return out;
}

std::string describe(const HugePages& pages) {
    if (pages.total == 0)
        return fmt::format(
            "none; ports use ordinary memory, which costs TLB misses at high rates. 'sysctl "
            "vm.nr_hugepages=256' makes {} MiB of them",
            256 * pages.page_kib / 1024);
    return fmt::format("{} of {} free, {} KiB each; ports use them when 512 MiB are free",
                       pages.free, pages.total, pages.page_kib);
}

}  // namespace switchyard::tool
