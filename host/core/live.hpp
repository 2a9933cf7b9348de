// SPDX-License-Identifier: Apache-2.0
// A value that is replaced as a whole while others read it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

namespace switchyard {

/// Who reads often holds a copy of the pointer and looks at one word to see whether it is the
/// current one (`refresh`); the lock is taken after a change alone. Safe from any thread; a held
/// pointer belongs to one thread at a time.
template <typename T>
class Live {
  public:
    using Pointer = std::shared_ptr<const T>;

    explicit Live(T value)
        : now_(std::make_shared<const T>(std::move(value))), latest_(now_.get()) {}

    /// What was held before stays as it is for whoever holds it.
    void set(T value) {
        auto next = std::make_shared<const T>(std::move(value));
        const std::lock_guard lock(mutex_);
        now_.swap(next);
        // With the load of `refresh`.
        latest_.store(now_.get(), std::memory_order_release);
    }
    [[nodiscard]] Pointer get() const {
        const std::lock_guard lock(mutex_);
        return now_;
    }
    /// Makes `held` (null: nothing yet) the current value, and returns it.
    const T& refresh(Pointer& held) const {
        // Nothing else can stand at the address of what is held, so that equal means the same.
        if (held.get() != latest_.load(std::memory_order_acquire)) held = get();
        return *held;
    }

  private:
    mutable std::mutex mutex_;
    Pointer now_;
    std::atomic<const T*> latest_;  ///< compared, never followed
};

}  // namespace switchyard
