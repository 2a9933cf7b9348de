// SPDX-License-Identifier: Apache-2.0
#include "host/offload/controller/kernel_bridge.hpp"

#include <chrono>
#include <utility>

namespace switchyard::controller {

KernelBridge::KernelBridge(EmulatedController& controller, std::function<KernelActivity()> look,
                           std::function<void()> reset)
    : controller_(controller),
      look_(std::move(look)),
      reset_(std::move(reset)),
      thread_([this] { run(); }) {}

KernelBridge::~KernelBridge() {
    stop_.store(true);
    thread_.join();
    controller_.set_kernel(false, 0);
}

void KernelBridge::run() {
    constexpr std::chrono::milliseconds kPeriod{2};
    uint32_t resets = controller_.kernel_resets();
    while (!stop_.load()) {
        const KernelActivity now = look_();
        controller_.set_kernel(now.busy, now.heartbeat);
        // Several may have been asked for since the last look; each is the same reset.
        if (const uint32_t asked = controller_.kernel_resets(); asked != resets) {
            resets = asked;
            reset_();
        }
        std::this_thread::sleep_for(kPeriod);
    }
}

}  // namespace switchyard::controller
