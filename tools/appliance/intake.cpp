// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/intake.hpp"

#include <chrono>
#include <optional>

namespace switchyard::appliance {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kCopyEvery{100};
constexpr std::chrono::seconds kDrainMax{5};
/// Turns without work before the thread sleeps, and then how long: short while something came a
/// moment ago, as more will.
constexpr unsigned kBusyTurns = 64;
constexpr unsigned kWarmTurns = 4'096;
constexpr std::chrono::microseconds kShortSleep{20};
constexpr std::chrono::microseconds kLongSleep{500};

}  // namespace

Intake::Intake(const VerifyConfig& config, std::vector<TransactionSource*> sources,
               TransactionSink& sink, std::function<bool()> receive)
    : station_(config), source_(std::move(sources)), sink_(sink), receive_(std::move(receive)) {
    thread_ = std::thread([this] { run(); });
}

Intake::~Intake() {
    stop();
}

void Intake::stop() {
    stop_.store(true, std::memory_order_release);
    if (thread_.joinable()) thread_.join();
}

VerifyStatistics Intake::statistics() const {
    const std::lock_guard lock(mutex_);
    return statistics_;
}

void Intake::run() {
    auto next_copy = Clock::now();
    std::optional<Clock::time_point> stopped_at;
    unsigned idle = 0;
    for (;;) {
        const bool stopping = stop_.load(std::memory_order_acquire);
        bool worked = receive_();
        worked = station_.step(source_, sink_) != 0 || worked;
        idle = worked ? 0 : idle + 1;
        const auto now = Clock::now();
        if (stopping && !stopped_at) stopped_at = now;
        if (stopping && ((!worked && source_.exhausted()) || now - *stopped_at > kDrainMax)) break;
        if (now >= next_copy) {
            next_copy = now + kCopyEvery;
            const std::lock_guard lock(mutex_);
            statistics_ = station_.statistics();
        }
        if (idle > kBusyTurns)
            std::this_thread::sleep_for(idle < kWarmTurns ? kShortSleep : kLongSleep);
    }
    const std::lock_guard lock(mutex_);
    statistics_ = station_.statistics();
}

}  // namespace switchyard::appliance
