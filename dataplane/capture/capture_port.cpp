// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/capture_port.hpp"

#include <chrono>
#include <utility>

#include "dataplane/capture/capture_writer.hpp"

namespace switchyard::dataplane {
namespace {

class CapturePort final : public Port {
  public:
    CapturePort(Port& port, CaptureWriter writer) : port_(port), writer_(std::move(writer)) {}

    [[nodiscard]] size_t receive(uint16_t queue, std::span<Frame> out) override {
        const size_t count = port_.receive(queue, out);
        if (count == 0) return 0;
        const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
            std::chrono::system_clock::now().time_since_epoch());
        for (size_t i = 0; i < count; ++i)
            writer_.write(out[i].bytes, static_cast<uint64_t>(now.count()));
        return count;
    }
    void free_buffers(std::span<const uintptr_t> buffers) override { port_.free_buffers(buffers); }
    [[nodiscard]] size_t transmit(uint16_t queue, std::span<const BytesView> frames) override {
        return port_.transmit(queue, frames);
    }
    [[nodiscard]] bool input_ended(uint16_t queue) const override {
        return port_.input_ended(queue);
    }
    [[nodiscard]] const PortInfo& info() const override { return port_.info(); }
    [[nodiscard]] PortCounters counters() const override { return port_.counters(); }
    [[nodiscard]] uint32_t buffers_in_use() const override { return port_.buffers_in_use(); }

  private:
    Port& port_;
    CaptureWriter writer_;
};

}  // namespace

Result<std::unique_ptr<Port>> record_port(Port& port, const std::string& path) {
    auto writer = CaptureWriter::create(path, port.info().name);
    if (!writer) return writer.error();
    return std::unique_ptr<Port>(std::make_unique<CapturePort>(port, std::move(*writer)));
}

}  // namespace switchyard::dataplane
