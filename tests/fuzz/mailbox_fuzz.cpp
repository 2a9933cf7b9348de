// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to the management controller: bytes on its UART, as they are and in frames
// whose checks are right, between changes of the card, resets and power cuts. Any input is a story
// of steps of one byte and what that step needs.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "host/offload/controller/frames.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/firmware_board.hpp"

namespace switchyard::fuzz {
namespace {

namespace fw = firmware;
namespace mailbox = abi::mailbox;
using test::kTestLayout;

constexpr size_t kStepsMax = 200;

/// What is left of the input; zeros after its end.
class Input {
  public:
    explicit Input(BytesView bytes) : bytes_(bytes) {}
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    uint8_t byte() {
        if (bytes_.empty()) return 0;
        const uint8_t out = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return out;
    }
    uint32_t word() {
        uint32_t out = 0;
        for (int i = 0; i < 4; ++i)
            out = out << 8 | byte();
        return out;
    }
    BytesView take(size_t size) {
        const auto out = bytes_.first(std::min(size, bytes_.size()));
        bytes_ = bytes_.subspan(out.size());
        return out;
    }

  private:
    BytesView bytes_;
};

class Story {
  public:
    Story() { power_on(mailbox::kPowerOn); }

    void step(Input& input) {
        switch (input.byte() % 10) {
            case 0:
                send(input.take(input.byte()));
                break;
            case 1: {
                const uint8_t code = input.byte();
                const uint16_t sequence = input.byte();
                const auto payload = input.take(input.byte() % (mailbox::kPayloadBytesMax + 1));
                send(test::request_frame(sequence, code, {payload.begin(), payload.end()}));
                break;
            }
            case 2:
                pass(input.byte() * 8u);
                break;
            case 3:
                sensors_.readings.temperature_mc = static_cast<int8_t>(input.byte()) * 1000;
                sensors_.readings.power_mw = input.byte() * 400u;
                break;
            case 4:
                kernel_.now.heartbeat = input.byte();
                kernel_.now.busy = (kernel_.now.heartbeat & 1) != 0;
                break;
            case 5:
                sensors_.present = (input.byte() & 1) != 0;
                sensors_.readings.voltage_mv = 700u + input.byte();
                break;
            case 6:
                power_on(mailbox::kPowerOn);
                break;
            case 7:
                flash_.cut_after(input.byte() * 4u, input.byte());
                break;
            case 8:
                update(input);
                break;
            default:
                ask(mailbox::kActivate, test::payload_of(mailbox::ActivateRequest{input.word()}));
        }
    }

  private:
    /// As the loader and the entry point do; whatever was written, what boots is whole.
    void power_on(mailbox::ResetReason reason) {
        flash_.restore_power();
        if (reason == mailbox::kPowerOn) system_.halt = mailbox::kNotHalted;
        serial_.to_card.clear();
        const fw::BootDecision decision = test::boot(flash_);
        running_.clear();
        if (decision.slot != mailbox::kSlotFactory) {
            const uint32_t offset = kTestLayout.slot_offset[decision.slot];
            abi::image::ImageHeader header;
            require(
                fw::check_image(flash_, offset, test::kTestRules, header) == mailbox::kNotRejected,
                "an image that is not whole was booted");
            running_at_ = offset;
            const auto begin = flash_.bytes().begin() + offset;
            running_.assign(begin, begin + kTestLayout.slot_bytes);
        }
        controller_ = std::make_unique<fw::Controller>(
            fw::ControllerConfig{test::kTestLimits, kTestLayout, test::kTestRules},
            fw::BootInfo{decision.slot, reason, 0, 0, {0, 0}}, serial_, flash_, sensors_, kernel_,
            system_);
        resets_ = system_.resets;
        from_card_ = controller::FrameAssembler();
        card_shadow_ = fw::FrameReader();
        host_shadow_ = controller::FrameAssembler();
    }

    void send(BytesView bytes) {
        count_frames(bytes);
        serial_.to_card.insert(serial_.to_card.end(), bytes.begin(), bytes.end());
        poll();
    }

