// SPDX-License-Identifier: Apache-2.0
// States as the official tests write them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "host/state/memory_state.hpp"

namespace switchyard::test {

/// The accounts of `pre` or `postState`: an object from address to balance, nonce, code and
/// storage, all in hexadecimal. For well-formed files only.
[[nodiscard]] MemoryState state_of(const nlohmann::json& accounts);

}  // namespace switchyard::test
