// SPDX-License-Identifier: Apache-2.0
// Watches the kernel's heartbeat: a run that makes no progress for too long is a stall.
#pragma once

#include <stdint.h>

#include "firmware/controller/core/hal.hpp"

namespace switchyard::firmware {

struct KernelWatchdogLimits {
    uint32_t stall_ms;    // busy without a heartbeat for this long
    uint32_t stalls_max;  // in sequence, without a heartbeat in between: then the card is halted
};

enum class KernelVerdict : uint8_t { Fine, Stalled, StalledTooOften };

class KernelWatchdog {
  public:
    explicit KernelWatchdog(const KernelWatchdogLimits& limits) : limits_(limits) {}

    /// Judges one look at the kernel. A stall is told once; the caller resets the kernel, and time
    /// counts anew.
    [[nodiscard]] KernelVerdict judge(const KernelActivity& activity, uint32_t now_ms) {
        if (!activity.busy || !is_watching_ || activity.heartbeat != heartbeat_) {
            if (is_watching_ && activity.heartbeat != heartbeat_) stalls_in_sequence_ = 0;
            is_watching_ = activity.busy;
            heartbeat_ = activity.heartbeat;
            since_ms_ = now_ms;
            return KernelVerdict::Fine;
        }
        if (now_ms - since_ms_ < limits_.stall_ms) return KernelVerdict::Fine;
        since_ms_ = now_ms;
        ++stalls_in_sequence_;
        return stalls_in_sequence_ >= limits_.stalls_max ? KernelVerdict::StalledTooOften
                                                         : KernelVerdict::Stalled;
    }

    /// After a reset of the kernel: where its heartbeat counts from is no progress.
    void rebase(uint32_t heartbeat) { heartbeat_ = heartbeat; }
    /// Forgets all, as after a halt.
    void restart() {
        is_watching_ = false;
        stalls_in_sequence_ = 0;
    }
    [[nodiscard]] uint32_t stalls_in_sequence() const { return stalls_in_sequence_; }

  private:
    KernelWatchdogLimits limits_;
    bool is_watching_ = false;
    uint32_t heartbeat_ = 0;
    uint32_t since_ms_ = 0;
    uint32_t stalls_in_sequence_ = 0;
};

}  // namespace switchyard::firmware
