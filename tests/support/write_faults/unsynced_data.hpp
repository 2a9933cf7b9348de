// SPDX-License-Identifier: Apache-2.0
// What a disk might not hold: content and names that were changed and not synced.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace switchyard::test {

/// Remembers what stood before each change until it is synced, and brings it back. The caller tells
/// before it changes anything. Not thread-safe.
class UnsyncedData {
  public:
    /// Goes on from what the last object for `folder` has saved.
    UnsyncedData(const std::filesystem::path& folder, uint64_t seed);
    ~UnsyncedData();
    UnsyncedData(const UnsyncedData&) = delete;
    UnsyncedData& operator=(const UnsyncedData&) = delete;

    /// Bytes `offset` to `offset + count` of the file open as `descriptor` are about to be written.
    void before_write(int descriptor, uint64_t offset, uint64_t count);
    /// Its size is about to change.
    void before_resize(int descriptor, uint64_t size);
    void synced(int descriptor);
    /// A sync failed. The content that it should have written stays in memory and is never written,
    /// unless its page is written again. Sizes, which file systems log, wait for the next sync.
    void sync_failed(int descriptor);
    /// Brings back the content of the last sync; the count of sectors.
    uint64_t revert(int descriptor);

    void created(const std::filesystem::path& path);
    void before_remove(const std::filesystem::path& path);
    void before_rename(const std::filesystem::path& from, const std::filesystem::path& to);
    void folder_synced(const std::filesystem::path& folder);

    struct Lost {
        uint64_t sectors = 0;
        uint64_t names = 0;
    };
    /// The machine loses power.
    Lost lose();

    /// The process ends and the machine goes on.
    void save() const;
    static void forget(const std::filesystem::path& folder);

  private:
    static constexpr uint64_t kSector = 512;
    static constexpr uint64_t kPage = 4096;
    static constexpr size_t kVersionsMax = 4;

    struct Sector {
        std::vector<std::array<uint8_t, kSector>> versions;  ///< the first one was synced
        bool is_forgotten = false;                           ///< by a failed sync
    };
    struct File {
        int descriptor = -1;  ///< of our own
        std::map<uint64_t, Sector> sectors;
        std::vector<uint64_t> sizes;  ///< since the last sync, but for the present one
    };
    struct NameChange {
        enum class Kind { Created, Removed, Renamed } kind;
        std::filesystem::path path;
        std::filesystem::path to;
        std::filesystem::path kept;  ///< another name of the file that was removed or replaced
    };
    using Key = std::pair<uint64_t, uint64_t>;  // device, inode

    File* file(int descriptor);
    void load();
    std::filesystem::path keep(const std::filesystem::path& path);
    uint64_t lose_content(File& file, int mode);
    static void undo(const NameChange& change);

    const std::filesystem::path saved_;    ///< a file with the members below
    const std::filesystem::path removed_;  ///< a folder with names of removed files
    std::mt19937_64 random_;
    uint64_t kept_ = 0;
    std::map<Key, File> files_;
    std::map<std::filesystem::path, std::vector<NameChange>> names_;  ///< by folder
};

}  // namespace switchyard::test
