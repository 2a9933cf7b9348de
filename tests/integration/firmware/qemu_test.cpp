// SPDX-License-Identifier: Apache-2.0
// The firmware image in QEMU: it boots, answers, guards its card and shrugs off garbage.
#include <gmock/gmock.h>

#include "tests/integration/firmware/qemu_fixture.hpp"

namespace switchyard::test {
namespace {

class FirmwareInQemu : public QemuFixture {};

TEST_F(FirmwareInQemu, BootsTheFactorysFirmwareAndAnswers) {
    const auto answer = hello();
    EXPECT_EQ(answer.board, abi::image::kBoardVirt);
    EXPECT_EQ(answer.slot, mailbox::kSlotFactory);
    EXPECT_EQ(answer.reset_reason, mailbox::kPowerOn);
    EXPECT_EQ(controller::version_text(answer.firmware_version), SWITCHYARD_FIRMWARE_VERSION);
    EXPECT_EQ(card->boots(), 1u);

    card->set_temperature_mc(51234);
    card->set_power_mw(41000);
    card->set_voltage_mv(851);
    auto report = status();
    for (int i = 0; i < 1000 && report.temperature_mc != 51234; ++i)
        report = status();
    EXPECT_EQ(report.temperature_mc, 51234);
    EXPECT_EQ(report.power_mw, 41000u);
    EXPECT_EQ(report.voltage_mv, 851u);
    EXPECT_EQ(report.state, mailbox::kRunning);
    EXPECT_EQ(report.clock_mhz, 250);
    EXPECT_EQ(card->clock_mhz(), 250u);
    EXPECT_FALSE(card->kernel_held());
}

TEST_F(FirmwareInQemu, ResetsOnRequest) {
    const auto answer = value_of(client->reset());
    EXPECT_EQ(answer.reset_reason, mailbox::kResetByHost);
    EXPECT_EQ(card->boots(), 2u);
}

TEST_F(FirmwareInQemu, ASecondSessionTakesOver) {
    connect();
    EXPECT_EQ(hello().slot, mailbox::kSlotFactory);
    EXPECT_EQ(card->boots(), 1u);
}

TEST_F(FirmwareInQemu, ThrottlesStepByStepAndRecovers) {
    card->set_temperature_mc(91000);
    for (const uint32_t mhz : {200u, 150u, 100u})
        EXPECT_EQ(wait_for(mailbox::kClockStep).event.value0, mhz);
    EXPECT_EQ(card->clock_mhz(), 100u);
    card->set_temperature_mc(80000);
    for (const uint32_t mhz : {150u, 200u, 250u}) {
        const auto step = wait_for(mailbox::kClockStep).event;
        EXPECT_EQ(step.value0, mhz);
        EXPECT_EQ(step.value1, 80000u);
    }
    EXPECT_EQ(card->clock_mhz(), 250u);
    EXPECT_EQ(status().throttles, 3u);
    EXPECT_EQ(status().recoveries, 3u);
    EXPECT_EQ(status().state, mailbox::kRunning);
}

TEST_F(FirmwareInQemu, HaltsWhenTooHotAndResumesOnlyWhenCool) {
    card->set_temperature_mc(98000);
    const auto halted = wait_for(mailbox::kHalted).event;
    EXPECT_EQ(halted.value0, mailbox::kHaltOverheat);
    EXPECT_EQ(card->clock_mhz(), 0u);
    EXPECT_TRUE(card->kernel_held());
    const auto refused = client->resume();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
    card->set_temperature_mc(50000);
    // Cooling alone does not end a halt, nor does a reset of the controller.
    EXPECT_EQ(value_of(client->reset()).reset_reason, mailbox::kResetByHost);
    EXPECT_EQ(wait_for(mailbox::kHalted).event.value0, mailbox::kHaltOverheat);
    EXPECT_TRUE(card->kernel_held());
    // The first good reading after the reset may still be to come.
    auto resumed = client->resume();
    for (int i = 0; i < 1000 && !resumed; ++i)
        resumed = client->resume();
    ASSERT_TRUE(resumed.has_value()) << resumed.error().message;
    EXPECT_EQ(wait_for(mailbox::kResumed).event.value0, 100u);
    EXPECT_FALSE(card->kernel_held());
}

TEST_F(FirmwareInQemu, AHaltDrainsTheKernel) {
    card->set_kernel(false, 1);
    ASSERT_TRUE(client->halt().has_value());
    const auto idle = wait_for(mailbox::kHalted).event;
    EXPECT_EQ(idle.value0, mailbox::kHaltByHost);
    EXPECT_EQ(idle.value1, 1u);
    EXPECT_EQ(card->kernel_resets(), 0u);
    cycle_power();  // power, unlike a reset, ends it
    EXPECT_EQ(card->boots(), 1u);
    // A run that never ends is ended.
    ASSERT_TRUE(client->halt().has_value());
    card->set_kernel(true, 2);
    (void)wait_for(mailbox::kHalted);
    cycle_power();
    card->set_kernel(true, 3);
    while (status().kernel_busy == 0 && status().state == mailbox::kRunning) {
    }
    ASSERT_TRUE(client->halt().has_value());
    EXPECT_EQ(wait_for(mailbox::kHalted).event.value1, 0u);
    EXPECT_GE(card->kernel_resets(), 1u);
}

TEST_F(FirmwareInQemu, ResetsAKernelThatStallsAndHaltsTheCardIfItGoesOn) {
    card->set_kernel(true, 77);
    const auto stalled = wait_for(mailbox::kKernelStalled).event;
    EXPECT_EQ(stalled.value0, 77u);
    EXPECT_EQ(stalled.value1, 1u);
    // The emulated kernel stays busy, whatever its reset: two more, and the card is halted.
    EXPECT_EQ(wait_for(mailbox::kKernelStalled).event.value1, 2u);
    EXPECT_EQ(wait_for(mailbox::kKernelStalled).event.value1, 3u);
    EXPECT_EQ(wait_for(mailbox::kHalted).event.value0, mailbox::kHaltKernel);
    EXPECT_GE(card->kernel_resets(), 3u);
    EXPECT_EQ(card->clock_mhz(), 0u);
    EXPECT_EQ(card->boots(), 1u);  // the controller itself is well
}

TEST_F(FirmwareInQemu, HaltsWhenItsSensorsAreGone) {
    card->set_sensors_present(false);
    EXPECT_EQ(wait_for(mailbox::kClockStep).event.value0, 100u);
    EXPECT_EQ(wait_for(mailbox::kHalted).event.value0, mailbox::kHaltSensors);
}

TEST_F(FirmwareInQemu, AnswersThroughAStormOfGarbage) {
    auto random = test_generator(41);
    uint64_t sent = 0;
    const auto before = status();
    for (int round = 0; round < 120; ++round) {
        Bytes garbage;
        switch (random() % 3) {
            case 0:  // noise
                garbage.resize(random() % 700);
                for (uint8_t& byte : garbage)
                    byte = static_cast<uint8_t>(random());
                break;
            case 1: {  // frames with flipped bits
                for (int frame = 0; frame < 5; ++frame) {
                    Bytes payload(random() % 200);
                    Bytes bytes = controller::encode_request(
                        static_cast<uint16_t>(random()),
                        static_cast<mailbox::Command>(random() % 16), payload);
                    bytes[1 + random() % (bytes.size() - 2)] ^=
                        static_cast<uint8_t>(1u << random() % 8);
                    garbage.insert(garbage.end(), bytes.begin(), bytes.end());
                }
                break;
            }
            default:  // one frame that never ends
                garbage.assign(random() % 900, static_cast<uint8_t>(1 + random() % 255));
        }
        sent += garbage.size();
        ASSERT_TRUE(client->send_raw(garbage).has_value());
        const auto report = client->status();
        ASSERT_TRUE(report.has_value()) << "round " << round << ": " << report.error().message;
    }
    const auto after = status();
    EXPECT_GT(sent, 30'000u);
    EXPECT_GT(after.frames_bad, before.frames_bad + 50);
    EXPECT_GT(after.frames_long, 0u);
    EXPECT_GT(after.uptime_ms, before.uptime_ms);
    EXPECT_EQ(card->boots(), 1u);
    EXPECT_EQ(after.state, mailbox::kRunning);
    const auto report = slots();
    EXPECT_EQ(report.journal_sequence, 0u);  // nothing reached the flash
}

TEST(EmulatedController, SaysWhatIsMissing) {
    controller::EmulationOptions options;
    options.boot_flash = "/nonexistent/boot_flash.bin";
    const auto no_image = controller::EmulatedController::start(options);
    ASSERT_FALSE(no_image.has_value());
    EXPECT_EQ(no_image.error().code, ErrorCode::Unavailable);
    EXPECT_THAT(no_image.error().message, testing::HasSubstr("firmware_image"));
    options.boot_flash = SWITCHYARD_FIRMWARE_DIR "/boot_flash.bin";
    options.qemu = "qemu-system-nothing";
    const auto no_qemu = controller::EmulatedController::start(options);
    ASSERT_FALSE(no_qemu.has_value());
    EXPECT_EQ(no_qemu.error().code, ErrorCode::Unavailable);
    EXPECT_THAT(no_qemu.error().message, testing::HasSubstr("qemu-system-misc"));
}

}  // namespace
}  // namespace switchyard::test
