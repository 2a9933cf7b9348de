// SPDX-License-Identifier: Apache-2.0
// How a worker waits that has nothing to do at the moment.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace switchyard::execute {

/// First a few looks without giving the core away, since what a worker waits for mostly comes
/// within a transaction's time; then it yields; then it sleeps, so that a block which is one long
/// chain costs one core and not all of them. A sleeper wakes by itself: nobody has to see that it
/// sleeps, except at the end of the block.
class IdleWait {
    static constexpr uint32_t kSpins = 200;  // some tens of microseconds: one long transaction
    static constexpr uint32_t kYields = 8;

  public:
    /// Rounds without sleep, and as many short sleeps after them.
    static constexpr uint32_t kAwakeRounds = kSpins + kYields;

    /// The `round`-th wait in a row, from 0. Returns at once after `wake_all`.
    void wait(uint32_t round) {
        if (round < kSpins) {
            pause();
        } else if (round < kAwakeRounds) {
            std::this_thread::yield();
        } else {
            std::unique_lock lock(mutex_);
            woken_.wait_for(lock, round < 2 * kAwakeRounds ? kShort : kLong,
                            [this] { return awake_.load(std::memory_order_relaxed); });
        }
    }
    /// One look's time, without giving the core away.
    static void pause() {
        for (int i = 0; i < 32; ++i)
            relax();
    }
    /// From now on nobody sleeps, until `reset`.
    void wake_all() {
        {
            const std::lock_guard lock(mutex_);
            awake_.store(true, std::memory_order_relaxed);
        }
        woken_.notify_all();
    }
    void reset() { awake_.store(false, std::memory_order_relaxed); }

  private:
    static constexpr std::chrono::microseconds kShort{20};
    static constexpr std::chrono::microseconds kLong{200};

    static void relax() {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#else
        std::atomic_signal_fence(std::memory_order_seq_cst);
#endif
    }

    std::mutex mutex_;
    std::condition_variable woken_;
    std::atomic<bool> awake_{false};
};

}  // namespace switchyard::execute
