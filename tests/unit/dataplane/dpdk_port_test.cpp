// SPDX-License-Identifier: Apache-2.0
// The data plane from end to end, through DPDK's environment and its virtual ports.
#include "dataplane/dpdk/dpdk_port.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "dataplane/dpdk/pcap_file.hpp"
#include "dataplane/ingress.hpp"
#include "dataplane/sender.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/drain.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane::dpdk {
namespace {

using ::switchyard::test::test_generator;
using test::expect_counters_add_up;
using test::make_ingress;
using test::Trusted;

std::unique_ptr<Port> open(const PortConfig& config) {
    auto environment = Environment::start({});
    if (!environment) throw std::runtime_error(environment.error().message);
    auto port = open_port(**environment, config);
    if (!port) throw std::runtime_error(port.error().message);
    return std::move(*port);
}

ErrorCode open_error(const PortConfig& config) {
    auto environment = Environment::start({});
    if (!environment) throw std::runtime_error(environment.error().message);
    const auto port = open_port(**environment, config);
    if (port) throw std::runtime_error("opened " + config.device);
    EXPECT_FALSE(port.error().message.empty());
    return port.error().code;
}

/// A path in the temporary folder, removed at the end of the test.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& name)
        : path_(std::filesystem::temp_directory_path() /
                ("switchyard_" + std::to_string(getpid()) + "_" + name)) {}
    ~TemporaryFile() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    [[nodiscard]] std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

/// Sends on one thread, receives on a second, consumes on this one; nothing may be lost.
void expect_loopback_delivers(const std::vector<Bytes>& transactions, size_t frame_bytes,
                              const PortConfig& port_config, const test::Trusted& config) {
    const auto port = open(port_config);
    const auto ingress = make_ingress(*port, config);
    const auto frames = encode_all({.frame_bytes = frame_bytes}, test::views(transactions));
    ASSERT_TRUE(frames);
    FrameSender sender(*port, {});
    Result<void> sent;
    {
        IngressThread receiving(*ingress);
        std::thread sending([&] {
            sent = sender.send(*frames);
            ingress->finish_input();
        });
        test::expect_all_in_order(*ingress, transactions);
        sending.join();
    }
    (void)ingress->receive_once();
    ASSERT_TRUE(sent) << sent.error().message;
    const IngressCounters counters = ingress->counters();
    expect_counters_add_up(counters);
    EXPECT_EQ(counters.received.frames, frames->size());
    EXPECT_EQ(counters.received.bytes, frames->total_bytes());
    EXPECT_EQ(counters.transactions, transactions.size());
    EXPECT_EQ(counters.all_errors(), FrameTally{});
    EXPECT_EQ(counters.all_drops(), FrameTally{});
    EXPECT_EQ(counters.sequence_gaps, 0u);
    const PortCounters of_port = port->counters();
    EXPECT_EQ(of_port.transmitted_frames, frames->size());
    EXPECT_EQ(of_port.transmitted_bytes, frames->total_bytes());
    EXPECT_EQ(of_port.received_frames, frames->size());
    EXPECT_EQ(of_port.received_bytes, frames->total_bytes());
    EXPECT_EQ(of_port.missed_frames + of_port.no_buffer_frames + of_port.receive_errors +
                  of_port.transmit_errors + of_port.segmented_dropped,
              0u);
    EXPECT_EQ(port->buffers_in_use(), 0u) << "every buffer is back in the pool";
}

/// Writes frames to a capture file through a port.
void write_capture(const FrameBatch& frames, const std::string& path) {
    const auto port = open({.device = "net_pcap0,tx_pcap=" + path});
    FrameSender sender(*port, {});
    const Result<void> sent = sender.send(frames);
    ASSERT_TRUE(sent) << sent.error().message;
    EXPECT_EQ(port->buffers_in_use(), 0u);
}

TEST(Environment, StartsOnceAndLeavesTheAffinityAlone) {
    cpu_set_t before;
    ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
    const auto first = Environment::start({});
    ASSERT_TRUE(first) << first.error().message;
    const auto second = Environment::start({.memory_mib = 128});
    ASSERT_TRUE(second);
    EXPECT_EQ(*first, *second);
    EXPECT_EQ((*first)->info().memory_mib, 512u);
    EXPECT_TRUE((*first)->info().version.starts_with("DPDK "));
    cpu_set_t after;
    ASSERT_EQ(sched_getaffinity(0, sizeof(after), &after), 0);
    EXPECT_TRUE(CPU_EQUAL(&before, &after));
    EXPECT_EQ(Environment::start({.file_prefix = "a/b"}).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(Environment::start({.memory_mib = 1}).error().code, ErrorCode::InvalidInput);
}

TEST(NetRing, DeliversEverySmallTransactionOnceAndInOrder) {
    auto random = test_generator(70);
    expect_loopback_delivers(test::random_transactions(random, 100'000, 90, 250),
                             kFrameBytesStandard, {}, {.overload = OverloadPolicy::Wait});
}

TEST(NetRing, DeliversThroughTightQueues) {
    auto random = test_generator(71);
    expect_loopback_delivers(
        test::random_transactions(random, 20'000, 90, 250), 640,
        {.buffers = 512, .queue_frames = 32},
        {.overload = OverloadPolicy::Wait, .ring_transactions = 256, .frames_in_flight = 40});
}

TEST(NetRing, CarriesJumboFramesAndLargeTransactions) {
    auto random = test_generator(72);
    auto transactions = test::random_transactions(random, 300, 1, 3'000);
    for (Bytes& large : test::random_transactions(random, 30, 9'000, kTransactionBytesMax))
        transactions.push_back(std::move(large));
    transactions.push_back(test::random_bytes(random, kTransactionBytesMax));
    for (const size_t frame_bytes : {kFrameBytesMax, kFrameBytesStandard})
        expect_loopback_delivers(transactions, frame_bytes, {},
                                 {.overload = OverloadPolicy::Wait, .reassembly_slots = 8});
}

TEST(NetRing, TwoPortsDoNotMix) {
    const auto first = open({.device = "net_ring0"});
    const auto second = open({.device = "net_ring1"});
    const Bytes frame(100, 7);
    const BytesView frames[] = {frame};
    EXPECT_EQ(first->transmit(0, frames), 1u);
    std::array<Frame, 4> out;
    EXPECT_EQ(second->receive(0, out), 0u);
    ASSERT_EQ(first->receive(0, out), 1u);
    EXPECT_TRUE(equal(out[0].bytes, frame));
    const uintptr_t buffer[] = {out[0].buffer};
    first->free_buffers(buffer);
    EXPECT_EQ(first->buffers_in_use(), 0u);
}

TEST(NetRing, CountsTruncatedAndCorruptFrames) {
    auto random = test_generator(73);
    const auto good = encode_all({}, test::views(test::random_transactions(random, 12, 100, 100)));
    Bytes corrupt = to_bytes((*good)[0]);
    corrupt[200] ^= 4;
    const Bytes garbage = test::random_bytes(random, 500);
    const std::vector<BytesView> frames = {corrupt, (*good)[0].first(100), garbage, (*good)[0]};
    const auto port = open({});
    const auto ingress = make_ingress(*port, {});
    ASSERT_TRUE(FrameSender(*port, {}).send(frames));
    while (ingress->receive_once() != 0) {
    }
    const IngressCounters counters = ingress->counters();
    EXPECT_EQ(counters.errors[static_cast<size_t>(FrameError::BadChecksum)].frames, 1u);
    EXPECT_EQ(counters.errors[static_cast<size_t>(FrameError::Truncated)].frames, 1u);
    EXPECT_EQ(counters.errors[static_cast<size_t>(FrameError::NotForUs)].frames, 1u);
    EXPECT_EQ(counters.transactions, 12u);
    EXPECT_EQ(port->buffers_in_use(), 1u);
}

TEST(NetRing, DropsWithACountWhenNobodyConsumes) {
    auto random = test_generator(74);
    const auto frames =
        encode_all({}, test::views(test::random_transactions(random, 5'000, 100, 100)));
    const auto port = open({});
    const auto ingress = make_ingress(*port, {.ring_transactions = 1'024});
    ASSERT_TRUE(FrameSender(*port, {}).send(*frames));
    while (ingress->receive_once() != 0) {
    }
    const IngressCounters counters = ingress->counters();
    EXPECT_EQ(counters.received.frames, frames->size());
    EXPECT_EQ(counters.delivered.frames +
                  counters.drops[static_cast<size_t>(DropReason::RingFull)].frames,
              frames->size());
    EXPECT_EQ(counters.transactions + counters.transactions_dropped, 5'000u);
    EXPECT_EQ(port->buffers_in_use(), counters.delivered.frames);
}

TEST(NetPcap, WritesAFileAndReceivesItCompletely) {
    auto random = test_generator(75);
    const auto transactions = test::random_transactions(random, 100'000, 90, 250);
    const auto frames = encode_all({}, test::views(transactions));
    const TemporaryFile file("round.pcap");
    write_capture(*frames, file.path());
    const auto packets = check_pcap_file(file.path());
    ASSERT_TRUE(packets) << packets.error().message;
    EXPECT_EQ(*packets, frames->size());

    // Few buffers and a small ring: the file must wait for them.
    const auto port =
        open({.device = "net_pcap0,rx_pcap=" + file.path(), .buffers = 512, .queue_frames = 64});
    const auto ingress = make_ingress(
        *port,
        {.overload = OverloadPolicy::Wait, .ring_transactions = 1'024, .frames_in_flight = 440});
    {
        IngressThread receiving(*ingress);
        test::expect_all_in_order(*ingress, transactions);
    }
    (void)ingress->receive_once();
    expect_counters_add_up(ingress->counters());
    EXPECT_EQ(port->counters().received_frames, frames->size());
    EXPECT_EQ(port->counters().no_buffer_frames, 0u);
    EXPECT_EQ(port->buffers_in_use(), 0u);
}

TEST(NetPcap, CarriesJumboFrames) {
    auto random = test_generator(76);
    auto transactions = test::random_transactions(random, 50, 5'000, kTransactionBytesMax);
    const auto frames = encode_all({.frame_bytes = kFrameBytesMax}, test::views(transactions));
    const TemporaryFile file("jumbo.pcap");
    write_capture(*frames, file.path());
    const auto port = open({.device = "net_pcap0,rx_pcap=" + file.path()});
    const auto ingress = make_ingress(*port, {.overload = OverloadPolicy::Wait});
    {
        IngressThread receiving(*ingress);
        test::expect_all_in_order(*ingress, transactions);
    }
    (void)ingress->receive_once();
    EXPECT_EQ(ingress->counters().transactions_reassembled, 50u);
    EXPECT_EQ(port->buffers_in_use(), 0u);
}

TEST(NetPcap, RepeatsAFileWithoutEndAndTheSessionKnowsIt) {
    auto random = test_generator(77);
    const auto frames =
        encode_all({}, test::views(test::random_transactions(random, 130, 100, 100)));
    ASSERT_EQ(frames->size(), 10u);
    const TemporaryFile file("infinite.pcap");
    write_capture(*frames, file.path());
    {
        const auto port = open({.device = "net_pcap0,rx_pcap=" + file.path() + ",infinite_rx=1"});
        const auto ingress = make_ingress(*port, {});
        while (ingress->counters().received.frames < 100)
            (void)ingress->receive_once();
        const IngressCounters counters = ingress->counters();
        EXPECT_EQ(counters.transactions, 130u);
        EXPECT_EQ(counters.drops[static_cast<size_t>(DropReason::DuplicateSequence)].frames,
                  counters.received.frames - 10);
        EXPECT_FALSE(ingress->input_ended());
    }
}

TEST(NetPcap, RefusesFilesThatAreMissingForeignOrCutInHalf) {
    auto random = test_generator(78);
    const auto frames =
        encode_all({}, test::views(test::random_transactions(random, 200, 100, 100)));
    const TemporaryFile file("damaged.pcap");
    const std::string device = "net_pcap0,rx_pcap=" + file.path();
    EXPECT_EQ(open_error({.device = device}), ErrorCode::NotFound);
    write_capture(*frames, file.path());
    const auto size = std::filesystem::file_size(file.path());
    std::filesystem::resize_file(file.path(), size / 2);
    EXPECT_EQ(open_error({.device = device}), ErrorCode::Corrupt);
    std::filesystem::resize_file(file.path(), 24 + 16 + (*frames)[0].size() + 8);
    EXPECT_EQ(open_error({.device = device}), ErrorCode::Corrupt);
    std::filesystem::resize_file(file.path(), 23);
    EXPECT_EQ(open_error({.device = device}), ErrorCode::InvalidInput);
    std::ofstream(file.path()) << "this is not a capture file at all";
    EXPECT_EQ(open_error({.device = device}), ErrorCode::InvalidInput);
}

TEST(DpdkPort, RefusesWhatItCannotOpen) {
    for (const char* device : {"", "net_ring", "eth0", "net_ring0,nodeaction=x", "net_Ring0",
                               "net_pcap,rx_pcap=x", "net_../0"})
        EXPECT_EQ(open_error({.device = device}), ErrorCode::InvalidInput) << device;
    EXPECT_EQ(open_error({.buffers = 100}), ErrorCode::InvalidInput);
    EXPECT_EQ(open_error({.queue_frames = 100}), ErrorCode::InvalidInput);
    EXPECT_EQ(open_error({.device = "net_nosuchdriver0"}), ErrorCode::Unavailable);
    EXPECT_EQ(open_error({.buffers = 1u << 20}), ErrorCode::LimitExceeded);
    EXPECT_EQ(open_error({.device = "net_pcap0,tx_pcap=/nonexistent/folder/out.pcap"}),
              ErrorCode::Unavailable);
    EXPECT_NO_THROW(open({})) << "after all of that";
}

TEST(DpdkPort, OpensAgainAndAgain) {
    for (int i = 0; i < 20; ++i) {
        const auto port = open({.buffers = 512});
        EXPECT_EQ(port->buffers_in_use(), 0u);
        EXPECT_EQ(port->info().driver, "net_ring");
    }
}

}  // namespace
}  // namespace switchyard::dataplane::dpdk
