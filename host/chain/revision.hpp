// SPDX-License-Identifier: Apache-2.0
// The revisions of the EVM's rules, named as the execution specifications name the forks.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace switchyard {

/// In order of activation, so that `revision >= Revision::Berlin` reads as "Berlin's rules are in
/// force". Forks that only moved the difficulty bomb or blob parameters have no entry of their own.
enum class Revision : uint8_t {
    Frontier,
    Homestead,
    TangerineWhistle,  ///< EIP-150; "EIP150" in the official tests
    SpuriousDragon,    ///< EIP-158, 160, 161, 170; "EIP158" in the official tests
    Byzantium,
    Constantinople,
    Petersburg,  ///< "ConstantinopleFix" in the official tests
    Istanbul,
    Berlin,
    London,
    Paris,
    Shanghai,
    Cancun,
    Prague,
    Osaka,
    Amsterdam,
};

inline constexpr size_t kRevisionCount = static_cast<size_t>(Revision::Amsterdam) + 1;

[[nodiscard]] std::string_view to_string(Revision revision);

/// From the name of a fork in the official tests or in a genesis file ("EIP158",
/// "ConstantinopleFix", "Merge", "BPO2", ...).
[[nodiscard]] std::optional<Revision> revision_from_name(std::string_view name);

}  // namespace switchyard
