// SPDX-License-Identifier: Apache-2.0
// What a store asks of the file system beside SQLite.
#pragma once

#include <filesystem>

namespace switchyard::sqlite {

/// Holds the store for this process; the kernel releases it when the process ends in any way.
class FileLock {
  public:
    /// Creates the file `path` and locks it.
    explicit FileLock(const std::filesystem::path& path);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    [[nodiscard]] bool opened() const { return fd_ >= 0; }
    [[nodiscard]] bool held() const { return held_; }

  private:
    int fd_;
    bool held_ = false;
};

/// Makes the entries of a folder durable: new files, and removed ones.
[[nodiscard]] bool sync_folder(const std::filesystem::path& folder);

}  // namespace switchyard::sqlite
