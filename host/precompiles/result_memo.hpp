// SPDX-License-Identifier: Apache-2.0
// Remembers the last results of a pure function whose single call may take seconds.
#pragma once

#include <array>
#include <condition_variable>
#include <mutex>

#include "host/core/bytes.hpp"

namespace switchyard::precompiles {

/// The last `kEntries` results of one function from `InputBytes` to `OutputBytes` bytes. Worth its
/// lock only for calls far above a microsecond.
///
/// A transaction is executed more than once: speculatively and again after a conflict, when a block
/// is built and when it is imported. What a precompile answers depends on nothing but its input, so
/// that an expensive answer may be kept. Thread-safe; a thread that asks for what another one is
/// computing waits for it. Memory is fixed: `kEntries` times input and output.
template <size_t InputBytes, size_t OutputBytes>
class ResultMemo {
  public:
    using Input = FixedBytes<InputBytes>;
    using Output = FixedBytes<OutputBytes>;

    /// `compute(input)`, or what it gave before. `compute` must not throw and must not use this
    /// memo.
    template <typename Compute>
    [[nodiscard]] Output result(const Input& input, const Compute& compute) {
        std::unique_lock lock{mutex_};
        Entry* entry = find(input);
        if (entry != nullptr) {
            finished_.wait(lock,
                           [&] { return entry->state == State::Known || entry->input != input; });
            // The entry may have gone to another input before this thread woke up.
            if (entry->input == input) return entry->output;
        }
        entry = claim(input);
        lock.unlock();
        const Output output = compute(input);
        if (entry == nullptr) return output;
        lock.lock();
        entry->output = output;
        entry->state = State::Known;
        lock.unlock();
        finished_.notify_all();
        return output;
    }

  private:
    static constexpr size_t kEntries = 16;
    enum class State { Free, Running, Known };
    struct Entry {
        State state = State::Free;
        Input input;
        Output output;
    };

    Entry* find(const Input& input) {
        for (Entry& entry : entries_)
            if (entry.state != State::Free && entry.input == input) return &entry;
        return nullptr;
    }

    /// The oldest entry that nobody is computing, marked as running; null when all are.
    Entry* claim(const Input& input) {
        for (size_t i = 0; i < kEntries; ++i) {
            Entry& entry = entries_[next_];
            next_ = (next_ + 1) % kEntries;
            if (entry.state == State::Running) continue;
            entry.state = State::Running;
            entry.input = input;
            return &entry;
        }
        return nullptr;
    }

    std::mutex mutex_;
    std::condition_variable finished_;
    std::array<Entry, kEntries> entries_;
    size_t next_ = 0;
};

}  // namespace switchyard::precompiles
