// SPDX-License-Identifier: Apache-2.0
// A store's folder as a person names it.
#pragma once

#include <filesystem>

#include "host/core/result.hpp"
#include "host/state/sqlite/state_reader.hpp"

namespace switchyard::tool {

/// Opens the flat state of the store in `store` to read it; whoever writes there may go on.
[[nodiscard]] inline Result<std::unique_ptr<sqlite::StateReader>> open_store_to_read(
    const std::filesystem::path& store) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(store / "flat", ignored))
        return Error{ErrorCode::NotFound, store.string() + " is no store: it has no folder 'flat'"};
    return sqlite::StateReader::open(store / "flat");
}

}  // namespace switchyard::tool
