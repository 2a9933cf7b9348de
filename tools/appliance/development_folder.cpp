// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/development_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace switchyard::appliance {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "switchyard-dev-";
constexpr std::string_view kRandom = "XXXXXX";  ///< as mkdtemp wants it
constexpr const char* kLock = "in-use";
/// At one start: who has left more has them removed by the next ones.
constexpr size_t kRemovedMax = 64;
/// Somebody else may take a new folder for one that was left, until its lock is held.
constexpr int kAttempts = 16;

/// An open file or folder; -1: none.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return number_; }
    [[nodiscard]] int release() { return std::exchange(number_, -1); }

  private:
    int number_;
};

bool is_ours(int descriptor, mode_t kind) {
    struct stat status {};
    return ::fstat(descriptor, &status) == 0 && (status.st_mode & S_IFMT) == kind &&
           status.st_uid == ::geteuid();
}

/// The lock last, so that what a killed process has left of this is found again. Symbolic links are
/// removed, not followed.
bool remove_folder(const fs::path& path) {
    std::error_code failed;
    for (fs::directory_iterator it(path, failed), end; !failed && it != end; it.increment(failed)) {
        if (it->path().filename() == kLock) continue;
        fs::remove_all(it->path(), failed);
        if (failed) return false;
    }
    if (failed) return false;
    fs::remove_all(path, failed);
    return !failed;
}

/// Whether nobody has it: then it is removed, its lock held meanwhile.
bool remove_if_left(const fs::path& path) {
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (folder.get() < 0 || !is_ours(folder.get(), S_IFDIR)) return false;
    const Descriptor lock(::openat(folder.get(), kLock, O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    if (lock.get() < 0 || !is_ours(lock.get(), S_IFREG)) return false;
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return false;
    // In a folder as /tmp nobody else can put another one in its place (sticky bit).
    return remove_folder(path);
}

void remove_left(const fs::path& parent) {
    std::error_code failed;
    size_t removed = 0;
    for (fs::directory_iterator it(parent, failed), end;
         !failed && it != end && removed < kRemovedMax; it.increment(failed)) {
        const std::string name = it->path().filename().string();
        if (name.size() != kPrefix.size() + kRandom.size() || !name.starts_with(kPrefix)) continue;
        if (remove_if_left(it->path())) ++removed;
    }
}

}  // namespace

Result<std::unique_ptr<DevelopmentFolder>> DevelopmentFolder::make(const fs::path& parent) {
    remove_left(parent);
    const std::string pattern = (parent / (std::string(kPrefix) + std::string(kRandom))).string();
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        std::string path = pattern;
        if (::mkdtemp(path.data()) == nullptr)
            return Error{ErrorCode::Io,
                         pattern + ": no temporary folder can be made: " + std::strerror(errno)};
        const fs::path file = fs::path(path) / kLock;
        Descriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (lock.get() < 0)
            return Error{ErrorCode::Io,
                         file.string() + ": cannot be created: " + std::strerror(errno)};
        struct stat status {};
        const bool is_held = ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0 &&
                             ::fstat(lock.get(), &status) == 0 && status.st_nlink != 0;
        if (is_held)
            return std::unique_ptr<DevelopmentFolder>(
                new DevelopmentFolder(std::move(path), lock.release()));
    }
    return Error{ErrorCode::Io, pattern + ": others remove every folder that is made"};
}

DevelopmentFolder::~DevelopmentFolder() {
    (void)remove_folder(path_);
    ::close(lock_);
}

}  // namespace switchyard::appliance
