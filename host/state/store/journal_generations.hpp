// SPDX-License-Identifier: Apache-2.0
// Which folder of a store holds its journal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "host/core/result.hpp"

namespace switchyard {

/// The folders `journal-N` of a store. A rewind gives up the blocks after its target, and begins a
/// new journal, because the old one still holds them: first the next folder is made, whole and
/// durable, then the older one is removed. So the highest that holds a segment is the store's.
class JournalGenerations {
  public:
    [[nodiscard]] static Result<JournalGenerations> find(const std::filesystem::path& store);

    /// No value: there is none.
    [[nodiscard]] const std::optional<uint64_t>& current() const { return current_; }
    [[nodiscard]] std::filesystem::path folder_of(uint64_t generation) const;
    /// The generation was opened: removes all others.
    [[nodiscard]] Result<void> keep_only(uint64_t generation);

  private:
    explicit JournalGenerations(std::filesystem::path store) : store_(std::move(store)) {}

    std::filesystem::path store_;
    std::optional<uint64_t> current_;
};

}  // namespace switchyard
