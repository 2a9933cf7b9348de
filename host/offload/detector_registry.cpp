// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "host/core/bytes.hpp"
#include "host/offload/conflict_detector.hpp"
#include "host/offload/reference/reference_detector.hpp"
#include "host/offload/software/software_detector.hpp"
#ifdef SWITCHYARD_HAVE_XRT
#include "host/offload/card_backends.hpp"
#include "host/offload/xrt/shim.hpp"
#include "host/offload/xrt/sysfs_cards.hpp"
#endif

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

Result<std::unique_ptr<ConflictDetector>> make_software(const DetectorOptions& options) {
    return offload::make_software_detector(options.hash_seed);
}

#ifdef SWITCHYARD_HAVE_XRT

/// What stands by while a card is in use.
Result<std::unique_ptr<ConflictDetector>> make_standby(const DetectorOptions& options) {
    return make_software(options);
}

std::string reason_no_emulation(const DetectorOptions&) {
    return offload::reason_shim_unavailable(offload::Shim::Emulation);
}

Result<std::unique_ptr<ConflictDetector>> make_emulation(const DetectorOptions& options) {
    auto standby = make_standby(options);
    if (!standby) return standby.error();
    return offload::make_emulation_backend(options, *std::move(standby));
}

std::string reason_no_card(const DetectorOptions&) {
    std::string reason = offload::reason_no_card(offload::find_pci_cards());
    return reason.empty() ? offload::reason_shim_unavailable(offload::Shim::Card) : reason;
}

Result<std::unique_ptr<ConflictDetector>> make_card(const DetectorOptions& options) {
    auto standby = make_standby(options);
    if (!standby) return standby.error();
    return offload::make_card_backend(options, *std::move(standby));
}

#else

std::string built_without_xrt(const DetectorOptions&) {
    return "built without XRT; install libxrt-dev and uuid-dev and configure with "
           "SWITCHYARD_WITH_XRT=ON";
}
constexpr auto reason_no_emulation = built_without_xrt;
constexpr auto reason_no_card = built_without_xrt;

Result<std::unique_ptr<ConflictDetector>> make_nothing(const DetectorOptions& options) {
    return Error{ErrorCode::Unavailable, built_without_xrt(options)};
}
constexpr auto make_emulation = make_nothing;
constexpr auto make_card = make_nothing;

#endif

constexpr std::array kBackends{
    Backend{"card", "the kernel on an FPGA card, through XRT", reason_no_card, make_card},
    Backend{"software", "tuned for the CPU; no two keys share an entry", always_available,
            make_software},
    Backend{"emulation", "the kernel's C++ on an emulated device behind XRT", reason_no_emulation,
            make_emulation},
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
