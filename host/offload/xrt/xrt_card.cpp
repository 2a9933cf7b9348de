// SPDX-License-Identifier: Apache-2.0
// The Card over XRT: the same calls on a card and on the emulated device. The only file besides
// shim.cpp that calls XRT; its exceptions end here.
#include <ert.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "host/offload/xrt/emulation_xclbin.hpp"
#include "host/offload/xrt/guarded.hpp"
#include "host/offload/xrt/image_check.hpp"
#include "host/offload/xrt/shim.hpp"
#include "host/offload/xrt/sysfs_cards.hpp"
#include "host/offload/xrt/xrt_backends.hpp"

namespace switchyard::offload {
namespace {

enum Argument : int { kInput = 0, kOutput = 1, kInputWords = 2, kOutputWords = 3 };

/// Whole pages: XRT hands the size to aligned_alloc, which asks for a multiple of the alignment.
size_t buffer_bytes(uint32_t words) {
    constexpr size_t kPage = 4096;
    return (size_t{words} * sizeof(hls::Word) + kPage - 1) / kPage * kPage;
}

class XrtCard final : public Card {
  public:
    /// Throws what XRT throws. `emulated` is null on a card.
    XrtCard(xrt::device device, const xrt::xclbin& image, const CardShape& shape,
            std::shared_ptr<EmulatedDevice> emulated, std::string description)
        : device_(std::move(device)),
          kernel_(device_, device_.load_xclbin(image), std::string(kKernelName)),
          shape_(shape),
          emulated_(std::move(emulated)),
          description_(std::move(description)) {
        for (uint32_t s = 0; s < shape_.slots; ++s) {
            Slot& slot = slots_.emplace_back();
            slot.input = {device_, buffer_bytes(shape_.input_words), bank(kInput)};
            slot.output = {device_, buffer_bytes(shape_.output_words), bank(kOutput)};
            slot.host_input = {slot.input.map<hls::Word*>(), shape_.input_words};
            slot.host_output = {slot.output.map<hls::Word*>(), shape_.output_words};
            slot.run = xrt::run(kernel_);
            slot.run.set_arg(kInput, slot.input);
            slot.run.set_arg(kOutput, slot.output);
            if (emulated_) {
                // The noop shim gives every buffer the same address; the emulated device's own
                // addresses take the same way through XRT into the register map.
                slot.input_address = emulated_->allocate(shape_.input_words);
                slot.output_address = emulated_->allocate(shape_.output_words);
                slot.run.set_arg(kInput, slot.input_address);
                slot.run.set_arg(kOutput, slot.output_address);
            }
        }
    }

    ~XrtCard() override {
        if (emulated_)
            for (const Slot& slot : slots_) {
                if (slot.under_way) emulated_->cancel(slot.emulated_run);
                emulated_->release(slot.input_address);
                emulated_->release(slot.output_address);
            }
    }

    [[nodiscard]] std::string description() const override { return description_; }
    [[nodiscard]] CardShape shape() const override { return shape_; }
    [[nodiscard]] std::span<hls::Word> input(uint32_t slot) override {
        return slots_[slot].host_input;
    }
    [[nodiscard]] std::span<const hls::Word> output(uint32_t slot) override {
        return slots_[slot].host_output;
    }

    [[nodiscard]] Result<void> start(uint32_t index, uint32_t input_words,
                                     uint32_t output_words) override {
        return guarded(ErrorCode::Unavailable, "start of a run", [&]() -> Result<void> {
            Slot& slot = slots_[index];
            slot.output_words = output_words;
            slot.run.set_arg(kInputWords, input_words);
            slot.run.set_arg(kOutputWords, output_words);
            if (auto copied = sync_to_card(slot, input_words); !copied) return copied.error();
            slot.run.start();
            if (emulated_) slot.emulated_run = emulated_->start(register_map(slot.run));
            slot.under_way = true;
            return {};
        });
    }

    [[nodiscard]] bool ended(uint32_t index) override {
        // A state that cannot be read is for `finish` to report.
        try {
            const Slot& slot = slots_[index];
            return emulated_ ? emulated_->ended(slot.emulated_run) : !running(slot.run.state());
        } catch (...) {
            return true;
        }
    }

    [[nodiscard]] Result<void> finish(uint32_t index, Deadline deadline) override {
        return guarded(ErrorCode::Unavailable, "end of a run", [&]() -> Result<void> {
            Slot& slot = slots_[index];
            const RunState state = emulated_ ? emulated_->wait(slot.emulated_run, deadline)
                                             : wait_for(slot.run, deadline);
            if (state == RunState::TimedOut)
                return Error{ErrorCode::Timeout,
                             "the conflict detector's device did not answer in time"};
            slot.under_way = false;
            if (state == RunState::Error)
                return Error{ErrorCode::Unavailable,
                             "the conflict detector's device reports a failed run"};
            if (emulated_) (void)slot.run.wait();
            return sync_from_card(slot);
        });
    }

