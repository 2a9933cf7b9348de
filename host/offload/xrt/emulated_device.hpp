// SPDX-License-Identifier: Apache-2.0
// The card of the emulation backend: memory of its own, one compute unit that runs the kernel's
// C++, and the ways in which hardware fails. Knows nothing of XRT.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <span>

#include "hls/conflict_detector/conflict_detector.hpp"
#include "host/offload/xrt/device_fault.hpp"

namespace switchyard::offload {

enum class RunState : uint8_t { Completed, Error, TimedOut };

/// Models what a host sees of a card: a buffer's content reaches the card only by `write` and comes
/// back only by `read`, runs execute one after another on a thread of the device, and a run that
/// uses an address outside the allocated memory ends in an error state. It is functional, no
/// performance model.
///
/// At most kRunsMax runs are known at a time, from `start` to the `wait` that sees their end or
/// `cancel`; one more ends in an error state. `start`, `wait`, `write` and `read` allocate nothing.
///
/// Thread-safe, but for one pair: the memory of a run that is under way must not be written or
/// read, as on a card.
class EmulatedDevice {
  public:
    using Deadline = std::chrono::steady_clock::time_point;
    static constexpr uint32_t kRunsMax = 64;

    EmulatedDevice();
    /// Returns within about a second whatever the compute unit does.
    ~EmulatedDevice();
    EmulatedDevice(const EmulatedDevice&) = delete;
    EmulatedDevice& operator=(const EmulatedDevice&) = delete;

    /// Whether the device may be opened: false as often as `refuse_opens` said.
    [[nodiscard]] bool accept_open();

    /// Allocates card memory, filled with a pattern that is no valid result; returns its address,
    /// which no other allocation of this device gets again.
    [[nodiscard]] uint64_t allocate(uint32_t words);
    /// A run that starts later fails if it needs this memory.
    void release(uint64_t address);
    /// The two directions of a buffer synchronisation, from the start of an allocation. False if
    /// the memory is not there: released, or lost in a reset.
    [[nodiscard]] bool write(uint64_t address, std::span<const hls::Word> words);
    [[nodiscard]] bool read(uint64_t address, std::span<hls::Word> words) const;

    /// Queues a run with the compute unit's register file (32-bit words, layout of firmware/abi);
    /// returns its number.
    uint64_t start(std::span<const uint32_t> registers);
    /// Waits for a run until `deadline`. A run is known until this has told its end once; of an
    /// unknown one the answer is Error.
    [[nodiscard]] RunState wait(uint64_t run, Deadline deadline);
    /// Whether `wait` would return at once.
    [[nodiscard]] bool ended(uint64_t run) const;
    /// Nobody will wait for this run: it is not begun if it has not been, and its end not kept.
    void cancel(uint64_t run);

    /// Ends all runs in an error state, forgets all memory and begins with a fresh compute unit. A
    /// run that hangs is left behind: its thread ends by itself or is abandoned, and touches only
    /// what nobody else sees any more.
    void reset();

    /// Lets the run `runs_ahead` starts from now (0: the next one) fail; see InjectedFault for
    /// `random`. Outlives a reset.
    void inject(DeviceFault fault, uint64_t runs_ahead = 0, uint64_t random = 0);
    /// Lets every run fail with probability 1 / `one_in` (0: none), each kind alike; delays are up
    /// to 20 ms. Outlives a reset.
    void inject_randomly(uint32_t one_in, uint64_t seed);
    /// Lets the next `count` calls of `accept_open` fail.
    void refuse_opens(uint32_t count);

    /// What a card's idle bit and heartbeat say: whether a run is under way, and how many have
    /// ended, modulo 2^32.
    struct Activity {
        bool busy = false;
        uint32_t runs_ended = 0;
    };
    [[nodiscard]] Activity activity() const;
    [[nodiscard]] uint64_t runs_started() const;
    [[nodiscard]] uint64_t resets() const;

  private:
    class Core;

    [[nodiscard]] std::shared_ptr<Core> core() const;
    [[nodiscard]] InjectedFault fault_of(uint64_t run);

    mutable std::mutex mutex_;
    std::shared_ptr<Core> core_;
    uint64_t next_address_;
    std::map<uint64_t, InjectedFault> faults_;  // by run number
    uint32_t fault_one_in_ = 0;
    std::mt19937_64 dice_;
    uint32_t opens_to_refuse_ = 0;
    uint64_t runs_started_ = 0;
    uint64_t resets_ = 0;
    uint32_t runs_ended_before_ = 0;  // the last reset
};

}  // namespace switchyard::offload
