// SPDX-License-Identifier: Apache-2.0
#include "firmware/controller/core/guard.hpp"

namespace switchyard::firmware {

Guard::Guard(const GuardLimits& limits, Sensors& sensors, Kernel& kernel, System& system,
             EventSink& events)
    : limits_(limits),
      sensors_(sensors),
      kernel_(kernel),
      system_(system),
      events_(events),
      throttle_(limits.thermal),
      watchdog_(limits.kernel) {
    // Nobody knows how hot the card is before the first readings.
    kernel_.hold(true);
    const mailbox::HaltReason kept = system.recall_halt();
    if (kept != mailbox::kNotHalted) halt(kept, system.now_ms());
}

void Guard::poll(uint32_t now_ms) {
    if (has_looked_ && now_ms - looked_ms_ < limits_.period_ms) return;
    has_looked_ = true;
    looked_ms_ = now_ms;
    look_at_sensors(now_ms);
    look_at_kernel(now_ms);
}

bool Guard::voltage_is_good() const {
    return readings_.voltage_mv >= limits_.voltage_mv_min &&
           readings_.voltage_mv <= limits_.voltage_mv_max;
}

void Guard::look_at_sensors(uint32_t now_ms) {
    sensors_valid_ = sensors_.read(readings_);
    const bool is_live = state_ == mailbox::kStarting || state_ == mailbox::kRunning;
    if (!sensors_valid_) {
        ++sensor_faults_;
        ++sensor_faults_in_sequence_;
        if (sensor_faults_in_sequence_ == 1) events_.event(mailbox::kSensorFault, 1, 0);
        if (!is_live) return;
        if (state_ == mailbox::kRunning) apply(throttle_.blind(now_ms));
        if (sensor_faults_in_sequence_ >= limits_.sensor_faults_max) {
            halt(mailbox::kHaltSensors, now_ms);
        }
        return;
    }
    sensor_faults_in_sequence_ = 0;
    voltage_faults_in_sequence_ = voltage_is_good() ? 0 : voltage_faults_in_sequence_ + 1;
    if (!is_live) return;
    if (voltage_faults_in_sequence_ >= limits_.voltage_faults_max) {
        halt(mailbox::kHaltVoltage, now_ms);
        return;
    }
    const ThermalAction action = throttle_.judge(readings_, now_ms);
    if (action == ThermalAction::Halt) {
        halt(mailbox::kHaltOverheat, now_ms);
        return;
    }
    if (state_ == mailbox::kStarting && voltage_is_good()) {
        state_ = mailbox::kRunning;
        kernel_.set_clock(throttle_.clock_mhz());
        kernel_.hold(false);
        if (action == ThermalAction::Keep) return;
    }
    apply(action);
}

void Guard::apply(ThermalAction action) {
    if (action != ThermalAction::StepDown && action != ThermalAction::StepUp) return;
    ++(action == ThermalAction::StepDown ? throttles_ : recoveries_);
    kernel_.set_clock(throttle_.clock_mhz());
    events_.event(mailbox::kClockStep, throttle_.clock_mhz(),
                  static_cast<uint32_t>(readings_.temperature_mc));
}

void Guard::look_at_kernel(uint32_t now_ms) {
    activity_ = kernel_.activity();
    if (state_ == mailbox::kHalting) {
        if (!activity_.busy) {
            finish_halt(true);
        } else if (now_ms - halting_since_ms_ >= limits_.drain_ms) {
            kernel_.reset();
            finish_halt(false);
        }
        return;
    }
    if (state_ != mailbox::kRunning) return;
    const KernelVerdict verdict = watchdog_.judge(activity_, now_ms);
    if (verdict == KernelVerdict::Fine) return;
    ++stalls_;
    events_.event(mailbox::kKernelStalled, activity_.heartbeat, watchdog_.stalls_in_sequence());
    kernel_.reset();
    activity_ = kernel_.activity();
    watchdog_.rebase(activity_.heartbeat);
    if (verdict == KernelVerdict::StalledTooOften) halt(mailbox::kHaltKernel, now_ms);
}

void Guard::halt(mailbox::HaltReason reason, uint32_t now_ms) {
    if (state_ == mailbox::kHalting || state_ == mailbox::kHaltedState) return;
    state_ = mailbox::kHalting;
    halt_reason_ = reason;
    halting_since_ms_ = now_ms;
    ++halts_;
    kernel_.hold(true);
    system_.remember_halt(reason);
    if (reason == mailbox::kHaltByHost) return;
    // What still runs drains at the slowest clock, and the way back begins there.
    throttle_.restart_slowest(now_ms);
    kernel_.set_clock(throttle_.clock_mhz());
}

void Guard::finish_halt(bool was_idle) {
    state_ = mailbox::kHaltedState;
    kernel_.set_clock(0);
    events_.event(mailbox::kHalted, halt_reason_, was_idle ? 1 : 0);
}

mailbox::StatusCode Guard::resume() {
    if (state_ != mailbox::kHaltedState) return mailbox::kWrongState;
    // Whatever the halt was for: a card that is hot, blind or badly supplied does not start.
    if (!sensors_valid_ || !voltage_is_good() || !throttle_.is_cool(readings_)) {
        return mailbox::kTooHot;
    }
    watchdog_.restart();
    state_ = mailbox::kRunning;
    halt_reason_ = mailbox::kNotHalted;
    system_.remember_halt(mailbox::kNotHalted);
    kernel_.set_clock(throttle_.clock_mhz());
    kernel_.hold(false);
    events_.event(mailbox::kResumed, throttle_.clock_mhz(), 0);
    return mailbox::kOk;
}

void Guard::report(mailbox::CardStatus& status) const {
    status.state = state_;
    status.halt_reason = halt_reason_;
    status.clock_step = throttle_.step();
    status.sensors_valid = sensors_valid_ ? 1 : 0;
    status.clock_mhz = state_ == mailbox::kHaltedState ? uint16_t{0} : throttle_.clock_mhz();
    status.clock_full_mhz = throttle_.clock_full_mhz();
    status.temperature_mc = readings_.temperature_mc;
    status.power_mw = readings_.power_mw;
    status.voltage_mv = readings_.voltage_mv;
    status.heartbeat = activity_.heartbeat;
    status.kernel_busy = activity_.busy ? 1 : 0;
    status.throttles = throttles_;
    status.recoveries = recoveries_;
    status.stalls = stalls_;
    status.halts = halts_;
    status.sensor_faults = sensor_faults_;
}

}  // namespace switchyard::firmware
