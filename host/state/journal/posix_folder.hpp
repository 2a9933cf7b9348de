// SPDX-License-Identifier: Apache-2.0
// A folder of the operating system.
#pragma once

#include <filesystem>

#include "host/state/journal/folder.hpp"

namespace switchyard::journal {

/// Opens the folder at `path`, which is created if it is absent (its parent must exist), and locks
/// it until the object goes: `Unavailable` while another has it, in this process or another.
[[nodiscard]] Result<std::unique_ptr<Folder>> open_posix_folder(const std::filesystem::path& path);

}  // namespace switchyard::journal
