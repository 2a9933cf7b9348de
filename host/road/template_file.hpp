// SPDX-License-Identifier: Apache-2.0
// Learned templates in a file.
#pragma once

#include <filesystem>

#include "host/core/result.hpp"
#include "host/plan/template_store.hpp"

namespace switchyard {

/// Adds what the file holds to `store`. Errors: `NotFound`; `Corrupt` for a file that is damaged,
/// of another version or larger than may be, `Io`; `store` is as it was then. What is lost with a
/// file is learned again.
[[nodiscard]] Result<void> load_templates(const std::filesystem::path& file,
                                          plan::TemplateStore& store);

/// Replaces the file by the content of `store`: after a crash there is the old one or the new one.
[[nodiscard]] Result<void> save_templates(const std::filesystem::path& file,
                                          const plan::TemplateStore& store);

}  // namespace switchyard
