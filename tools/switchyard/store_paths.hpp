// SPDX-License-Identifier: Apache-2.0
// A store's folder as a person names it.
#pragma once

#include <filesystem>

#include "host/core/result.hpp"
#include "host/state/sqlite/state_reader.hpp"

namespace switchyard::tool {

/// NotFound where `store` is no folder of a store.
[[nodiscard]] inline Result<void> check_is_store(const std::filesystem::path& store) {
    std::error_code ignored;
    if (std::filesystem::is_directory(store / "flat", ignored)) return {};
    return Error{ErrorCode::NotFound, store.string() + " is no store: it has no folder 'flat'"};
}

/// Opens the flat state of the store in `store` to read it; whoever writes there may go on.
[[nodiscard]] inline Result<std::unique_ptr<sqlite::StateReader>> open_store_to_read(
    const std::filesystem::path& store) {
    if (Result<void> found = check_is_store(store); !found) return found.error();
    return sqlite::StateReader::open(store / "flat");
}

}  // namespace switchyard::tool
