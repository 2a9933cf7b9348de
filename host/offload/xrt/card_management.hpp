// SPDX-License-Identifier: Apache-2.0
// What an operator does to a card besides using it. Declares no XRT type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/core/result.hpp"

namespace switchyard::offload {

/// One thing that XRT says of a device.
struct CardProperty {
    std::string name;
    std::string value;
    bool is_json = false;  ///< `value` is a JSON document of XRT's, such as the sensors
};

/// Opens the card `index` and reads what it tells of itself; what it does not know is left out.
/// After load_shim(Shim::Card). Errors: Unavailable.
[[nodiscard]] Result<std::vector<CardProperty>> read_card_properties(uint32_t index);

/// Loads the image at `xclbin_path` into the card `index`; returns the image's identifier. The card
/// must not be in use. Errors: Unavailable, InvalidInput (unreadable, made for emulation, or
/// without our kernel).
[[nodiscard]] Result<std::string> program_card(const std::string& xclbin_path, uint32_t index);

/// Resets the card `index`, which loses its memory and whatever it was doing, for every process
/// that uses it. Takes seconds. Errors: Unavailable.
[[nodiscard]] Result<void> reset_card(uint32_t index);

}  // namespace switchyard::offload
