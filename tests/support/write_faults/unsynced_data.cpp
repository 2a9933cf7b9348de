// SPDX-License-Identifier: Apache-2.0
#include "tests/support/write_faults/unsynced_data.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "tests/support/write_faults/kernel_calls.hpp"

namespace switchyard::test {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSaved = ".unsynced";
constexpr const char* kRemoved = ".removed";

}  // namespace

UnsyncedData::UnsyncedData(const fs::path& folder, uint64_t seed)
    : saved_(folder.string() + kSaved), removed_(folder.string() + kRemoved), random_(seed) {
    load();
    kernel::mkdir(removed_.c_str());
}

UnsyncedData::~UnsyncedData() {
    for (auto& [key, file] : files_)
        ::close(file.descriptor);
}

void UnsyncedData::forget(const fs::path& folder) {
    std::error_code ignored;
    fs::remove(folder.string() + kSaved, ignored);
    fs::remove_all(folder.string() + kRemoved, ignored);
}

// The descriptor stays open as long as this object lives: closing one drops every POSIX lock that
// this process holds on the file, SQLite's too.
UnsyncedData::File* UnsyncedData::file(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return nullptr;
    File& found = files_[{status.st_dev, status.st_ino}];
    if (found.descriptor < 0)
        found.descriptor = kernel::open(("/proc/self/fd/" + std::to_string(descriptor)).c_str(),
                                        O_RDWR | O_CLOEXEC);
    return &found;
}

void UnsyncedData::before_write(int descriptor, uint64_t offset, uint64_t count) {
    File* found = file(descriptor);
    if (found == nullptr || count == 0) return;
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return;
    const auto size = static_cast<uint64_t>(status.st_size);
    if (offset + count > size) found->sizes.push_back(size);
    for (uint64_t number = offset / kSector; number <= (offset + count - 1) / kSector; ++number) {
        Sector& sector = found->sectors[number];
        if (sector.versions.size() == kVersionsMax) continue;
        std::array<uint8_t, kSector> before{};
        if (number * kSector < size)
            (void)::pread(found->descriptor, before.data(), kSector,
                          static_cast<off_t>(number * kSector));
        sector.versions.push_back(before);
    }
    // A page is written as a whole.
    const uint64_t first_page = offset / kPage * kPage;
    const uint64_t pages_end = (offset + count + kPage - 1) / kPage * kPage;
    for (auto at = found->sectors.lower_bound(first_page / kSector);
         at != found->sectors.end() && at->first < pages_end / kSector; ++at)
        at->second.is_forgotten = false;
}

void UnsyncedData::before_resize(int descriptor, uint64_t size) {
    File* found = file(descriptor);
    if (found == nullptr) return;
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return;
    const auto before = static_cast<uint64_t>(status.st_size);
    if (size < before) before_write(descriptor, size, before - size);
    found->sizes.push_back(before);
}

void UnsyncedData::synced(int descriptor) {
    File* found = file(descriptor);
    if (found == nullptr) return;
    std::erase_if(found->sectors, [](const auto& entry) { return !entry.second.is_forgotten; });
    found->sizes.clear();
}

void UnsyncedData::sync_failed(int descriptor) {
    File* found = file(descriptor);
    if (found == nullptr) return;
    for (auto& [number, sector] : found->sectors)
        sector.is_forgotten = true;
}

uint64_t UnsyncedData::revert(int descriptor) {
    File* found = file(descriptor);
    return found == nullptr ? 0 : lose_content(*found, 0);
}

/// Mode 0: all is lost; 1: what no failed sync has forgotten stays; 2: anything.
uint64_t UnsyncedData::lose_content(File& file, int mode) {
    struct stat status {};
    if (::fstat(file.descriptor, &status) != 0) return 0;
    uint64_t size = static_cast<uint64_t>(status.st_size);
    if (!file.sizes.empty()) {
        file.sizes.push_back(size);
        if (mode == 0)
            size = file.sizes.front();
        else if (mode == 2)
            size = file.sizes[random_() % file.sizes.size()];
    }
    uint64_t lost = 0;
    for (const auto& [number, sector] : file.sectors) {
        size_t version = kVersionsMax;
        if (sector.is_forgotten || mode == 0)
            version = 0;
        else if (mode == 2)
            version = random_() % (sector.versions.size() + 1);
        if (version >= sector.versions.size()) continue;
        (void)kernel::pwrite(file.descriptor, sector.versions[version].data(), kSector,
                             static_cast<off_t>(number * kSector));
        ++lost;
    }
    // Also because the last sector of a file may be a part.
    (void)kernel::ftruncate(file.descriptor, static_cast<off_t>(size));
    file.sectors.clear();
    file.sizes.clear();
    return lost;
}

void UnsyncedData::created(const fs::path& path) {
    names_[path.parent_path()].push_back({NameChange::Kind::Created, path, {}, {}});
}

fs::path UnsyncedData::keep(const fs::path& path) {
    fs::path kept = removed_ / std::to_string(kept_++);
    return kernel::link(path.c_str(), kept.c_str()) == 0 ? kept : fs::path{};
}

void UnsyncedData::before_remove(const fs::path& path) {
    names_[path.parent_path()].push_back({NameChange::Kind::Removed, path, {}, keep(path)});
}

void UnsyncedData::before_rename(const fs::path& from, const fs::path& to) {
    names_[to.parent_path()].push_back({NameChange::Kind::Renamed, from, to, keep(to)});
}

void UnsyncedData::folder_synced(const fs::path& folder) {
    const auto found = names_.find(folder);
    if (found == names_.end()) return;
    for (const NameChange& change : found->second)
        if (!change.kept.empty()) kernel::unlink(change.kept.c_str());
    names_.erase(found);
}

void UnsyncedData::undo(const NameChange& change) {
    std::error_code ignored;
    switch (change.kind) {
        case NameChange::Kind::Created:
            fs::remove_all(change.path, ignored);
            break;
        case NameChange::Kind::Removed:
            kernel::link(change.kept.c_str(), change.path.c_str());
            break;
        case NameChange::Kind::Renamed:
            kernel::rename(change.to.c_str(), change.path.c_str());
            if (!change.kept.empty()) kernel::link(change.kept.c_str(), change.to.c_str());
            break;
    }
}

UnsyncedData::Lost UnsyncedData::lose() {
    Lost lost;
    for (auto& [key, file] : files_)
        lost.sectors += lose_content(file, static_cast<int>(random_() % 3));
    for (auto& [folder, changes] : names_) {
        const size_t survive = random_() % (changes.size() + 1);
        for (size_t i = changes.size(); i > survive; --i)
            undo(changes[i - 1]);
        lost.names += changes.size() - survive;
    }
    names_.clear();
    forget(saved_.string().substr(0, saved_.string().size() - std::strlen(kSaved)));
    return lost;
}

}  // namespace switchyard::test
