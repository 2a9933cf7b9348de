// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstring>
#include <deque>
#include <optional>
#include <random>
#include <thread>

#include "dataplane/capture/capture_port.hpp"
#include "dataplane/dpdk/dpdk_port.hpp"
#include "dataplane/ingress.hpp"
#include "dataplane/placement.hpp"
#include "dataplane/sender.hpp"
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
    auto device = dataplane::dpdk::open_port(**environment, {.device = target.device});
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

PortReport report_of(const OpenPort& open, const Ingress& ingress, double seconds) {
    return {.description = open.description,
            .seconds = seconds,
            .port = open.port().counters(),
            .ingress = ingress.counters()};
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
    const auto opened = open(target);
    if (!opened) return opened.error();
    IngressConfig config;
    config.link = listen.link;
    config.receiver.meter = dataplane::MeterConfig::of(static_cast<double>(listen.per_source));
    const auto ingress = Ingress::create(opened->port(), config);
    if (!ingress) return ingress.error();
    const auto placement = dataplane::place_lcores(listen.lcores, dataplane::usable_cpus(), 1, -1);
    if (!placement) return placement.error();
    VerifyStation station({.chain_id = listen.chain_id});
    AcceptAll sink;
    std::optional<dataplane::IngressThread> receiving;
    if (!placement->shared) receiving.emplace(**ingress, placement->receive.front());
    const double begin = wall_ns();
    run_until(
        target,
        [&] {
            const size_t frames = receiving ? 0 : (*ingress)->receive_once();
            return station.step(**ingress, sink) + frames != 0;
        },
        [&](double seconds) {
            progress(report_of(*opened, **ingress, seconds));
            return listen.transactions == 0 ||
                   station.statistics().transactions < listen.transactions;
        });
    receiving.reset();
    (void)(*ingress)->receive_once();
    return report_of(*opened, **ingress, (wall_ns() - begin) * 1e-9);
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
