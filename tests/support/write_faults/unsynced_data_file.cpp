// SPDX-License-Identifier: Apache-2.0
// From one process to the next: numbers in the machine's order, strings with their length.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/write_faults/kernel_calls.hpp"
#include "tests/support/write_faults/unsynced_data.hpp"

namespace switchyard::test {

namespace fs = std::filesystem;

namespace {

void put(std::ostream& out, uint64_t number) {
    out.write(reinterpret_cast<const char*>(&number), sizeof number);
}
void put(std::ostream& out, const std::string& text) {
    put(out, text.size());
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
}
uint64_t take(std::istream& in) {
    uint64_t number = 0;
    in.read(reinterpret_cast<char*>(&number), sizeof number);
    return in ? number : 0;
}
std::string take_text(std::istream& in) {
    std::string text(std::min<uint64_t>(take(in), 4096), '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    return text;
}

/// Where an open file is; empty when it has no name any more.
std::string path_of(int descriptor) {
    std::error_code failed;
    const fs::path path = fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor), failed);
    return !failed && fs::exists(path, failed) ? path.string() : std::string{};
}

}  // namespace

void UnsyncedData::save() const {
    std::ofstream out(saved_, std::ios::binary | std::ios::trunc);
    put(out, kept_);
    put(out, names_.size());
    for (const auto& [folder, changes] : names_) {
        put(out, folder.string());
        put(out, changes.size());
        for (const NameChange& change : changes) {
            put(out, static_cast<uint64_t>(change.kind));
            put(out, change.path.string());
            put(out, change.to.string());
            put(out, change.kept.string());
        }
    }
    put(out, files_.size());
    for (const auto& [key, file] : files_) {
        put(out, path_of(file.descriptor));
        put(out, file.sizes.size());
        for (const uint64_t size : file.sizes)
            put(out, size);
        put(out, file.sectors.size());
        for (const auto& [number, sector] : file.sectors) {
            put(out, number);
            put(out, sector.is_forgotten);
            put(out, sector.versions.size());
            for (const auto& version : sector.versions)
                out.write(reinterpret_cast<const char*>(version.data()), kSector);
        }
    }
}

void UnsyncedData::load() {
    std::ifstream in(saved_, std::ios::binary);
    if (!in) return;
    kept_ = take(in);
    for (uint64_t folders = take(in); folders > 0 && in; --folders) {
        std::vector<NameChange>& changes = names_[take_text(in)];
        for (uint64_t n = take(in); n > 0 && in; --n) {
            const auto kind = static_cast<NameChange::Kind>(take(in));
            const fs::path path = take_text(in);
            const fs::path to = take_text(in);
            changes.push_back({kind, path, to, take_text(in)});
        }
    }
    for (uint64_t files = take(in); files > 0 && in; --files) {
        const std::string path = take_text(in);
        File file;
        for (uint64_t n = take(in); n > 0 && in; --n)
            file.sizes.push_back(take(in));
        for (uint64_t sectors = take(in); sectors > 0 && in; --sectors) {
            Sector& sector = file.sectors[take(in)];
            sector.is_forgotten = take(in) != 0;
            for (uint64_t n = take(in); n > 0 && in; --n) {
                sector.versions.emplace_back();
                in.read(reinterpret_cast<char*>(sector.versions.back().data()), kSector);
            }
        }
        file.descriptor = path.empty() ? -1 : kernel::open(path.c_str(), O_RDWR | O_CLOEXEC);
        struct stat status {};
        if (file.descriptor >= 0 && ::fstat(file.descriptor, &status) == 0)
            files_[{status.st_dev, status.st_ino}] = std::move(file);
    }
}

}  // namespace switchyard::test
