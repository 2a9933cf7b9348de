// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "dataplane/dpdk/dpdk_port.hpp"
#include "dataplane/ingress_group.hpp"
#include "dataplane/placement.hpp"
#include "tools/appliance/data_plane.hpp"

namespace switchyard::appliance {
namespace {

/// Of the checked text of a configuration.
uint32_t ipv4_of(std::string_view text) {
    uint32_t out = 0;
    uint32_t part = 0;
    for (const char c : text) {
        if (c == '.') {
            out = out << 8 | part;
            part = 0;
        } else {
            part = 10 * part + static_cast<uint32_t>(c - '0');
        }
    }
    return out << 8 | part;
}

class DpdkDataPlane final : public DataPlane {
  public:
    DpdkDataPlane(std::unique_ptr<dataplane::Port> port,
                  std::unique_ptr<dataplane::IngressGroup> group, std::string description)
        : port_(std::move(port)), group_(std::move(group)), description_(std::move(description)) {}

    void receive_on(const dataplane::Placement& placement) {
        for (size_t i = 0; !placement.shared && i < group_->size(); ++i)
            threads_.push_back(
                std::make_unique<dataplane::IngressThread>((*group_)[i], placement.receive[i]));
    }

    [[nodiscard]] std::vector<TransactionSource*> sources() override {
        std::vector<TransactionSource*> out;
        for (size_t i = 0; i < group_->size(); ++i)
            out.push_back(&(*group_)[i]);
        return out;
    }
    bool receive() override {
        size_t frames = 0;
        for (size_t i = 0; threads_.empty() && i < group_->size(); ++i)
            frames += (*group_)[i].receive_once();
        return frames != 0;
    }
    void finish() override { group_->finish_input(); }

    [[nodiscard]] dataplane::IngressCounters counters() const override {
        return group_->counters();
    }
    [[nodiscard]] dataplane::PortCounters port_counters() const override {
        return port_->counters();
    }
    [[nodiscard]] std::string description() const override { return description_; }

  private:
    std::unique_ptr<dataplane::Port> port_;
    std::unique_ptr<dataplane::IngressGroup> group_;
    std::string description_;
    std::vector<std::unique_ptr<dataplane::IngressThread>> threads_;
};

}  // namespace

Result<std::unique_ptr<DataPlane>> DataPlane::open(const config::IngressSection& section) {
    auto environment =
        dataplane::dpdk::Environment::start(dataplane::dpdk::environment_for(section.device));
    if (!environment) return environment.error();
    const auto queues = static_cast<uint16_t>(section.queues);
    auto port = dataplane::dpdk::open_port(
        **environment,
        {.device = section.device, .buffers = 8'192U * queues - 1, .queues = queues});
    if (!port) return port.error();
    dataplane::IngressConfig config;
    config.link.udp_port = section.udp_port;
    config.link.ipv4 = ipv4_of(section.address);
    config.receiver.meter = dataplane::MeterConfig::of(static_cast<double>(section.per_source));
    auto group = dataplane::IngressGroup::create(**port, config);
    if (!group) return group.error();
    const auto placement = dataplane::place_lcores(section.lcores, dataplane::usable_cpus(), queues,
                                                   (*port)->info().numa_node);
    if (!placement) return placement.error();
    const auto& info = (*environment)->info();
    auto out = std::make_unique<DpdkDataPlane>(
        std::move(*port), std::move(*group),
        fmt::format("{}, port {}, {}, {}", info.version, section.device,
                    info.huge_pages ? "huge pages" : "no huge pages",
                    placement->shared ? "receives and verifies on one thread"
                                      : "receives on threads of its own"));
    out->receive_on(*placement);
    return std::unique_ptr<DataPlane>(std::move(out));
}

}  // namespace switchyard::appliance
