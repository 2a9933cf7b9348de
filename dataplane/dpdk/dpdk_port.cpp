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
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "dataplane/dpdk/device.hpp"
#include "dataplane/dpdk/pcap_file.hpp"
#include "dataplane/dpdk/rss.hpp"
#include "dataplane/protocol/wire.hpp"
#include "dataplane/receive/counter.hpp"

namespace switchyard::dataplane::dpdk {
namespace {

constexpr size_t kBurstMax = 256;
constexpr size_t kTransmitBurst = 64;
constexpr auto kAnySocket = static_cast<unsigned>(SOCKET_ID_ANY);
constexpr uint32_t kBuffersMax = 1u << 20;
constexpr uint32_t kQueueFramesMax = 1u << 15;
constexpr uint16_t kQueuesMax = 64;

/// What the threads of one queue count, in a cache line of their own.
struct alignas(64) QueueCounters {
    FrameCounter received;
    FrameCounter transmitted;
    Counter segmented_dropped;
};

Error port_error(ErrorCode code, const PortConfig& config, const std::string& what) {
    return {code, "port " + config.device + ": " + what};
}

Result<void> check(const PortConfig& config, const Device& device) {
    if (config.buffers < 2 * kBurstMax || config.buffers > kBuffersMax)
        return port_error(ErrorCode::InvalidInput, config, "buffers takes 512 to 1,048,576");
    if (!std::has_single_bit(config.queue_frames) || config.queue_frames < 32 ||
        config.queue_frames > kQueueFramesMax)
        return port_error(ErrorCode::InvalidInput, config,
                          "queue_frames takes a power of two from 32 to 32,768");
    if (config.queues == 0 || config.queues > kQueuesMax)
        return port_error(ErrorCode::InvalidInput, config, "queues takes 1 to 64");
    if (const std::string file = device.argument("rx_pcap"); !file.empty())
        if (auto packets = check_pcap_file(file); !packets) return packets.error();
    return check_device(device);
}

class DpdkPort final : public Port {
  public:
    DpdkPort(PortConfig config, Device device)
        : config_(std::move(config)), device_(std::move(device)), queues_(config_.queues) {}

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
    Result<void> start_queues();
    Result<void> spread_frames(const rte_eth_dev_info& limits, rte_eth_conf& conf,
                               std::vector<uint16_t>& table);
    Result<void> set_table(const std::vector<uint16_t>& table);
    [[nodiscard]] bool single_segment(QueueCounters& counters, rte_mbuf* mbuf);
    [[nodiscard]] size_t allocate(std::span<rte_mbuf*> out);

    Error failed(const std::string& what, int code) const {
        const std::string next = advice(device_, code);
        return port_error(
            code == -ENOMEM ? ErrorCode::LimitExceeded : ErrorCode::Unavailable, config_,
            what + ": " + rte_strerror(std::abs(code)) + (next.empty() ? "" : "; " + next));
    }

