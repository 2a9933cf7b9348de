// SPDX-License-Identifier: Apache-2.0
#include "dataplane/sender.hpp"

#include <thread>

namespace switchyard::dataplane {
namespace {

constexpr unsigned kYields = 64;
constexpr std::chrono::microseconds kWaitSleep{20};

}  // namespace

Result<void> FrameSender::send(std::span<const BytesView> frames) {
    using Clock = std::chrono::steady_clock;
    unsigned idle = 0;
    Clock::time_point idle_since{};
    while (!frames.empty()) {
        const size_t taken = port_.transmit(config_.queue, frames);
        for (const BytesView frame : frames.first(taken))
            counters_.bytes += frame.size();
        counters_.frames += taken;
        frames = frames.subspan(taken);
        if (frames.empty()) return {};
        if (frames.front().size() > port_.info().frame_bytes || frames.front().empty())
            return Error{ErrorCode::InvalidInput,
                         "sender: a frame of " + std::to_string(frames.front().size()) +
                             " bytes; port " + port_.info().name + " takes 1 to " +
                             std::to_string(port_.info().frame_bytes)};
        if (config_.overload == OverloadPolicy::Drop) {
            // Tried once each, in order: a later frame may find the room that this one did not.
            if (taken == 0) {
                ++counters_.dropped;
                frames = frames.subspan(1);
            }
            continue;
        }
        if (taken != 0) {
            idle = 0;
            continue;
        }
        if (idle++ == 0) idle_since = Clock::now();
        ++counters_.waits;
        if (idle < kYields) {
            std::this_thread::yield();
        } else if (Clock::now() - idle_since > config_.patience) {
            return Error{ErrorCode::Timeout, "sender: port " + port_.info().name +
                                                 " took no frame for " +
                                                 std::to_string(config_.patience.count()) + " ms"};
        } else {
            std::this_thread::sleep_for(kWaitSleep);
        }
    }
    return {};
}

Result<void> FrameSender::send(const FrameBatch& frames) {
    return send(frames.views());
}

}  // namespace switchyard::dataplane
