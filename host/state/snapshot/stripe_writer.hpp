// SPDX-License-Identifier: Apache-2.0
// Stripes to shard files.
#pragma once

#include <vector>

#include "host/state/snapshot/deflate.hpp"
#include "host/state/snapshot/erasure_code.hpp"
#include "host/state/snapshot/files.hpp"
#include "host/state/snapshot/format.hpp"

namespace switchyard::snapshot {

/// One thread. Memory: about four times the longest stripe.
class StripeWriter {
  public:
    /// Creates the files in `folder`. Of `info`, shards, id and block count.
    [[nodiscard]] static Result<std::unique_ptr<StripeWriter>> create(
        const std::filesystem::path& folder, const SnapshotInfo& info);

    /// Precondition: 1 to `kStripeBytesMax` bytes.
    [[nodiscard]] Result<void> write(BytesView rows);
    /// Writes the headers and syncs the files.
    [[nodiscard]] Result<SnapshotInfo> finish(const StateCounts& counts);

  private:
    explicit StripeWriter(const SnapshotInfo& info);

    SnapshotInfo info_;
    ErasureCode code_;
    Deflater deflater_;
    std::vector<OutputFile> files_;
    Bytes compressed_;
    Bytes parity_;
    std::vector<uint8_t*> chunks_;
};

}  // namespace switchyard::snapshot
