// SPDX-License-Identifier: Apache-2.0
// A set of code hashes in a temporary file: states have millions of them.
#pragma once

#include <optional>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"
#include "host/state/sqlite/database.hpp"

namespace switchyard::sqlite {

/// First hashes are added, then they are listed. The file is SQLite's and unlinked from the start
/// (in SQLITE_TMPDIR, TMPDIR or /var/tmp). One thread.
class CodeSet {
  public:
    /// `cache_bytes`: memory; the rest spills into the file.
    [[nodiscard]] static Result<CodeSet> open(uint64_t cache_bytes);

    [[nodiscard]] Result<void> add(const Bytes32& hash);
    /// The next hash in ascending order; false at the end.
    [[nodiscard]] Result<bool> next(Bytes32& hash);

  private:
    Database database_;
    Statement add_, list_;
    std::optional<Bytes32> last_;
};

}  // namespace switchyard::sqlite
