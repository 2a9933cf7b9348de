// SPDX-License-Identifier: Apache-2.0
// When the frames of a capture are due. Pure: the time is an argument.
#pragma once

#include <cstdint>

namespace switchyard::dataplane {

/// The first frame is due when it is asked for; every other one as long after it as when it was
/// recorded, divided by the speed. A frame that was recorded before the first one (captures of
/// several queues are not quite in order) is due at once.
class ReplaySchedule {
  public:
    /// `speed` 1: as recorded; 2: twice as fast; 0: every frame is due at once. Precondition: not
    /// negative, not infinite.
    explicit ReplaySchedule(double speed) : speed_(speed) {}

    /// When the frame recorded at `frame_ns` is due, on the clock of `now_ns`.
    [[nodiscard]] uint64_t due_ns(uint64_t frame_ns, uint64_t now_ns) {
        if (speed_ == 0) return now_ns;
        if (!started_) {
            started_ = true;
            first_frame_ns_ = frame_ns;
            start_ns_ = now_ns;
        }
        if (frame_ns <= first_frame_ns_) return start_ns_;
        const double after = static_cast<double>(frame_ns - first_frame_ns_) / speed_;
        // What lies beyond the end of the clock never comes.
        if (after >= static_cast<double>(UINT64_MAX - start_ns_)) return UINT64_MAX;
        return start_ns_ + static_cast<uint64_t>(after);
    }

  private:
    double speed_;
    bool started_ = false;
    uint64_t first_frame_ns_ = 0;
    uint64_t start_ns_ = 0;
};

}  // namespace switchyard::dataplane
