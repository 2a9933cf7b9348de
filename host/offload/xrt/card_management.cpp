// SPDX-License-Identifier: Apache-2.0
#include "host/offload/xrt/card_management.hpp"

#include <xrt/xrt_device.h>
#include <xrt/xrt_uuid.h>

#include <type_traits>

#include "host/offload/xrt/guarded.hpp"
#include "host/offload/xrt/image_check.hpp"
#include "host/offload/xrt/shim.hpp"
#include "host/offload/xrt/sysfs_cards.hpp"

namespace switchyard::offload {
namespace {

/// Appends what `device` says of `what`. A device may not know: that is no error.
template <xrt::info::device what>
void read(const xrt::device& device, const char* name, bool is_json,
          std::vector<CardProperty>& out) {
    try {
        const auto value = device.get_info<what>();
        if constexpr (std::is_convertible_v<decltype(value), std::string>) {
            if (!value.empty()) out.push_back({name, value, is_json});
        } else if constexpr (std::is_integral_v<std::remove_const_t<decltype(value)>>) {
            out.push_back({name, std::to_string(value), is_json});
        } else {
            out.push_back({name, value.to_string(), is_json});
        }
    } catch (...) {
    }
}

Result<void> prepare_card() {
    if (std::string reason = reason_no_card(find_pci_cards()); !reason.empty())
        return Error{ErrorCode::Unavailable, std::move(reason)};
    return load_shim(Shim::Card);
}

}  // namespace

Result<std::vector<CardProperty>> read_card_properties(uint32_t index) {
    using Read = Result<std::vector<CardProperty>>;
    return guarded(ErrorCode::Unavailable, "opening the device", [&]() -> Read {
        const xrt::device device(index);
        std::vector<CardProperty> out;
        read<xrt::info::device::name>(device, "name", false, out);
        read<xrt::info::device::bdf>(device, "address", false, out);
        read<xrt::info::device::interface_uuid>(device, "interface", false, out);
        read<xrt::info::device::max_clock_frequency_mhz>(device, "clock_mhz", false, out);
        read<xrt::info::device::offline>(device, "offline", false, out);
        read<xrt::info::device::thermal>(device, "thermal", true, out);
        read<xrt::info::device::electrical>(device, "electrical", true, out);
        read<xrt::info::device::mechanical>(device, "mechanical", true, out);
        read<xrt::info::device::memory>(device, "memory", true, out);
        return out;
    });
}

Result<std::string> program_card(const std::string& xclbin_path, uint32_t index) {
    if (auto ready = prepare_card(); !ready) return ready.error();
    return guarded(ErrorCode::InvalidInput, "programming the card", [&]() -> Result<std::string> {
        const xrt::xclbin image(xclbin_path);
        if (auto fits = check_image(image, xclbin_path); !fits) return fits.error();
        xrt::device device(index);
        return device.load_xclbin(image).to_string();
    });
}

Result<void> reset_card(uint32_t index) {
    if (auto ready = prepare_card(); !ready) return ready.error();
    return guarded(ErrorCode::Unavailable, "resetting the card", [&]() -> Result<void> {
        xrt::device device(index);
        device.reset();
        return {};
    });
}

}  // namespace switchyard::offload
