// SPDX-License-Identifier: Apache-2.0
// The wires of an emulated card: its kernel's heartbeat to the controller, the controller's reset
// to the kernel.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "host/offload/controller/emulated_controller.hpp"

namespace switchyard::controller {

struct KernelActivity {
    bool busy = false;       ///< a run is in progress
    uint32_t heartbeat = 0;  ///< changes as long as runs make progress
};

/// Looks at the kernel every few milliseconds on a thread of its own, passes it on, and calls
/// `reset` once for every reset that the controller asks for. Both functions run on that thread and
/// must not throw. The power of `controller` must stay on, and `controller` alive, as long as this.
class KernelBridge {
  public:
    KernelBridge(EmulatedController& controller, std::function<KernelActivity()> look,
                 std::function<void()> reset);
    ~KernelBridge();
    KernelBridge(const KernelBridge&) = delete;
    KernelBridge& operator=(const KernelBridge&) = delete;

  private:
    void run();

    EmulatedController& controller_;
    std::function<KernelActivity()> look_;
    std::function<void()> reset_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace switchyard::controller
