// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/state/journal/simulated_folder.hpp"

#include <algorithm>
#include <utility>

namespace switchyard::test {

using journal::File;
using journal::Folder;

class SimulatedFile final : public File {
  public:
    SimulatedFile(SimulatedDisk& disk, SimulatedDisk::InodePointer inode, std::string name)
        : disk_(disk), inode_(std::move(inode)), name_(std::move(name)) {}

    Result<uint64_t> size() const override {
        const std::lock_guard lock(disk_.mutex_);
        return uint64_t{inode_->cache.size()};
    }
    Result<void> read(uint64_t offset, std::span<uint8_t> out) const override {
        const std::lock_guard lock(disk_.mutex_);
        if (offset + out.size() > inode_->cache.size())
            return Error{ErrorCode::Io, name_ + ": ends early"};
        std::copy_n(inode_->cache.begin() + static_cast<std::ptrdiff_t>(offset), out.size(),
                    out.begin());
        return {};
    }
    Result<void> write(uint64_t offset, BytesView bytes) override {
        const std::lock_guard lock(disk_.mutex_);
        const SimulatedDisk::Do what = disk_.begin(true, false);
        if (what == SimulatedDisk::Do::Part) bytes = bytes.first(disk_.random_() % bytes.size());
        if (what != SimulatedDisk::Do::Nothing) disk_.write(*inode_, offset, bytes);
        return disk_.outcome(name_);
    }
    Result<void> sync() override {
        const std::lock_guard lock(disk_.mutex_);
        const SimulatedDisk::Do what = disk_.begin(false, true);
        if (what == SimulatedDisk::Do::All) disk_.sync(*inode_, false);
        if (what == SimulatedDisk::Do::Part) disk_.sync(*inode_, true);
        return disk_.outcome(name_);
    }

  private:
    SimulatedDisk& disk_;
    SimulatedDisk::InodePointer inode_;
    std::string name_;
};

class SimulatedFolder final : public Folder {
  public:
    explicit SimulatedFolder(SimulatedDisk& disk) : disk_(disk) {}

    Result<std::vector<std::string>> list() const override {
        const std::lock_guard lock(disk_.mutex_);
        std::vector<std::string> out;
        for (const auto& [name, inode] : disk_.names_)
            out.push_back(name);
        return out;
    }
    Result<std::unique_ptr<File>> create(const std::string& name) override {
        const std::lock_guard lock(disk_.mutex_);
        const auto inode = std::make_shared<SimulatedDisk::Inode>();
        if (disk_.begin(true, false) == SimulatedDisk::Do::All) disk_.change_names({{name, inode}});
        if (Result<void> done = disk_.outcome(name); !done) return done.error();
        return std::unique_ptr<File>(std::make_unique<SimulatedFile>(disk_, inode, name));
    }
    Result<std::unique_ptr<File>> open(const std::string& name) override {
        const std::lock_guard lock(disk_.mutex_);
        const auto found = disk_.names_.find(name);
        if (found == disk_.names_.end()) return Error{ErrorCode::NotFound, name + ": no such file"};
        return std::unique_ptr<File>(std::make_unique<SimulatedFile>(disk_, found->second, name));
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        const std::lock_guard lock(disk_.mutex_);
        const auto found = disk_.names_.find(from);
        if (found == disk_.names_.end()) return Error{ErrorCode::NotFound, from + ": no such file"};
        if (disk_.begin(false, false) == SimulatedDisk::Do::All)
            disk_.change_names({{to, found->second}, {from, nullptr}});
        return disk_.outcome(from);
    }
    Result<void> remove(const std::string& name) override {
        const std::lock_guard lock(disk_.mutex_);
        if (!disk_.names_.contains(name))
            return Error{ErrorCode::NotFound, name + ": no such file"};
        if (disk_.begin(false, false) == SimulatedDisk::Do::All)
            disk_.change_names({{name, nullptr}});
        return disk_.outcome(name);
    }
    Result<void> sync() override {
        const std::lock_guard lock(disk_.mutex_);
        const SimulatedDisk::Do what = disk_.begin(false, true);
        if (what == SimulatedDisk::Do::All) {
            disk_.disk_names_ = disk_.names_;
            disk_.name_changes_.clear();
        }
        return disk_.outcome("folder");
    }
    std::string path_of(std::string_view name) const override {
        return "simulated/" + std::string(name);
    }

