// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/replay_port.hpp"

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "dataplane/capture/capture_reader.hpp"
#include "dataplane/capture/replay_schedule.hpp"
#include "dataplane/receive/counter.hpp"
#include "host/core/assert.hpp"

namespace switchyard::dataplane {
namespace {

constexpr uint32_t kBuffersMax = 1u << 20;

class FileReplay final : public ReplayPort {
  public:
    FileReplay(CaptureReader reader, const ReplayConfig& config)
        : reader_(std::move(reader)),
          schedule_(config.speed),
          clock_(config.clock),
          memory_(size_t{config.buffers} * kFrameBytesMax),
          in_use_(config.buffers) {
        info_.name = config.path;
        info_.driver = reader_.pcapng() ? "pcapng file" : "pcap file";
        info_.buffers = config.buffers;
        info_.frame_bytes = kFrameBytesMax;
    }

    [[nodiscard]] size_t receive(uint16_t, std::span<Frame> out) override {
        size_t count = 0;
        while (count < out.size() && !input_ended(0)) {
            if (!next_ && !read_next()) break;
            const uint64_t now_ns = clock_();
            if (schedule_.due_ns(next_->time_ns, now_ns) > now_ns) break;
            const std::optional<size_t> buffer = take_buffer();
            if (!buffer) break;
            uint8_t* const to = memory_.data() + *buffer * kFrameBytesMax;
            std::memcpy(to, next_->bytes.data(), next_->bytes.size());
            out[count++] = {.bytes = {to, next_->bytes.size()}, .buffer = *buffer};
            received_.frames.add(1);
            received_.bytes.add(next_->bytes.size());
            next_.reset();
        }
        return count;
    }

    void free_buffers(std::span<const uintptr_t> buffers) override {
        for (const uintptr_t buffer : buffers) {
            // Pairs with the acquire of `take_buffer`: what was read of it was read before.
            const bool was = in_use_[buffer].exchange(false, std::memory_order_release);
            SWITCHYARD_ASSERT(was);
        }
        used_.fetch_sub(static_cast<uint32_t>(buffers.size()), std::memory_order_relaxed);
    }

    [[nodiscard]] size_t transmit(uint16_t, std::span<const BytesView> frames) override {
        for (const BytesView frame : frames)
            transmitted_.add(frame.size());
        return frames.size();
    }

    [[nodiscard]] bool input_ended(uint16_t) const override {
        return ended_.load(std::memory_order_acquire);
    }
    [[nodiscard]] const PortInfo& info() const override { return info_; }
    [[nodiscard]] PortCounters counters() const override {
        PortCounters out;
        out.received_frames = received_.frames.value();
        out.received_bytes = received_.bytes.value();
        out.transmitted_frames = transmitted_.frames.value();
        out.transmitted_bytes = transmitted_.bytes.value();
        out.segmented_dropped = too_large_.value();
        return out;
    }
    [[nodiscard]] uint32_t buffers_in_use() const override {
        return used_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] Result<void> finish() const override { return outcome_; }

  private:
    /// Reads up to the next frame that fits a buffer; false when there is none.
    bool read_next() {
        for (;;) {
            auto frame = reader_.next();
            if (!frame || !*frame) {
                if (!frame) outcome_ = frame.error();
                ended_.store(true, std::memory_order_release);
                return false;
            }
            if ((*frame)->bytes.size() <= kFrameBytesMax && !(*frame)->bytes.empty()) {
                next_ = **frame;
                return true;
            }
            too_large_.add(1);
        }
    }

    /// In turns, as buffers come back roughly in the order that they went.
    std::optional<size_t> take_buffer() {
        for (size_t tried = 0; tried < in_use_.size(); ++tried) {
            const size_t buffer = turn_;
            turn_ = turn_ + 1 == in_use_.size() ? 0 : turn_ + 1;
            if (in_use_[buffer].load(std::memory_order_acquire)) continue;
            in_use_[buffer].store(true, std::memory_order_relaxed);
            used_.fetch_add(1, std::memory_order_relaxed);
            return buffer;
        }
        return std::nullopt;
    }

    CaptureReader reader_;
    ReplaySchedule schedule_;
    ReplayClock clock_;
    Bytes memory_;
    std::vector<std::atomic<bool>> in_use_;
    std::atomic<uint32_t> used_{0};
    size_t turn_ = 0;
    std::optional<CapturedFrame> next_;  // read, and not due yet
    PortInfo info_;
    Result<void> outcome_;
    std::atomic<bool> ended_{false};
    FrameCounter received_;
    FrameCounter transmitted_;
    Counter too_large_;
};

}  // namespace

uint64_t steady_clock_ns() {
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                     std::chrono::steady_clock::now().time_since_epoch())
                                     .count());
}

Result<std::unique_ptr<ReplayPort>> replay_port(const ReplayConfig& config) {
    if (!std::isfinite(config.speed) || config.speed < 0)
        return Error{ErrorCode::InvalidInput,
                     "replay: the speed is 0 (as fast as possible) or a positive number"};
    if (config.buffers == 0 || config.buffers > kBuffersMax)
        return Error{ErrorCode::InvalidInput, "replay: buffers takes 1 to 1,048,576"};
    auto reader = CaptureReader::open(config.path);
    if (!reader) return reader.error();
    return std::unique_ptr<ReplayPort>(std::make_unique<FileReplay>(std::move(*reader), config));
}

}  // namespace switchyard::dataplane
