// SPDX-License-Identifier: Apache-2.0
#include "host/offload/controller/emulated_controller.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <vector>

namespace switchyard::controller {
namespace {

namespace board = abi::emulated_board;

Error io_error(const std::filesystem::path& path) {
    return Error{ErrorCode::Io, path.string() + ": " + std::strerror(errno)};
}

/// An absolute path of a program, as a shell would find it; empty if it is not there.
std::filesystem::path find_program(const std::string& name) {
    if (name.find('/') != std::string::npos) {
        return ::access(name.c_str(), X_OK) == 0 ? std::filesystem::path(name)
                                                 : std::filesystem::path();
    }
    const char* search = std::getenv("PATH");
    std::string folders = search == nullptr ? "/usr/local/bin:/usr/bin:/bin" : search;
    for (size_t at = 0; at <= folders.size();) {
        const size_t end = std::min(folders.find(':', at), folders.size());
        const auto path = std::filesystem::path(folders.substr(at, end - at)) / name;
        if (::access(path.c_str(), X_OK) == 0) return path;
        at = end + 1;
    }
    return {};
}

Result<std::filesystem::path> make_scratch() {
    // Not below the caller's folder: a socket's path has 107 bytes at most.
    std::string name = "/tmp/switchyard-controller-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return io_error(name);
    return std::filesystem::path(name);
}

/// A file of `bytes` that begins with `content`; the rest takes no room on the disk.
Result<void> write_file(const std::filesystem::path& path, BytesView content, uint64_t bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
    file.close();
    if (!file || ::truncate(path.c_str(), static_cast<off_t>(bytes)) != 0) return io_error(path);
    return {};
}

uint32_t load(const uint32_t& word) {
    return std::atomic_ref<uint32_t>(const_cast<uint32_t&>(word)).load(std::memory_order_acquire);
}

void store(uint32_t& word, uint32_t value) {
    std::atomic_ref<uint32_t>(word).store(value, std::memory_order_release);
}

/// Only calls that are safe after a fork of a process with threads.
[[noreturn]] void become(const std::vector<char*>& arguments, int log, pid_t parent) {
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    const int nothing = ::open("/dev/null", O_RDONLY);
    (void)::dup2(nothing, 0);
    (void)::dup2(log, 1);
    (void)::dup2(log, 2);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

}  // namespace

std::filesystem::path find_boot_flash() {
    if (const char* named = std::getenv("SWITCHYARD_BOOT_FLASH"); named != nullptr) return named;
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
    const auto beside = program.parent_path().parent_path() / "firmware" / "boot_flash.bin";
    return std::filesystem::exists(beside, error) ? beside : std::filesystem::path();
}

Result<std::unique_ptr<EmulatedController>> EmulatedController::start(
    const EmulationOptions& options) {
    std::unique_ptr<EmulatedController> controller(new EmulatedController(options));
    if (const auto prepared = controller->prepare(); !prepared) return prepared.error();
    if (const auto powered = controller->restore_power(); !powered) return powered.error();
    return controller;
}

Result<void> EmulatedController::prepare() {
    qemu_ = find_program(options_.qemu);
    if (qemu_.empty()) {
        return Error{ErrorCode::Unavailable,
                     options_.qemu +
                         " is not on this machine, and the emulated controller runs in it; install "
                         "qemu-system-misc"};
    }
    if (options_.boot_flash.empty() || !std::filesystem::exists(options_.boot_flash)) {
        return Error{ErrorCode::Unavailable,
                     "the controller's firmware was not built (" +
                         (options_.boot_flash.empty() ? "firmware/boot_flash.bin"
                                                      : options_.boot_flash.string()) +
                         " is missing); install gcc-riscv64-unknown-elf and "
                         "picolibc-riscv64-unknown-elf, then build the target firmware_image"};
    }
    auto scratch = make_scratch();
    if (!scratch) return scratch.error();
    scratch_ = *std::move(scratch);
    owns_folder_ = options_.folder.empty();
    folder_ = owns_folder_ ? scratch_ : options_.folder;
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) return Error{ErrorCode::Io, folder_.string() + ": " + error.message()};

