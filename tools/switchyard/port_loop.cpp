// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/port_loop.hpp"

#include <array>

#include "dataplane/capture/replay_port.hpp"
#include "dataplane/ingress.hpp"

namespace switchyard::tool {

Result<PortReport> watch(dataplane::Port& port, const std::string& description,
                         dataplane::OverloadPolicy overload, const PortTarget& target,
                         uint16_t udp_port, const PortProgress& progress) {
    dataplane::IngressConfig config = dataplane::trusted_wire(overload);
    config.link.udp_port = udp_port;
    const auto ingress = dataplane::Ingress::create(port, config);
    if (!ingress) return ingress.error();
    std::array<RawTransaction, kBatchTransactionsMax> batch;
    const std::array<Verdict, kBatchTransactionsMax> verdicts{};
    const double begin = wall_ns();
    const auto report = [&] {
        return PortReport{.description = description,
                          .seconds = (wall_ns() - begin) * 1e-9,
                          .port = port.counters(),
                          .ingress = (*ingress)->counters(),
                          .queues = {}};
    };
    run_until(
        target,
        [&] {
            const bool busy = (*ingress)->receive_once() != 0;
            while (const size_t count = (*ingress)->poll(batch))
                (*ingress)->release(std::span{batch}.first(count),
                                    std::span{verdicts}.first(count));
            return busy;
        },
        [&](double) {
            progress(report());
            return !(*ingress)->input_ended();
        });
    (void)(*ingress)->receive_once();
    return report();
}

Result<PortReport> replay_capture(const PortTarget& target, double speed, uint16_t udp_port,
                                  const PortProgress& progress) {
    const auto port = dataplane::replay_port({.path = target.device, .speed = speed});
    if (!port) return port.error();
    const std::string description =
        target.device + ", " + (*port)->info().driver +
        (speed == 0 ? ", as fast as it is read" : ", as it was recorded");
    auto report =
        watch(**port, description, dataplane::OverloadPolicy::Wait, target, udp_port, progress);
    if (!report) return report;
    if (auto whole = (*port)->finish(); !whole) return whole.error();
    return report;
}

}  // namespace switchyard::tool
