// SPDX-License-Identifier: Apache-2.0
// What the journal asks of a file system: the border at which tests inject failures and losses of
// power.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::journal {

/// An open file; the destructor closes it. One thread at a time.
class File {
  public:
    virtual ~File() = default;
    [[nodiscard]] virtual Result<uint64_t> size() const = 0;
    /// Fills `out` from `offset` on. `Io` when the file ends before.
    [[nodiscard]] virtual Result<void> read(uint64_t offset, std::span<uint8_t> out) const = 0;
    /// Writes all of `bytes`, beyond the end, too. After an error any part of them may be written.
    [[nodiscard]] virtual Result<void> write(uint64_t offset, BytesView bytes) = 0;
    /// Content and size outlive a loss of power when this returns without an error. After an error
    /// what was written since the last success may be on the disk or not, whatever `read` shows and
    /// whatever a later `sync` says (Rebello et al., Can Applications Recover from fsync Failures?,
    /// USENIX ATC 2020, section 3).
    [[nodiscard]] virtual Result<void> sync() = 0;
};

/// The files of one folder, by name. Errors are `Io` with path and reason, `NotFound` where a file
/// must exist. Safe from several threads as long as no two name the same file.
class Folder {
  public:
    virtual ~Folder() = default;
    /// All names, in no particular order.
    [[nodiscard]] virtual Result<std::vector<std::string>> list() const = 0;
    /// A new, empty file to read and write; takes the place of one of that name.
    [[nodiscard]] virtual Result<std::unique_ptr<File>> create(const std::string& name) = 0;
    /// An existing file to read and write.
    [[nodiscard]] virtual Result<std::unique_ptr<File>> open(const std::string& name) = 0;
    /// Replaces `to` if it exists, at once: nobody ever sees neither or half.
    [[nodiscard]] virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    [[nodiscard]] virtual Result<void> remove(const std::string& name) = 0;
    /// Names created, renamed and removed so far outlive a loss of power.
    [[nodiscard]] virtual Result<void> sync() = 0;
    /// The name as a person finds the file.
    [[nodiscard]] virtual std::string path_of(std::string_view name) const = 0;
};

}  // namespace switchyard::journal
