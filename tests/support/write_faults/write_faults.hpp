// SPDX-License-Identifier: Apache-2.0
// A disk that fails: this process's own calls that change files go through here and go wrong where
// a test says so.
//
// The library defines `write`, `pwrite`, `pwritev`, `fsync`, `fdatasync`, `ftruncate`, `fallocate`,
// `posix_fallocate`, `open` and `openat`, `mkdir`, `rename`, `unlink` and their variants. A program
// that links it calls these in place of the C library's, and so do the shared libraries that it
// uses, SQLite among them (ELF symbol interposition); they pass the call on to the kernel. Memory
// maps are not seen, and files named *-shm are left out: SQLite writes them through one, and they
// mean nothing after a crash.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace switchyard::test {

/// What goes wrong.
enum class FaultKind : uint8_t {
    KillBefore,   ///< SIGKILL in place of the operation
    KillAfter,    ///< SIGKILL after it
    KillInWrite,  ///< SIGKILL after a part of a write
    PowerLoss,    ///< in place of the operation: what was not synced is lost in part, then SIGKILL
    ShortWrite,   ///< a write takes a part of its bytes and says so
    WriteError,   ///< a write takes nothing: EIO
    DiskFull,     ///< nothing can grow: a first write takes a part, the others fail with ENOSPC
    NoSpace,      ///< the same, and what exists cannot be overwritten either (copy on write, quota)
    SyncKeeps,    ///< EIO; the content stays in memory, clean, and no later sync writes it
    SyncReverts,  ///< EIO; the content is what it was at the last sync
};
inline constexpr size_t kFaultKinds = 10;
[[nodiscard]] const char* to_string(FaultKind kind);

/// Strikes the first operation from number `operation` on (counted from 0 when watching began) that
/// the kind can strike. `DiskFull` and `NoSpace` last for `operations` operations.
struct WriteFault {
    FaultKind kind = FaultKind::KillBefore;
    uint64_t operation = 0;
    uint64_t operations = UINT64_MAX;
    /// Only operations on paths that contain this are struck.
    std::string path{};
};

/// What was seen. May lie in memory that is shared with another process.
struct WriteCounts {
    uint64_t operations = 0;  ///< writes, changes of size, syncs and changes of names
    uint64_t writes = 0;
    uint64_t syncs = 0;
    uint64_t names = 0;  ///< files and folders created, renamed, removed
    uint64_t failed = 0;
    uint64_t struck[kFaultKinds] = {};  ///< faults that happened, by kind
    uint64_t sectors_lost = 0;          ///< by `PowerLoss` and `SyncReverts`
    uint64_t names_lost = 0;
};

/// From now on the operations on files and folders below `folder` are counted in `counts`, and
/// `faults`, ascending by operation, happen. `seed` decides about parts and losses.
///
/// What a process leaves unsynced at its end stays in the page cache, where the next one reads it,
/// and may be lost by a later loss of power: `<folder>.unsynced` and `<folder>.removed` beside the
/// folder keep what stood there before. What stands in the folder without them is on the disk.
///
/// A loss of power (after Rebello et al., Can Applications Recover from fsync Failures?, USENIX ATC
/// 2020, section 3) leaves of what was written since a file's last successful sync nothing, all, or
/// any subset of the 512-byte sectors, each in any of up to four versions; of the sizes since then
/// any; of the names that changed since their folder's last sync the first few, in order. The page
/// cache of this process's disk is not lost otherwise: after SIGKILL everything written is there.
///
/// Syncs below the folder reach no real disk, so that runs take the time of their processor.
///
/// One watch at a time. Operations are made one after another, also those of several threads.
void watch_writes(const std::filesystem::path& folder, std::vector<WriteFault> faults,
                  uint64_t seed, WriteCounts& counts);
/// Ends the watch. Nothing else may change files below the folder meanwhile.
void stop_watching();
/// What stands in the folder is on the disk from here on. Not while it is watched.
void forget_unsynced(const std::filesystem::path& folder);

}  // namespace switchyard::test
