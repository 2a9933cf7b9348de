// SPDX-License-Identifier: Apache-2.0
// The controller as a whole, over its UART.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "firmware/controller/controller.hpp"
#include "tests/support/firmware_board.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::test {
namespace {

using Bytes = std::vector<uint8_t>;

struct Answer {
    mailbox::Header header{};
    Bytes payload;
    template <typename Payload>
    [[nodiscard]] Payload as() const {
        Payload out{};
        EXPECT_EQ(payload.size(), sizeof out);
        std::memcpy(&out, payload.data(), std::min(payload.size(), sizeof out));
        return out;
    }
};

class ControllerFixture : public testing::Test {
  protected:
    ControllerFixture() { start({mailbox::kSlotFactory, mailbox::kPowerOn, 7, 7, {0, 0}}); }

    void start(const fw::BootInfo& info) {
        controller = std::make_unique<fw::Controller>(
            fw::ControllerConfig{kTestLimits, kTestLayout, kTestRules}, info, serial, flash,
            sensors, kernel, system);
    }
    /// Boots what the flash holds, as the loader would.
    void reboot(mailbox::ResetReason reason) {
        const fw::BootDecision decision = boot(flash);
        start({decision.slot,
               reason,
               version_in(flash, decision.slot),
               7,
               {uint8_t{decision.rejected[0]}, uint8_t{decision.rejected[1]}}});
    }
    void run_ms(uint32_t ms) {
        for (uint32_t i = 0; i < ms; ++i) {
            ++system.time_ms;
            (void)controller->poll();
        }
    }
    void send(const Bytes& bytes) {
        serial.to_card.insert(serial.to_card.end(), bytes.begin(), bytes.end());
        for (int i = 0; i < 200 && (controller->poll() || !serial.to_card.empty()); ++i) {
        }
    }
    std::vector<Answer> answers() {
        std::vector<Answer> out;
        fw::FrameReader reader;
        for (const uint8_t byte : serial.from_card) {
            fw::Message message;
            if (!reader.take(byte, message)) continue;
            out.push_back({message.header,
                           Bytes(message.payload, message.payload + message.header.payload_bytes)});
        }
        EXPECT_EQ(reader.counters().bad + reader.counters().too_long, 0u);
        serial.from_card.clear();
        return out;
    }
    Answer ask(uint8_t code, const Bytes& payload = {}) {
        (void)answers();
        send(request_frame(++sequence, code, payload));
        for (const Answer& answer : answers()) {
            if (answer.header.kind != mailbox::kResponse) continue;
            EXPECT_EQ(answer.header.sequence, sequence);
            EXPECT_EQ(answer.header.code, code);
            return answer;
        }
        ADD_FAILURE() << "no answer";
        return {};
    }
    int status_of(uint8_t code, const Bytes& payload = {}) {
        return ask(code, payload).header.status;
    }

    int write(const Bytes& bytes) {
        mailbox::UpdateBegin begin{};
        begin.image_bytes = static_cast<uint32_t>(bytes.size());
        begin.image_crc = fw::crc32c(bytes.data(), bytes.size());
        int status = status_of(mailbox::kUpdateBegin, payload_of(begin));
        for (size_t at = 0; status == mailbox::kOk && at < bytes.size();) {
            const size_t size = std::min<size_t>(mailbox::kChunkBytesMax, bytes.size() - at);
            Bytes payload = payload_of(mailbox::UpdateChunk{static_cast<uint32_t>(at)});
            payload.insert(payload.end(), bytes.begin() + static_cast<ptrdiff_t>(at),
                           bytes.begin() + static_cast<ptrdiff_t>(at + size));
            status = status_of(mailbox::kUpdateChunk, payload);
            at += size;
        }
        return status == mailbox::kOk ? status_of(mailbox::kUpdateEnd) : status;
    }

