// SPDX-License-Identifier: Apache-2.0
// The disk that the calls of this process go to: counts operations and lets faults happen.
#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "tests/support/write_faults/unsynced_data.hpp"
#include "tests/support/write_faults/write_faults.hpp"

namespace switchyard::test {

class Disk {
  public:
    Disk(std::filesystem::path folder, std::vector<WriteFault> faults, uint64_t seed,
         WriteCounts& counts);
    /// The process goes on without it.
    void finish() const { unsynced_.save(); }

    /// Where `descriptor` leads, when that is below the folder.
    [[nodiscard]] std::optional<std::filesystem::path> watched(int descriptor) const;
    [[nodiscard]] std::optional<std::filesystem::path> watched(int folder, const char* path) const;

    // Each makes one operation, under the lock; the result is that of the call, with errno.
    ssize_t write(int descriptor, const std::filesystem::path& path, const void* bytes,
                  size_t count, std::optional<off_t> offset);
    int resize(int descriptor, const std::filesystem::path& path, uint64_t size,
               const std::function<int()>& call);
    int sync(int descriptor, const std::filesystem::path& path);
    int open(const std::filesystem::path& path, int flags, const std::function<int()>& call);
    int create_folder(const std::filesystem::path& path, const std::function<int()>& call);
    int remove(const std::filesystem::path& path, const std::function<int()>& call);
    int rename(const std::filesystem::path& from, const std::filesystem::path& to,
               const std::function<int()>& call);

  private:
    enum class Operation { Write, Resize, Sync, Name };
    /// Counts an operation and takes the fault that strikes it, which may be the end.
    std::optional<FaultKind> begin(Operation operation, const std::filesystem::path& path);
    /// After an operation.
    void end(std::optional<FaultKind> fault);
    [[nodiscard]] static bool strikes(FaultKind kind, Operation operation);
    [[nodiscard]] bool is_full(bool grows) const;

    int fail(int number);
    [[noreturn]] void die();

    const std::filesystem::path folder_;
    const std::string prefix_;
    std::vector<WriteFault> faults_;
    std::mt19937_64 random_;
    WriteCounts& counts_;
    UnsyncedData unsynced_;
    std::mutex mutex_;
    /// No space: for growing, for all writes; until this operation.
    std::optional<FaultKind> full_;
    uint64_t full_until_ = 0;
    bool has_power_ = true;
};

}  // namespace switchyard::test
