// SPDX-License-Identifier: Apache-2.0
#include "host/offload/xrt/shim.hpp"

#include <dlfcn.h>
#include <xrt/xrt_device.h>

#include <filesystem>
#include <mutex>
#include <optional>

namespace switchyard::offload {
namespace {

// The noop shim completes every run without computing; the emulated device computes. It takes the
// genuine XRT libraries all the way and needs no environment variable. XRT's sw_emu was the other
// candidate: it needs a device process, costs milliseconds per run and kills its process group
// when that process dies.
const char* library_of(Shim shim) {
    return shim == Shim::Emulation ? "libxrt_noop.so.2" : "libxrt_core.so.2";
}

std::mutex mutex;
std::optional<Shim> loaded;

std::string other_shim_loaded() {
    return std::string("this process already runs XRT with ") + library_of(*loaded) +
           ", and XRT takes one driver library per process";
}

}  // namespace

Result<void> load_shim(Shim shim) {
    const std::lock_guard lock(mutex);
    if (loaded == shim) return {};
    if (loaded) return Error{ErrorCode::Unavailable, other_shim_loaded()};
    // Global, because XRT looks the driver's functions up by name; never closed, for the same
    // reason.
    if (dlopen(library_of(shim), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
        const char* reason = dlerror();
        return Error{ErrorCode::Unavailable,
                     std::string("XRT's driver library cannot be loaded: ") +
                         (reason != nullptr ? reason : library_of(shim))};
    }
    loaded = shim;
    return {};
}

std::string reason_shim_unavailable(Shim shim) {
    const std::lock_guard lock(mutex);
    if (loaded == shim) return {};
    if (loaded) return other_shim_loaded();
    // The shims are installed beside the library that this program is linked with; opening one to
    // see whether it is there would already choose it.
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(&xrtDeviceOpen), &info) == 0 ||
        info.dli_fname == nullptr)
        return "the XRT library's own folder cannot be found";
    const auto path = std::filesystem::path(info.dli_fname).parent_path() / library_of(shim);
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        return path.string() + " is missing; the Debian package libxrt2 brings it";
    return {};
}

}  // namespace switchyard::offload