  private:
    struct Slot {
        xrt::bo input;
        xrt::bo output;
        std::span<hls::Word> host_input;  // the buffers as mapped into this process
        std::span<hls::Word> host_output;
        xrt::run run;
        uint32_t output_words = 0;
        bool under_way = false;
        uint64_t input_address = 0;  // these three: emulation only
        uint64_t output_address = 0;
        uint64_t emulated_run = 0;
    };

    /// The only ways between host and card memory. The shim's buffers are host memory, so that
    /// nothing but these copies reaches the emulated device, as nothing but a sync reaches a card.
    Result<void> sync_to_card(Slot& slot, uint32_t words) {
        slot.input.sync(XCL_BO_SYNC_BO_TO_DEVICE, words * sizeof(hls::Word), 0);
        if (emulated_ && !emulated_->write(slot.input_address, slot.host_input.first(words)))
            return memory_lost();
        return {};
    }
    Result<void> sync_from_card(Slot& slot) {
        slot.output.sync(XCL_BO_SYNC_BO_FROM_DEVICE, slot.output_words * sizeof(hls::Word), 0);
        if (emulated_ &&
            !emulated_->read(slot.output_address, slot.host_output.first(slot.output_words)))
            return memory_lost();
        return {};
    }
    static Error memory_lost() {
        return {ErrorCode::Unavailable,
                "the conflict detector's device has lost its memory in a reset"};
    }

    [[nodiscard]] xrt::memory_group bank(Argument argument) const {
        return static_cast<xrt::memory_group>(kernel_.group_id(argument));
    }

    /// The compute unit's registers as XRT encoded them in the run's command packet.
    static std::span<const uint32_t> register_map(const xrt::run& run) {
        const auto* packet = reinterpret_cast<const ert_start_kernel_cmd*>(run.get_ert_packet());
        const uint32_t masks = 1 + packet->extra_cu_masks;
        return {packet->data + packet->extra_cu_masks, packet->count - masks};
    }

    static RunState wait_for(const xrt::run& run, Deadline deadline) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        // XRT waits in whole milliseconds, and for ever when asked for 0.
        const ert_cmd_state state = left.count() > 0 ? run.wait(left) : run.state();
        if (state == ERT_CMD_STATE_COMPLETED) return RunState::Completed;
        return running(state) || state == ERT_CMD_STATE_TIMEOUT ? RunState::TimedOut
                                                                : RunState::Error;
    }

    static bool running(ert_cmd_state state) {
        return state == ERT_CMD_STATE_NEW || state == ERT_CMD_STATE_QUEUED ||
               state == ERT_CMD_STATE_SUBMITTED || state == ERT_CMD_STATE_RUNNING;
    }

    xrt::device device_;
    xrt::kernel kernel_;
    CardShape shape_;
    std::shared_ptr<EmulatedDevice> emulated_;
    std::string description_;
    std::vector<Slot> slots_;
};

}  // namespace

Result<std::unique_ptr<Card>> open_emulated_card(std::shared_ptr<EmulatedDevice> device,
                                                 const CardShape& shape) {
    if (auto loaded = load_shim(Shim::Emulation); !loaded) return loaded.error();
    if (!device->accept_open())
        return Error{ErrorCode::Unavailable, "the emulated device refuses to be opened"};
    using Opened = Result<std::unique_ptr<Card>>;
    return guarded(ErrorCode::Unavailable, "opening the emulated device", [&]() -> Opened {
        const xrt::xclbin image(make_emulation_xclbin());
        if (auto fits = check_kernel(image); !fits) return fits.error();
        return std::unique_ptr<Card>(
            std::make_unique<XrtCard>(xrt::device(0), image, shape, std::move(device),
                                      "the kernel's C++ on an emulated device behind XRT"));
    });
}

Result<std::unique_ptr<Card>> open_card(const std::string& xclbin_path, uint32_t device_index,
                                        const CardShape& shape) {
    if (std::string reason = reason_no_card(find_pci_cards()); !reason.empty())
        return Error{ErrorCode::Unavailable, std::move(reason)};
    if (xclbin_path.empty())
        return Error{ErrorCode::InvalidInput, "no image was given for the card (xclbin)"};
    if (auto loaded = load_shim(Shim::Card); !loaded) return loaded.error();
    using Opened = Result<std::unique_ptr<Card>>;
    return guarded(ErrorCode::Unavailable, "opening the card", [&]() -> Opened {
        const xrt::xclbin image(xclbin_path);
        if (auto fits = check_image(image, xclbin_path); !fits) return fits.error();
        xrt::device device(device_index);
        const std::string name = device.get_info<xrt::info::device::name>();
        return std::unique_ptr<Card>(
            std::make_unique<XrtCard>(std::move(device), image, shape, nullptr, name));
    });
}

}  // namespace switchyard::offload
