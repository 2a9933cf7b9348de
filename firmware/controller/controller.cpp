// SPDX-License-Identifier: Apache-2.0
#include "firmware/controller/controller.hpp"

#include <string.h>

namespace switchyard::firmware {

Controller::Controller(const ControllerConfig& config, const BootInfo& boot, SerialPort& serial,
                       Flash& flash, Sensors& sensors, Kernel& kernel, System& system)
    : config_(config),
      boot_(boot),
      serial_(serial),
      system_(system),
      started_ms_(system.now_ms()),
      guard_(config.guard, sensors, kernel, system, *this),
      slots_(flash, config.flash, config.image, boot.slot, boot.factory_version) {
    event(mailbox::kBooted, boot.slot, boot.reset_reason);
    for (uint32_t slot = 0; slot < mailbox::kUpdatableSlots; ++slot) {
        if (boot.rejected[slot] != mailbox::kNotRejected) {
            event(mailbox::kSlotRejected, slot, boot.rejected[slot]);
        }
    }
}

bool Controller::poll() {
    bool is_busy = false;
    for (int round = 0; round < 4; ++round) {
        uint8_t bytes[64];
        const size_t size = serial_.read(bytes, sizeof bytes);
        for (size_t i = 0; i < size; ++i) {
            Message message;
            if (reader_.take(bytes[i], message)) handle(message);
        }
        if (size > 0) is_busy = true;
        if (size < sizeof bytes) break;
    }
    guard_.poll(system_.now_ms());
    check_trial();
    send_one_event();
    return is_busy || events_size_ > 0;
}

void Controller::event(mailbox::EventCode code, uint32_t value0, uint32_t value1) {
    if (events_size_ == kEventsMax) {
        ++events_lost_;
        return;
    }
    QueuedEvent& entry = events_[(events_head_ + events_size_) % kEventsMax];
    entry.code = code;
    entry.event.uptime_ms = system_.now_ms() - started_ms_;
    entry.event.value0 = value0;
    entry.event.value1 = value1;
    ++events_size_;
}

void Controller::send_one_event() {
    if (events_size_ == 0) return;
    const QueuedEvent& entry = events_[events_head_];
    mailbox::Header header{};
    header.kind = mailbox::kEvent;
    header.sequence = event_sequence_++;
    header.code = entry.code;
    uint8_t frame[kFrameRoom];
    const size_t size =
        write_frame(header, &entry.event, static_cast<uint8_t>(sizeof entry.event), frame);
    serial_.write(frame, size);
    events_head_ = (events_head_ + 1) % kEventsMax;
    --events_size_;
}

void Controller::check_trial() {
    if (trial_expired_ || !slots_.is_on_trial()) return;
    if (system_.now_ms() - started_ms_ < slots_.trial_ms()) return;
    trial_expired_ = true;
    event(mailbox::kTrialExpired, slots_.running(), 0);
    for (uint32_t i = 0; i < kEventsMax; ++i)
        send_one_event();
    system_.reset(mailbox::kResetTrial);
}

void Controller::handle(const Message& message) {
    if (message.header.kind != mailbox::kRequest) return;
    const bool is_hello = message.header.code == mailbox::kHello;
    if (!is_hello && response_bytes_ != 0 && message.header.sequence == answered_sequence_ &&
        message.crc == answered_crc_) {
        ++requests_again_;
        serial_.write(response_, response_bytes_);
        return;
    }
    payload_bytes_ = 0;
    const mailbox::StatusCode status = message.header.version == mailbox::kProtocolVersion
                                           ? carry_out(message)
                                           : mailbox::kBadVersion;
    answered_sequence_ = message.header.sequence;
    answered_crc_ = message.crc;
    respond(message.header, status);
    if (reset_requested_) {
        reset_requested_ = false;
        system_.reset(mailbox::kResetByHost);
    }
}

void Controller::respond(const mailbox::Header& request, mailbox::StatusCode status) {
    mailbox::Header header{};
    header.kind = mailbox::kResponse;
    header.sequence = request.sequence;
    header.code = request.code;
    header.status = status;
    response_bytes_ = write_frame(header, payload_, payload_bytes_, response_);
    serial_.write(response_, response_bytes_);
}

template <typename Payload>
void Controller::answer_with(const Payload& payload) {
    static_assert(sizeof payload <= mailbox::kPayloadBytesMax, "fits a message");
    memcpy(payload_, &payload, sizeof payload);
    payload_bytes_ = static_cast<uint8_t>(sizeof payload);
}

mailbox::CardStatus Controller::card_status() const {
    mailbox::CardStatus status{};
    guard_.report(status);
    status.uptime_ms = system_.now_ms() - started_ms_;
    status.frames_good = reader_.counters().good;
    status.frames_bad = reader_.counters().bad;
    status.frames_long = reader_.counters().too_long;
    status.requests_again = requests_again_;
    status.events_lost = events_lost_;
    return status;
}

mailbox::StatusCode Controller::carry_out(const Message& message) {
    const uint32_t bytes = message.header.payload_bytes;
    switch (message.header.code) {
        case mailbox::kHello: {
            mailbox::HelloRequest request;
            if (bytes != sizeof request) return mailbox::kBadPayload;
            memcpy(&request, message.payload, sizeof request);
            mailbox::HelloResponse response{};
            response.nonce = request.nonce;
            response.board = config_.image.board;
            response.firmware_version = boot_.firmware_version;
            response.slot = boot_.slot;
            response.reset_reason = boot_.reset_reason;
            response.on_trial = slots_.is_on_trial() ? 1 : 0;
            response.payload_bytes_max = static_cast<uint8_t>(mailbox::kPayloadBytesMax);
            answer_with(response);
            return mailbox::kOk;
        }
        case mailbox::kGetStatus:
            if (bytes != 0) return mailbox::kBadPayload;
            answer_with(card_status());
            return mailbox::kOk;
        case mailbox::kGetSlots: {
            if (bytes != 0) return mailbox::kBadPayload;
            mailbox::SlotReport report{};
            slots_.report(report);
            if (slots_.is_on_trial()) {
                const uint32_t since = system_.now_ms() - started_ms_;
                report.trial_left_ms = since < slots_.trial_ms() ? slots_.trial_ms() - since : 0;
            }
            answer_with(report);
            return mailbox::kOk;
        }
        case mailbox::kReset:
            if (bytes != 0) return mailbox::kBadPayload;
            reset_requested_ = true;
            return mailbox::kOk;
        case mailbox::kHalt:
            if (bytes != 0) return mailbox::kBadPayload;
            guard_.halt(mailbox::kHaltByHost, system_.now_ms());
            return mailbox::kOk;
        case mailbox::kResume:
            return bytes != 0 ? mailbox::kBadPayload : guard_.resume();
        default:
            return carry_out_update(message);
    }
}

mailbox::StatusCode Controller::carry_out_update(const Message& message) {
    const uint32_t bytes = message.header.payload_bytes;
    mailbox::StatusCode status = mailbox::kOk;
    switch (message.header.code) {
        case mailbox::kUpdateBegin: {
            mailbox::UpdateBegin request;
            if (bytes != sizeof request) return mailbox::kBadPayload;
            memcpy(&request, message.payload, sizeof request);
            status = slots_.begin(request);
            break;
        }
        case mailbox::kUpdateChunk: {
            mailbox::UpdateChunk chunk;
            if (bytes < sizeof chunk + 4 || bytes % 4 != 0) return mailbox::kBadPayload;
            memcpy(&chunk, message.payload, sizeof chunk);
            status = slots_.chunk(chunk.offset, message.payload + sizeof chunk,
                                  bytes - uint32_t{sizeof chunk});
            break;
        }
        case mailbox::kUpdateEnd:
            if (bytes != 0) return mailbox::kBadPayload;
            status = slots_.end();
            break;
        case mailbox::kActivate: {
            mailbox::ActivateRequest request;
            if (bytes != sizeof request) return mailbox::kBadPayload;
            memcpy(&request, message.payload, sizeof request);
            return slots_.activate(request.trial_ms);
        }
        case mailbox::kConfirm:
            return bytes != 0 ? mailbox::kBadPayload : slots_.confirm();
        case mailbox::kRollback:
            return bytes != 0 ? mailbox::kBadPayload : slots_.rollback();
        default:
            return mailbox::kUnknownCommand;
    }
    answer_with(slots_.progress());
    return status;
}

}  // namespace switchyard::firmware
