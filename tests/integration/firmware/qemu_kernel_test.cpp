// SPDX-License-Identifier: Apache-2.0
// The controller in QEMU watches the emulated device that runs the kernel's C++: a run that hangs
// is found by its heartbeat, and the device is brought back without the host's help.
#include <array>
#include <bit>

#include "host/offload/controller/kernel_bridge.hpp"
#include "host/offload/xrt/emulated_device.hpp"
#include "tests/integration/firmware/qemu_fixture.hpp"

namespace switchyard::test {
namespace {

using offload::EmulatedDevice;
using offload::RunState;

/// One empty block on the device, whose memory a reset takes.
class Runs {
  public:
    explicit Runs(EmulatedDevice& device) : device_(device) {}

    uint64_t start() {
        abi::BatchHeader header{};
        header.magic = abi::kBatchMagic;
        header.version = abi::kVersion;
        header.flags = abi::kBatchFirst;
        header.lane_count = 1;
        header.record_words = 1;
        const hls::Word word = std::bit_cast<hls::Word>(header);
        const uint64_t input = device_.allocate(1);
        output_ = device_.allocate(1);
        EXPECT_TRUE(device_.write(input, {&word, 1}));
        std::array<uint32_t, abi::kRegisterFileBytes / 4> registers{};
        registers[abi::kRegisterInput / 4] = static_cast<uint32_t>(input);
        registers[abi::kRegisterInput / 4 + 1] = static_cast<uint32_t>(input >> 32);
        registers[abi::kRegisterOutput / 4] = static_cast<uint32_t>(output_);
        registers[abi::kRegisterOutput / 4 + 1] = static_cast<uint32_t>(output_ >> 32);
        registers[abi::kRegisterInputWords / 4] = 1;
        registers[abi::kRegisterOutputWords / 4] = 1;
        return device_.start(registers);
    }
    RunState finish(uint64_t run) {
        return device_.wait(run, controller::Clock::now() + kPatience);
    }
    uint16_t result_status() {
        hls::Word word{};
        EXPECT_TRUE(device_.read(output_, {&word, 1}));
        return std::bit_cast<abi::ResultHeader>(word).status;
    }
    controller::KernelActivity activity() const {
        const EmulatedDevice::Activity now = device_.activity();
        return {now.busy, now.runs_ended};
    }

  private:
    EmulatedDevice& device_;
    uint64_t output_ = 0;
};

class KernelWatchedInQemu : public QemuFixture {};

TEST_F(KernelWatchedInQemu, ARunThatHangsIsFoundAndTheDeviceComesBack) {
    EmulatedDevice device;
    Runs runs(device);
    controller::KernelBridge bridge(
        *card, [&] { return runs.activity(); }, [&] { device.reset(); });

    EXPECT_EQ(runs.finish(runs.start()), RunState::Completed);
    EXPECT_EQ(runs.result_status(), abi::kStatusDone);
    for (int round = 0; round < 3; ++round) {
        device.inject(offload::DeviceFault::Hang);
        // Nobody resets the device here; the wait ends because the controller did.
        EXPECT_EQ(runs.finish(runs.start()), RunState::Error);
        EXPECT_EQ(wait_for(mailbox::kKernelStalled).event.value1, 1u);
        EXPECT_EQ(device.resets(), static_cast<uint64_t>(round) + 1);
        EXPECT_EQ(runs.finish(runs.start()), RunState::Completed);
        EXPECT_EQ(runs.result_status(), abi::kStatusDone);
    }
    const auto report = status();
    EXPECT_EQ(report.state, mailbox::kRunning);
    EXPECT_EQ(report.stalls, 3u);
    EXPECT_EQ(card->boots(), 1u);
}

}  // namespace
}  // namespace switchyard::test
