// SPDX-License-Identifier: Apache-2.0
// Trie records that are wanted for a while: to compute a root with little memory.
#pragma once

#include <filesystem>
#include <memory>

#include "host/state/commitment/record_store.hpp"

namespace switchyard::sqlite {

/// A record store in a new folder, which is removed with the object.
class ScratchRecords {
  public:
    /// `parent`: where to make the folder; empty: the system's place for temporary files.
    [[nodiscard]] static Result<ScratchRecords> open(const std::filesystem::path& parent);
    ScratchRecords(ScratchRecords&& other) noexcept;
    ScratchRecords& operator=(ScratchRecords&&) = delete;
    ~ScratchRecords();

    [[nodiscard]] commitment::RecordStore& store() { return *store_; }

  private:
    ScratchRecords() = default;

    std::filesystem::path folder_;
    std::unique_ptr<commitment::RecordStore> store_;
};

}  // namespace switchyard::sqlite
