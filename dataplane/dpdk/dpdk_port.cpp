// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/dpdk_port.hpp"

#include <rte_bus_vdev.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <charconv>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "dataplane/dpdk/pcap_file.hpp"
#include "dataplane/protocol/wire.hpp"
#include "dataplane/receive/counter.hpp"

namespace switchyard::dataplane::dpdk {
namespace {

constexpr size_t kBurstMax = 256;
constexpr size_t kTransmitBurst = 64;
constexpr auto kAnySocket = static_cast<unsigned>(SOCKET_ID_ANY);
constexpr uint16_t kFrameRoom = 9'216;  ///< data of one buffer, a multiple of the cache line
static_assert(kFrameRoom >= kFrameBytesMax);
constexpr uint32_t kBuffersMax = 1u << 20;
constexpr uint32_t kQueueFramesMax = 1u << 15;

/// A device string taken apart.
struct Device {
    std::string name;       ///< net_pcap0
    std::string driver;     ///< net_pcap
    std::string arguments;  ///< rx_pcap=in.pcap
    std::string rx_pcap;
    bool infinite_rx = false;
};

Error port_error(ErrorCode code, const PortConfig& config, const std::string& what) {
    return {code, "port " + config.device + ": " + what};
}

Result<Device> parse_device(const PortConfig& config) {
    const std::string& text = config.device;
    const size_t comma = text.find(',');
    Device out;
    out.name = text.substr(0, comma);
    if (comma != std::string::npos) out.arguments = text.substr(comma + 1);
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    if (!out.name.starts_with("net_") || out.name.size() > 32 ||
        !std::ranges::all_of(out.name, allowed))
        return port_error(ErrorCode::InvalidInput, config,
                          "the device's name is net_, a driver and a number, such as net_ring0");
    out.driver = out.name.substr(0, out.name.find_last_not_of("0123456789") + 1);
    if (out.driver == out.name)
        return port_error(ErrorCode::InvalidInput, config, "the device's name ends in a number");
    if (out.driver == "net_ring" && !out.arguments.empty())
        return port_error(ErrorCode::InvalidInput, config, "net_ring takes no arguments");
    for (size_t at = 0; at < out.arguments.size();) {
        const size_t end = std::min(out.arguments.find(',', at), out.arguments.size());
        const std::string argument = out.arguments.substr(at, end - at);
        if (argument.starts_with("rx_pcap=")) out.rx_pcap = argument.substr(8);
        if (argument == "infinite_rx=1") out.infinite_rx = true;
        at = end + 1;
    }
    return out;
}

Result<void> check(const PortConfig& config, const Device& device) {
    if (config.buffers < 2 * kBurstMax || config.buffers > kBuffersMax)
        return port_error(ErrorCode::InvalidInput, config, "buffers takes 512 to 1,048,576");
    if (!std::has_single_bit(config.queue_frames) || config.queue_frames < 32 ||
        config.queue_frames > kQueueFramesMax)
        return port_error(ErrorCode::InvalidInput, config,
                          "queue_frames takes a power of two from 32 to 32,768");
    if (!device.rx_pcap.empty())
        if (auto packets = check_pcap_file(device.rx_pcap); !packets) return packets.error();
    return {};
}

class DpdkPort final : public Port {
  public:
    DpdkPort(PortConfig config, Device device)
        : config_(std::move(config)), device_(std::move(device)) {}

    ~DpdkPort() override { close(); }

    Result<void> open(unsigned number);

    [[nodiscard]] size_t receive(uint16_t queue, std::span<Frame> out) override;
    void free_buffers(std::span<const uintptr_t> buffers) override;
    [[nodiscard]] size_t transmit(uint16_t queue, std::span<const BytesView> frames) override;
    [[nodiscard]] bool input_ended(uint16_t) const override {
        return input_ended_.load(std::memory_order_acquire);
    }
    [[nodiscard]] const PortInfo& info() const override { return info_; }
    [[nodiscard]] PortCounters counters() const override;
    [[nodiscard]] uint32_t buffers_in_use() const override {
        return rte_mempool_in_use_count(pool_);
    }

  private:
    Result<void> attach(unsigned number);
    Result<void> configure();
    void close();
    [[nodiscard]] bool single_segment(rte_mbuf* mbuf);
    [[nodiscard]] size_t allocate(std::span<rte_mbuf*> out);

    Error failed(const std::string& what, int code) const {
        return port_error(code == -ENOMEM ? ErrorCode::LimitExceeded : ErrorCode::Unavailable,
                          config_, what + ": " + rte_strerror(std::abs(code)));
    }

