// SPDX-License-Identifier: Apache-2.0
#include "tests/support/write_faults/disk.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "tests/support/write_faults/kernel_calls.hpp"

namespace switchyard::test {

namespace fs = std::filesystem;

namespace {

std::optional<fs::path> path_of(int descriptor) {
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    char path[4096];
    const ssize_t size = ::readlink(link.c_str(), path, sizeof path);
    if (size <= 0 || size == sizeof path) return std::nullopt;
    return fs::path(std::string(path, static_cast<size_t>(size)));
}

std::optional<uint64_t> size_of(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return std::nullopt;
    return static_cast<uint64_t>(status.st_size);
}

/// SQLite's index of its log lives in maps of this file, which the first one who opens the database
/// makes anew. To cut it off would be a SIGBUS for other threads.
bool is_mapped(const fs::path& path) {
    return path.string().ends_with("-shm");
}

}  // namespace

Disk::Disk(fs::path folder, std::vector<WriteFault> faults, uint64_t seed, WriteCounts& counts)
    : folder_(std::move(folder)),
      prefix_(folder_.string() + "/"),
      faults_(std::move(faults)),
      random_(seed),
      counts_(counts),
      unsynced_(folder_, seed + 1) {
    std::reverse(faults_.begin(), faults_.end());  // the next one is the last
}

std::optional<fs::path> Disk::watched(int descriptor) const {
    const auto path = path_of(descriptor);
    if (!path || (*path != folder_ && !path->string().starts_with(prefix_)) || is_mapped(*path))
        return std::nullopt;
    return path;
}

std::optional<fs::path> Disk::watched(int folder, const char* path) const {
    fs::path whole(path);
    if (!whole.is_absolute()) {
        std::error_code failed;
        const auto base =
            folder == AT_FDCWD ? std::optional(fs::current_path(failed)) : path_of(folder);
        if (!base || failed) return std::nullopt;
        whole = *base / whole;
    }
    whole = whole.lexically_normal();
    if (!whole.string().starts_with(prefix_) || is_mapped(whole)) return std::nullopt;
    return whole;
}

bool Disk::strikes(FaultKind kind, Operation operation) {
    switch (kind) {
        case FaultKind::KillInWrite:
        case FaultKind::ShortWrite:
        case FaultKind::WriteError:
            return operation == Operation::Write;
        case FaultKind::SyncKeeps:
        case FaultKind::SyncReverts:
            return operation == Operation::Sync;
        default:
            return true;
    }
}

std::optional<FaultKind> Disk::begin(Operation operation, const fs::path& path) {
    const uint64_t number = counts_.operations++;
    counts_.writes += operation == Operation::Write;
    counts_.syncs += operation == Operation::Sync;
    counts_.names += operation == Operation::Name;
    if (full_ && number >= full_until_) full_.reset();
    // A fault that has nothing to strike waits and holds up no other.
    const auto found =
        std::find_if(faults_.rbegin(), faults_.rend(), [&](const WriteFault& candidate) {
            return candidate.operation <= number && strikes(candidate.kind, operation) &&
                   path.string().find(candidate.path) != std::string::npos;
        });
    if (found == faults_.rend()) return std::nullopt;
    const WriteFault fault = *found;
    faults_.erase(std::next(found).base());
    ++counts_.struck[static_cast<size_t>(fault.kind)];
    if (fault.kind == FaultKind::DiskFull || fault.kind == FaultKind::NoSpace) {
        full_ = fault.kind;
        full_until_ =
            fault.operations > UINT64_MAX - number ? UINT64_MAX : number + fault.operations;
    }
    if (fault.kind == FaultKind::PowerLoss) {
        has_power_ = false;
        const UnsyncedData::Lost lost = unsynced_.lose();
        counts_.sectors_lost += lost.sectors;
        counts_.names_lost += lost.names;
        die();
    }
    if (fault.kind == FaultKind::KillBefore) die();
    return fault.kind;
}

void Disk::end(std::optional<FaultKind> fault) {
    if (fault == FaultKind::KillAfter || fault == FaultKind::KillInWrite) die();
}

// With the lock held, so that no other thread gets any further.
void Disk::die() {
    if (has_power_) unsynced_.save();
    for (;;)
        ::kill(::getpid(), SIGKILL);
}

int Disk::fail(int number) {
    ++counts_.failed;
    errno = number;
    return -1;
}

bool Disk::is_full(bool grows) const {
    return full_ && (grows || *full_ == FaultKind::NoSpace);
}

ssize_t Disk::write(int descriptor, const fs::path& path, const void* bytes, size_t count,
                    std::optional<off_t> offset) {
    const std::lock_guard guard(mutex_);
    const std::optional<FaultKind> fault = begin(Operation::Write, path);
    const uint64_t size = size_of(descriptor).value_or(0);
    const bool appends = (kernel::descriptor_flags(descriptor) & O_APPEND) != 0;
    const uint64_t at = appends  ? size
                        : offset ? static_cast<uint64_t>(*offset)
                                 : static_cast<uint64_t>(::lseek(descriptor, 0, SEEK_CUR));
    if (fault == FaultKind::WriteError) return fail(EIO);
    size_t taken = count;
    if (fault == FaultKind::KillInWrite || fault == FaultKind::ShortWrite) {
        taken = count < 2 ? count : 1 + random_() % (count - 1);
    } else if (is_full(at + count > size)) {
        const bool first = fault == full_;
        if (!first || count < 2) return fail(ENOSPC);
        taken = 1 + random_() % (count - 1);
    }
    unsynced_.before_write(descriptor, at, taken);
    const ssize_t done = offset ? kernel::pwrite(descriptor, bytes, taken, *offset)
                                : kernel::write(descriptor, bytes, taken);
    end(fault);
    return done;
}

int Disk::resize(int descriptor, const fs::path& path, uint64_t size,
                 const std::function<int()>& call) {
    const std::lock_guard guard(mutex_);
    const std::optional<FaultKind> fault = begin(Operation::Resize, path);
    if (is_full(size > size_of(descriptor).value_or(0))) return fail(ENOSPC);
    unsynced_.before_resize(descriptor, size);
    const int done = call();
    end(fault);
    return done;
}

// The machine below is not going to lose power: nothing has to be synced for real, which is what
// makes thousands of runs affordable.
int Disk::sync(int descriptor, const fs::path& path) {
    const std::lock_guard guard(mutex_);
    const std::optional<FaultKind> fault = begin(Operation::Sync, path);
    if (fault == FaultKind::SyncKeeps) {
        unsynced_.sync_failed(descriptor);
        return fail(EIO);
    }
    if (fault == FaultKind::SyncReverts) {
        counts_.sectors_lost += unsynced_.revert(descriptor);
        return fail(EIO);
    }
    unsynced_.synced(descriptor);
    unsynced_.folder_synced(path);
    end(fault);
    return 0;
}

int Disk::open(const fs::path& path, int flags, const std::function<int()>& call) {
    struct stat status {};
    const bool creates = (flags & O_CREAT) != 0 && ::lstat(path.c_str(), &status) != 0;
    const bool truncates = !creates && (flags & O_TRUNC) != 0 && status.st_size != 0;
    if (!creates && !truncates) return call();
    const std::lock_guard guard(mutex_);
    const std::optional<FaultKind> fault =
        begin(creates ? Operation::Name : Operation::Resize, path);
    if (is_full(creates)) return fail(ENOSPC);
    if (truncates) {
        const int old = kernel::open(path.c_str(), O_RDWR | O_CLOEXEC);
        if (old >= 0) unsynced_.before_resize(old, 0);
        if (old >= 0) ::close(old);
    }
    const int done = call();
    if (creates && done >= 0) unsynced_.created(path);
    end(fault);
    return done;
}

int Disk::create_folder(const fs::path& path, const std::function<int()>& call) {
    const std::lock_guard guard(mutex_);
    const std::optional<FaultKind> fault = begin(Operation::Name, path);
    if (is_full(true)) return fail(ENOSPC);
    const int done = call();
    if (done == 0) unsynced_.created(path);
    end(fault);
    return done;
}

int Disk::remove(const fs::path& path, const std::function<int()>& call) {
    const std::lock_guard guard(mutex_);
    const std::optional<FaultKind> fault = begin(Operation::Name, path);
    unsynced_.before_remove(path);
    const int done = call();
    end(fault);
    return done;
}

int Disk::rename(const fs::path& from, const fs::path& to, const std::function<int()>& call) {
    const std::lock_guard guard(mutex_);
    const std::optional<FaultKind> fault = begin(Operation::Name, to);
    if (is_full(false)) return fail(ENOSPC);
    unsynced_.before_rename(from, to);
    const int done = call();
    end(fault);
    return done;
}

}  // namespace switchyard::test
