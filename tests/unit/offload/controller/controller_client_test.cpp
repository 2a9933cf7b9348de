// SPDX-License-Identifier: Apache-2.0
// The client against the controller's own code, over lines that fail.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "host/offload/controller/controller_client.hpp"
#include "tests/unit/offload/controller/card_line.hpp"

namespace switchyard::test {
namespace {

using namespace std::chrono_literals;
using controller::ControllerClient;
using testing::HasSubstr;

controller::ClientOptions quick_options() {
    controller::ClientOptions options;
    options.attempt = 2ms;  // of a line in this process; a fault costs one attempt
    options.deadline = 60s;
    options.boot = 60s;
    return options;
}

std::unique_ptr<ControllerClient> connect(CardInProcess& card, const LineFaults& faults = {},
                                          uint64_t salt = 1) {
    auto client =
        ControllerClient::connect(std::make_unique<CardLine>(card, faults, salt), quick_options());
    EXPECT_TRUE(client.has_value()) << client.error().message;
    return client ? *std::move(client) : nullptr;
}

TEST(ControllerClient, AsksAndUnderstands) {
    CardInProcess card;
    const auto client = connect(card);
    const auto status = client->status();
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->temperature_mc, 45000);
    EXPECT_EQ(client->hello()->slot, mailbox::kSlotFactory);
    EXPECT_EQ(client->slots()->running, mailbox::kSlotFactory);
    const auto event = client->next_event(controller::Clock::now() + 1s);
    ASSERT_TRUE(event.has_value() && *event);
    EXPECT_EQ((*event)->code, mailbox::kBooted);
    EXPECT_EQ(client->counters().repeats, 0u);
}

TEST(ControllerClient, UpdatesConfirmsAndRollsBack) {
    CardInProcess card;
    const auto client = connect(card);
    uint64_t last = 0;
    const auto slot = client->write_image(make_test_image(11), [&](uint64_t done, uint64_t total) {
        EXPECT_GT(done, last);
        EXPECT_EQ(total, 1064u);
        last = done;
    });
    ASSERT_TRUE(slot.has_value()) << slot.error().message;
    EXPECT_EQ(*slot, mailbox::kSlotA);
    EXPECT_EQ(last, 1064u);
    ASSERT_TRUE(client->activate(1h).has_value());
    const auto trial = client->reset();
    ASSERT_TRUE(trial.has_value()) << trial.error().message;
    EXPECT_EQ(trial->firmware_version, 11u);
    EXPECT_EQ(trial->on_trial, 1);
    ASSERT_TRUE(client->confirm().has_value());
    EXPECT_FALSE(client->confirm().has_value());
    ASSERT_TRUE(client->rollback().has_value());
    EXPECT_EQ(client->reset()->slot, mailbox::kSlotFactory);
    EXPECT_EQ(card.system.resets, 2u);
}

// Whatever the line does, every request is carried out exactly once: the journal counts them, and
// the flash holds what was sent.
TEST(ControllerClient, ALineThatFailsCostsTimeAndNothingElse) {
    const std::array<LineFaults, 5> lines = {{{.lose_in_1000 = 100},
                                              {.damage_in_1000 = 100},
                                              {.duplicate_in_1000 = 300},
                                              {.garbage_in_1000 = 50},
                                              {60, 60, 100, 20}}};
    uint64_t salt = 100;
    for (const LineFaults& faults : lines) {
        CardInProcess card;
        const auto client = connect(card, faults, ++salt);
        ASSERT_NE(client, nullptr);
        uint32_t journal = 0;
        for (uint32_t version = 1; version <= 6; ++version) {
            const auto slot = client->write_image(make_test_image(version, 4000));
            ASSERT_TRUE(slot.has_value()) << slot.error().message;
            EXPECT_EQ(version_in(card.flash, *slot), version);
            ASSERT_TRUE(client->activate(1h).has_value());
            // A boot, without the reset command, which a line that fails may ask for twice.
            card.reboot();
            ASSERT_TRUE(client->wait_for_boot(60s).has_value());
            ASSERT_TRUE(client->confirm().has_value());
            const auto report = client->slots();
            ASSERT_TRUE(report.has_value());
            EXPECT_EQ(report->running, *slot);
            // Begin, end, activate, the boot's count, confirm.
            EXPECT_EQ(report->journal_sequence, journal + 5);
            journal = report->journal_sequence;
        }
        if (faults.lose_in_1000 + faults.damage_in_1000 > 0) {
            EXPECT_GT(client->counters().repeats, 0u);
        }
    }
}

TEST(ControllerClient, SaysWhatTheCardSays) {
    CardInProcess card;
    const auto client = connect(card);
    const auto not_halted = client->resume();
    ASSERT_FALSE(not_halted.has_value());
    EXPECT_EQ(not_halted.error().code, ErrorCode::InvalidInput);
    EXPECT_THAT(not_halted.error().message, HasSubstr("'resume'"));
    auto damaged = make_test_image(5);
    damaged.back() ^= 1;
    const auto refused = client->write_image(damaged);
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().message, HasSubstr("checksum"));
    EXPECT_EQ(client->rollback().error().code, ErrorCode::NotFound);
    EXPECT_EQ(client->activate(0ms).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(client->write_image(Bytes(300'000, 0)).error().code, ErrorCode::InvalidInput);
    card.flash.wear_out();
    EXPECT_EQ(client->write_image(make_test_image(5)).error().code, ErrorCode::Io);
}

struct SilentLine final : controller::Transport {
    Result<size_t> read(std::span<uint8_t>, controller::Deadline until) override {
        std::this_thread::sleep_until(until);
        return size_t{0};
    }
    Result<void> write(BytesView, controller::Deadline) override {
        ++*writes;
        return {};
    }
    int* writes = nullptr;
};

TEST(ControllerClient, GivesUpOnACardThatIsSilent) {
    int writes = 0;
    auto line = std::make_unique<SilentLine>();
    line->writes = &writes;
    auto options = quick_options();
    options.boot = 20ms;
    const auto client = ControllerClient::connect(std::move(line), options);
    ASSERT_FALSE(client.has_value());
    EXPECT_EQ(client.error().code, ErrorCode::Timeout);
    EXPECT_GE(writes, 1);
}

TEST(ControllerClient, BoundsTheEventsThatNobodyTakes) {
    CardInProcess card;
    const auto client = connect(card);
    for (uint32_t i = 0; i < 500; ++i) {
        card.controller->event(mailbox::kClockStep, i, 0);
        ASSERT_TRUE(client->status().has_value());
    }
    EXPECT_GT(client->counters().events_dropped, 400u);
    EXPECT_EQ(client->counters().events_missed, 0u);
    int kept = 0;
    while (*client->next_event(controller::Clock::now()))
        ++kept;
    // The last one was still on the line.
    EXPECT_EQ(kept, 65);
}

TEST(FirmwareImageFile, IsCheckedBeforeACardSeesIt) {
    const Bytes good = make_test_image(abi::image::version(1, 2, 3));
    const auto parsed = controller::parse_firmware_image(good);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    EXPECT_EQ(controller::version_text(parsed->header.version), "1.2.3");
    EXPECT_FALSE(controller::parse_firmware_image({}).has_value());
    EXPECT_FALSE(controller::parse_firmware_image(Bytes(64, 0)).has_value());
    for (size_t cut = 0; cut < good.size(); cut += 4) {
        EXPECT_FALSE(controller::parse_firmware_image(
                         Bytes(good.begin(), good.begin() + static_cast<ptrdiff_t>(cut)))
                         .has_value());
    }
    for (size_t bit = 0; bit < good.size() * 8; bit += 3) {
        Bytes flipped = good;
        flipped[bit / 8] = static_cast<uint8_t>(flipped[bit / 8] ^ (1u << bit % 8));
        EXPECT_FALSE(controller::parse_firmware_image(flipped).has_value()) << "bit " << bit;
    }
    const auto missing = controller::read_firmware_image("/nonexistent.swfw");
    EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
}

// A pseudo-terminal stands in for a serial device: the same system calls, no wire.
TEST(ControllerTty, WorksOverATerminal) {
    const int card_end = ::posix_openpt(O_RDWR | O_NOCTTY);
    ASSERT_GE(card_end, 0);
    ASSERT_EQ(::grantpt(card_end) + ::unlockpt(card_end), 0);
    const std::string name = ::ptsname(card_end);
    auto line = controller::open_tty(name, 115200);
    ASSERT_TRUE(line.has_value()) << line.error().message;
    EXPECT_EQ(controller::open_tty(name, 115200).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(controller::open_tty(name, 12345).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(controller::open_tty("/dev/null", 9600).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(controller::open_tty("/nonexistent", 9600).error().code, ErrorCode::Unavailable);

    std::atomic<bool> stop{false};
    std::thread card_thread([&] {
        CardInProcess card;
        (void)::fcntl(card_end, F_SETFL, O_NONBLOCK);
        while (!stop.load()) {
            std::array<uint8_t, 256> buffer;
            const ssize_t size = ::read(card_end, buffer.data(), buffer.size());
            if (size > 0)
                card.serial.to_card.insert(card.serial.to_card.end(), buffer.begin(),
                                           buffer.begin() + size);
            card.run();
            auto& out = card.serial.from_card;
            const ssize_t sent = out.empty() ? 0 : ::write(card_end, out.data(), out.size());
            if (sent > 0) out.erase(out.begin(), out.begin() + sent);
            if (size <= 0 && sent <= 0) std::this_thread::sleep_for(100us);
        }
    });
    {
        auto options = quick_options();
        options.attempt = 500ms;
        auto client = ControllerClient::connect(*std::move(line), options);
        EXPECT_TRUE(client.has_value());
        if (client) {
            const auto slot = (*client)->write_image(make_test_image(3, 4000));
            EXPECT_TRUE(slot.has_value()) << (slot ? "" : slot.error().message);
            EXPECT_EQ((*client)->status()->state, mailbox::kRunning);
        }
    }
    stop.store(true);
    card_thread.join();
    ::close(card_end);
}

}  // namespace
}  // namespace switchyard::test
