// SPDX-License-Identifier: Apache-2.0
#include "host/offload/xrt/emulated_device.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <thread>
#include <vector>

#include "host/core/assert.hpp"

namespace switchyard::offload {
namespace {

constexpr uint64_t kMemoryBase = 0x4000000000;
constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kUninitialised = 0xdeadc0dedeadc0de;
constexpr std::chrono::seconds kDelayMax{10};
/// How long a device that is left behind may take to notice it before its thread is abandoned.
constexpr std::chrono::seconds kGrace{1};

using Registers = std::array<uint32_t, abi::kRegisterFileBytes / 4>;
using Memory = std::shared_ptr<std::vector<hls::Word>>;

uint64_t register_64(const Registers& registers, uint32_t offset) {
    return registers[offset / 4] | uint64_t{registers[offset / 4 + 1]} << 32;
}

}  // namespace

/// One life of the device between two resets. Its thread shares ownership, so that one that cannot
/// be stopped does no harm.
class EmulatedDevice::Core {
  public:
    static std::shared_ptr<Core> begin() {
        auto core = std::make_shared<Core>();
        std::thread([core] { core->work(); }).detach();
        return core;
    }

    /// Ends every run in an error state and lets the thread go. Waits a bounded time for it.
    void abandon() {
        std::unique_lock lock(mutex_);
        abandoned_ = true;
        changed_.notify_all();
        (void)changed_.wait_for(lock, kGrace, [&] { return exited_; });
    }

    void allocate(uint64_t address, uint32_t words) {
        hls::Word pattern;
        std::ranges::fill(pattern.part, kUninitialised);
        auto memory = std::make_shared<std::vector<hls::Word>>(words, pattern);
        const std::lock_guard lock(mutex_);
        memory_.emplace(address, std::move(memory));
    }
    void release(uint64_t address) {
        const std::lock_guard lock(mutex_);
        memory_.erase(address);
    }
    [[nodiscard]] Memory find(uint64_t address, size_t words) {
        const std::lock_guard lock(mutex_);
        const auto found = memory_.find(address);
        return found == memory_.end() || words > found->second->size() ? nullptr : found->second;
    }

    void start(uint64_t number, const Registers& registers, const InjectedFault& fault) {
        const std::lock_guard lock(mutex_);
        const auto free = std::ranges::find(runs_, Phase::Free, &Run::phase);
        if (free == runs_.end()) return;
        *free = {number, Phase::Queued, RunState::Error, registers, fault};
        changed_.notify_all();
    }
    [[nodiscard]] RunState wait(uint64_t number, Deadline deadline) {
        std::unique_lock lock(mutex_);
        Run* const run = known(number);
        if (run == nullptr) return RunState::Error;
        const bool over = changed_.wait_until(
            lock, deadline, [&] { return abandoned_ || run->phase == Phase::Ended; });
        if (abandoned_) return RunState::Error;
        if (!over) return RunState::TimedOut;
        run->phase = Phase::Free;
        return run->state;
    }
    [[nodiscard]] bool ended(uint64_t number) {
        const std::lock_guard lock(mutex_);
        const Run* const run = known(number);
        return abandoned_ || run == nullptr || run->phase == Phase::Ended;
    }
    [[nodiscard]] Activity activity() {
        const std::lock_guard lock(mutex_);
        const bool busy = std::ranges::any_of(runs_, [](const Run& run) {
            return run.phase == Phase::Running || run.phase == Phase::Orphan;
        });
        return {busy, runs_ended_};
    }
    void cancel(uint64_t number) {
        const std::lock_guard lock(mutex_);
        Run* const run = known(number);
        if (run != nullptr) run->phase = run->phase == Phase::Running ? Phase::Orphan : Phase::Free;
    }

  private:
    enum class Phase : uint8_t { Free, Queued, Running, Orphan, Ended };
    struct Run {
        uint64_t number = 0;
        Phase phase = Phase::Free;
        RunState state = RunState::Error;
        Registers registers{};
        InjectedFault fault;
    };

    [[nodiscard]] Run* known(uint64_t number) {
        const auto found = std::ranges::find_if(runs_, [&](const Run& run) {
            return run.number == number && run.phase != Phase::Free && run.phase != Phase::Orphan;
        });
        return found == runs_.end() ? nullptr : &*found;
    }
    [[nodiscard]] Run* next_queued() {
        Run* oldest = nullptr;
        for (Run& run : runs_)
            if (run.phase == Phase::Queued && (oldest == nullptr || run.number < oldest->number))
                oldest = &run;
        return oldest;
    }

    void work() {
        std::unique_lock lock(mutex_);
        while (!abandoned_) {
            Run* const run = next_queued();
            if (run == nullptr) {
                changed_.wait(lock);
                continue;
            }
            run->phase = Phase::Running;
            const InjectedFault fault = run->fault;
            if (fault.kind == DeviceFault::Hang)
                // A compute unit that hangs blocks all that were queued behind it.
                changed_.wait(lock, [&] { return abandoned_; });
            if (fault.kind == DeviceFault::SlowAnswer)
                (void)changed_.wait_for(
                    lock,
                    std::min<std::chrono::microseconds>(
                        kDelayMax, std::chrono::microseconds(static_cast<int64_t>(
                                       std::min<uint64_t>(fault.random, UINT32_MAX)))),
                    [&] { return abandoned_; });
            if (abandoned_) break;
            const Registers registers = run->registers;
            lock.unlock();
            const RunState state = execute(registers, fault);
            lock.lock();
            run->state = state;
            run->phase = run->phase == Phase::Orphan ? Phase::Free : Phase::Ended;
            ++runs_ended_;
            changed_.notify_all();
        }
        exited_ = true;
        changed_.notify_all();
    }

