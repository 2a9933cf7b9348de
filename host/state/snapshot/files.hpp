// SPDX-License-Identifier: Apache-2.0
// Files and folders of the operating system, as snapshots need them. Errors are `Io` with path and
// reason.
#pragma once

#include <filesystem>
#include <span>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::snapshot {

/// An open file; closed with the object.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int value) : value_(value) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    [[nodiscard]] int get() const { return value_; }

  private:
    int value_ = -1;
};

/// A file to read. Safe from any thread.
class InputFile {
  public:
    [[nodiscard]] static Result<InputFile> open(const std::filesystem::path& path);
    [[nodiscard]] uint64_t size() const { return size_; }
    /// Fills `out` from `offset` on; false where the file ends before, or cannot be read there:
    /// both are a place without sound data.
    [[nodiscard]] bool read(uint64_t offset, std::span<uint8_t> out) const;

  private:
    Descriptor file_;
    uint64_t size_ = 0;
};

/// A new file to write. One thread.
class OutputFile {
  public:
    /// Takes the place of a file of that name.
    [[nodiscard]] static Result<OutputFile> create(const std::filesystem::path& path);
    [[nodiscard]] Result<void> append(BytesView bytes);
    /// Writes over what stands at the beginning.
    [[nodiscard]] Result<void> overwrite_begin(BytesView bytes);
    /// Everything written outlives a loss of power.
    [[nodiscard]] Result<void> sync();

  private:
    [[nodiscard]] Result<void> write(uint64_t offset, BytesView bytes);

    Descriptor file_;
    std::filesystem::path path_;
    uint64_t size_ = 0;
};

/// Makes new, renamed and removed names in a folder outlive a loss of power.
[[nodiscard]] Result<void> sync_folder(const std::filesystem::path& folder);

/// A folder that is filled under another name and appears whole: `target` itself is absent, or
/// empty, until `publish` has returned. Removed with the object when it was not published; what a
/// crash leaves under the other name, the next one removes.
class NewFolder {
  public:
    /// Makes the folder `target` + `suffix`, empty, and locks it. `InvalidInput` when `target` is
    /// there and not an empty folder, `Unavailable` while another process fills it.
    [[nodiscard]] static Result<NewFolder> create(const std::filesystem::path& target,
                                                  const char* suffix);
    NewFolder(NewFolder&&) = default;
    NewFolder& operator=(NewFolder&&) = delete;
    ~NewFolder();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Precondition: the files in it are synced and closed.
    [[nodiscard]] Result<void> publish();

  private:
    NewFolder() = default;

    std::filesystem::path target_;
    std::filesystem::path path_;
    Descriptor lock_;
};

}  // namespace switchyard::snapshot