    const PortConfig config_;
    const Device device_;
    PortInfo info_;
    rte_mempool* pool_ = nullptr;
    rte_ring* ring_ = nullptr;  // of a net_ring, which both sends into it and receives from it
    std::string vdev_name_;     // empty until the device exists
    uint16_t port_id_ = RTE_MAX_ETHPORTS;
    bool started_ = false;
    bool finite_ = false;  // reads a file once
    std::atomic<bool> input_ended_{false};
    FrameCounter received_;
    FrameCounter transmitted_;
    Counter segmented_dropped_;
};

Result<void> DpdkPort::open(unsigned number) {
    finite_ = !device_.rx_pcap.empty() && !device_.infinite_rx;
    const std::string pool_name = "sw_pool_" + std::to_string(number);
    // No cache per lcore: buffers are taken and given back in bulk, by threads that come and go,
    // and a cache would keep buffers of a thread that stopped.
    pool_ = rte_pktmbuf_pool_create(pool_name.c_str(), config_.buffers, 0, 0,
                                    RTE_PKTMBUF_HEADROOM + kFrameRoom, SOCKET_ID_ANY);
    if (pool_ == nullptr)
        return failed("no memory for " + std::to_string(config_.buffers) + " buffers", -rte_errno);
    if (auto attached = attach(number); !attached) return attached.error();
    if (auto configured = configure(); !configured) return configured.error();
    info_.name = config_.device;
    info_.driver = device_.driver;
    info_.buffers = config_.buffers;
    rte_ether_addr mac{};
    if (rte_eth_macaddr_get(port_id_, &mac) == 0)
        std::copy(std::begin(mac.addr_bytes), std::end(mac.addr_bytes), info_.mac.begin());
    return {};
}

Result<void> DpdkPort::attach(unsigned number) {
    if (device_.driver == "net_ring") {
        const std::string ring_name = "sw_ring_" + std::to_string(number);
        ring_ = rte_ring_create(ring_name.c_str(), config_.queue_frames, SOCKET_ID_ANY,
                                RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
        if (ring_ == nullptr) return failed("no memory for the ring", -rte_errno);
        // The driver puts its own name in front.
        const std::string suffix = std::to_string(number);
        const int id = rte_eth_from_rings(suffix.c_str(), &ring_, 1, &ring_, 1, 0);
        if (id < 0) return failed("the driver refuses", -rte_errno);
        vdev_name_ = "net_ring_" + suffix;
        port_id_ = static_cast<uint16_t>(id);
        return {};
    }
    const int created = rte_vdev_init(device_.name.c_str(), device_.arguments.c_str());
    if (created < 0) return failed("the driver refuses", created);
    vdev_name_ = device_.name;
    const int found = rte_eth_dev_get_port_by_name(vdev_name_.c_str(), &port_id_);
    return found == 0 ? Result<void>{} : failed("the device is no Ethernet port", found);
}

Result<void> DpdkPort::configure() {
    rte_eth_dev_info limits{};
    if (const int code = rte_eth_dev_info_get(port_id_, &limits); code != 0)
        return failed("its limits are not known", code);
    rte_eth_conf conf{};
    // Some drivers state the largest frame, with its check sequence, and no largest MTU.
    constexpr uint32_t kOverhead = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
    conf.rxmode.mtu = std::min<uint32_t>(kFrameBytesMax - kEthernetHeaderBytes, limits.max_mtu);
    if (limits.max_rx_pktlen > kOverhead)
        conf.rxmode.mtu = std::min(conf.rxmode.mtu, limits.max_rx_pktlen - kOverhead);
    info_.frame_bytes = conf.rxmode.mtu + static_cast<uint32_t>(kEthernetHeaderBytes);
    if (const int code = rte_eth_dev_configure(port_id_, 1, 1, &conf); code != 0)
        return failed("configuration", code);
    const auto length = static_cast<uint16_t>(config_.queue_frames);
    if (const int code = rte_eth_rx_queue_setup(port_id_, 0, length, kAnySocket, nullptr, pool_);
        code != 0)
        return failed("receive queue", code);
    if (const int code = rte_eth_tx_queue_setup(port_id_, 0, length, kAnySocket, nullptr);
        code != 0)
        return failed("transmit queue", code);
    if (const int code = rte_eth_dev_start(port_id_); code != 0) return failed("start", code);
    started_ = true;
    return {};
}

void DpdkPort::close() {
    if (started_) (void)rte_eth_dev_stop(port_id_);
    if (ring_ != nullptr) {
        void* mbuf = nullptr;
        while (rte_ring_dequeue(ring_, &mbuf) == 0)
            rte_pktmbuf_free(static_cast<rte_mbuf*>(mbuf));
    }
    if (!vdev_name_.empty()) (void)rte_vdev_uninit(vdev_name_.c_str());
    rte_ring_free(ring_);
    // Somebody who still reads a buffer must not read freed memory: then the pool stays.
    if (pool_ != nullptr && rte_mempool_in_use_count(pool_) == 0) rte_mempool_free(pool_);
}

/// Makes one segment of a frame that came in several, if it fits the first one's buffer.
bool DpdkPort::single_segment(rte_mbuf* mbuf) {
    if (mbuf->nb_segs == 1 || rte_pktmbuf_linearize(mbuf) == 0) return true;
    segmented_dropped_.add(1);
    rte_pktmbuf_free(mbuf);
    return false;
}

size_t DpdkPort::receive(uint16_t queue, std::span<Frame> out) {
    std::array<rte_mbuf*, kBurstMax> mbufs;
    const auto wanted = static_cast<uint16_t>(std::min(out.size(), mbufs.size()));
    // The file driver reads a packet before it asks for a buffer, and loses it without one.
    if (finite_ && rte_mempool_avail_count(pool_) < wanted) return 0;
    const uint16_t taken = rte_eth_rx_burst(port_id_, queue, mbufs.data(), wanted);
    if (taken == 0) {
        if (finite_) input_ended_.store(true, std::memory_order_release);
        return 0;
    }
    for (uint16_t i = 0; i < taken; ++i)
        __builtin_prefetch(mbufs[i]);
    size_t count = 0;
    uint64_t bytes = 0;
    for (uint16_t i = 0; i < taken; ++i) {
        rte_mbuf* const mbuf = mbufs[i];
        if (!single_segment(mbuf)) continue;
        const auto* data = rte_pktmbuf_mtod(mbuf, const uint8_t*);
        out[count++] = {.bytes = {data, mbuf->data_len},
                        .buffer = reinterpret_cast<uintptr_t>(mbuf)};
        bytes += mbuf->data_len;
    }
    received_.frames.add(count);
    received_.bytes.add(bytes);
    return count;
}

void DpdkPort::free_buffers(std::span<const uintptr_t> buffers) {
    std::array<rte_mbuf*, kBurstMax> mbufs;
    while (!buffers.empty()) {
        const size_t count = std::min(buffers.size(), mbufs.size());
        for (size_t i = 0; i < count; ++i)
            mbufs[i] = reinterpret_cast<rte_mbuf*>(buffers[i]);
        rte_pktmbuf_free_bulk(mbufs.data(), static_cast<unsigned>(count));
        buffers = buffers.subspan(count);
    }
}

/// As many buffers as there are, up to `out.size()`, by halves: the pool gives all or nothing.
size_t DpdkPort::allocate(std::span<rte_mbuf*> out) {
    for (size_t count = out.size(); count != 0; count /= 2)
        if (rte_pktmbuf_alloc_bulk(pool_, out.data(), static_cast<unsigned>(count)) == 0)
            return count;
    return 0;
}

size_t DpdkPort::transmit(uint16_t queue, std::span<const BytesView> frames) {
    size_t total = 0;
    while (!frames.empty()) {
        std::array<rte_mbuf*, kTransmitBurst> mbufs;
        size_t count = std::min(frames.size(), mbufs.size());
        // Nothing is copied that a full ring would refuse.
        if (ring_ != nullptr) count = std::min<size_t>(count, rte_ring_free_count(ring_));
        for (size_t i = 0; i < count; ++i)
            if (frames[i].empty() || frames[i].size() > info_.frame_bytes) count = i;
        count = allocate(std::span{mbufs}.first(count));
        if (count == 0) break;
        for (size_t i = 0; i < count; ++i) {
            const auto size = static_cast<uint16_t>(frames[i].size());
            std::memcpy(rte_pktmbuf_append(mbufs[i], size), frames[i].data(), size);
        }
        const uint16_t sent =
            rte_eth_tx_burst(port_id_, queue, mbufs.data(), static_cast<uint16_t>(count));
        uint64_t bytes = 0;
        for (const BytesView frame : frames.first(sent))
            bytes += frame.size();
        transmitted_.frames.add(sent);
        transmitted_.bytes.add(bytes);
        total += sent;
        if (sent != count) {
            rte_pktmbuf_free_bulk(mbufs.data() + sent, static_cast<unsigned>(count - sent));
            break;
        }
        frames = frames.subspan(count);
    }
    return total;
}

PortCounters DpdkPort::counters() const {
    PortCounters out;
    out.received_frames = received_.frames.value();
    out.received_bytes = received_.bytes.value();
    out.transmitted_frames = transmitted_.frames.value();
    out.transmitted_bytes = transmitted_.bytes.value();
    out.segmented_dropped = segmented_dropped_.value();
    rte_eth_stats stats{};
    if (rte_eth_stats_get(port_id_, &stats) == 0) {
        out.missed_frames = stats.imissed;
        out.no_buffer_frames = stats.rx_nombuf;
        out.receive_errors = stats.ierrors;
        out.transmit_errors = stats.oerrors;
    }
    return out;
}

}  // namespace

Result<std::unique_ptr<Port>> open_port(Environment&, const PortConfig& config) {
    static std::atomic<unsigned> next_number{0};
    auto device = parse_device(config);
    if (!device) return device.error();
    if (auto checked = check(config, *device); !checked) return checked.error();
    auto port = std::make_unique<DpdkPort>(config, *device);
    if (auto opened = port->open(next_number++); !opened) return opened.error();
    return std::unique_ptr<Port>(std::move(port));
}

}  // namespace switchyard::dataplane::dpdk