    /// Holds on to the buffers, so that a run whose memory was released meanwhile ends as well.
    [[nodiscard]] RunState execute(const Registers& registers, const InjectedFault& fault) {
        const uint32_t input_words = registers[abi::kRegisterInputWords / 4];
        const uint32_t output_words = registers[abi::kRegisterOutputWords / 4];
        const Memory input = find(register_64(registers, abi::kRegisterInput), input_words);
        const Memory output = find(register_64(registers, abi::kRegisterOutput), output_words);
        if (input == nullptr || output == nullptr || input_words == 0 || output_words == 0 ||
            fault.kind == DeviceFault::ErrorState)
            return RunState::Error;
        if (fault.kind == DeviceFault::NoWrite) return RunState::Completed;
        hls::detect_conflicts(*compute_unit_, input->data(), output->data(), input_words,
                              output_words);
        spoil(fault, std::span(*output).first(output_words));
        return RunState::Completed;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<uint64_t, Memory> memory_;  // by address
    std::array<Run, kRunsMax> runs_{};
    uint32_t runs_ended_ = 0;
    bool abandoned_ = false;
    bool exited_ = false;
    // Touched by the thread only.
    std::unique_ptr<hls::DetectorState> compute_unit_ = std::make_unique<hls::DetectorState>();
};

EmulatedDevice::EmulatedDevice() : core_(Core::begin()), next_address_(kMemoryBase) {}

EmulatedDevice::~EmulatedDevice() {
    core_->abandon();
}

std::shared_ptr<EmulatedDevice::Core> EmulatedDevice::core() const {
    const std::lock_guard lock(mutex_);
    return core_;
}

bool EmulatedDevice::accept_open() {
    const std::lock_guard lock(mutex_);
    if (opens_to_refuse_ == 0) return true;
    --opens_to_refuse_;
    return false;
}

uint64_t EmulatedDevice::allocate(uint32_t words) {
    const std::lock_guard lock(mutex_);
    const uint64_t address = next_address_;
    // A free page after each allocation, so that an overrun hits no neighbour.
    next_address_ += (uint64_t{words} * abi::kWordBytes / kPageBytes + 2) * kPageBytes;
    core_->allocate(address, words);
    return address;
}

void EmulatedDevice::release(uint64_t address) {
    core()->release(address);
}

bool EmulatedDevice::write(uint64_t address, std::span<const hls::Word> words) {
    const Memory memory = core()->find(address, words.size());
    if (memory == nullptr) return false;
    std::ranges::copy(words, memory->begin());
    return true;
}

bool EmulatedDevice::read(uint64_t address, std::span<hls::Word> words) const {
    const Memory memory = core()->find(address, words.size());
    if (memory == nullptr) return false;
    std::copy_n(memory->begin(), words.size(), words.begin());
    return true;
}

InjectedFault EmulatedDevice::fault_of(uint64_t run) {
    if (const auto planned = faults_.find(run); planned != faults_.end()) {
        const InjectedFault fault = planned->second;
        faults_.erase(planned);
        return fault;
    }
    if (fault_one_in_ == 0 || dice_() % fault_one_in_ != 0) return {};
    const DeviceFault kind = kDeviceFaults[dice_() % kDeviceFaults.size()];
    const uint64_t random = dice_();
    return {kind, kind == DeviceFault::SlowAnswer ? random % 20'000 : random};
}

uint64_t EmulatedDevice::start(std::span<const uint32_t> registers) {
    Registers file{};
    std::copy_n(registers.begin(), std::min(registers.size(), file.size()), file.begin());
    const std::lock_guard lock(mutex_);
    const uint64_t number = runs_started_++;
    core_->start(number, file, fault_of(number));
    return number;
}

RunState EmulatedDevice::wait(uint64_t run, Deadline deadline) {
    return core()->wait(run, deadline);
}

bool EmulatedDevice::ended(uint64_t run) const {
    return core()->ended(run);
}

void EmulatedDevice::cancel(uint64_t run) {
    core()->cancel(run);
}

void EmulatedDevice::reset() {
    auto fresh = Core::begin();
    {
        const std::lock_guard lock(mutex_);
        core_.swap(fresh);
        runs_ended_before_ += fresh->activity().runs_ended;
        ++resets_;
    }
    fresh->abandon();
}

void EmulatedDevice::inject(DeviceFault fault, uint64_t runs_ahead, uint64_t random) {
    const std::lock_guard lock(mutex_);
    faults_[runs_started_ + runs_ahead] = {fault, random};
}

void EmulatedDevice::inject_randomly(uint32_t one_in, uint64_t seed) {
    const std::lock_guard lock(mutex_);
    fault_one_in_ = one_in;
    dice_.seed(seed);
}

void EmulatedDevice::refuse_opens(uint32_t count) {
    const std::lock_guard lock(mutex_);
    opens_to_refuse_ = count;
}

EmulatedDevice::Activity EmulatedDevice::activity() const {
    const std::lock_guard lock(mutex_);
    Activity out = core_->activity();
    out.runs_ended += runs_ended_before_;
    return out;
}

uint64_t EmulatedDevice::runs_started() const {
    const std::lock_guard lock(mutex_);
    return runs_started_;
}

uint64_t EmulatedDevice::resets() const {
    const std::lock_guard lock(mutex_);
    return resets_;
}

}  // namespace switchyard::offload