    /// The host's reader takes exactly what the card's takes: two implementations, one protocol.
    void count_frames(BytesView bytes) {
        for (const uint8_t byte : bytes) {
            fw::Message message;
            const bool card = card_shadow_.take(byte, message);
            const auto host = host_shadow_.take(byte);
            require(card == host.has_value(), "card and host disagree on a frame");
            if (!card) continue;
            require(std::memcmp(&message.header, &host->header, sizeof message.header) == 0 &&
                        std::equal(host->payload.begin(), host->payload.end(), message.payload),
                    "card and host read different messages");
            if (message.header.kind == mailbox::kRequest) ++requests_;
        }
    }

    void poll() {
        try {
            for (int i = 0; i < 40 && (controller_->poll() || !serial_.to_card.empty()); ++i) {
                check();
                if (system_.resets != resets_) power_on(system_.last_reset);
            }
        } catch (const test::PowerCut&) {
            power_on(mailbox::kPowerOn);
        }
        check();
        if (system_.resets != resets_) power_on(system_.last_reset);
    }

    void pass(uint32_t ms) {
        for (uint32_t i = 0; i < ms; i += 5) {
            system_.time_ms += 5;
            poll();
        }
    }

    void check() {
        // What the card says is in whole frames, and there is one response per request at most.
        for (const uint8_t byte : serial_.from_card) {
            const auto frame = from_card_.take(byte);
            if (frame && frame->header.kind == mailbox::kResponse) ++responses_;
        }
        serial_.from_card.clear();
        require(from_card_.damaged() == 0, "the card sent a damaged frame");
        require(responses_ <= requests_, "more responses than requests");
        require(std::equal(running_.begin(), running_.end(), flash_.bytes().begin() + running_at_),
                "the slot of the running firmware was changed");
        const auto state = controller_->guard().state();
        if (state == mailbox::kHaltedState) {
            require(kernel_.held && kernel_.clock_mhz == 0, "halted, and the kernel may run");
        } else if (state == mailbox::kRunning) {
            require(!kernel_.held && kernel_.clock_mhz != 0, "running, and the kernel may not");
        } else {
            require(kernel_.held, "the kernel is let go too early");
        }
    }

    void ask(uint8_t code, const std::vector<uint8_t>& payload = {}) {
        send(test::request_frame(++sequence_, code, payload));
    }

    /// A whole update, with one byte changed if the input says so.
    void update(Input& input) {
        auto bytes = test::make_test_image(input.byte(), 4 + input.byte() * 4u);
        const uint32_t at = input.byte() * 7u;
        if (at != 0 && at < bytes.size()) bytes[at] ^= 1;
        mailbox::UpdateBegin begin{static_cast<uint32_t>(bytes.size()),
                                   fw::crc32c(bytes.data(), bytes.size())};
        ask(mailbox::kUpdateBegin, test::payload_of(begin));
        for (uint32_t offset = 0; offset < bytes.size();) {
            const uint32_t size = std::min(mailbox::kChunkBytesMax, begin.image_bytes - offset);
            auto payload = test::payload_of(mailbox::UpdateChunk{offset});
            payload.insert(payload.end(), bytes.begin() + offset, bytes.begin() + offset + size);
            ask(mailbox::kUpdateChunk, payload);
            offset += size;
        }
        ask(mailbox::kUpdateEnd);
    }

    test::QueueSerial serial_;
    test::MemoryFlash flash_{test::kTestFlashBytes, test::kTestSector};
    test::SetSensors sensors_;
    test::SetKernel kernel_;
    test::SetSystem system_;
    std::unique_ptr<fw::Controller> controller_;
    uint32_t resets_ = 0;
    std::vector<uint8_t> running_;  // the slot of the running firmware, as it was at its boot
    uint32_t running_at_ = 0;
    fw::FrameReader card_shadow_;
    controller::FrameAssembler host_shadow_;
    controller::FrameAssembler from_card_;
    uint64_t requests_ = 0;
    uint64_t responses_ = 0;
    uint16_t sequence_ = 1000;
};

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    switchyard::fuzz::Input input({data, size});
    switchyard::fuzz::Story story;
    for (size_t step = 0; step < switchyard::fuzz::kStepsMax && !input.empty(); ++step)
        story.step(input);
    return 0;
}
