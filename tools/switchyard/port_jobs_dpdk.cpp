// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstring>
#include <deque>
#include <random>
#include <thread>
#include <vector>

#include "dataplane/capture/capture_port.hpp"
#include "dataplane/dpdk/dpdk_port.hpp"
#include "dataplane/ingress_group.hpp"
#include "dataplane/placement.hpp"
#include "dataplane/sender.hpp"
#include "host/ingest/merged_source.hpp"
#include "host/ingest/verify_station.hpp"
#include "tools/switchyard/measure.hpp"
#include "tools/switchyard/port_jobs.hpp"
#include "tools/switchyard/port_loop.hpp"

namespace switchyard::tool {
namespace {

using dataplane::Ingress;
using dataplane::IngressConfig;
using dataplane::Port;

struct OpenPort {
    std::unique_ptr<Port> device;
    std::unique_ptr<Port> recorder;  ///< in front of `device` when frames are recorded
    std::string description;

    [[nodiscard]] Port& port() const { return recorder ? *recorder : *device; }
};

Result<OpenPort> open(const PortTarget& target) {
    auto environment =
        dataplane::dpdk::Environment::start(dataplane::dpdk::environment_for(target.device));
    if (!environment) return environment.error();
    auto device = dataplane::dpdk::open_port(
        **environment,
        {.device = target.device, .buffers = 8'192u * target.queues - 1, .queues = target.queues});
    if (!device) return device.error();
    const auto& info = (*environment)->info();
    OpenPort out;
    out.device = std::move(*device);
    out.description = info.version + ", port " + target.device + ", " +
                      (info.huge_pages ? "huge pages"
                                       : "no huge pages (ordinary memory; see 'switchyard port "
                                         "list')");
    if (!target.capture.empty()) {
        auto recorder = dataplane::record_port(*out.device, target.capture);
        if (!recorder) return recorder.error();
        out.recorder = std::move(*recorder);
    }
    return out;
}

/// Takes everything that holds.
class AcceptAll final : public TransactionSink {
  public:
    [[nodiscard]] size_t room() const override { return kBatchTransactionsMax; }
    void accept(std::span<SignedTransaction>, std::span<Verdict> verdicts) override {
        for (Verdict& verdict : verdicts)
            verdict = Verdict::Accepted;
    }
};

}  // namespace

Result<PortReport> watch_port(const PortTarget& target, uint16_t udp_port,
                              const PortProgress& progress) {
    const auto opened = open(target);
    if (!opened) return opened.error();
    return watch(opened->port(), opened->description, dataplane::OverloadPolicy::Drop, target,
                 udp_port, progress);
}

Result<PortReport> serve_port(const PortTarget& target, const ListenConfig& listen,
                              const PortProgress& progress) {
    if (target.queues > 1 && !target.capture.empty())
        return Error{ErrorCode::InvalidInput, "--record takes a port with one queue"};
    const auto opened = open(target);
    if (!opened) return opened.error();
    IngressConfig config;
    config.link = listen.link;
    config.receiver.meter = dataplane::MeterConfig::of(static_cast<double>(listen.per_source));
    const auto group = dataplane::IngressGroup::create(opened->port(), config);
    if (!group) return group.error();
    dataplane::IngressGroup& queues = **group;
    const auto placement = dataplane::place_lcores(listen.lcores, dataplane::usable_cpus(),
                                                   target.queues, opened->port().info().numa_node);
    if (!placement) return placement.error();
    VerifyStation station({.chain_id = listen.chain_id});
    AcceptAll sink;
    std::vector<TransactionSource*> sources;
    for (size_t i = 0; i < queues.size(); ++i)
        sources.push_back(&queues[i]);
    MergedSource merged(sources);
    TransactionSource& source = queues.size() == 1 ? *sources.front() : merged;
    std::vector<std::unique_ptr<dataplane::IngressThread>> receiving;
    for (size_t i = 0; !placement->shared && i < queues.size(); ++i)
        receiving.push_back(
            std::make_unique<dataplane::IngressThread>(queues[i], placement->receive[i]));
    const double begin = wall_ns();
    const auto receive_all = [&] {
        size_t frames = 0;
        for (size_t i = 0; i < queues.size(); ++i)
            frames += queues[i].receive_once();
        return frames;
    };
    const auto report = [&] {
        PortReport out{.description = opened->description,
                       .seconds = (wall_ns() - begin) * 1e-9,
                       .port = opened->port().counters(),
                       .ingress = queues.counters(),
                       .queues = {}};
        for (size_t i = 0; queues.size() > 1 && i < queues.size(); ++i)
            out.queues.push_back(queues[i].counters());
        return out;
    };
    run_until(
        target,
        [&] {
            const size_t frames = receiving.empty() ? receive_all() : 0;
            return station.step(source, sink) + frames != 0;
        },
        [&](double) {
            progress(report());
            return listen.transactions == 0 ||
                   station.statistics().transactions < listen.transactions;
        });
    receiving.clear();
    // Twice: what one queue hands over now, another takes then.
    (void)receive_all();
    (void)receive_all();
    return report();
}

Result<LoopReport> loop_port(const PortTarget& target, uint64_t frames) {
    const auto opened = open(target);
    if (!opened) return opened.error();
    Port& port = opened->port();
    dataplane::FrameSender sender(port, {.patience = std::chrono::seconds(2)});
    LoopReport out{.description = opened->description};
    std::mt19937_64 random(1);
    std::deque<Bytes> expected;
    std::array<dataplane::Frame, 64> burst;
    const double begin = wall_ns();
    double last = begin;
    while (out.returned < frames) {
        while (out.frames < frames && expected.size() < 256) {
            static constexpr size_t kSizes[] = {64, 590, dataplane::kFrameBytesStandard};
            Bytes frame(kSizes[out.frames % 3]);
            for (uint8_t& byte : frame)
                byte = static_cast<uint8_t>(random());
            // Ethernet addresses of nobody, and a type for local experiments (IEEE 802).
            std::memset(frame.data(), 0x02, 12);
            frame[12] = 0x88;
            frame[13] = 0xB5;
            const BytesView frames_to_send[] = {frame};
            if (auto sent = sender.send(frames_to_send); !sent) return sent.error();
            expected.push_back(std::move(frame));
            ++out.frames;
        }
        const size_t count = port.receive(0, burst);
        bool good = true;
        for (size_t i = 0; i < count; ++i) {
            // Other traffic of a real link is passed over.
            const bool ours = !expected.empty() && equal(burst[i].bytes, expected.front());
            const uintptr_t buffers[] = {burst[i].buffer};
            if (ours) {
                expected.pop_front();
                ++out.returned;
            }
            good = good && ours;
            port.free_buffers(buffers);
        }
        const double now = wall_ns();
        if (count != 0 && good) last = now;
        if (now - last > 1e9) break;
        if (count == 0) std::this_thread::yield();
    }
    out.seconds = (wall_ns() - begin) * 1e-9;
    return out;
}

}  // namespace switchyard::tool
