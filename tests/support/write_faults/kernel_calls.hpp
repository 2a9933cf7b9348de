// SPDX-License-Identifier: Apache-2.0
// The system calls themselves, for the library whose definitions stand in their place.
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace switchyard::test::kernel {

inline ssize_t write(int descriptor, const void* bytes, size_t count) {
    return ::syscall(SYS_write, descriptor, bytes, count);
}
inline ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
    return ::syscall(SYS_pwrite64, descriptor, bytes, count, offset);
}
inline int descriptor_flags(int descriptor) {
    return static_cast<int>(::syscall(SYS_fcntl, descriptor, F_GETFL));
}
inline int fsync(int descriptor) {
    return static_cast<int>(::syscall(SYS_fsync, descriptor));
}
inline int fdatasync(int descriptor) {
    return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}
inline int ftruncate(int descriptor, off_t size) {
    return static_cast<int>(::syscall(SYS_ftruncate, descriptor, size));
}
inline int fallocate(int descriptor, int mode, off_t offset, off_t count) {
    return static_cast<int>(::syscall(SYS_fallocate, descriptor, mode, offset, count));
}
inline int openat(int folder, const char* path, int flags, mode_t mode) {
    return static_cast<int>(::syscall(SYS_openat, folder, path, flags, mode));
}
inline int open(const char* path, int flags, mode_t mode = 0) {
    return openat(AT_FDCWD, path, flags, mode);
}
inline int mkdirat(int folder, const char* path, mode_t mode) {
    return static_cast<int>(::syscall(SYS_mkdirat, folder, path, mode));
}
inline int mkdir(const char* path, mode_t mode = 0755) {
    return mkdirat(AT_FDCWD, path, mode);
}
inline int unlinkat(int folder, const char* path, int flags) {
    return static_cast<int>(::syscall(SYS_unlinkat, folder, path, flags));
}
inline int unlink(const char* path) {
    return unlinkat(AT_FDCWD, path, 0);
}
inline int link(const char* from, const char* to) {
    return static_cast<int>(::syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
}
inline int renameat(int from_folder, const char* from, int to_folder, const char* to) {
    return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, 0));
}
inline int rename(const char* from, const char* to) {
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

}  // namespace switchyard::test::kernel
