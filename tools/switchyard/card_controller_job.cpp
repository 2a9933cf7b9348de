// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/card_controller_job.hpp"

#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <memory>

#include "host/offload/card_backends.hpp"
#include "host/offload/controller/kernel_bridge.hpp"

namespace switchyard::tool {
namespace {

using namespace offload;
using Clock = std::chrono::steady_clock;

/// For one batch, hang and reset included; the controller calls a kernel stalled after a second.
constexpr std::chrono::seconds kPatience{60};

Result<void> plan_all(CardDetector& card, const std::vector<KnownBatch>& known,
                      ValidationRow& row) {
    Result<void> out;
    (void)try_known_batches(card, known, kPatience, true, [&](const KnownBatchOutcome& outcome) {
        ++row.batches;
        row.transactions += outcome.known.batch.transaction_count();
        if (!outcome.result) out = outcome.result;
    });
    return out;
}

/// The device is the controller's to reset; the host only sees its run end.
Result<void> hang_and_come_back(controller::ControllerClient& client, EmulatedDevice& device,
                                const std::function<Result<std::unique_ptr<CardDetector>>()>& open,
                                const std::vector<KnownBatch>& known, ValidationRow& row) {
    {
        const auto card = open();
        if (!card) return card.error();
        if (auto planned = plan_all(**card, known, row); !planned) return planned;
        device.inject(DeviceFault::Hang);
        LanePlan plan;
        if ((*card)->plan(known.back().batch, known.back().lanes, plan, kPatience))
            return Error{ErrorCode::Mismatch, "a run that hung gave a plan"};
    }
    if (device.resets() != 1)
        return Error{ErrorCode::Mismatch,
                     fmt::format("the controller reset the device {} times", device.resets())};
    const auto card = open();
    if (!card) return card.error();
    if (auto planned = plan_all(**card, known, row); !planned) return planned;
    const auto status = client.status();
    if (!status) return status.error();
    if (status->stalls != 1)
        return Error{ErrorCode::Mismatch,
                     fmt::format("the controller counted {} stalls", status->stalls)};
    return {};
}

}  // namespace

Result<ValidationRow> validate_controller(const std::vector<KnownBatch>& known,
                                          uint64_t hash_seed) {
    controller::EmulationOptions emulation;
    emulation.boot_flash = controller::find_boot_flash();
    const auto controller = controller::EmulatedController::start(emulation);
    if (!controller) return controller.error();
    const auto client = (*controller)->connect();
    if (!client) return client.error();
    CardDetectorOptions options = emulation_options(hash_seed);
    options.watchdog.base = kPatience;  // the host's own would come before the controller's
    const auto device = std::make_shared<EmulatedDevice>();
    const controller::KernelBridge bridge(
        **controller,
        [&device] {
            const EmulatedDevice::Activity now = device->activity();
            return controller::KernelActivity{now.busy, now.runs_ended};
        },
        [&device] { device->reset(); });
    ValidationRow row{"controller resets a hang", 0, known.back().lanes, 0, 0, {}};
    const auto begin = Clock::now();
    const auto done = hang_and_come_back(
        **client, *device, [&] { return open_emulation(device, options); }, known, row);
    row.milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
    if (!done) row.failure = done.error().message;
    return row;
}

}  // namespace switchyard::tool