    QueueSerial serial;
    MemoryFlash flash{kTestFlashBytes, kTestSector};
    SetSensors sensors;
    SetKernel kernel;
    SetSystem system;
    std::unique_ptr<fw::Controller> controller;
    uint16_t sequence = 100;
};

TEST_F(ControllerFixture, SaysHelloAndHowItIs) {
    run_ms(20);
    const auto events = answers();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].header.code, mailbox::kBooted);
    const auto hello = ask(mailbox::kHello, payload_of(mailbox::HelloRequest{0xdecafbad}))
                           .as<mailbox::HelloResponse>();
    EXPECT_EQ(hello.nonce, 0xdecafbadu);
    EXPECT_EQ(hello.board, image::kBoardVirt);
    EXPECT_EQ(hello.firmware_version, 7u);
    EXPECT_EQ(hello.slot, mailbox::kSlotFactory);
    const auto status = ask(mailbox::kGetStatus).as<mailbox::CardStatus>();
    EXPECT_EQ(status.state, mailbox::kRunning);
    EXPECT_EQ(status.temperature_mc, 45000);
    EXPECT_EQ(status.clock_mhz, 250);
    EXPECT_EQ(status.uptime_ms, 20u);
    EXPECT_EQ(status.frames_good, 2u);
}

TEST_F(ControllerFixture, ARepeatedRequestIsAnsweredAndNotDoneAgain) {
    const Bytes image_bytes = make_test_image(5);
    mailbox::UpdateBegin begin{static_cast<uint32_t>(image_bytes.size()),
                               fw::crc32c(image_bytes.data(), image_bytes.size())};
    ASSERT_EQ(status_of(mailbox::kUpdateBegin, payload_of(begin)), mailbox::kOk);
    Bytes payload = payload_of(mailbox::UpdateChunk{0});
    payload.insert(payload.end(), image_bytes.begin(), image_bytes.begin() + 100);
    const Bytes frame = request_frame(777, mailbox::kUpdateChunk, payload);
    send(frame);
    send(frame);
    send(frame);
    const auto same = answers();
    ASSERT_EQ(same.size(), 3u);
    for (const Answer& answer : same) {
        EXPECT_EQ(answer.header.status, mailbox::kOk);
        EXPECT_EQ(answer.as<mailbox::UpdateProgress>().next_offset, 100u);
    }
    // The same chunk under a sequence of its own is another request.
    EXPECT_EQ(status_of(mailbox::kUpdateChunk, payload), mailbox::kBadOffset);
    EXPECT_EQ(ask(mailbox::kGetStatus).as<mailbox::CardStatus>().requests_again, 2u);
}

TEST_F(ControllerFixture, ASessionDoesNotGetTheAnswersOfTheOneBefore) {
    const Bytes frame = request_frame(50, mailbox::kGetStatus);
    send(frame);
    run_ms(500);
    send(request_frame(50, mailbox::kHello, payload_of(mailbox::HelloRequest{1})));
    (void)answers();
    send(frame);
    const auto fresh = answers();
    ASSERT_EQ(fresh.size(), 1u);
    EXPECT_GE(fresh[0].as<mailbox::CardStatus>().uptime_ms, 500u);
}

TEST_F(ControllerFixture, RefusesWhatItDoesNotKnow) {
    EXPECT_EQ(status_of(0), mailbox::kUnknownCommand);
    EXPECT_EQ(status_of(13), mailbox::kUnknownCommand);
    EXPECT_EQ(status_of(255), mailbox::kUnknownCommand);
    for (uint8_t code = mailbox::kHello; code <= mailbox::kResume; ++code) {
        EXPECT_EQ(status_of(code, Bytes(3, 0)), mailbox::kBadPayload) << int{code};
    }
    EXPECT_EQ(system.resets, 0u);
    // Another version of the protocol, in a frame that is otherwise right.
    mailbox::Header header{};
    header.version = 9;
    header.kind = mailbox::kRequest;
    header.sequence = 3;
    header.code = mailbox::kGetStatus;
    Bytes message(sizeof header + 4);
    std::memcpy(message.data(), &header, sizeof header);
    const uint32_t crc = fw::crc32c(message.data(), sizeof header);
    std::memcpy(message.data() + sizeof header, &crc, 4);
    Bytes frame(abi::cobs_bytes_max(message.size()));
    frame.resize(abi::cobs_encode(message.data(), message.size(), frame.data()));
    frame.push_back(0);
    send(frame);
    const auto found = answers();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].header.status, mailbox::kBadVersion);
    EXPECT_EQ(found[0].header.version, mailbox::kProtocolVersion);
}

