// SPDX-License-Identifier: Apache-2.0
#include "host/state/journal/posix_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace switchyard::journal {
namespace {

Error io_error(const std::string& path, const char* doing) {
    const int number = errno;
    return Error{number == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
                 path + ": cannot " + doing + ": " + std::generic_category().message(number)};
}

/// Repeats a call that a signal interrupted.
template <typename Call>
auto retried(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR)
        result = call();
    return result;
}

class Descriptor {
  public:
    explicit Descriptor(int value) : value_(value) {}
    ~Descriptor() {
        // What close reports comes too late to matter: `sync` has answered for the content. On
        // Linux the descriptor is gone even after EINTR.
        if (value_ >= 0) ::close(value_);
    }
    Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    [[nodiscard]] int get() const { return value_; }

  private:
    int value_;
};

class PosixFile final : public File {
  public:
    PosixFile(Descriptor descriptor, std::string path)
        : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

    Result<uint64_t> size() const override {
        struct stat status {};
        if (::fstat(descriptor_.get(), &status) != 0) return io_error(path_, "tell the size");
        return static_cast<uint64_t>(status.st_size);
    }
    Result<void> read(uint64_t offset, std::span<uint8_t> out) const override {
        while (!out.empty()) {
            const ssize_t done = retried([&] {
                return ::pread(descriptor_.get(), out.data(), out.size(),
                               static_cast<off_t>(offset));
            });
            if (done < 0) return io_error(path_, "read");
            if (done == 0)
                return Error{ErrorCode::Io,
                             path_ + ": ends before byte " + std::to_string(offset + out.size())};
            out = out.subspan(static_cast<size_t>(done));
            offset += static_cast<uint64_t>(done);
        }
        return {};
    }
    Result<void> write(uint64_t offset, BytesView bytes) override {
        while (!bytes.empty()) {
            const ssize_t done = retried([&] {
                return ::pwrite(descriptor_.get(), bytes.data(), bytes.size(),
                                static_cast<off_t>(offset));
            });
            // Nothing written of something would be asked for again for ever.
            if (done == 0) errno = EIO;
            if (done <= 0) return io_error(path_, "write");
            bytes = bytes.subspan(static_cast<size_t>(done));
            offset += static_cast<uint64_t>(done);
        }
        return {};
    }
    Result<void> sync() override {
        // Not repeated after EINTR either: a sync that did not succeed proves nothing.
        if (::fdatasync(descriptor_.get()) != 0) return io_error(path_, "sync");
        return {};
    }

  private:
    Descriptor descriptor_;
    std::string path_;
};

class PosixFolder final : public Folder {
  public:
    PosixFolder(Descriptor descriptor, std::filesystem::path path)
        : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

    Result<std::vector<std::string>> list() const override {
        const int copy = ::openat(descriptor_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
        if (stream == nullptr) {
            Error error = io_error(path_, "list");
            if (copy >= 0) ::close(copy);
            return error;
        }
        std::vector<std::string> out;
        errno = 0;
        while (const dirent* entry = ::readdir(stream)) {
            const std::string_view name = entry->d_name;
            if (name != "." && name != "..") out.emplace_back(name);
            errno = 0;
        }
        const bool failed = errno != 0;
        Error error = io_error(path_, "list");
        ::closedir(stream);
        if (failed) return error;
        return out;
    }
    Result<std::unique_ptr<File>> create(const std::string& name) override {
        return open_file(name, O_RDWR | O_CREAT | O_TRUNC, "create");
    }
    Result<std::unique_ptr<File>> open(const std::string& name) override {
        return open_file(name, O_RDWR, "open");
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        if (::renameat(descriptor_.get(), from.c_str(), descriptor_.get(), to.c_str()) != 0)
            return io_error(path_of(from), "rename");
        return {};
    }
    Result<void> remove(const std::string& name) override {
        if (::unlinkat(descriptor_.get(), name.c_str(), 0) != 0)
            return io_error(path_of(name), "remove");
        return {};
    }
    Result<void> sync() override {
        if (::fsync(descriptor_.get()) != 0) return io_error(path_, "sync");
        return {};
    }
    std::string path_of(std::string_view name) const override { return (path_ / name).string(); }

  private:
    Result<std::unique_ptr<File>> open_file(const std::string& name, int flags, const char* doing) {
        Descriptor file(retried([&] {
            return ::openat(descriptor_.get(), name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0644);
        }));
        if (file.get() < 0) return io_error(path_of(name), doing);
        return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(file), path_of(name)));
    }

    Descriptor descriptor_;
    std::filesystem::path path_;
};

/// The entry of a new folder must outlive a loss of power like what is written into it.
Result<void> sync_parent(const std::filesystem::path& path) {
    const std::filesystem::path parent = path / "..";
    const Descriptor folder(
        retried([&] { return ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (folder.get() < 0) return io_error(parent, "open");
    if (::fsync(folder.get()) != 0) return io_error(parent, "sync");
    return {};
}

}  // namespace

Result<std::unique_ptr<Folder>> open_posix_folder(const std::filesystem::path& path) {
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
        return io_error(path, "create the folder");
    if (Result<void> synced = sync_parent(path); !synced) return synced.error();
    Descriptor folder(
        retried([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (folder.get() < 0) return io_error(path, "open the folder");
    if (retried([&] { return ::flock(folder.get(), LOCK_EX | LOCK_NB); }) != 0) {
        if (errno == EWOULDBLOCK)
            return Error{ErrorCode::Unavailable,
                         path.string() + ": another process has this journal open"};
        return io_error(path, "lock");
    }
    return std::unique_ptr<Folder>(std::make_unique<PosixFolder>(std::move(folder), path));
}

}  // namespace switchyard::journal
