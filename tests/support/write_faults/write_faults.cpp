// SPDX-License-Identifier: Apache-2.0
// The calls that stand in the C library's place.
#include "tests/support/write_faults/write_faults.hpp"

#include <sys/stat.h>
#include <sys/uio.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <memory>

#include "tests/support/write_faults/disk.hpp"
#include "tests/support/write_faults/kernel_calls.hpp"

namespace switchyard::test {
namespace {

std::atomic<Disk*> active_disk{nullptr};
/// The library's own calls, and those of what it uses, are not watched.
thread_local bool is_inside = false;

/// The disk, for the duration of a call; null when the call is none of its business.
class Watch {
  public:
    Watch() : disk_(is_inside ? nullptr : active_disk.load(std::memory_order_acquire)) {
        if (disk_ != nullptr) is_inside = true;
    }
    ~Watch() {
        if (disk_ != nullptr) is_inside = false;
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    explicit operator bool() const { return disk_ != nullptr; }
    Disk* operator->() const { return disk_; }

  private:
    Disk* disk_;
};

ssize_t write_at(int descriptor, const void* bytes, size_t count, std::optional<off_t> offset) {
    if (const Watch disk; disk)
        if (const auto path = disk->watched(descriptor))
            return disk->write(descriptor, *path, bytes, count, offset);
    return offset ? kernel::pwrite(descriptor, bytes, count, *offset)
                  : kernel::write(descriptor, bytes, count);
}

ssize_t write_parts(int descriptor, const iovec* parts, int count, std::optional<off_t> offset) {
    std::vector<char> bytes;
    for (int i = 0; i < count; ++i) {
        const auto* begin = static_cast<const char*>(parts[i].iov_base);
        bytes.insert(bytes.end(), begin, begin + parts[i].iov_len);
    }
    return write_at(descriptor, bytes.data(), bytes.size(), offset);
}

int sync_file(int descriptor, int (*call)(int)) {
    if (const Watch disk; disk)
        if (const auto path = disk->watched(descriptor)) return disk->sync(descriptor, *path);
    return call(descriptor);
}

int resize_file(int descriptor, off_t size) {
    const auto call = [&] { return kernel::ftruncate(descriptor, size); };
    if (const Watch disk; disk)
        if (const auto path = disk->watched(descriptor))
            return disk->resize(descriptor, *path, static_cast<uint64_t>(size), call);
    return call();
}

int allocate(int descriptor, int mode, off_t offset, off_t count) {
    const auto call = [&] { return kernel::fallocate(descriptor, mode, offset, count); };
    if (const Watch disk; disk)
        if (const auto path = disk->watched(descriptor))
            return disk->resize(descriptor, *path, static_cast<uint64_t>(offset + count), call);
    return call();
}

int open_file(int folder, const char* path, int flags, mode_t mode) {
    const auto call = [&] { return kernel::openat(folder, path, flags, mode); };
    if ((flags & (O_CREAT | O_TRUNC)) == 0) return call();
    if (const Watch disk; disk)
        if (const auto found = disk->watched(folder, path)) return disk->open(*found, flags, call);
    return call();
}

/// Whether an open with these flags is given a mode, too.
bool has_mode(int flags) {
    return (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) != 0;
}

int make_folder(int folder, const char* path, mode_t mode) {
    const auto call = [&] { return kernel::mkdirat(folder, path, mode); };
    if (const Watch disk; disk)
        if (const auto found = disk->watched(folder, path))
            return disk->create_folder(*found, call);
    return call();
}

int remove_name(int folder, const char* path, int flags) {
    const auto call = [&] { return kernel::unlinkat(folder, path, flags); };
    if (const Watch disk; disk)
        if (const auto found = disk->watched(folder, path)) return disk->remove(*found, call);
    return call();
}

int rename_file(int from_folder, const char* from, int to_folder, const char* to) {
    const auto call = [&] { return kernel::renameat(from_folder, from, to_folder, to); };
    if (const Watch disk; disk) {
        const auto source = disk->watched(from_folder, from);
        const auto target = disk->watched(to_folder, to);
        if (source && target) return disk->rename(*source, *target, call);
    }
    return call();
}

}  // namespace

const char* to_string(FaultKind kind) {
    constexpr const char* kNames[kFaultKinds] = {
        "kill before", "kill after", "kill in a write", "power loss", "short write",
        "write error", "disk full",  "no space",        "sync keeps", "sync reverts"};
    return kNames[static_cast<size_t>(kind)];
}

void watch_writes(const std::filesystem::path& folder, std::vector<WriteFault> faults,
                  uint64_t seed, WriteCounts& counts) {
    stop_watching();
    active_disk.store(
        new Disk(std::filesystem::weakly_canonical(folder), std::move(faults), seed, counts),
        std::memory_order_release);
}

void stop_watching() {
    const std::unique_ptr<const Disk> disk(active_disk.exchange(nullptr));
    if (disk != nullptr) disk->finish();
}

void forget_unsynced(const std::filesystem::path& folder) {
    UnsyncedData::forget(std::filesystem::weakly_canonical(folder));
}

}  // namespace switchyard::test

// The declarations are the C library's; where those promise not to throw, so do these.
using namespace switchyard::test;

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t count) {
    return write_at(descriptor, bytes, count, std::nullopt);
}
ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
    return write_at(descriptor, bytes, count, offset);
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t offset) {
    return write_at(descriptor, bytes, count, offset);
}
ssize_t writev(int descriptor, const iovec* parts, int count) {
    return write_parts(descriptor, parts, count, std::nullopt);
}
ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t offset) {
    return write_parts(descriptor, parts, count, offset);
}
ssize_t pwritev64(int descriptor, const iovec* parts, int count, off64_t offset) {
    return write_parts(descriptor, parts, count, offset);
}
int fsync(int descriptor) {
    return sync_file(descriptor, kernel::fsync);
}
int fdatasync(int descriptor) {
    return sync_file(descriptor, kernel::fdatasync);
}
int ftruncate(int descriptor, off_t size) noexcept {
    return resize_file(descriptor, size);
}
int ftruncate64(int descriptor, off64_t size) noexcept {
    return resize_file(descriptor, size);
}
int fallocate(int descriptor, int mode, off_t offset, off_t count) {
    return allocate(descriptor, mode, offset, count);
}
int fallocate64(int descriptor, int mode, off64_t offset, off64_t count) {
    return allocate(descriptor, mode, offset, count);
}
int posix_fallocate(int descriptor, off_t offset, off_t count) {
    return allocate(descriptor, 0, offset, count) == 0 ? 0 : errno;
}
int posix_fallocate64(int descriptor, off64_t offset, off64_t count) {
    return allocate(descriptor, 0, offset, count) == 0 ? 0 : errno;
}
int open(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = has_mode(flags) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_file(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = has_mode(flags) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_file(AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = has_mode(flags) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_file(folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = has_mode(flags) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_file(folder, path, flags, mode);
}
int mkdir(const char* path, mode_t mode) noexcept {
    return make_folder(AT_FDCWD, path, mode);
}
int mkdirat(int folder, const char* path, mode_t mode) noexcept {
    return make_folder(folder, path, mode);
}
int unlink(const char* path) noexcept {
    return remove_name(AT_FDCWD, path, 0);
}
int unlinkat(int folder, const char* path, int flags) noexcept {
    return remove_name(folder, path, flags);
}
int rmdir(const char* path) noexcept {
    return remove_name(AT_FDCWD, path, AT_REMOVEDIR);
}
int remove(const char* path) noexcept {
    struct stat status {};
    const bool is_folder = ::lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
    return remove_name(AT_FDCWD, path, is_folder ? AT_REMOVEDIR : 0);
}
int rename(const char* from, const char* to) noexcept {
    return rename_file(AT_FDCWD, from, AT_FDCWD, to);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
    return rename_file(from_folder, from, to_folder, to);
}

}  // extern "C"
