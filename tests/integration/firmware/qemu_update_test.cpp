// SPDX-License-Identifier: Apache-2.0
// Updates of the firmware in QEMU: good ones stay, bad ones are rolled back.
#include <gmock/gmock.h>

#include <thread>

#include "tests/integration/firmware/qemu_fixture.hpp"

namespace switchyard::test {
namespace {

using testing::AnyOf;

class FirmwareUpdateInQemu : public QemuFixture {
  protected:
    /// Version 0.2.0 runs, confirmed, in slot A.
    void provision() {
        const auto answer = update_and_reset(image("test/controller-0.2.0.swfw"));
        ASSERT_EQ(answer.slot, mailbox::kSlotA);
        ASSERT_TRUE(client->confirm().has_value());
    }
    /// What boots next is 0.2.0 in slot A, whole and well.
    void expect_old() {
        EXPECT_EQ(running_version(), "0.2.0");
        EXPECT_EQ(hello().slot, mailbox::kSlotA);
        EXPECT_EQ(hello().on_trial, 0);
        EXPECT_EQ(status().sensors_valid, 1);
    }
    /// Boots of an image that cannot confirm, until the firmware gives it up.
    void expect_rejected_after_reset(mailbox::RejectReason reason,
                                     mailbox::ResetReason last_reset) {
        const auto rejected = wait_for(mailbox::kSlotRejected).event;
        EXPECT_EQ(rejected.value0, mailbox::kSlotB);
        EXPECT_EQ(rejected.value1, reason);
        EXPECT_EQ(hello().reset_reason, last_reset);
        const auto report = slots();
        EXPECT_EQ(report.slots[mailbox::kSlotB].state, mailbox::kRejected);
        EXPECT_EQ(report.slots[mailbox::kSlotB].reason, reason);
        expect_old();
    }
};

TEST_F(FirmwareUpdateInQemu, AConfirmedUpdateStaysOverPowerCuts) {
    provision();
    const auto second = update_and_reset(image("test/controller-0.3.0.swfw"));
    EXPECT_EQ(second.slot, mailbox::kSlotB);
    EXPECT_EQ(second.on_trial, 1);
    EXPECT_EQ(controller::version_text(second.firmware_version), "0.3.0");
    ASSERT_TRUE(client->confirm().has_value());
    for (int i = 0; i < 3; ++i) {
        cycle_power();
        EXPECT_EQ(running_version(), "0.3.0");
        EXPECT_EQ(hello().on_trial, 0);
    }
    // Back by request, to the one before and then to the factory's.
    ASSERT_TRUE(client->rollback().has_value());
    EXPECT_EQ(value_of(client->reset()).slot, mailbox::kSlotA);
    ASSERT_TRUE(client->rollback().has_value());
    EXPECT_EQ(value_of(client->reset()).slot, mailbox::kSlotFactory);
    const auto nothing = client->rollback();
    ASSERT_FALSE(nothing.has_value());
    EXPECT_EQ(nothing.error().code, ErrorCode::NotFound);
}

TEST_F(FirmwareUpdateInQemu, ABadChecksumIsRefused) {
    provision();
    Bytes damaged = image("test/controller-0.3.0.swfw");
    damaged[damaged.size() / 2] ^= 0x10;
    const auto refused = client->write_image(damaged);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidInput);
    EXPECT_FALSE(client->activate(1h).has_value());
    EXPECT_EQ(value_of(client->reset()).slot, mailbox::kSlotA);
    expect_old();
}

TEST_F(FirmwareUpdateInQemu, ABitThatRotsInTheFlashIsFoundAtTheNextBoot) {
    provision();
    ASSERT_EQ(update_and_reset(image("test/controller-0.3.0.swfw")).slot, mailbox::kSlotB);
    ASSERT_TRUE(client->confirm().has_value());
    client.reset();
    card->cut_power();
    {
        // Slot B is the fourth sector of 256 KiB.
        std::fstream flash(card->folder() / "update_flash",
                           std::ios::in | std::ios::out | std::ios::binary);
        flash.seekg(3 * 0x40000 + 5000);
        const int byte = flash.get();
        flash.seekp(3 * 0x40000 + 5000);
        flash.put(static_cast<char>(byte ^ 0x04));
        ASSERT_TRUE(flash.good());
    }
    ASSERT_TRUE(card->restore_power().has_value());
    connect();
    const auto report = slots();
    EXPECT_EQ(report.slots[mailbox::kSlotB].state, mailbox::kRejected);
    EXPECT_EQ(report.slots[mailbox::kSlotB].reason, mailbox::kRejectedChecksum);
    expect_old();
}

TEST_F(FirmwareUpdateInQemu, ATruncatedImageIsRefused) {
    provision();
    const Bytes good = image("test/controller-0.3.0.swfw");
    // Cut off, and sent as if that were all of it.
    const auto refused = client->write_image(BytesView(good).first(good.size() - 400));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidInput);
    // Announced as whole, and then nothing more comes: power goes, and comes back.
    bool cut = false;
    const auto broken = client->write_image(good, [&](uint64_t done, uint64_t total) {
        if (cut || done < total * 3 / 4) return;
        cut = true;
        card->cut_power();
    });
    EXPECT_FALSE(broken.has_value());
    cycle_power();
    EXPECT_EQ(slots().slots[mailbox::kSlotB].state, mailbox::kWriting);
    expect_old();
}