    lock_ = ::open((folder_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock_ < 0) return io_error(folder_ / "lock");
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        return Error{ErrorCode::Unavailable,
                     folder_.string() + ": another emulated controller uses this folder"};
    }
    std::ifstream boot(options_.boot_flash, std::ios::binary);
    const Bytes content{std::istreambuf_iterator<char>(boot), std::istreambuf_iterator<char>()};
    if (const auto written = write_file(folder_ / "boot_flash", content, board::kFlashBytes);
        !written) {
        return written.error();
    }
    if (!std::filesystem::exists(folder_ / "update_flash")) {
        // Erased, as far as the firmware uses it.
        const Bytes erased(size_t{1} << 20, 0xff);
        if (const auto written = write_file(folder_ / "update_flash", erased, board::kFlashBytes);
            !written) {
            return written.error();
        }
    }
    settings_.magic = board::kMagic;
    settings_.sensors_present = 1;
    settings_.temperature_mc = 45000;
    settings_.power_mw = 30000;
    settings_.voltage_mv = 850;
    return {};
}

Result<void> EmulatedController::make_memory() {
    const auto path = scratch_ / "memory";
    std::error_code error;
    std::filesystem::remove(path, error);
    if (const auto written = write_file(path, {}, board::kMemoryBytes); !written) {
        return written.error();
    }
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0) return io_error(path);
    void* mapped = ::mmap(nullptr, board::kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file,
                          board::kPageOffset);
    ::close(file);
    if (mapped == MAP_FAILED) return io_error(path);
    page_ = static_cast<Page*>(mapped);
    std::memcpy(page_, &settings_, sizeof settings_);
    return {};
}

void EmulatedController::unmap() {
    if (page_ == nullptr) return;
    // What the emulation set stays; what the firmware set was in RAM.
    std::memcpy(&settings_, page_, offsetof(Page, clock_mhz));
    ::munmap(page_, board::kPageBytes);
    page_ = nullptr;
}

Result<void> EmulatedController::restore_power() {
    if (process_ > 0) return {};
    unmap();
    if (const auto memory = make_memory(); !memory) return memory.error();
    std::error_code error;
    std::filesystem::remove(scratch_ / "uart", error);
    const std::string board_flash = (folder_ / "boot_flash").string();
    const std::string update_flash = (folder_ / "update_flash").string();
    std::vector<std::string> words = {
        qemu_.string(),
        "-machine",
        "virt,memory-backend=ram",
        "-object",
        "memory-backend-file,id=ram,size=" + std::to_string(board::kMemoryBytes >> 20) +
            "M,share=on,mem-path=" + (scratch_ / "memory").string(),
        "-bios",
        "none",
        "-drive",
        "if=pflash,unit=0,format=raw,readonly=on,file=" + board_flash,
        "-drive",
        "if=pflash,unit=1,format=raw,file=" + update_flash,
        "-display",
        "none",
        "-monitor",
        "none",
        "-nodefaults",
        "-serial",
        "unix:" + (scratch_ / "uart").string() + ",server=on,wait=off"};
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const int log =
        ::open((scratch_ / "log").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (log < 0) return io_error(scratch_ / "log");
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ == 0) become(arguments, log, parent);
    ::close(log);
    if (process_ < 0) return Error{ErrorCode::Io, std::string("fork: ") + std::strerror(errno)};
    return {};
}

Result<std::unique_ptr<ControllerClient>> EmulatedController::connect() {
    int status = 0;
    if (process_ > 0 && ::waitpid(process_, &status, WNOHANG) == process_) process_ = -1;
    if (process_ <= 0) {
        std::ifstream log(scratch_ / "log");
        std::string line;
        std::getline(log, line);
        return Error{ErrorCode::Unavailable, "the emulated controller is off" +
                                                 (line.empty() ? "" : "; QEMU said: " + line)};
    }
    auto transport = connect_socket(scratch_ / "uart", Clock::now() + options_.client.boot);
    if (!transport) return transport.error();
    return ControllerClient::connect(*std::move(transport), options_.client);
}

void EmulatedController::cut_power() {
    if (process_ <= 0) return;
    (void)::kill(process_, SIGKILL);
    (void)::waitpid(process_, nullptr, 0);
    process_ = -1;
}

EmulatedController::~EmulatedController() {
    cut_power();
    unmap();
    if (lock_ >= 0) ::close(lock_);
    std::error_code error;
    if (!scratch_.empty()) std::filesystem::remove_all(scratch_, error);
}

void EmulatedController::set_temperature_mc(int32_t value) {
    // Signed and unsigned of one size share their representation.
    store(reinterpret_cast<uint32_t&>(page_->temperature_mc), static_cast<uint32_t>(value));
}
void EmulatedController::set_power_mw(uint32_t value) {
    store(page_->power_mw, value);
}
void EmulatedController::set_voltage_mv(uint32_t value) {
    store(page_->voltage_mv, value);
}
void EmulatedController::set_sensors_present(bool present) {
    store(page_->sensors_present, present ? 1 : 0);
}
void EmulatedController::set_kernel(bool busy, uint32_t heartbeat) {
    store(page_->kernel_heartbeat, heartbeat);
    store(page_->kernel_busy, busy ? 1 : 0);
}
uint32_t EmulatedController::clock_mhz() const {
    return load(page_->clock_mhz);
}
bool EmulatedController::kernel_held() const {
    return load(page_->kernel_held) != 0;
}
uint32_t EmulatedController::kernel_resets() const {
    return load(page_->kernel_resets);
}
uint32_t EmulatedController::boots() const {
    return load(page_->boots);
}

}  // namespace switchyard::controller
