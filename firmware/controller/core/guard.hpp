// SPDX-License-Identifier: Apache-2.0
// Keeps the card safe: reads the sensors, sets the clock, watches the kernel, halts and resumes.
#pragma once

#include <stdint.h>

#include "firmware/controller/core/hal.hpp"
#include "firmware/controller/core/kernel_watchdog.hpp"
#include "firmware/controller/core/thermal_throttle.hpp"

namespace switchyard::firmware {

struct GuardLimits {
    ThermalLimits thermal;
    KernelWatchdogLimits kernel;
    uint32_t voltage_mv_min;  // of the core supply
    uint32_t voltage_mv_max;
    uint32_t voltage_faults_max;  // in sequence: one sample may be noise
    uint32_t sensor_faults_max;   // in sequence: then the card is halted
    uint32_t drain_ms;            // a halt waits so long for the kernel to be idle
    uint32_t period_ms;           // between looks
};

/// Where events go. Bounded: what does not fit is counted by the receiver.
class EventSink {
  public:
    virtual void event(mailbox::EventCode code, uint32_t value0, uint32_t value1) = 0;

  protected:
    ~EventSink() = default;
};

/// States: Starting -> Running -> Halting -> Halted -> Running. From the construction on the
/// kernel is held; the first good readings let it go. A halt holds the kernel, waits until it is
/// idle or drain_ms have passed (then resets it), and stops its clock; it is kept until `resume`,
/// over resets of the controller too.
class Guard {
  public:
    Guard(const GuardLimits& limits, Sensors& sensors, Kernel& kernel, System& system,
          EventSink& events);

    /// Call often; looks once per period_ms.
    void poll(uint32_t now_ms);
    void halt(mailbox::HaltReason reason, uint32_t now_ms);
    [[nodiscard]] mailbox::StatusCode resume();
    /// Fills in the fields that the guard knows.
    void report(mailbox::CardStatus& status) const;
    [[nodiscard]] mailbox::ControllerState state() const { return state_; }

  private:
    void look_at_sensors(uint32_t now_ms);
    void look_at_kernel(uint32_t now_ms);
    void apply(ThermalAction action);
    void finish_halt(bool was_idle);
    [[nodiscard]] bool voltage_is_good() const;

    GuardLimits limits_;
    Sensors& sensors_;
    Kernel& kernel_;
    System& system_;
    EventSink& events_;
    ThermalThrottle throttle_;
    KernelWatchdog watchdog_;

    mailbox::ControllerState state_ = mailbox::kStarting;
    mailbox::HaltReason halt_reason_ = mailbox::kNotHalted;
    bool has_looked_ = false;
    uint32_t looked_ms_ = 0;
    uint32_t halting_since_ms_ = 0;
    bool sensors_valid_ = false;
    Readings readings_{};
    KernelActivity activity_{};
    uint32_t sensor_faults_in_sequence_ = 0;
    uint32_t voltage_faults_in_sequence_ = 0;
    uint32_t throttles_ = 0;
    uint32_t recoveries_ = 0;
    uint32_t stalls_ = 0;
    uint32_t halts_ = 0;
    uint32_t sensor_faults_ = 0;
};

}  // namespace switchyard::firmware
