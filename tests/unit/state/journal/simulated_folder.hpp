// SPDX-License-Identifier: Apache-2.0
// A folder in memory that loses power, runs full and fails to sync where a test says so.
#pragma once

#include <map>
#include <mutex>
#include <random>

#include "host/state/journal/folder.hpp"

namespace switchyard::test {

/// Where a run goes wrong. Operations are those that change something or sync, counted from 0.
struct Fault {
    enum class Kind {
        None,
        PowerLoss,   ///< in the midst of the operation; every later one fails
        ShortWrite,  ///< the operation, if it writes, ends early; the disk is full from then on
        DiskFull,    ///< nothing more is written from this operation on
        SyncFails,   ///< the first sync of a file or the folder from this operation on fails
    };
    Kind kind = Kind::None;
    uint64_t operation = 0;
};

/// The machine's disk and page cache: outlives the folders that processes open on it.
///
/// A loss of power leaves of what was not synced any subset, sector by sector of 512 bytes, each in
/// any of the versions written since the last sync; any of the sizes that the file had since; and
/// any subset of the names created, renamed and removed since the folder's last sync. A failed sync
/// leaves the new content in the cache, clean: no later sync writes it.
class SimulatedDisk {
  public:
    explicit SimulatedDisk(uint64_t seed) : random_(seed) {}

    /// The folder as a process sees it. The disk outlives it.
    [[nodiscard]] std::unique_ptr<journal::Folder> open_folder();

    void set_fault(const Fault& fault) { fault_ = fault; }
    /// How many operations there were since the last call.
    uint64_t take_operations() { return std::exchange(operations_, 0); }
    [[nodiscard]] bool fault_happened() const { return happened_; }
    /// Ends every fault; after a loss of power the cache is what the disk holds.
    void restart();
    /// Power goes now.
    void lose_power();

    /// What a process would read, by name.
    [[nodiscard]] std::map<std::string, Bytes> contents() const;
    /// Sets a file, on the disk.
    void put(const std::string& name, const Bytes& content);
    void drop(const std::string& name);

  private:
    friend class SimulatedFile;
    friend class SimulatedFolder;
    static constexpr size_t kSector = 512;

    struct Inode {
        Bytes cache;
        Bytes disk;
        std::map<size_t, std::vector<Bytes>> sectors;  ///< versions since the last sync
        std::vector<size_t> sizes;                     ///< since the last sync
    };
    using InodePointer = std::shared_ptr<Inode>;
    using Names = std::map<std::string, InodePointer>;
    /// Null: the name goes.
    using NameChange = std::vector<std::pair<std::string, InodePointer>>;

    enum class Do { Nothing, All, Part };
    /// Counts the operation and says how much of it happens; an error is then in `error_`.
    Do begin(bool writes, bool syncs);
    Result<void> outcome(const std::string& name);
    void write(Inode& inode, uint64_t offset, BytesView bytes);
    void sync(Inode& inode, bool fails);
    void settle(Inode& inode);
    void change_names(NameChange change);

    mutable std::mutex mutex_;
    std::mt19937_64 random_;
    Names names_;
    Names disk_names_;
    std::vector<NameChange> name_changes_;
    Fault fault_;
    uint64_t operations_ = 0;
    bool happened_ = false;
    bool dead_ = false;
    bool full_ = false;
    const char* error_ = nullptr;
};

}  // namespace switchyard::test
