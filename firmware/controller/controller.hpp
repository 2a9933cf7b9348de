// SPDX-License-Identifier: Apache-2.0
// The management controller: answers the mailbox, guards the card, looks after its own firmware.
#pragma once

#include <stdint.h>

#include "firmware/controller/boot/slot_update.hpp"
#include "firmware/controller/core/frame_reader.hpp"
#include "firmware/controller/core/guard.hpp"

namespace switchyard::firmware {

struct ControllerConfig {
    GuardLimits guard;
    FlashLayout flash;
    ImageRules image;
};

/// What the loader found at this boot.
struct BootInfo {
    mailbox::Slot slot;
    mailbox::ResetReason reset_reason;
    uint32_t firmware_version;
    uint32_t factory_version;
    uint8_t rejected[mailbox::kUpdatableSlots];  // RejectReason of a slot given up at this boot
};

/// One loop, no interrupt needed, no heap: call `poll` again and again from one thread. All memory
/// is in the object: a frame in, a frame out, 16 events. A request that is repeated bit for bit
/// under the same sequence is answered again and not carried out again.
class Controller final : public EventSink {
  public:
    Controller(const ControllerConfig& config, const BootInfo& boot, SerialPort& serial,
               Flash& flash, Sensors& sensors, Kernel& kernel, System& system);

    /// Handles what has arrived, up to 256 bytes, then looks after the card. Returns true if there
    /// may be more to do at once; false: sleep until a byte or a millisecond comes.
    bool poll();
    void event(mailbox::EventCode code, uint32_t value0, uint32_t value1) override;
    [[nodiscard]] const Guard& guard() const { return guard_; }
    [[nodiscard]] const SlotUpdate& slots() const { return slots_; }

  private:
    static constexpr uint32_t kEventsMax = 16;
    struct QueuedEvent {
        uint8_t code;
        mailbox::Event event;
    };

    void handle(const Message& message);
    [[nodiscard]] mailbox::StatusCode carry_out(const Message& message);
    [[nodiscard]] mailbox::StatusCode carry_out_update(const Message& message);
    void respond(const mailbox::Header& request, mailbox::StatusCode status);
    void send_one_event();
    void check_trial();
    [[nodiscard]] mailbox::CardStatus card_status() const;
    template <typename Payload>
    void answer_with(const Payload& payload);

    ControllerConfig config_;
    BootInfo boot_;
    SerialPort& serial_;
    System& system_;
    uint32_t started_ms_;
    FrameReader reader_;
    Guard guard_;
    SlotUpdate slots_;

    uint8_t payload_[mailbox::kPayloadBytesMax] = {};
    uint8_t payload_bytes_ = 0;
    uint8_t response_[kFrameRoom] = {};
    size_t response_bytes_ = 0;  // 0: no request yet in this session
    uint32_t answered_crc_ = 0;
    uint16_t answered_sequence_ = 0;
    uint32_t requests_again_ = 0;
    bool reset_requested_ = false;
    bool trial_expired_ = false;

    QueuedEvent events_[kEventsMax] = {};
    uint32_t events_head_ = 0;
    uint32_t events_size_ = 0;
    uint32_t events_lost_ = 0;
    uint16_t event_sequence_ = 0;
};

}  // namespace switchyard::firmware
