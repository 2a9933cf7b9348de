// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/device.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "dataplane/protocol/wire.hpp"

namespace switchyard::dataplane::dpdk {
namespace {

constexpr uint16_t kLargeBuffer = 9'216;  ///< the largest frame, in a multiple of the cache line
/// The kernel shares buffers of AF_XDP, which are no larger than a page with DPDK's headers before
/// them and 256 bytes for a program.
constexpr uint16_t kXdpBuffer = 2'304;
constexpr uint16_t kXdpFrame = kXdpBuffer - 256;
static_assert(kLargeBuffer >= kFrameBytesMax && kXdpFrame >= kFrameBytesStandard);

constexpr std::array<DriverTraits, 9> kDrivers = {{
    {"net_ring", "", QueueSpread::Peer, kLargeBuffer, kFrameBytesMax},
    {"net_pcap", "", QueueSpread::None, kLargeBuffer, kFrameBytesMax},
    {"net_null", "", QueueSpread::Peer, kLargeBuffer, kFrameBytesMax},
    {"net_af_packet", "qpairs", QueueSpread::Kernel, kLargeBuffer, kFrameBytesMax},
    {"net_af_xdp", "queue_count", QueueSpread::Kernel, kXdpBuffer, kXdpFrame},
    {"net_tap", "", QueueSpread::Kernel, kLargeBuffer, kFrameBytesMax},
    {"net_memif", "", QueueSpread::Peer, kLargeBuffer, kFrameBytesMax},
    {"net_vhost", "queues", QueueSpread::Peer, kLargeBuffer, kFrameBytesMax},
    {"net_virtio_user", "queues", QueueSpread::Peer, kLargeBuffer, kFrameBytesMax},
}};
constexpr DriverTraits kCard = {"pci", "", QueueSpread::Hash, kLargeBuffer, kFrameBytesMax};

Error device_error(ErrorCode code, const std::string& device, const std::string& what) {
    return {code, "port " + device + ": " + what};
}

/// 0000:03:00.0
bool is_pci_address(const std::string& text) {
    constexpr std::string_view kShape = "xxxx:xx:xx.x";
    if (text.size() != kShape.size()) return false;
    return std::equal(text.begin(), text.end(), kShape.begin(), [](char c, char shape) {
        const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        return shape == 'x' ? digit : c == shape;
    });
}

bool exists(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

Result<void> check_card(const Device& device, const std::string& root) {
    const std::string folder = root + "/sys/bus/pci/devices/" + device.name;
    if (!exists(folder))
        return device_error(ErrorCode::NotFound, device.name,
                            "no card at this PCI address; 'switchyard port list' shows those of "
                            "this machine");
    std::error_code error;
    const std::string driver =
        std::filesystem::read_symlink(folder + "/driver", error).filename().string();
    constexpr std::array<std::string_view, 5> kUserDrivers = {"vfio-pci", "uio_pci_generic",
                                                              "igb_uio", "mlx5_core", "mlx4_core"};
    if (std::ranges::find(kUserDrivers, driver) == kUserDrivers.end())
        return device_error(ErrorCode::Unavailable, device.name,
                            "the card belongs to " +
                                (driver.empty() ? "no driver" : "the kernel's driver " + driver) +
                                "; give it to DPDK: dpdk-devbind.py --bind=vfio-pci " +
                                device.name);
    return {};
}

}  // namespace

std::string Device::argument(const std::string& key) const {
    for (size_t at = 0; at < arguments.size();) {
        const size_t end = std::min(arguments.find(',', at), arguments.size());
        const std::string one = arguments.substr(at, end - at);
        if (one.starts_with(key + "=")) return one.substr(key.size() + 1);
        at = end + 1;
    }
    return {};
}

Result<Device> parse_device(const std::string& text) {
    const size_t comma = text.find(',');
    Device out;
    out.name = text.substr(0, comma);
    if (comma != std::string::npos) out.arguments = text.substr(comma + 1);
    if (is_pci_address(out.name)) {
        out.driver = kCard.driver;
        return out;
    }
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    if (!out.name.starts_with("net_") || out.name.size() > 32 ||
        !std::ranges::all_of(out.name, allowed))
        return device_error(ErrorCode::InvalidInput, text,
                            "a device is net_, a driver and a number, such as net_ring0, or a "
                            "card's PCI address, such as 0000:03:00.0");
    out.driver = out.name.substr(0, out.name.find_last_not_of("0123456789") + 1);
    if (out.driver == out.name)
        return device_error(ErrorCode::InvalidInput, text, "the device's name ends in a number");
    if (out.driver == "net_ring" && !out.arguments.empty())
        return device_error(ErrorCode::InvalidInput, text, "net_ring takes no arguments");
    return out;
}

const DriverTraits& traits_of(const Device& device) {
    static constexpr DriverTraits kOther = {"", "", QueueSpread::Hash, kLargeBuffer,
                                            kFrameBytesMax};
    if (device.is_pci()) return kCard;
    const auto found = std::ranges::find(kDrivers, device.driver, &DriverTraits::driver);
    return found == kDrivers.end() ? kOther : *found;
}

Result<std::string> arguments_for(const Device& device, uint16_t queues) {
    const DriverTraits& traits = traits_of(device);
    if (queues > 1 && traits.spread == QueueSpread::None)
        return device_error(ErrorCode::InvalidInput, device.name,
                            "this driver has one queue; leave --queues out");
    const std::string key = traits.queue_argument;
    if (key.empty()) return device.arguments;
    const std::string stated = device.argument(key);
    const std::string wanted = std::to_string(queues);
    if (!stated.empty() && stated != wanted)
        return device_error(ErrorCode::InvalidInput, device.name,
                            key + "=" + stated + " stands against " + wanted +
                                " queues; leave it out, it is added");
    if (!stated.empty() || queues == 1) return device.arguments;
    return device.arguments + (device.arguments.empty() ? "" : ",") + key + "=" + wanted;
}

Result<void> check_device(const Device& device, const std::string& root) {
    if (device.is_pci()) return check_card(device, root);
    const std::string interface = device.argument("iface");
    const bool of_the_kernel = device.driver == "net_af_packet" || device.driver == "net_af_xdp" ||
                               device.driver == "net_pcap";
    if (of_the_kernel && interface.empty() && device.driver != "net_pcap")
        return device_error(ErrorCode::InvalidInput, device.name,
                            "which interface? add iface=NAME; 'switchyard port list' shows them");
    if (of_the_kernel && !interface.empty() && !exists(root + "/sys/class/net/" + interface))
        return device_error(ErrorCode::NotFound, device.name,
                            "there is no interface " + interface +
                                "; 'switchyard port list' shows those of this machine, or of this "
                                "network namespace");
    if (device.driver == "net_tap" && !exists(root + "/dev/net/tun"))
        return device_error(ErrorCode::Unavailable, device.name,
                            "the kernel has no /dev/net/tun; 'modprobe tun', or give the container "
                            "that device");
    const std::string path = device.argument(
        device.driver == "net_vhost" ? "iface"
                                     : (device.driver == "net_memif" ? "socket" : "path"));
    const bool has_path =
        device.driver == "net_vhost" || device.driver == "net_virtio_user" ||
        (device.driver == "net_memif" && device.argument("socket-abstract") == "no");
    if (!has_path) return {};
    if (path.empty())
        return device_error(ErrorCode::InvalidInput, device.name,
                            "which socket? net_memif takes socket=PATH, net_vhost iface=PATH, "
                            "net_virtio_user path=PATH");
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (!folder.empty() && !exists(root + folder.string()))
        return device_error(ErrorCode::NotFound, device.name,
                            "there is no folder " + folder.string() + " for the socket");
    const bool connects =
        (device.driver == "net_virtio_user" && device.argument("server") != "1") ||
        (device.driver == "net_vhost" && device.argument("client") == "1");
    if (connects && !exists(root + path))
        return device_error(
            ErrorCode::NotFound, device.name,
            "nobody listens at " + path + "; start the other side first: net_vhost0,iface=" + path);
    return {};
}

std::string advice(const Device& device, int code) {
    const int number = code < 0 ? -code : code;
    const bool known =
        device.is_pci() ||
        std::ranges::find(kDrivers, device.driver, &DriverTraits::driver) != kDrivers.end();
    // EAL says EPERM, too, when no driver takes the name.
    if (number == ENOENT || number == ENODEV || (number == EPERM && !known))
        return "DPDK has no such driver here; its plugins are in the packages librte-net-*, and "
               "'switchyard port list' shows what opens";
    if (number == EPERM || number == EACCES)
        return device.driver == "net_tap"
                   ? "it takes CAP_NET_ADMIN: run as root, or 'setcap cap_net_admin+ep' the command"
                   : "it takes CAP_NET_RAW (net_af_xdp CAP_BPF and CAP_NET_ADMIN too): run as "
                     "root, "
                     "or 'setcap cap_net_raw+ep' the command";
    if (number == ENOMEM)
        return "fewer buffers or a shorter queue take less; 'ulimit -l' bounds what may be locked";
    if (device.driver == "net_af_xdp")
        return "the kernel needs CONFIG_XDP_SOCKETS and the interface as many queues as asked for; "
               "net_af_packet does the same without";
    if (device.driver == "net_tap" || device.driver == "net_af_packet")
        return "it takes CAP_NET_RAW and CAP_NET_ADMIN: run as root";
    return {};
}

}  // namespace switchyard::dataplane::dpdk
