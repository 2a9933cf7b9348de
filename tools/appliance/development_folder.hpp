// SPDX-License-Identifier: Apache-2.0
// The folder of a chain that ends with its process.
#pragma once

#include <filesystem>
#include <memory>

#include "host/core/result.hpp"

namespace switchyard::appliance {

/// A folder `switchyard-dev-XXXXXX` that goes with the object, for its owner alone. The file
/// `in-use` in it is locked (flock) as long as the process lives, however it ends.
class DevelopmentFolder {
  public:
    /// Makes one in `parent`. First removes those that processes of this user have left which were
    /// killed, a bounded number: a folder of that name and owner, no symbolic link, whose `in-use`
    /// is there and not locked. Others are left alone. `Io`: none can be made.
    [[nodiscard]] static Result<std::unique_ptr<DevelopmentFolder>> make(
        const std::filesystem::path& parent);
    ~DevelopmentFolder();
    DevelopmentFolder(const DevelopmentFolder&) = delete;
    DevelopmentFolder& operator=(const DevelopmentFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    DevelopmentFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::filesystem::path path_;
    int lock_;
};

}  // namespace switchyard::appliance