TEST_F(ControllerFixture, UpdatesTriesConfirmsAndFallsBack) {
    const uint32_t first = image::version(1, 0, 0);
    ASSERT_EQ(write(make_test_image(first)), mailbox::kOk);
    ASSERT_EQ(status_of(mailbox::kActivate, payload_of(mailbox::ActivateRequest{1000})),
              mailbox::kOk);
    ASSERT_EQ(status_of(mailbox::kReset), mailbox::kOk);
    ASSERT_EQ(system.resets, 1u);
    reboot(mailbox::kResetByHost);
    auto hello =
        ask(mailbox::kHello, payload_of(mailbox::HelloRequest{1})).as<mailbox::HelloResponse>();
    EXPECT_EQ(hello.slot, mailbox::kSlotA);
    EXPECT_EQ(hello.firmware_version, first);
    EXPECT_EQ(hello.on_trial, 1);
    ASSERT_EQ(status_of(mailbox::kConfirm), mailbox::kOk);

    // The next one is never confirmed: three boots, each ended by its own trial, then back.
    ASSERT_EQ(write(make_test_image(first + 1)), mailbox::kOk);
    ASSERT_EQ(status_of(mailbox::kActivate, payload_of(mailbox::ActivateRequest{1000})),
              mailbox::kOk);
    reboot(mailbox::kResetByHost);
    for (int trial = 0; trial < fw::kTrialBootsMax; ++trial) {
        const uint32_t resets = system.resets;
        run_ms(990);
        EXPECT_EQ(system.resets, resets);
        const auto report = ask(mailbox::kGetSlots).as<mailbox::SlotReport>();
        EXPECT_EQ(report.running, mailbox::kSlotB);
        EXPECT_EQ(report.boots, trial + 1);
        EXPECT_GT(report.trial_left_ms, 0u);
        run_ms(20);
        EXPECT_EQ(system.resets, resets + 1);
        EXPECT_EQ(system.last_reset, mailbox::kResetTrial);
        reboot(mailbox::kResetTrial);
    }
    run_ms(5);
    bool told = false;
    for (const Answer& answer : answers())
        told |= answer.header.code == mailbox::kSlotRejected;
    EXPECT_TRUE(told);
    const auto report = ask(mailbox::kGetSlots).as<mailbox::SlotReport>();
    EXPECT_EQ(report.running, mailbox::kSlotA);
    EXPECT_EQ(report.slots[1].state, mailbox::kRejected);
    EXPECT_EQ(report.slots[1].reason, mailbox::kRejectedNotConfirmed);
    EXPECT_EQ(report.slots[0].version, first);
    run_ms(5000);
    EXPECT_EQ(system.resets, 4u);
}

TEST_F(ControllerFixture, HaltsAndResumesByRequest) {
    run_ms(20);
    ASSERT_EQ(status_of(mailbox::kHalt), mailbox::kOk);
    run_ms(20);
    EXPECT_EQ(ask(mailbox::kGetStatus).as<mailbox::CardStatus>().state, mailbox::kHaltedState);
    EXPECT_EQ(kernel.clock_mhz, 0u);
    ASSERT_EQ(status_of(mailbox::kResume), mailbox::kOk);
    EXPECT_EQ(kernel.clock_mhz, 250u);
}

TEST_F(ControllerFixture, EventsThatDoNotFitAreCounted) {
    for (uint32_t i = 0; i < 100; ++i)
        controller->event(mailbox::kClockStep, i, 0);
    const auto status = ask(mailbox::kGetStatus).as<mailbox::CardStatus>();
    EXPECT_EQ(status.events_lost, 101u - 16u);
}

TEST_F(ControllerFixture, AnswersWithinAStormOfGarbage) {
    auto random = test_generator(31);
    for (int round = 0; round < 2000; ++round) {
        Bytes garbage(random() % 300);
        for (uint8_t& byte : garbage)
            byte = static_cast<uint8_t>(random());
        send(garbage);
        ASSERT_EQ(status_of(mailbox::kGetStatus), mailbox::kOk);
    }
    EXPECT_EQ(system.resets, 0u);
}

}  // namespace
}  // namespace switchyard::test
