// SPDX-License-Identifier: Apache-2.0
// Throttling, the kernel's watchdog, halt and resume.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "firmware/controller/core/guard.hpp"
#include "tests/support/firmware_board.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::test {
namespace {

using testing::ElementsAre;

struct EventList final : fw::EventSink {
    void event(mailbox::EventCode code, uint32_t value0, uint32_t value1) override {
        codes.push_back(code);
        values.emplace_back(value0, value1);
    }
    std::vector<int> codes;
    std::vector<std::pair<uint32_t, uint32_t>> values;
};

class GuardFixture : public testing::Test {
  protected:
    void run_ms(uint32_t ms) {
        for (uint32_t i = 0; i < ms; ++i) {
            ++system.time_ms;
            guard.poll(system.time_ms);
        }
    }
    void set_temperature(int32_t celsius) { sensors.readings.temperature_mc = celsius * 1000; }
    mailbox::CardStatus report() {
        mailbox::CardStatus status{};
        guard.report(status);
        return status;
    }

    SetSensors sensors;
    SetKernel kernel;
    SetSystem system;
    EventList events;
    fw::Guard guard{kTestLimits, sensors, kernel, system, events};
};

TEST_F(GuardFixture, HoldsTheKernelUntilTheFirstGoodReadings) {
    EXPECT_TRUE(kernel.held);
    sensors.present = false;
    run_ms(50);
    EXPECT_TRUE(kernel.held);
    EXPECT_EQ(guard.state(), mailbox::kStarting);
    sensors.present = true;
    run_ms(10);
    EXPECT_FALSE(kernel.held);
    EXPECT_EQ(kernel.clock_mhz, 250u);
    EXPECT_EQ(guard.state(), mailbox::kRunning);
}

TEST_F(GuardFixture, StepsDownOncePerDwellAndUpOncePerRecovery) {
    run_ms(10);
    set_temperature(91);
    run_ms(10);
    EXPECT_EQ(kernel.clock_mhz, 200u);
    run_ms(480);
    EXPECT_EQ(kernel.clock_mhz, 200u);
    run_ms(20);
    EXPECT_EQ(kernel.clock_mhz, 150u);
    run_ms(500);
    EXPECT_EQ(kernel.clock_mhz, 100u);
    run_ms(5000);
    EXPECT_EQ(kernel.clock_mhz, 100u);  // the last step
    set_temperature(86);                // between the limits: nothing moves
    run_ms(10000);
    EXPECT_EQ(kernel.clock_mhz, 100u);
    set_temperature(82);
    run_ms(1990);
    EXPECT_EQ(kernel.clock_mhz, 100u);
    run_ms(20);
    EXPECT_EQ(kernel.clock_mhz, 150u);
    run_ms(4000);
    EXPECT_EQ(kernel.clock_mhz, 250u);
    EXPECT_EQ(report().throttles, 3u);
    EXPECT_EQ(report().recoveries, 3u);
    EXPECT_EQ(guard.state(), mailbox::kRunning);
}

TEST_F(GuardFixture, CoolingThatIsInterruptedStartsAnew) {
    run_ms(10);
    set_temperature(90);
    run_ms(10);
    for (int i = 0; i < 10; ++i) {
        set_temperature(80);
        run_ms(1500);
        set_temperature(84);
        run_ms(20);
    }
    EXPECT_EQ(kernel.clock_mhz, 200u);
}

TEST_F(GuardFixture, ThrottlesOnPowerToo) {
    run_ms(10);
    sensors.readings.power_mw = 70000;
    run_ms(10);
    EXPECT_EQ(kernel.clock_mhz, 200u);
    sensors.readings.power_mw = 65000;
    run_ms(10000);
    EXPECT_EQ(kernel.clock_mhz, 200u);
    sensors.readings.power_mw = 62000;
    run_ms(2010);
    EXPECT_EQ(kernel.clock_mhz, 250u);
}

// Hovering around a limit for hours does not make the clock swing faster than the limits allow,
// and the temperature that a step answers to is always beyond its own limit.
TEST_F(GuardFixture, NeverSwingsWhateverTheTemperature) {
    auto random = test_generator(11);
    run_ms(10);
    uint32_t clock = kernel.clock_mhz;
    uint32_t changed_ms = system.time_ms;
    for (int i = 0; i < 200000; ++i) {
        const auto celsius = static_cast<int32_t>(78 + random() % 18);
        set_temperature(celsius);
        run_ms(10);
        ASSERT_EQ(guard.state(), mailbox::kRunning);
        if (kernel.clock_mhz == clock) continue;
        if (kernel.clock_mhz < clock) {
            ASSERT_GE(celsius, 90);
        } else {
            ASSERT_LE(celsius, 82);
            ASSERT_GE(system.time_ms - changed_ms, kTestLimits.thermal.recover_ms);
        }
        clock = kernel.clock_mhz;
        changed_ms = system.time_ms;
    }
}

TEST_F(GuardFixture, OverheatingHaltsAtOnceAndStaysHalted) {
    run_ms(10);
    set_temperature(97);
    run_ms(20);
    EXPECT_EQ(guard.state(), mailbox::kHaltedState);
    EXPECT_TRUE(kernel.held);
    EXPECT_EQ(kernel.clock_mhz, 0u);
    EXPECT_EQ(report().halt_reason, mailbox::kHaltOverheat);
    set_temperature(40);
    run_ms(60000);
    EXPECT_EQ(guard.state(), mailbox::kHaltedState);
    EXPECT_EQ(guard.resume(), mailbox::kOk);
    EXPECT_FALSE(kernel.held);
    EXPECT_EQ(kernel.clock_mhz, 100u);  // earns its way up
    run_ms(6100);
    EXPECT_EQ(kernel.clock_mhz, 250u);
}

TEST_F(GuardFixture, ResumeIsRefusedWhileHotBlindOrBadlySupplied) {
    EXPECT_EQ(guard.resume(), mailbox::kWrongState);
    run_ms(10);
    EXPECT_EQ(guard.resume(), mailbox::kWrongState);
    guard.halt(mailbox::kHaltByHost, system.time_ms);
    run_ms(10);
    set_temperature(83);
    run_ms(10);
    EXPECT_EQ(guard.resume(), mailbox::kTooHot);
    set_temperature(60);
    sensors.readings.voltage_mv = 700;
    run_ms(10);
    EXPECT_EQ(guard.resume(), mailbox::kTooHot);
    sensors.readings.voltage_mv = 850;
    sensors.present = false;
    run_ms(10);
    EXPECT_EQ(guard.resume(), mailbox::kTooHot);
    sensors.present = true;
    run_ms(10);
    EXPECT_EQ(guard.resume(), mailbox::kOk);
    EXPECT_EQ(kernel.clock_mhz, 250u);  // a halt by the host has nothing to do with heat
}

TEST_F(GuardFixture, HaltLetsTheKernelEndItsRun) {
    run_ms(10);
    kernel.now = {true, 5};
    run_ms(10);
    guard.halt(mailbox::kHaltByHost, system.time_ms);
    EXPECT_TRUE(kernel.held);
    run_ms(300);
    EXPECT_EQ(guard.state(), mailbox::kHalting);
    EXPECT_EQ(kernel.clock_mhz, 250u);
    kernel.now = {false, 9};
    run_ms(10);
    EXPECT_EQ(guard.state(), mailbox::kHaltedState);
    EXPECT_EQ(kernel.resets, 0u);
    EXPECT_EQ(events.values.back(), std::make_pair(uint32_t{mailbox::kHaltByHost}, 1u));
}

TEST_F(GuardFixture, HaltResetsAKernelThatDoesNotEnd) {
    run_ms(10);
    kernel.now = {true, 5};
    guard.halt(mailbox::kHaltByHost, system.time_ms);
    run_ms(490);
    EXPECT_EQ(guard.state(), mailbox::kHalting);
    run_ms(30);
    EXPECT_EQ(guard.state(), mailbox::kHaltedState);
    EXPECT_EQ(kernel.resets, 1u);
    EXPECT_EQ(events.values.back(), std::make_pair(uint32_t{mailbox::kHaltByHost}, 0u));
}

TEST_F(GuardFixture, AHaltIsKeptOverAResetOfTheController) {
    run_ms(10);
    set_temperature(98);
    run_ms(20);
    set_temperature(40);
    fw::Guard again(kTestLimits, sensors, kernel, system, events);
    for (int i = 0; i < 100; ++i)
        again.poll(system.time_ms += 10);
    EXPECT_EQ(again.state(), mailbox::kHaltedState);
    EXPECT_TRUE(kernel.held);
    EXPECT_EQ(again.resume(), mailbox::kOk);
    fw::Guard third(kTestLimits, sensors, kernel, system, events);
    third.poll(system.time_ms += 10);
    EXPECT_EQ(third.state(), mailbox::kRunning);
}

TEST_F(GuardFixture, BlindnessTakesTheSlowestClockThenHalts) {
    run_ms(10);
    sensors.present = false;
    run_ms(10);
    EXPECT_EQ(kernel.clock_mhz, 100u);
    run_ms(180);
    EXPECT_EQ(guard.state(), mailbox::kRunning);
    run_ms(30);
    EXPECT_EQ(guard.state(), mailbox::kHaltedState);
    EXPECT_EQ(report().halt_reason, mailbox::kHaltSensors);
    EXPECT_THAT(events.codes,
                ElementsAre(mailbox::kSensorFault, mailbox::kClockStep, mailbox::kHalted));
}

TEST_F(GuardFixture, OneBadVoltageIsNoiseThreeAreAHalt) {
    run_ms(10);
    sensors.readings.voltage_mv = 950;
    run_ms(20);
    sensors.readings.voltage_mv = 850;
    run_ms(100);
    EXPECT_EQ(guard.state(), mailbox::kRunning);
    sensors.readings.voltage_mv = 799;
    run_ms(40);
    EXPECT_EQ(guard.state(), mailbox::kHaltedState);
    EXPECT_EQ(report().halt_reason, mailbox::kHaltVoltage);
}

TEST_F(GuardFixture, AKernelThatMakesProgressIsLeftAlone) {
    run_ms(10);
    for (uint32_t beat = 1; beat < 100; ++beat) {
        kernel.now = {true, beat};
        run_ms(900);
    }
    kernel.now = {false, 100};
    run_ms(100000);
    EXPECT_EQ(report().stalls, 0u);
    EXPECT_EQ(kernel.resets, 0u);
}

TEST_F(GuardFixture, AStallResetsTheKernelOnce) {
    run_ms(10);
    kernel.now = {true, 77};
    run_ms(1000);
    EXPECT_EQ(kernel.resets, 0u);
    run_ms(20);
    EXPECT_EQ(kernel.resets, 1u);
    EXPECT_THAT(events.codes, ElementsAre(mailbox::kKernelStalled));
    EXPECT_EQ(events.values.back(), std::make_pair(77u, 1u));
    run_ms(10000);  // idle after the reset
    EXPECT_EQ(kernel.resets, 1u);
}

TEST_F(GuardFixture, StallsWithoutProgressInBetweenHaltTheCard) {
    run_ms(10);
    kernel.now = {true, 7};
    run_ms(1030);
    // Its reset lets the heartbeat count from 0, which is no progress.
    for (int stall = 0; stall < 2; ++stall) {
        EXPECT_EQ(guard.state(), mailbox::kRunning);
        kernel.now = {true, 0};
        run_ms(1030);
    }
    EXPECT_EQ(guard.state(), mailbox::kHaltedState);
    EXPECT_EQ(report().halt_reason, mailbox::kHaltKernel);
    EXPECT_EQ(report().stalls, 3u);
}

TEST_F(GuardFixture, ProgressForgivesEarlierStalls) {
    run_ms(10);
    for (int stall = 0; stall < 10; ++stall) {
        kernel.now = {true, 0};
        run_ms(1030);
        kernel.now = {true, 1};
        run_ms(20);
        kernel.now = {false, 2};
        run_ms(20);
    }
    EXPECT_EQ(guard.state(), mailbox::kRunning);
    EXPECT_EQ(report().stalls, 10u);
}

}  // namespace
}  // namespace switchyard::test
