// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "host/core/bytes.hpp"
#include "host/offload/conflict_detector.hpp"
#include "host/offload/reference/reference_detector.hpp"

namespace switchyard {
namespace {

struct Backend {
    std::string_view name;
    std::string_view description;
    std::string (*reason_unavailable)(const DetectorOptions&);  // empty when it can run
    Result<std::unique_ptr<ConflictDetector>> (*make)(const DetectorOptions&);
};

std::string always_available(const DetectorOptions&) {
    return {};
}

Result<std::unique_ptr<ConflictDetector>> make_reference(const DetectorOptions& options) {
    return offload::make_reference_detector(options.hash_seed);
}

constexpr std::array kBackends{
    Backend{"reference", "obvious detector on the CPU, the oracle of the others", always_available,
            make_reference},
};

}  // namespace

std::vector<DetectorChoice> available_detectors() {
    std::vector<DetectorChoice> choices;
    for (const Backend& backend : kBackends) {
        std::string reason = backend.reason_unavailable({});
        const bool available = reason.empty();
        choices.push_back({backend.name, backend.description, available, std::move(reason)});
    }
    return choices;
}

Result<std::unique_ptr<ConflictDetector>> make_detector(std::string_view name,
                                                        const DetectorOptions& options) {
    DetectorOptions seeded = options;
    if (seeded.hash_seed == 0) seeded.hash_seed = process_hash_seed();
    std::string known;
    for (const Backend& backend : kBackends) {
        if (backend.name != name) {
            known += (known.empty() ? "" : ", ") + std::string(backend.name);
            continue;
        }
        if (std::string reason = backend.reason_unavailable(seeded); !reason.empty())
            return Error{ErrorCode::Unavailable,
                         "conflict detector '" + std::string(name) + "': " + reason};
        return backend.make(seeded);
    }
    return Error{ErrorCode::NotFound, "there is no conflict detector '" + std::string(name) +
                                          "'; choose one of: " + known};
}

}  // namespace switchyard
