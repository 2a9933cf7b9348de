// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/device.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <random>

#include "dataplane/dpdk/rss.hpp"
#include "dataplane/protocol/flow_hash.hpp"
#include "host/core/hex.hpp"

namespace switchyard::dataplane::dpdk {
namespace {

/// A machine of folders and files.
class FakeMachine {
  public:
    FakeMachine()
        : root_(std::filesystem::temp_directory_path() /
                ("switchyard_" + std::to_string(getpid()) + "_machine")) {
        std::filesystem::create_directories(root_ / "sys/class/net/eth7");
        std::filesystem::create_directories(root_ / "run");
        card("0000:03:00.0", "vfio-pci");
        card("0000:04:00.1", "ixgbe");
        card("0000:05:00.0", "");
    }
    ~FakeMachine() { std::filesystem::remove_all(root_); }
    FakeMachine(const FakeMachine&) = delete;
    FakeMachine& operator=(const FakeMachine&) = delete;

    void file(const std::string& path) {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << "x";
    }
    [[nodiscard]] Result<void> check(const std::string& device) const {
        return check_device(*parse_device(device), root_.string());
    }

  private:
    void card(const std::string& address, const std::string& driver) {
        const auto folder = root_ / "sys/bus/pci/devices" / address;
        std::filesystem::create_directories(folder);
        if (driver.empty()) return;
        std::filesystem::create_directories(root_ / "sys/bus/pci/drivers" / driver);
        std::filesystem::create_symlink("../../drivers/" + driver, folder / "driver");
    }
    std::filesystem::path root_;
};

TEST(Device, TakesDeviceStringsApart) {
    const auto device = parse_device("net_af_packet12,iface=eth0,framesz=2048");
    ASSERT_TRUE(device);
    EXPECT_EQ(device->name, "net_af_packet12");
    EXPECT_EQ(device->driver, "net_af_packet");
    EXPECT_EQ(device->argument("iface"), "eth0");
    EXPECT_EQ(device->argument("framesz"), "2048");
    EXPECT_EQ(device->argument("frame"), "");
    EXPECT_TRUE(parse_device("0000:af:1f.7")->is_pci());
    for (const char* bad : {"", "eth0", "net_ring", "net_Ring0", "net_ring0;reboot",
                            "net_ring0,x=1", "0000:af:1g.7", "0000:AF:1f.7", "000:af:1f.7"})
        EXPECT_EQ(parse_device(bad).error().code, ErrorCode::InvalidInput) << bad;
}

TEST(Device, AddsTheDriversOwnWordForSeveralQueues) {
    const auto arguments = [](const char* device, uint16_t queues) {
        return arguments_for(*parse_device(device), queues);
    };
    EXPECT_EQ(*arguments("net_af_packet0,iface=a", 1), "iface=a");
    EXPECT_EQ(*arguments("net_af_packet0,iface=a", 4), "iface=a,qpairs=4");
    EXPECT_EQ(*arguments("net_af_packet0,iface=a,qpairs=4", 4), "iface=a,qpairs=4");
    EXPECT_EQ(*arguments("net_af_xdp0,iface=a", 2), "iface=a,queue_count=2");
    EXPECT_EQ(*arguments("net_vhost0,iface=/run/s", 2), "iface=/run/s,queues=2");
    EXPECT_EQ(*arguments("net_memif0,role=server", 2), "role=server");
    EXPECT_EQ(arguments("net_af_packet0,iface=a,qpairs=2", 4).error().code,
              ErrorCode::InvalidInput);
    EXPECT_EQ(arguments("net_pcap0,rx_pcap=a", 2).error().code, ErrorCode::InvalidInput);
}

TEST(Device, SaysWhatIsMissingBeforeDpdkIsAsked) {
    FakeMachine machine;
    EXPECT_TRUE(machine.check("net_af_packet0,iface=eth7"));
    EXPECT_TRUE(machine.check("net_memif0,role=server,socket=/run/s,socket-abstract=no"));
    EXPECT_TRUE(machine.check("net_vhost0,iface=/run/s"));
    EXPECT_TRUE(machine.check("0000:03:00.0"));
    struct Case {
        const char* device;
        ErrorCode code;
        const char* says;
    };
    for (const Case& one :
         {Case{"net_af_packet0", ErrorCode::InvalidInput, "iface=NAME"},
          Case{"net_af_packet0,iface=eth8", ErrorCode::NotFound, "no interface eth8"},
          Case{"net_af_xdp0,iface=eth8", ErrorCode::NotFound, "no interface eth8"},
          Case{"net_pcap0,iface=eth8", ErrorCode::NotFound, "no interface eth8"},
          Case{"net_tap0", ErrorCode::Unavailable, "modprobe tun"},
          Case{"net_memif0,socket=/nix/s,socket-abstract=no", ErrorCode::NotFound,
               "no folder /nix"},
          Case{"net_virtio_user0", ErrorCode::InvalidInput, "path=PATH"},
          Case{"net_virtio_user0,path=/run/s", ErrorCode::NotFound, "start the other side first"},
          Case{"0000:09:00.0", ErrorCode::NotFound, "port list"},
          Case{"0000:04:00.1", ErrorCode::Unavailable, "kernel's driver ixgbe; give it to DPDK"},
          Case{"0000:05:00.0", ErrorCode::Unavailable, "dpdk-devbind.py --bind=vfio-pci"}}) {
        const auto checked = machine.check(one.device);
        ASSERT_FALSE(checked) << one.device;
        EXPECT_EQ(checked.error().code, one.code) << checked.error().message;
        EXPECT_NE(checked.error().message.find(one.says), std::string::npos)
            << checked.error().message;
    }
    machine.file("dev/net/tun");
    machine.file("run/s");
    EXPECT_TRUE(machine.check("net_tap0"));
    EXPECT_TRUE(machine.check("net_virtio_user0,path=/run/s"));
}

TEST(Device, AdvisesWhenDpdkRefuses) {
    const auto says = [](const char* device, int code) {
        return advice(*parse_device(device), code);
    };
    EXPECT_NE(says("net_af_packet0,iface=a", -EPERM).find("CAP_NET_RAW"), std::string::npos);
    EXPECT_NE(says("net_tap0", -EACCES).find("CAP_NET_ADMIN"), std::string::npos);
    EXPECT_NE(says("net_nothing0", -EPERM).find("no such driver"), std::string::npos);
    EXPECT_NE(says("net_af_xdp0,iface=a", -EINVAL).find("CONFIG_XDP_SOCKETS"), std::string::npos);
    EXPECT_NE(says("net_ring0", -ENOMEM).find("fewer buffers"), std::string::npos);
}

// Microsoft, "Verifying the RSS Hash Calculation": IPv4 and IPv6 with ports.
TEST(Rss, HashesAsMicrosoftsExamplesDo) {
    const Bytes key = *from_hex(
        "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa");
    // 66.9.149.187:2794 to 161.142.100.80:1766; 199.92.111.2:14230 to 65.69.140.83:4739.
    EXPECT_EQ(toeplitz_hash(key, *from_hex("420995bba18e64500aea06e6")), 0x51CC'C178u);
    EXPECT_EQ(toeplitz_hash(key, *from_hex("c75c6f0241458c533796"
                                           "1283")),
              0xC626'B0EAu);
    // 3ffe:2501:200:1fff::7 port 2794 to 3ffe:2501:200:3::1 port 1766.
    EXPECT_EQ(toeplitz_hash(key, *from_hex("3ffe2501020"
                                           "01fff0000000000000007"
                                           "3ffe25010200000300000000000000010aea06e6")),
              0x4020'7D3Du);
}

TEST(Rss, SpreadsSessionsAndKeepsEachOnOneQueue) {
    const auto plan = plan_rss({.queues = 16,
                                .table_entries = 128,
                                .key_bytes = 52,
                                .hashes_udp_ipv4 = true,
                                .hashes_udp_ipv6 = true},
                               6);
    ASSERT_TRUE(plan);
    EXPECT_TRUE(plan->udp_ipv4 && plan->udp_ipv6);
    ASSERT_EQ(plan->key.size(), 52u);
    ASSERT_EQ(plan->table.size(), 128u);
    // 6,000 ports of one client: every queue gets its share, and the way back the same queue.
    std::array<unsigned, 6> sessions{};
    for (unsigned port = 0; port < 6'000; ++port) {
        const auto high = static_cast<uint8_t>((port + 40'000) >> 8);
        const auto low = static_cast<uint8_t>(port + 40'000);
        const Bytes there = {10, 0, 0, 1, 10, 0, 0, 2, high, low, 0x76, 0x89};
        const Bytes back = {10, 0, 0, 2, 10, 0, 0, 1, 0x76, 0x89, high, low};
        const uint32_t hash = toeplitz_hash(plan->key, there);
        EXPECT_EQ(toeplitz_hash(plan->key, back), hash);
        ++sessions[plan->table[hash % 128]];
    }
    for (const unsigned count : sessions)
        EXPECT_GT(count, 500u);
}

TEST(Rss, IsTheHashOfTheReceiveLoop) {
    const auto plan = plan_rss({.queues = 2, .table_entries = 128, .hashes_udp_ipv4 = true}, 2);
    std::mt19937_64 random(1);
    for (int i = 0; i < 1'000; ++i) {
        const bool ipv6 = i % 2 == 1;
        LinkHeaders link;
        link.source.port = static_cast<uint16_t>(random());
        Bytes input(ipv6 ? 36 : 12);
        for (uint8_t& byte : input)
            byte = static_cast<uint8_t>(random());
        const size_t ports = input.size() - 4;
        if (ipv6) {
            link.source.ip = IpAddress::load(input.data());
            link.destination = IpAddress::load(input.data() + 16);
        } else {
            link.source.ip = IpAddress::v4(load_be32(input.data()));
            link.destination = IpAddress::v4(load_be32(input.data() + 4));
        }
        link.source.port = load_be16(input.data() + ports);
        const uint16_t port = load_be16(input.data() + ports + 2);
        const uint32_t hash = toeplitz_hash(plan->key, input);
        ASSERT_EQ(flow_hash(link, port), hash & 0xFFFF);
        ASSERT_EQ(hash >> 16, hash & 0xFFFF);
    }
}

TEST(Rss, SaysWhatACardCannot) {
    const RssCapabilities card{
        .queues = 8, .table_entries = 64, .key_bytes = 40, .hashes_udp_ipv4 = true};
    EXPECT_TRUE(plan_rss(card, 8));
    EXPECT_EQ(plan_rss(card, 9).error().code, ErrorCode::Unsupported);
    EXPECT_EQ(plan_rss(card, 0).error().code, ErrorCode::InvalidInput);
    RssCapabilities other = card;
    other.hashes_udp_ipv4 = false;
    EXPECT_EQ(plan_rss(other, 2).error().code, ErrorCode::Unsupported);
    other = card;
    other.table_entries = 4;
    EXPECT_EQ(plan_rss(other, 8).error().code, ErrorCode::Unsupported);
    other.table_entries = 0;
    EXPECT_TRUE(plan_rss(other, 8)->table.empty()) << "the card's own";
    other.table_entries = 2'048;
    EXPECT_EQ(plan_rss(other, 8).error().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace switchyard::dataplane::dpdk
