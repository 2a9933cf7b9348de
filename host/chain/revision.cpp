// SPDX-License-Identifier: Apache-2.0
#include "host/chain/revision.hpp"

#include <utility>

namespace switchyard {

std::string_view to_string(Revision revision) {
    switch (revision) {
        case Revision::Frontier:
            return "Frontier";
        case Revision::Homestead:
            return "Homestead";
        case Revision::TangerineWhistle:
            return "TangerineWhistle";
        case Revision::SpuriousDragon:
            return "SpuriousDragon";
        case Revision::Byzantium:
            return "Byzantium";
        case Revision::Constantinople:
            return "Constantinople";
        case Revision::Petersburg:
            return "Petersburg";
        case Revision::Istanbul:
            return "Istanbul";
        case Revision::Berlin:
            return "Berlin";
        case Revision::London:
            return "London";
        case Revision::Paris:
            return "Paris";
        case Revision::Shanghai:
            return "Shanghai";
        case Revision::Cancun:
            return "Cancun";
        case Revision::Prague:
            return "Prague";
        case Revision::Osaka:
            return "Osaka";
        case Revision::Amsterdam:
            return "Amsterdam";
    }
    return "unknown";
}

std::optional<Revision> revision_from_name(std::string_view name) {
    for (size_t i = 0; i < kRevisionCount; ++i) {
        const auto revision = static_cast<Revision>(i);
        if (name == to_string(revision)) return revision;
    }
    // Other names for the same rules, and forks that moved only the difficulty bomb or the blob
    // parameters.
    static constexpr std::pair<std::string_view, Revision> kAliases[] = {
        {"EIP150", Revision::TangerineWhistle},
        {"EIP158", Revision::SpuriousDragon},
        {"Tangerine Whistle", Revision::TangerineWhistle},
        {"Spurious Dragon", Revision::SpuriousDragon},
        {"ConstantinopleFix", Revision::Petersburg},
        {"MuirGlacier", Revision::Istanbul},
        {"ArrowGlacier", Revision::London},
        {"GrayGlacier", Revision::London},
        {"Merge", Revision::Paris},
        {"BPO1", Revision::Osaka},
        {"BPO2", Revision::Osaka},
        {"BPO3", Revision::Osaka},
        {"BPO4", Revision::Osaka},
        {"BPO5", Revision::Osaka},
    };
    for (const auto& [alias, revision] : kAliases)
        if (name == alias) return revision;
    return std::nullopt;
}

}  // namespace switchyard
