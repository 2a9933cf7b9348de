// SPDX-License-Identifier: Apache-2.0
// A port in memory: gives the frames it was handed, and knows every buffer that is out.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "dataplane/port.hpp"
#include "dataplane/protocol/wire.hpp"

namespace switchyard::dataplane::test {

/// A loopback, unbounded unless `transmit_limit` says how many frames it may queue. Locked, so that
/// any thread may call: it stands for the device, not for the fast path.
class MemoryPort final : public Port {
  public:
    explicit MemoryPort(uint32_t buffers = 8'192) {
        info_ = {.name = "memory0",
                 .driver = "memory",
                 .buffers = buffers,
                 .frame_bytes = kFrameBytesMax};
    }
    ~MemoryPort() override { EXPECT_EQ(out_.size(), 0u) << "buffers never given back"; }

    void push(Bytes frame) {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(frame));
    }
    void end_input() {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    size_t transmit_limit = SIZE_MAX;

    size_t receive(uint16_t, std::span<Frame> out) override {
        const std::lock_guard lock(mutex_);
        size_t count = 0;
        while (count < out.size() && !queue_.empty()) {
            const uintptr_t handle = ++next_handle_;
            // An array of its own size, so that the address sanitizer sees reads past its end and
            // reads after it was given back.
            const size_t size = queue_.front().size();
            std::unique_ptr<uint8_t[]> buffer(new uint8_t[size]);
            std::copy(queue_.front().begin(), queue_.front().end(), buffer.get());
            out[count++] = {.bytes = {buffer.get(), size}, .buffer = handle};
            out_.emplace(handle, std::move(buffer));
            queue_.pop_front();
        }
        ended_ = ending_ && count == 0;
        return count;
    }
    void free_buffers(std::span<const uintptr_t> buffers) override {
        const std::lock_guard lock(mutex_);
        for (const uintptr_t handle : buffers)
            EXPECT_EQ(out_.erase(handle), 1u) << "given back twice";
    }
    size_t transmit(uint16_t, std::span<const BytesView> frames) override {
        const std::lock_guard lock(mutex_);
        size_t count = 0;
        for (const BytesView frame : frames) {
            if (queue_.size() >= transmit_limit || frame.empty() || frame.size() > kFrameBytesMax)
                break;
            queue_.push_back(to_bytes(frame));
            ++count;
        }
        return count;
    }
    [[nodiscard]] bool input_ended(uint16_t) const override {
        const std::lock_guard lock(mutex_);
        return ended_;
    }
    [[nodiscard]] const PortInfo& info() const override { return info_; }
    [[nodiscard]] PortCounters counters() const override { return {}; }
    [[nodiscard]] uint32_t buffers_in_use() const override {
        const std::lock_guard lock(mutex_);
        return static_cast<uint32_t>(out_.size());
    }

  private:
    mutable std::mutex mutex_;
    PortInfo info_;
    std::deque<Bytes> queue_;
    std::unordered_map<uintptr_t, std::unique_ptr<uint8_t[]>> out_;
    uintptr_t next_handle_ = 0;
    bool ending_ = false;
    bool ended_ = false;
};

}  // namespace switchyard::dataplane::test