  private:
    SimulatedDisk& disk_;
};

std::unique_ptr<Folder> SimulatedDisk::open_folder() {
    return std::make_unique<SimulatedFolder>(*this);
}

SimulatedDisk::Do SimulatedDisk::begin(bool writes, bool syncs) {
    error_ = nullptr;
    if (dead_) {
        error_ = "no power";
        return Do::Nothing;
    }
    const bool now = operations_++ >= fault_.operation && !happened_;
    switch (fault_.kind) {
        case Fault::Kind::None:
            return Do::All;
        case Fault::Kind::PowerLoss:
            if (!now) return Do::All;
            happened_ = true;
            dead_ = true;
            error_ = "no power";
            // A sync under way may have written anything: nothing is certain, all is possible.
            return writes ? Do::Part : random_() % 2 == 0 && !syncs ? Do::All : Do::Nothing;
        case Fault::Kind::SyncFails:
            if (!now || !syncs) return Do::All;
            happened_ = true;
            error_ = "input/output error";
            return Do::Part;
        case Fault::Kind::ShortWrite:
        case Fault::Kind::DiskFull:
            if (!writes) return Do::All;
            if (full_) {
                error_ = "no space left";
                return Do::Nothing;
            }
            if (!now) return Do::All;
            happened_ = true;
            full_ = true;
            error_ = "no space left";
            return fault_.kind == Fault::Kind::ShortWrite ? Do::Part : Do::Nothing;
    }
    return Do::All;
}

Result<void> SimulatedDisk::outcome(const std::string& name) {
    if (error_ == nullptr) return {};
    return Error{ErrorCode::Io, name + ": " + error_};
}

void SimulatedDisk::write(Inode& inode, uint64_t offset, BytesView bytes) {
    if (bytes.empty()) return;
    const uint64_t end = offset + bytes.size();
    if (end > inode.cache.size()) {
        inode.cache.resize(end, 0);
        inode.sizes.push_back(end);
    }
    std::copy(bytes.begin(), bytes.end(),
              inode.cache.begin() + static_cast<std::ptrdiff_t>(offset));
    for (size_t sector = offset / kSector; sector * kSector < end; ++sector) {
        const size_t size = std::min(kSector, inode.cache.size() - sector * kSector);
        const auto from = inode.cache.begin() + static_cast<std::ptrdiff_t>(sector * kSector);
        Bytes& version =
            inode.sectors[sector].emplace_back(from, from + static_cast<std::ptrdiff_t>(size));
        version.resize(kSector, 0);
    }
}

void SimulatedDisk::sync(Inode& inode, bool fails) {
    if (fails) {
        settle(inode);
        return;
    }
    // Only what is dirty: what an earlier sync failed to write stays as it is.
    inode.disk.resize(inode.cache.size(), 0);
    for (const auto& [sector, versions] : inode.sectors) {
        const size_t size = std::min(kSector, inode.disk.size() - sector * kSector);
        std::copy_n(versions.back().begin(), size,
                    inode.disk.begin() + static_cast<std::ptrdiff_t>(sector * kSector));
    }
    inode.sectors.clear();
    inode.sizes.clear();
}

/// The disk takes any subset of what is dirty.
void SimulatedDisk::settle(Inode& inode) {
    if (const size_t pick = random_() % (inode.sizes.size() + 1); pick != 0)
        inode.disk.resize(inode.sizes[pick - 1], 0);
    for (const auto& [sector, versions] : inode.sectors) {
        const size_t pick = random_() % (versions.size() + 1);
        if (pick == 0 || sector * kSector >= inode.disk.size()) continue;
        const size_t size = std::min(kSector, inode.disk.size() - sector * kSector);
        std::copy_n(versions[pick - 1].begin(), size,
                    inode.disk.begin() + static_cast<std::ptrdiff_t>(sector * kSector));
    }
    inode.sectors.clear();
    inode.sizes.clear();
}

void SimulatedDisk::change_names(NameChange change) {
    for (const auto& [name, inode] : change) {
        if (inode == nullptr)
            names_.erase(name);
        else
            names_[name] = inode;
    }
    name_changes_.push_back(std::move(change));
}

void SimulatedDisk::lose_power() {
    for (const NameChange& change : name_changes_) {
        if (random_() % 2 == 0) continue;
        for (const auto& [name, inode] : change) {
            if (inode == nullptr)
                disk_names_.erase(name);
            else
                disk_names_[name] = inode;
        }
    }
    name_changes_.clear();
    names_ = disk_names_;
    std::map<Inode*, bool> settled;
    for (const auto& [name, inode] : names_) {
        if (!settled.emplace(inode.get(), true).second) continue;
        settle(*inode);
        inode->cache = inode->disk;
    }
    dead_ = true;
}

void SimulatedDisk::restart() {
    if (happened_ && fault_.kind == Fault::Kind::PowerLoss) lose_power();
    fault_ = {};
    happened_ = false;
    dead_ = false;
    full_ = false;
}

std::map<std::string, Bytes> SimulatedDisk::contents() const {
    std::map<std::string, Bytes> out;
    for (const auto& [name, inode] : names_)
        out[name] = inode->cache;
    return out;
}

void SimulatedDisk::put(const std::string& name, const Bytes& content) {
    const auto inode = std::make_shared<Inode>();
    inode->cache = content;
    inode->disk = content;
    names_[name] = inode;
    disk_names_[name] = inode;
}

void SimulatedDisk::drop(const std::string& name) {
    names_.erase(name);
    disk_names_.erase(name);
}

}  // namespace switchyard::test
