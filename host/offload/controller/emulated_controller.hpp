// SPDX-License-Identifier: Apache-2.0
// A management controller without a card: the genuine firmware image, in QEMU.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>

#include "firmware/abi/emulated_board.h"
#include "host/offload/controller/controller_client.hpp"

namespace switchyard::controller {

struct EmulationOptions {
    /// Loader and factory firmware (`boot_flash.bin` of the build).
    std::filesystem::path boot_flash;
    /// Where the flash lives between runs; empty: a folder of its own that goes with the object.
    std::filesystem::path folder;
    std::string qemu = "qemu-system-riscv32";
    ClientOptions client;
};

/// The boot flash beside this program's build, or in `SWITCHYARD_BOOT_FLASH`; empty if neither is.
[[nodiscard]] std::filesystem::path find_boot_flash();

/// Owns the QEMU process, which dies with it and with this process. Its flash files stay in
/// `folder`, so that killing it is a power cut. Sensors and kernel are set from here.
/// One thread at a time; other threads may call `set_kernel` and `kernel_resets` while the power is
/// on.
class EmulatedController {
  public:
    /// `Unavailable` with the reason when QEMU or the image is missing, or the folder is in use.
    [[nodiscard]] static Result<std::unique_ptr<EmulatedController>> start(
        const EmulationOptions& options);
    ~EmulatedController();
    EmulatedController(const EmulatedController&) = delete;
    EmulatedController& operator=(const EmulatedController&) = delete;

    /// A new session over the UART; the one before must be gone.
    [[nodiscard]] Result<std::unique_ptr<ControllerClient>> connect();

    /// Takes the power away at once, wherever the firmware is; RAM is lost, flash stays.
    void cut_power();
    [[nodiscard]] Result<void> restore_power();

    void set_temperature_mc(int32_t value);
    void set_power_mw(uint32_t value);
    void set_voltage_mv(uint32_t value);
    void set_sensors_present(bool present);
    /// What the kernel does: whether a run is in progress, and its heartbeat.
    void set_kernel(bool busy, uint32_t heartbeat);
    [[nodiscard]] uint32_t clock_mhz() const;
    [[nodiscard]] bool kernel_held() const;
    [[nodiscard]] uint32_t kernel_resets() const;
    /// Of the controller, since power on.
    [[nodiscard]] uint32_t boots() const;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  private:
    using Page = abi::emulated_board::Page;
    explicit EmulatedController(EmulationOptions options) : options_(std::move(options)) {}
    [[nodiscard]] Result<void> prepare();
    [[nodiscard]] Result<void> make_memory();
    void unmap();

    EmulationOptions options_;
    std::filesystem::path qemu_;
    std::filesystem::path folder_;   // flash
    std::filesystem::path scratch_;  // memory, socket, log: gone at the end
    bool owns_folder_ = false;
    int lock_ = -1;
    pid_t process_ = -1;
    Page* page_ = nullptr;
    Page settings_{};  // kept over a power cut
};

}  // namespace switchyard::controller
