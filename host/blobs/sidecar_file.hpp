// SPDX-License-Identifier: Apache-2.0
// Sidecars in files, one each, under the hash of their transaction.
//
// A file holds 24 bytes (the text "SYBLOBS1"; the sidecar's version, 1 byte; the number of blobs, 1
// byte; two zero bytes; 8 more; the CRC32C of everything else, 4 bytes, little-endian), then
// commitments, proofs and blobs.
#pragma once

#include <filesystem>
#include <mutex>
#include <vector>

#include "host/blobs/sidecar.hpp"
#include "host/core/result.hpp"
#include "host/state/journal/folder.hpp"

namespace switchyard::blobs {

/// The contents of a file, and back. `Corrupt`: they are not what was written.
[[nodiscard]] Bytes encode_sidecar_file(const BlobSidecar& sidecar);
[[nodiscard]] Result<BlobSidecar> decode_sidecar_file(BytesView content);

/// A sidecar that was found in the folder.
struct FiledSidecar {
    Bytes32 transaction;
    SidecarPointer sidecar;
};

/// A folder of such files. One thread at a time.
class SidecarFiles {
  public:
    /// Opens or creates the folder, whose parent must exist, and reads what it holds. Files that
    /// were not finished, or that are damaged, are removed; the damaged ones are counted. With
    /// `sync` a file outlives a loss of power when `write` returns. Errors: those of the folder.
    [[nodiscard]] static Result<std::unique_ptr<SidecarFiles>> open(
        const std::filesystem::path& path, bool sync, std::vector<FiledSidecar>& found);

    [[nodiscard]] Result<void> write(const Bytes32& transaction, const BlobSidecar& sidecar);
    /// One that is not there is no error.
    [[nodiscard]] Result<void> remove(const Bytes32& transaction);
    [[nodiscard]] size_t damaged() const { return damaged_; }

  private:
    SidecarFiles(std::unique_ptr<journal::Folder> folder, bool sync)
        : folder_(std::move(folder)), sync_(sync) {}

    std::unique_ptr<journal::Folder> folder_;
    bool sync_;
    size_t damaged_ = 0;
};

}  // namespace switchyard::blobs
