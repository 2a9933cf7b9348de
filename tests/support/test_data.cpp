// SPDX-License-Identifier: Apache-2.0
#include "tests/support/test_data.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace switchyard::test {
namespace fs = std::filesystem;
namespace {

fs::path from_environment(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? fs::path(value) : fs::path(otherwise);
}

/// Holds an exclusive lock on `path` while it lives, so that parallel test processes unpack once.
class FileLock {
  public:
    explicit FileLock(const fs::path& path)
        : fd_(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
        if (fd_ >= 0) ::flock(fd_, LOCK_EX);
    }
    ~FileLock() {
        if (fd_ >= 0) ::close(fd_);
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

  private:
    int fd_;
};

}  // namespace

std::optional<fs::path> conformance_suite(std::string_view suite) {
    const fs::path unpacked = from_environment("SWITCHYARD_DATA", "");
    if (!unpacked.empty() && fs::is_directory(unpacked / suite)) return unpacked / suite;

    const fs::path packed =
        from_environment("SWITCHYARD_SOURCE_DIR", ".") / ".." / "shared" / "data";
    if (!fs::exists(packed / "unpack") || !fs::exists(packed / (std::string(suite) + ".tar.xz")))
        return std::nullopt;
    const fs::path target = from_environment("SWITCHYARD_BUILD_DIR", "build") / "conformance-data";
    std::error_code ignored;
    fs::create_directories(target, ignored);
    const FileLock lock(target / ".lock");
    const std::string command = "bash '" + (packed / "unpack").string() + "' '" + target.string() +
                                "' " + std::string(suite) + " >&2";
    if (std::system(command.c_str()) != 0 || !fs::is_directory(target / suite)) return std::nullopt;
    return target / suite;
}

bool data_is_required() {
    return !from_environment("SWITCHYARD_REQUIRE_DATA", "").empty();
}

uint64_t test_seed() {
    static const uint64_t seed = [] {
        const char* text = std::getenv("SWITCHYARD_SEED");
        const uint64_t value = text != nullptr ? std::strtoull(text, nullptr, 10) : 20260707;
        std::fprintf(stderr, "seed: %llu (set SWITCHYARD_SEED to change it)\n",
                     static_cast<unsigned long long>(value));
        return value;
    }();
    return seed;
}

std::mt19937_64 test_generator(uint64_t salt) {
    std::seed_seq sequence{test_seed(), salt};
    return std::mt19937_64(sequence);
}

}  // namespace switchyard::test
