// SPDX-License-Identifier: Apache-2.0
#include "host/offload/xrt/emulated_device.hpp"

#include <algorithm>
#include <random>

#include "host/core/assert.hpp"

namespace switchyard::offload {
namespace {

constexpr uint64_t kMemoryBase = 0x4000000000;
constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kUninitialised = 0xdeadc0dedeadc0de;

uint32_t register_32(std::span<const uint32_t> registers, uint32_t offset) {
    return offset / 4 < registers.size() ? registers[offset / 4] : 0;
}
uint64_t register_64(std::span<const uint32_t> registers, uint32_t offset) {
    return register_32(registers, offset) | uint64_t{register_32(registers, offset + 4)} << 32;
}

}  // namespace

EmulatedDevice::EmulatedDevice()
    : next_address_(kMemoryBase),
      compute_unit_(std::make_unique<hls::DetectorState>()),
      thread_([this] { work(); }) {}

EmulatedDevice::~EmulatedDevice() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

uint64_t EmulatedDevice::allocate(uint32_t words) {
    hls::Word pattern;
    std::ranges::fill(pattern.part, kUninitialised);
    const std::lock_guard lock(mutex_);
    const uint64_t address = next_address_;
    // A free page after each allocation, so that an overrun hits no neighbour.
    next_address_ += (uint64_t{words} * abi::kWordBytes / kPageBytes + 2) * kPageBytes;
    memory_.emplace(address, std::vector<hls::Word>(words, pattern));
    return address;
}

void EmulatedDevice::release(uint64_t address) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !executing_; });
    memory_.erase(address);
}

void EmulatedDevice::write(uint64_t address, std::span<const hls::Word> words) {
    const std::lock_guard lock(mutex_);
    const auto target = find(address, static_cast<uint32_t>(words.size()));
    SWITCHYARD_ASSERT(target.size() == words.size());
    std::ranges::copy(words, target.begin());
}

void EmulatedDevice::read(uint64_t address, std::span<hls::Word> words) const {
    const std::lock_guard lock(mutex_);
    const auto found = memory_.find(address);
    SWITCHYARD_ASSERT(found != memory_.end() && words.size() <= found->second.size());
    std::copy_n(found->second.begin(), words.size(), words.begin());
}

uint64_t EmulatedDevice::start(std::span<const uint32_t> registers) {
    const std::lock_guard lock(mutex_);
    const uint64_t number = runs_started_++;
    Fault fault;
    if (const auto planned = faults_.find(number); planned != faults_.end()) {
        fault = planned->second;
        faults_.erase(planned);
    }
    queue_.push_back({number, {registers.begin(), registers.end()}, fault});
    changed_.notify_all();
    return number;
}

RunState EmulatedDevice::wait(uint64_t run, std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    const bool ended = changed_.wait_until(lock, deadline, [&] { return ended_.contains(run); });
    if (!ended) return RunState::TimedOut;
    const RunState state = ended_.at(run);
    ended_.erase(run);
    return state;
}

void EmulatedDevice::inject(DeviceFault fault, uint64_t runs_ahead, uint64_t random) {
    const std::lock_guard lock(mutex_);
    faults_[runs_started_ + runs_ahead] = {fault, random};
}

void EmulatedDevice::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return stop_ || !queue_.empty(); });
        if (stop_) return;
        const Run run = std::move(queue_.front());
        queue_.pop_front();
        if (run.fault.kind == DeviceFault::Hang) {
            // A compute unit that hangs blocks all that were queued behind it.
            changed_.wait(lock, [&] { return stop_; });
            return;
        }
        executing_ = true;
        lock.unlock();
        const RunState state = execute(run);
        lock.lock();
        executing_ = false;
        ended_.emplace(run.number, state);
        changed_.notify_all();
    }
}

/// The memory at `address`, or nothing if `words` words from there were not allocated.
std::span<hls::Word> EmulatedDevice::find(uint64_t address, uint32_t words) {
    const auto found = memory_.find(address);
    if (found == memory_.end() || words > found->second.size()) return {};
    return {found->second.data(), words};
}

RunState EmulatedDevice::execute(const Run& run) {
    const uint32_t input_words = register_32(run.registers, abi::kRegisterInputWords);
    const uint32_t output_words = register_32(run.registers, abi::kRegisterOutputWords);
    std::span<hls::Word> input;
    std::span<hls::Word> output;
    {
        const std::lock_guard lock(mutex_);
        input = find(register_64(run.registers, abi::kRegisterInput), input_words);
        output = find(register_64(run.registers, abi::kRegisterOutput), output_words);
    }
    if (input.empty() || output.empty() || run.fault.kind == DeviceFault::ErrorState)
        return RunState::Error;
    if (run.fault.kind == DeviceFault::NoWrite) return RunState::Completed;
    hls::detect_conflicts(*compute_unit_, input.data(), output.data(), input_words, output_words);
    spoil(run.fault, output);
    return RunState::Completed;
}

void EmulatedDevice::spoil(const Fault& fault, std::span<hls::Word> output) {
    const auto flip = [&](hls::Word& word) {
        word.part[fault.random / 64 % 8] ^= uint64_t{1} << fault.random % 64;
    };
    switch (fault.kind) {
        case DeviceFault::WrongSequence:
            output[0].part[2] += 1;
            break;
        case DeviceFault::CorruptRecord:
            flip(output[output.size() == 1 ? 0 : 1 + fault.random / 512 % (output.size() - 1)]);
            break;
        case DeviceFault::CorruptHeader:
            flip(output[0]);
            break;
        case DeviceFault::RandomOutput: {
            std::mt19937_64 noise(fault.random);
            for (hls::Word& word : output)
                std::ranges::generate(word.part, noise);
            break;
        }
        case DeviceFault::None:
        case DeviceFault::Hang:
        case DeviceFault::ErrorState:
        case DeviceFault::NoWrite:
            break;
    }
}

}  // namespace switchyard::offload