TEST_F(FirmwareUpdateInQemu, WhatIsNeverConfirmedIsGivenUpAfterThreeBoots) {
    provision();
    const auto trial = update_and_reset(image("test/controller-0.3.0.swfw"), 400ms);
    EXPECT_EQ(trial.slot, mailbox::kSlotB);
    EXPECT_EQ(trial.on_trial, 1);
    for (int boot = 0; boot < 3; ++boot)
        EXPECT_EQ(wait_for(mailbox::kTrialExpired).event.value0, mailbox::kSlotB);
    expect_rejected_after_reset(mailbox::kRejectedNotConfirmed, mailbox::kResetTrial);
}

TEST_F(FirmwareUpdateInQemu, PowerCutsUseUpTheBootsOfATrialToo) {
    provision();
    EXPECT_EQ(update_and_reset(image("test/controller-0.3.0.swfw")).slot, mailbox::kSlotB);
    cycle_power();
    EXPECT_EQ(hello().on_trial, 1);
    cycle_power();
    EXPECT_EQ(hello().on_trial, 1);
    EXPECT_EQ(slots().boots, 3);
    cycle_power();
    expect_old();
    EXPECT_EQ(slots().slots[mailbox::kSlotB].reason, mailbox::kRejectedNotConfirmed);
}

TEST_F(FirmwareUpdateInQemu, FirmwareThatHangsIsGivenUp) {
    provision();
    ASSERT_TRUE(client->write_image(image("test/hang.swfw")).has_value());
    ASSERT_TRUE(client->activate(1h).has_value());
    EXPECT_EQ(value_of(client->reset()).slot, mailbox::kSlotA);
    expect_rejected_after_reset(mailbox::kRejectedNotConfirmed, mailbox::kResetWatchdog);
}

TEST_F(FirmwareUpdateInQemu, FirmwareThatEndsInItsFirstInstructionIsGivenUp) {
    provision();
    ASSERT_TRUE(client->write_image(image("test/dead.swfw")).has_value());
    ASSERT_TRUE(client->activate(1h).has_value());
    EXPECT_EQ(value_of(client->reset()).slot, mailbox::kSlotA);
    expect_rejected_after_reset(mailbox::kRejectedNotConfirmed, mailbox::kResetWatchdog);
}

TEST_F(FirmwareUpdateInQemu, FirmwareThatTrapsIsGivenUp) {
    provision();
    for (const char* name : {"test/trap.swfw", "test/wild.swfw"}) {
        ASSERT_TRUE(client->write_image(image(name)).has_value());
        ASSERT_TRUE(client->activate(1h).has_value());
        EXPECT_EQ(value_of(client->reset()).slot, mailbox::kSlotA);
        expect_rejected_after_reset(mailbox::kRejectedNotConfirmed, mailbox::kResetTrap);
    }
}

// QEMU is killed in the middle of an update, wherever that falls: what boots is one of the two
// firmwares, whole, and the update can be done again.
TEST_F(FirmwareUpdateInQemu, PowerCutsInTheMiddleOfAnUpdate) {
    provision();
    auto random = test_generator(51);
    const Bytes next = image("test/controller-0.3.0.swfw");
    for (int round = 0; round < 8; ++round) {
        // A thread, so that the cut may fall between any two instructions of the firmware.
        const auto delay = std::chrono::microseconds(random() % 700'000);
        std::thread power([&] {
            std::this_thread::sleep_for(delay);
            card->cut_power();
        });
        if (client->write_image(next).has_value() && client->activate(1h).has_value())
            (void)client->reset();
        power.join();
        cycle_power();
        ASSERT_THAT(running_version(), AnyOf("0.2.0", "0.3.0")) << "round " << round;
        if (hello().slot == mailbox::kSlotB) {
            EXPECT_EQ(hello().on_trial, 1);
            ASSERT_TRUE(client->rollback().has_value());
            EXPECT_EQ(value_of(client->reset()).slot, mailbox::kSlotA);
        }
        expect_old();
    }
    EXPECT_EQ(update_and_reset(next).slot, mailbox::kSlotB);
    EXPECT_TRUE(client->confirm().has_value());
    EXPECT_EQ(running_version(), "0.3.0");
}

}  // namespace
}  // namespace switchyard::test
