// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/energy.hpp"

#include <filesystem>
#include <fstream>
#include <optional>

namespace switchyard::tool {
namespace {

namespace fs = std::filesystem;

std::optional<uint64_t> read_number(const fs::path& file) {
    std::ifstream in(file);
    uint64_t value = 0;
    if (!(in >> value)) return std::nullopt;
    return value;
}

}  // namespace

EnergyMeter::EnergyMeter(const std::string& root) {
    std::error_code error;
    bool found = false;
    for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
        std::ifstream in(it->path() / "name");
        std::string name;
        if (!(in >> name) || !name.starts_with("package")) continue;
        found = true;
        const auto now = read_number(it->path() / "energy_uj");
        if (!now) continue;
        domains_.push_back({.path = (it->path() / "energy_uj").string(),
                            .range_uj = read_number(it->path() / "max_energy_range_uj").value_or(0),
                            .last_uj = *now});
    }
    if (!domains_.empty()) return;
    reason_ = found ? "the energy counters (RAPL) may be read by root only"
                    : "this machine shows no energy counters (RAPL)";
}

uint64_t EnergyMeter::take_uj() {
    uint64_t sum = 0;
    for (Domain& domain : domains_) {
        const uint64_t now = read_number(domain.path).value_or(domain.last_uj);
        sum +=
            now >= domain.last_uj ? now - domain.last_uj : now + domain.range_uj - domain.last_uj;
        domain.last_uj = now;
    }
    return sum;
}

}  // namespace switchyard::tool
