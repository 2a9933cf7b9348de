// SPDX-License-Identifier: Apache-2.0
#include "dataplane/placement.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

namespace switchyard::dataplane {
namespace {

Error invalid(const std::string& lcores, const std::string& what) {
    return {ErrorCode::InvalidInput,
            "lcores = \"" + lcores + "\": " + what +
                "; it takes \"auto\" or the CPUs that receive, such as \"2,3\""};
}

int number_in(const std::filesystem::path& path) {
    std::ifstream file(path);
    int out = 0;
    return file >> out ? out : 0;
}

/// The node whose folder stands in the CPU's; 0 where the kernel knows no nodes.
int numa_node_of(const std::filesystem::path& cpu) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(cpu, error)) {
        const std::string name = entry.path().filename();
        if (name.starts_with("node") && name.size() > 4)
            return static_cast<int>(std::strtol(name.c_str() + 4, nullptr, 10));
    }
    return 0;
}

Result<std::vector<int>> parse(const std::string& lcores, std::span<const Cpu> cpus) {
    std::vector<int> out;
    const char* at = lcores.data();
    const char* const end = at + lcores.size();
    for (;;) {
        int id = 0;
        const auto [next, error] = std::from_chars(at, end, id);
        if (error != std::errc{}) return invalid(lcores, "not a list of numbers");
        if (std::ranges::none_of(cpus, [&](const Cpu& cpu) { return cpu.id == id; }))
            return invalid(lcores, "CPU " + std::to_string(id) + " may not be used");
        if (std::ranges::find(out, id) != out.end())
            return invalid(lcores, "CPU " + std::to_string(id) + " stands twice");
        out.push_back(id);
        if (next == end) return out;
        if (*next != ',') return invalid(lcores, "not a list of numbers");
        at = next + 1;
    }
}

bool same_core(const Cpu& a, const Cpu& b) {
    return a.core == b.core && a.package == b.package;
}

}  // namespace

std::vector<Cpu> usable_cpus() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    std::vector<Cpu> out;
    if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return out;
    for (int id = 0; id < CPU_SETSIZE; ++id) {
        if (!CPU_ISSET(static_cast<size_t>(id), &allowed)) continue;
        const std::filesystem::path folder = "/sys/devices/system/cpu/cpu" + std::to_string(id);
        out.push_back({.id = id,
                       .core = number_in(folder / "topology/core_id"),
                       .package = number_in(folder / "topology/physical_package_id"),
                       .numa_node = numa_node_of(folder)});
    }
    return out;
}

Result<Placement> place_lcores(const std::string& lcores, std::span<const Cpu> cpus,
                               unsigned queues, int numa_node) {
    if (cpus.empty()) return invalid(lcores, "this process may use no CPU");
    if (queues == 0) return invalid(lcores, "a port has at least one queue");
    Placement out;
    std::vector<int> idle;  // beside a poller on its core
    if (lcores != "auto") {
        auto receive = parse(lcores, cpus);
        if (!receive) return receive.error();
        if (receive->size() != queues)
            return invalid(lcores, std::to_string(receive->size()) + " CPUs for " +
                                       std::to_string(queues) + " queues");
        out.receive = std::move(*receive);
    } else if (cpus.size() <= 2) {
        out.receive.assign(queues, cpus.front().id);
        out.verify = {cpus.front().id};
        out.shared = true;
        return out;
    } else {
        std::vector<Cpu> order(cpus.begin(), cpus.end());
        std::ranges::sort(order, [&](const Cpu& a, const Cpu& b) {
            const bool near_a = numa_node < 0 || a.numa_node == numa_node;
            const bool near_b = numa_node < 0 || b.numa_node == numa_node;
            return near_a != near_b ? near_a : a.id > b.id;
        });
        std::vector<Cpu> taken;
        for (const Cpu& cpu : order) {
            const auto on_same = [&](const Cpu& other) { return same_core(cpu, other); };
            if (std::ranges::any_of(taken, on_same)) {
                idle.push_back(cpu.id);
            } else if (taken.size() < queues && taken.size() + idle.size() + 1 < cpus.size()) {
                taken.push_back(cpu);
                out.receive.push_back(cpu.id);
            }
        }
        // More queues than cores: the pollers serve several.
        for (size_t i = 0; out.receive.size() < queues; ++i)
            out.receive.push_back(out.receive[i]);
    }
    for (const Cpu& cpu : cpus)
        if (std::ranges::find(out.receive, cpu.id) == out.receive.end() &&
            std::ranges::find(idle, cpu.id) == idle.end())
            out.verify.push_back(cpu.id);
    if (out.verify.empty()) out.verify = idle;
    if (out.verify.empty()) return invalid(lcores, "no CPU is left to verify");
    return out;
}

}  // namespace switchyard::dataplane
