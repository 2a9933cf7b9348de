// SPDX-License-Identifier: Apache-2.0
#include "host/state/snapshot/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace switchyard::snapshot {
namespace {

namespace fs = std::filesystem;

Error io_error(const fs::path& path, const char* doing) {
    const int number = errno;
    return Error{ErrorCode::Io, path.string() + ": cannot " + doing + ": " +
                                    std::generic_category().message(number)};
}

template <typename Call>
auto retried(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR)
        result = call();
    return result;
}

int open_file(const fs::path& path, int flags) {
    return retried([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); });
}

/// Without a slash at the end and with a parent.
fs::path plain(const fs::path& path) {
    fs::path out = fs::absolute(path).lexically_normal();
    return out.has_filename() ? out : out.parent_path();
}

}  // namespace

Descriptor::~Descriptor() {
    if (value_ >= 0) ::close(value_);
}
Descriptor::Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
}

Result<InputFile> InputFile::open(const fs::path& path) {
    InputFile out;
    out.file_ = Descriptor(open_file(path, O_RDONLY));
    struct stat status {};
    if (out.file_.get() < 0 || ::fstat(out.file_.get(), &status) != 0)
        return io_error(path, "open");
    out.size_ = static_cast<uint64_t>(status.st_size);
    return out;
}

bool InputFile::read(uint64_t offset, std::span<uint8_t> out) const {
    if (offset > size_ || out.size() > size_ - offset) return false;
    while (!out.empty()) {
        const ssize_t done = retried([&] {
            return ::pread(file_.get(), out.data(), out.size(), static_cast<off_t>(offset));
        });
        if (done <= 0) return false;
        out = out.subspan(static_cast<size_t>(done));
        offset += static_cast<uint64_t>(done);
    }
    return true;
}

Result<OutputFile> OutputFile::create(const fs::path& path) {
    OutputFile out;
    out.path_ = path;
    out.file_ = Descriptor(open_file(path, O_WRONLY | O_CREAT | O_TRUNC));
    if (out.file_.get() < 0) return io_error(path, "create");
    return out;
}

Result<void> OutputFile::append(BytesView bytes) {
    if (Result<void> written = write(size_, bytes); !written) return written;
    size_ += bytes.size();
    return {};
}

Result<void> OutputFile::overwrite_begin(BytesView bytes) {
    return write(0, bytes);
}

Result<void> OutputFile::write(uint64_t offset, BytesView bytes) {
    while (!bytes.empty()) {
        const ssize_t done = retried([&] {
            return ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        });
        if (done < 0) return io_error(path_, "write");
        bytes = bytes.subspan(static_cast<size_t>(done));
        offset += static_cast<uint64_t>(done);
    }
    return {};
}

Result<void> OutputFile::sync() {
    if (::fsync(file_.get()) != 0) return io_error(path_, "sync");
    return {};
}

Result<void> sync_folder(const fs::path& folder) {
    const Descriptor descriptor(open_file(folder, O_RDONLY | O_DIRECTORY));
    if (descriptor.get() < 0) return io_error(folder, "open");
    if (::fsync(descriptor.get()) != 0) return io_error(folder, "sync");
    return {};
}

Result<NewFolder> NewFolder::create(const fs::path& target, const char* suffix) {
    NewFolder out;
    out.target_ = plain(target);
    out.path_ = out.target_;
    out.path_ += suffix;
    std::error_code failed;
    if (fs::exists(out.target_, failed) &&
        (!fs::is_directory(out.target_, failed) || !fs::is_empty(out.target_, failed) || failed))
        return Error{ErrorCode::InvalidInput,
                     target.string() + " exists and is not an empty folder; name a new one"};
    if (::mkdir(out.path_.c_str(), 0755) != 0 && errno != EEXIST)
        return io_error(out.path_, "create the folder");
    Descriptor lock(open_file(out.path_, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    if (lock.get() < 0) return io_error(out.path_, "open the folder");
    if (retried([&] { return ::flock(lock.get(), LOCK_EX | LOCK_NB); }) != 0)
        return Error{ErrorCode::Unavailable,
                     out.path_.string() + ": another process is filling this folder"};
    out.lock_ = std::move(lock);
    // What a process left that was killed.
    for (fs::directory_iterator it(out.path_, failed), end; !failed && it != end;
         it.increment(failed))
        if (std::error_code ignored; fs::remove_all(it->path(), ignored) == UINTMAX_MAX)
            failed = ignored;
    if (failed)
        return Error{ErrorCode::Io, out.path_.string() + ": cannot empty it: " + failed.message()};
    return out;
}

NewFolder::~NewFolder() {
    if (lock_.get() < 0) return;
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

Result<void> NewFolder::publish() {
    if (::fsync(lock_.get()) != 0) return io_error(path_, "sync");
    if (::rename(path_.c_str(), target_.c_str()) != 0) return io_error(target_, "create");
    lock_ = Descriptor();  // from here on it is no longer ours to remove
    return sync_folder(target_.parent_path());
}

}  // namespace switchyard::snapshot
