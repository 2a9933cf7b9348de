// SPDX-License-Identifier: Apache-2.0
// The card of the emulation backend: memory of its own, one compute unit that runs the kernel's
// C++, and the ways in which hardware fails. Knows nothing of XRT.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "hls/conflict_detector/conflict_detector.hpp"

namespace switchyard::offload {

/// What goes wrong with one run.
enum class DeviceFault : uint8_t {
    None,
    Hang,           ///< the run never ends
    ErrorState,     ///< the run ends in an error state
    NoWrite,        ///< the run ends, and the output buffer keeps what was in it
    WrongSequence,  ///< the result echoes another sequence
    CorruptRecord,  ///< one bit of a record is flipped
    CorruptHeader,  ///< one bit of the result header is flipped
    RandomOutput,   ///< the output buffer is noise
};

enum class RunState : uint8_t { Completed, Error, TimedOut };

/// Models what a host sees of a card: a buffer's content reaches the card only by `write` and comes
/// back only by `read`, runs execute one after another on a thread of the device, and a run that
/// uses an address outside the allocated memory ends in an error state. It is functional, no
/// performance model.
///
/// Thread-safe, but for one pair: the memory of a run that is under way must not be written or
/// read, as on a card.
class EmulatedDevice {
  public:
    EmulatedDevice();
    ~EmulatedDevice();
    EmulatedDevice(const EmulatedDevice&) = delete;
    EmulatedDevice& operator=(const EmulatedDevice&) = delete;

    /// Allocates card memory, filled with a pattern that is no valid result; returns its address.
    [[nodiscard]] uint64_t allocate(uint32_t words);
    /// Waits for the run under way, if any; one that starts later fails if it needs this memory.
    void release(uint64_t address);
    /// The two directions of a buffer synchronisation, from the start of an allocation.
    void write(uint64_t address, std::span<const hls::Word> words);
    void read(uint64_t address, std::span<hls::Word> words) const;

    /// Queues a run with the compute unit's register file (32-bit words, layout of firmware/abi);
    /// returns its number.
    uint64_t start(std::span<const uint32_t> registers);
    /// Waits for a run; each run may be waited for once, unless it timed out.
    [[nodiscard]] RunState wait(uint64_t run, std::chrono::steady_clock::time_point deadline);

    /// Lets the run `runs_ahead` starts from now (0: the next one) fail; `random` picks the bit or
    /// seeds the noise.
    void inject(DeviceFault fault, uint64_t runs_ahead = 0, uint64_t random = 0);

  private:
    struct Fault {
        DeviceFault kind = DeviceFault::None;
        uint64_t random = 0;
    };
    struct Run {
        uint64_t number = 0;
        std::vector<uint32_t> registers;
        Fault fault;
    };

    void work();
    [[nodiscard]] std::span<hls::Word> find(uint64_t address, uint32_t words);
    [[nodiscard]] RunState execute(const Run& run);
    static void spoil(const Fault& fault, std::span<hls::Word> output);

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::map<uint64_t, std::vector<hls::Word>> memory_;  // by address
    uint64_t next_address_;
    std::deque<Run> queue_;
    std::map<uint64_t, RunState> ended_;
    std::map<uint64_t, Fault> faults_;  // by run number
    uint64_t runs_started_ = 0;
    bool executing_ = false;
    bool stop_ = false;
    std::unique_ptr<hls::DetectorState> compute_unit_;  // touched by thread_ only
    std::thread thread_;
};

}  // namespace switchyard::offload
