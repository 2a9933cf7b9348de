// SPDX-License-Identifier: Apache-2.0
#include "host/offload/controller/controller_client.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "host/core/checksum/crc32c.hpp"
#include "host/core/random.hpp"

namespace switchyard::controller {
namespace {

constexpr size_t kEventsMax = 64;

template <typename Struct>
Bytes bytes_of(const Struct& value) {
    Bytes bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

ErrorCode error_code_of(mailbox::StatusCode status) {
    switch (status) {
        case mailbox::kBadImage:
        case mailbox::kWrongBoard:
        case mailbox::kBadPayload:
        case mailbox::kWrongState:
            return ErrorCode::InvalidInput;
        case mailbox::kUnknownCommand:
            return ErrorCode::Unsupported;
        case mailbox::kBadVersion:
        case mailbox::kBadOffset:
            return ErrorCode::Mismatch;
        case mailbox::kFlashFault:
            return ErrorCode::Io;
        case mailbox::kTooHot:
            return ErrorCode::Unavailable;
        case mailbox::kNothingToTake:
            return ErrorCode::NotFound;
        case mailbox::kOk:
            break;
    }
    return ErrorCode::Internal;
}

std::string_view name_of(mailbox::Command command) {
    constexpr std::array<std::string_view, 13> kNames = {
        "?",        "hello",   "status",   "slots", "update", "update chunk", "update end",
        "activate", "confirm", "rollback", "reset", "halt",   "resume"};
    return command < kNames.size() ? kNames[command] : kNames[0];
}

uint32_t random_word() {
    // Where the system has no randomness, a nonce that repeats is still right with one client.
    std::array<uint8_t, 4> bytes{};
    (void)fill_random(bytes);
    uint32_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    return word;
}

}  // namespace

Result<std::unique_ptr<ControllerClient>> ControllerClient::connect(
    std::unique_ptr<Transport> transport, const ClientOptions& options) {
    std::unique_ptr<ControllerClient> client(new ControllerClient(std::move(transport), options));
    client->sequence_ = static_cast<uint16_t>(random_word());
    const auto hello = client->wait_for_boot(options.boot);
    if (!hello) return hello.error();
    if (hello->payload_bytes_max < mailbox::kPayloadBytesMax) {
        return Error{ErrorCode::Mismatch, "the controller takes smaller messages than this build"};
    }
    return client;
}

void ControllerClient::keep(const Frame& frame) {
    if (frame.payload.size() != sizeof(mailbox::Event)) return;
    ControllerEvent event;
    event.code = static_cast<mailbox::EventCode>(frame.header.code);
    std::memcpy(&event.event, frame.payload.data(), sizeof event.event);
    // A boot counts its events anew.
    if (event_sequence_ && event.code != mailbox::kBooted) {
        counters_.events_missed +=
            static_cast<uint16_t>(frame.header.sequence - *event_sequence_ - 1);
    }
    event_sequence_ = frame.header.sequence;
    if (events_.size() == kEventsMax) {
        events_.pop_front();
        ++counters_.events_dropped;
    }
    events_.push_back(event);
}

Result<std::optional<Frame>> ControllerClient::receive(std::optional<uint16_t> sequence,
                                                       Deadline until) {
    for (;;) {
        while (!received_.empty()) {
            const uint8_t byte = received_.front();
            received_.pop_front();
            auto frame = assembler_.take(byte);
            if (!frame) continue;
            if (frame->header.kind == mailbox::kEvent) {
                keep(*frame);
                if (!sequence) return std::optional<Frame>{};
            } else if (frame->header.kind == mailbox::kResponse && sequence &&
                       frame->header.sequence == *sequence) {
                return frame;
            } else {
                ++counters_.strays;
            }
        }
        std::array<uint8_t, 512> buffer;
        const auto size = transport_->read(buffer, until);
        if (!size) return size.error();
        if (*size == 0) return std::optional<Frame>{};
        received_.insert(received_.end(), buffer.begin(),
                         buffer.begin() + static_cast<ptrdiff_t>(*size));
    }
}

Result<Bytes> ControllerClient::request(mailbox::Command command, BytesView payload,
                                        std::chrono::milliseconds deadline) {
    const uint16_t sequence = ++sequence_;
    const Bytes frame = encode_request(sequence, command, payload);
    const Deadline end = Clock::now() + deadline;
    ++counters_.requests;
    for (uint32_t attempt = 0;; ++attempt) {
        if (attempt > 0) ++counters_.repeats;
        const auto sent = transport_->write(frame, end);
        if (!sent) return sent.error();
        auto response = receive(sequence, std::min(end, Clock::now() + options_.attempt));
        if (!response) return response.error();
        if (*response) {
            const auto status = static_cast<mailbox::StatusCode>((*response)->header.status);
            if (status == mailbox::kOk) return std::move((*response)->payload);
            return Error{error_code_of(status), "the controller refuses '" +
                                                    std::string(name_of(command)) +
                                                    "': " + std::string(to_string(status))};
        }
        if (Clock::now() >= end) {
            return Error{ErrorCode::Timeout, "the controller does not answer '" +
                                                 std::string(name_of(command)) + "' within " +
                                                 std::to_string(deadline.count()) + " ms"};
        }
    }
}

template <typename Answer>
Result<Answer> ControllerClient::ask(mailbox::Command command, BytesView payload) {
    const auto answer = request(command, payload, options_.deadline);
    if (!answer) return answer.error();
    if (answer->size() != sizeof(Answer)) {
        return Error{ErrorCode::Mismatch, "the controller's answer to '" +
                                              std::string(name_of(command)) +
                                              "' has another size than this build knows"};
    }
    Answer out;
    std::memcpy(&out, answer->data(), sizeof out);
    return out;
}

Result<void> ControllerClient::tell(mailbox::Command command, BytesView payload) {
    const auto answer = request(command, payload, options_.deadline);
    if (!answer) return answer.error();
    return {};
}

Result<mailbox::HelloResponse> ControllerClient::hello() {
    const mailbox::HelloRequest request{random_word()};
    const auto answer = ask<mailbox::HelloResponse>(mailbox::kHello, bytes_of(request));
    if (answer && answer->nonce != request.nonce) {
        return Error{ErrorCode::Mismatch, "the controller answers somebody else's hello"};
    }
    return answer;
}

Result<mailbox::HelloResponse> ControllerClient::wait_for_boot(std::chrono::milliseconds within) {
    const ClientOptions kept = options_;
    options_.deadline = within;
    options_.attempt = std::min(kept.attempt, std::chrono::milliseconds(100));
    auto answer = hello();
    options_ = kept;
    return answer;
}

Result<mailbox::CardStatus> ControllerClient::status() {
    return ask<mailbox::CardStatus>(mailbox::kGetStatus);
}

Result<mailbox::SlotReport> ControllerClient::slots() {
    return ask<mailbox::SlotReport>(mailbox::kGetSlots);
}

Result<void> ControllerClient::halt() {
    return tell(mailbox::kHalt);
}
Result<void> ControllerClient::resume() {
    return tell(mailbox::kResume);
}
Result<void> ControllerClient::confirm() {
    return tell(mailbox::kConfirm);
}
Result<void> ControllerClient::rollback() {
    return tell(mailbox::kRollback);
}

Result<mailbox::Slot> ControllerClient::write_image(
    BytesView image, const std::function<void(uint64_t, uint64_t)>& progress) {
    if (image.size() > abi::image::kHeaderBytes + abi::image::kBodyBytesMax) {
        return Error{ErrorCode::InvalidInput, "the image is larger than a slot"};
    }
    const mailbox::UpdateBegin begin{static_cast<uint32_t>(image.size()), crc32c(image)};
    auto state = ask<mailbox::UpdateProgress>(mailbox::kUpdateBegin, bytes_of(begin));
    if (!state) return state.error();
    for (size_t at = 0; at < image.size();) {
        const size_t size = std::min<size_t>(mailbox::kChunkBytesMax, image.size() - at);
        Bytes payload = bytes_of(mailbox::UpdateChunk{static_cast<uint32_t>(at)});
        const auto chunk = image.subspan(at, size);
        payload.insert(payload.end(), chunk.begin(), chunk.end());
        state = ask<mailbox::UpdateProgress>(mailbox::kUpdateChunk, payload);
        if (!state) return state.error();
        at += size;
        if (progress) progress(at, image.size());
    }
    state = ask<mailbox::UpdateProgress>(mailbox::kUpdateEnd);
    if (!state) return state.error();
    return static_cast<mailbox::Slot>(state->slot);
}

Result<void> ControllerClient::activate(std::chrono::milliseconds trial) {
    if (trial.count() < 1 || trial.count() > mailbox::kTrialMsMax) {
        return Error{ErrorCode::InvalidInput, "a trial takes 1 ms to 24 h"};
    }
    const mailbox::ActivateRequest request{static_cast<uint32_t>(trial.count())};
    return tell(mailbox::kActivate, bytes_of(request));
}

Result<mailbox::HelloResponse> ControllerClient::reset() {
    // Sent once: a repetition could reset the next boot, and so use up one of a trial's. Whether
    // it came through shows in the uptime of whoever answers afterwards.
    const Deadline end = Clock::now() + options_.boot;
    for (;;) {
        const auto sent_at = Clock::now();
        const uint16_t sequence = ++sequence_;
        ++counters_.requests;
        const auto sent = transport_->write(encode_request(sequence, mailbox::kReset, {}), end);
        if (!sent) return sent.error();
        const auto response = receive(sequence, std::min(end, sent_at + options_.attempt));
        if (!response) return response.error();
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
        const auto booted = wait_for_boot(std::max(left, std::chrono::milliseconds(1)));
        if (!booted) return booted.error();
        const auto now = status();
        if (!now) return now.error();
        // Two clocks in whole milliseconds may differ by one each.
        constexpr std::chrono::milliseconds kRounding{2};
        if (std::chrono::milliseconds(now->uptime_ms) <= Clock::now() - sent_at + kRounding) {
            return booted;
        }
        if (Clock::now() >= end) {
            return Error{ErrorCode::Timeout, "the controller answers, but does not reset"};
        }
    }
}

Result<std::optional<ControllerEvent>> ControllerClient::next_event(Deadline until) {
    if (events_.empty()) {
        const auto received = receive(std::nullopt, until);
        if (!received) return received.error();
    }
    if (events_.empty()) return std::optional<ControllerEvent>{};
    const ControllerEvent event = events_.front();
    events_.pop_front();
    return std::optional<ControllerEvent>(event);
}

Result<void> ControllerClient::send_raw(BytesView bytes) {
    return transport_->write(bytes, Clock::now() + options_.deadline);
}

ClientCounters ControllerClient::counters() const {
    ClientCounters counters = counters_;
    counters.damaged = assembler_.damaged();
    return counters;
}

}  // namespace switchyard::controller