    const PortConfig config_;
    const Device device_;
    PortInfo info_;
    rte_mempool* pool_ = nullptr;
    // Of a net_ring: each queue sends into its own and receives from it.
    std::vector<rte_ring*> rings_;
    std::string vdev_name_;  // empty until the device exists
    uint16_t port_id_ = RTE_MAX_ETHPORTS;
    bool started_ = false;
    bool finite_ = false;  // reads a file once
    std::atomic<bool> input_ended_{false};
    std::vector<QueueCounters> queues_;
    Bytes rss_key_;
};

Result<void> DpdkPort::open(unsigned number) {
    finite_ = !device_.argument("rx_pcap").empty() && device_.argument("infinite_rx") != "1";
    const std::string pool_name = "sw_pool_" + std::to_string(number);
    // No cache per lcore: buffers are taken and given back in bulk, by threads that come and go,
    // and a cache would keep buffers of a thread that stopped.
    pool_ = rte_pktmbuf_pool_create(
        pool_name.c_str(), config_.buffers, 0, 0,
        static_cast<uint16_t>(RTE_PKTMBUF_HEADROOM + traits_of(device_).buffer_bytes),
        SOCKET_ID_ANY);
    if (pool_ == nullptr)
        return failed("no memory for " + std::to_string(config_.buffers) + " buffers", -rte_errno);
    if (auto attached = attach(number); !attached) return attached.error();
    if (auto configured = configure(); !configured) return configured.error();
    info_.name = config_.device;
    info_.driver = device_.driver;
    info_.buffers = config_.buffers;
    info_.receive_queues = info_.transmit_queues = config_.queues;
    info_.numa_node = rte_eth_dev_socket_id(port_id_);
    rte_ether_addr mac{};
    if (rte_eth_macaddr_get(port_id_, &mac) == 0)
        std::copy(std::begin(mac.addr_bytes), std::end(mac.addr_bytes), info_.mac.begin());
    return {};
}

Result<void> DpdkPort::attach(unsigned number) {
    const std::string suffix = std::to_string(number);
    if (device_.driver == "net_ring") {
        for (uint16_t queue = 0; queue < config_.queues; ++queue) {
            const std::string name = "sw_ring_" + suffix + "_" + std::to_string(queue);
            rte_ring* const ring =
                rte_ring_create(name.c_str(), config_.queue_frames, SOCKET_ID_ANY,
                                RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
            if (ring == nullptr) return failed("no memory for the ring", -rte_errno);
            rings_.push_back(ring);
        }
        // The driver puts its own name in front.
        const int id = rte_eth_from_rings(suffix.c_str(), rings_.data(), config_.queues,
                                          rings_.data(), config_.queues, 0);
        if (id < 0) return failed("the driver refuses", -rte_errno);
        vdev_name_ = "net_ring_" + suffix;
        port_id_ = static_cast<uint16_t>(id);
        return {};
    }
    if (!device_.is_pci()) {
        const auto arguments = arguments_for(device_, config_.queues);
        if (!arguments) return arguments.error();
        const int created = rte_vdev_init(device_.name.c_str(), arguments->c_str());
        if (created < 0) return failed("the driver refuses", created);
        vdev_name_ = device_.name;
    }
    const int found = rte_eth_dev_get_port_by_name(device_.name.c_str(), &port_id_);
    return found == 0 ? Result<void>{} : failed("the device is no Ethernet port", found);
}

/// A card's own hash; the other kinds of port spread frames themselves.
Result<void> DpdkPort::spread_frames(const rte_eth_dev_info& limits, rte_eth_conf& conf,
                                     std::vector<uint16_t>& table) {
    if (config_.queues == 1 || traits_of(device_).spread != QueueSpread::Hash) return {};
    const auto plan = plan_rss(
        {.queues = limits.max_rx_queues,
         .table_entries = limits.reta_size,
         .key_bytes = limits.hash_key_size,
         .hashes_udp_ipv4 = (limits.flow_type_rss_offloads & RTE_ETH_RSS_NONFRAG_IPV4_UDP) != 0,
         .hashes_udp_ipv6 = (limits.flow_type_rss_offloads & RTE_ETH_RSS_NONFRAG_IPV6_UDP) != 0},
        config_.queues);
    if (!plan) return port_error(plan.error().code, config_, plan.error().message);
    rss_key_ = plan->key;
    table = plan->table;
    info_.spread_entries = static_cast<uint16_t>(table.size());
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf = {.rss_key = rss_key_.data(),
                                 .rss_key_len = static_cast<uint8_t>(rss_key_.size()),
                                 .rss_hf = (plan->udp_ipv4 ? RTE_ETH_RSS_NONFRAG_IPV4_UDP : 0) |
                                           (plan->udp_ipv6 ? RTE_ETH_RSS_NONFRAG_IPV6_UDP : 0)};
    return {};
}

/// After the start: several drivers forget it before.
Result<void> DpdkPort::set_table(const std::vector<uint16_t>& table) {
    if (table.empty()) return {};
    std::array<rte_eth_rss_reta_entry64, RTE_ETH_RSS_RETA_SIZE_512 / RTE_ETH_RETA_GROUP_SIZE>
        groups{};
    for (size_t i = 0; i < table.size(); ++i) {
        auto& group = groups[i / RTE_ETH_RETA_GROUP_SIZE];
        group.mask |= uint64_t{1} << i % RTE_ETH_RETA_GROUP_SIZE;
        group.reta[i % RTE_ETH_RETA_GROUP_SIZE] = table[i];
    }
    const int code =
        rte_eth_dev_rss_reta_update(port_id_, groups.data(), static_cast<uint16_t>(table.size()));
    return code == 0 ? Result<void>{} : failed("the table from hash to queue", code);
}

Result<void> DpdkPort::configure() {
    rte_eth_dev_info limits{};
    if (const int code = rte_eth_dev_info_get(port_id_, &limits); code != 0)
        return failed("its limits are not known", code);
    if (config_.queues > limits.max_rx_queues || config_.queues > limits.max_tx_queues)
        return port_error(ErrorCode::Unsupported, config_,
                          "it has " + std::to_string(limits.max_rx_queues) + " receive and " +
                              std::to_string(limits.max_tx_queues) + " transmit queues, not " +
                              std::to_string(config_.queues));
    rte_eth_conf conf{};
    // Some drivers state the largest frame, with its check sequence, and no largest MTU.
    constexpr uint32_t kOverhead = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
    conf.rxmode.mtu = std::min<uint32_t>(
        traits_of(device_).frame_bytes - static_cast<uint32_t>(kEthernetHeaderBytes),
        limits.max_mtu);
    if (limits.max_rx_pktlen > kOverhead)
        conf.rxmode.mtu = std::min(conf.rxmode.mtu, limits.max_rx_pktlen - kOverhead);
    info_.frame_bytes = conf.rxmode.mtu + static_cast<uint32_t>(kEthernetHeaderBytes);
    std::vector<uint16_t> table;
    if (auto spread = spread_frames(limits, conf, table); !spread) return spread.error();
    if (const int code = rte_eth_dev_configure(port_id_, config_.queues, config_.queues, &conf);
        code != 0)
        return failed("configuration", code);
    if (auto started = start_queues(); !started) return started.error();
    return set_table(table);
}

Result<void> DpdkPort::start_queues() {
    uint16_t receive_frames = static_cast<uint16_t>(config_.queue_frames);
    uint16_t transmit_frames = receive_frames;
    // A card states bounds and a unit for its queues; a virtual port takes what it is given.
    if (device_.is_pci())
        if (const int code =
                rte_eth_dev_adjust_nb_rx_tx_desc(port_id_, &receive_frames, &transmit_frames);
            code != 0)
            return failed("length of the queues", code);
    for (uint16_t queue = 0; queue < config_.queues; ++queue) {
        if (const int code =
                rte_eth_rx_queue_setup(port_id_, queue, receive_frames, kAnySocket, nullptr, pool_);
            code != 0)
            return failed("receive queue", code);
        if (const int code =
                rte_eth_tx_queue_setup(port_id_, queue, transmit_frames, kAnySocket, nullptr);
            code != 0)
            return failed("transmit queue", code);
    }
    if (const int code = rte_eth_dev_start(port_id_); code != 0) return failed("start", code);
    started_ = true;
    // Neighbour solicitations come to multicast addresses. Drivers that know no such filter take
    // everything.
    (void)rte_eth_allmulticast_enable(port_id_);
    return {};
}

void DpdkPort::close() {
    if (started_) (void)rte_eth_dev_stop(port_id_);
    for (rte_ring* ring : rings_) {
        void* mbuf = nullptr;
        while (rte_ring_dequeue(ring, &mbuf) == 0)
            rte_pktmbuf_free(static_cast<rte_mbuf*>(mbuf));
    }
    if (!vdev_name_.empty()) (void)rte_vdev_uninit(vdev_name_.c_str());
    for (rte_ring* ring : rings_)
        rte_ring_free(ring);
    // Somebody who still reads a buffer must not read freed memory: then the pool stays.
    if (pool_ != nullptr && rte_mempool_in_use_count(pool_) == 0) rte_mempool_free(pool_);
}

/// Makes one segment of a frame that came in several, if it fits the first one's buffer.
bool DpdkPort::single_segment(QueueCounters& counters, rte_mbuf* mbuf) {
    if (mbuf->nb_segs == 1 || rte_pktmbuf_linearize(mbuf) == 0) return true;
    counters.segmented_dropped.add(1);
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
    QueueCounters& counters = queues_[queue];
    size_t count = 0;
    uint64_t bytes = 0;
    for (uint16_t i = 0; i < taken; ++i) {
        rte_mbuf* const mbuf = mbufs[i];
        if (!single_segment(counters, mbuf)) continue;
        const auto* data = rte_pktmbuf_mtod(mbuf, const uint8_t*);
        out[count++] = {.bytes = {data, mbuf->data_len},
                        .buffer = reinterpret_cast<uintptr_t>(mbuf)};
        bytes += mbuf->data_len;
    }
    counters.received.frames.add(count);
    counters.received.bytes.add(bytes);
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
        if (!rings_.empty()) count = std::min<size_t>(count, rte_ring_free_count(rings_[queue]));
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
        queues_[queue].transmitted.frames.add(sent);
        queues_[queue].transmitted.bytes.add(bytes);
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
    for (const QueueCounters& queue : queues_) {
        out.received_frames += queue.received.frames.value();
        out.received_bytes += queue.received.bytes.value();
        out.transmitted_frames += queue.transmitted.frames.value();
        out.transmitted_bytes += queue.transmitted.bytes.value();
        out.segmented_dropped += queue.segmented_dropped.value();
    }
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

EnvironmentConfig environment_for(const std::string& device) {
    EnvironmentConfig out;
    const auto parsed = parse_device(device);
    if (parsed && parsed->is_pci()) out.cards = {parsed->name};
    return out;
}

Result<std::unique_ptr<Port>> open_port(Environment&, const PortConfig& config) {
    static std::atomic<unsigned> next_number{0};
    auto device = parse_device(config.device);
    if (!device) return device.error();
    if (auto checked = check(config, *device); !checked) return checked.error();
    auto port = std::make_unique<DpdkPort>(config, *device);
    if (auto opened = port->open(next_number++); !opened) return opened.error();
    return std::unique_ptr<Port>(std::move(port));
}

}  // namespace switchyard::dataplane::dpdk
