// SPDX-License-Identifier: Apache-2.0
// A card's controller in QEMU for one test.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "host/offload/controller/emulated_controller.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::test {

namespace mailbox = abi::mailbox;
using namespace std::chrono_literals;

/// What a wait that must end has: far more than it needs, as the machine may be busy.
inline constexpr auto kPatience = 60s;

class QemuFixture : public testing::Test {
  protected:
    void SetUp() override {
        controller::EmulationOptions options;
        options.boot_flash = SWITCHYARD_FIRMWARE_DIR "/boot_flash.bin";
        options.client.deadline = kPatience;
        options.client.boot = kPatience;
        auto started = controller::EmulatedController::start(options);
        ASSERT_TRUE(started.has_value()) << started.error().message;
        card = *std::move(started);
        connect();
    }

    void connect() {
        client.reset();
        auto connected = card->connect();
        ASSERT_TRUE(connected.has_value()) << connected.error().message;
        client = *std::move(connected);
    }
    void cycle_power() {
        client.reset();
        card->cut_power();
        const auto on = card->restore_power();
        ASSERT_TRUE(on.has_value()) << on.error().message;
        connect();
    }

    static Bytes image(const std::string& name) {
        std::ifstream file(SWITCHYARD_FIRMWARE_DIR "/" + name, std::ios::binary);
        Bytes bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        EXPECT_FALSE(bytes.empty()) << name;
        return bytes;
    }

    /// The next event of `code`; those before it are passed over.
    controller::ControllerEvent wait_for(mailbox::EventCode code) {
        const auto until = controller::Clock::now() + kPatience;
        for (;;) {
            const auto event = client->next_event(until);
            if (!event || !*event) {
                ADD_FAILURE() << "no event '" << controller::to_string(code) << "'";
                return {};
            }
            if ((*event)->code == code) return **event;
        }
    }

    mailbox::HelloResponse hello() { return value_of(client->hello()); }
    mailbox::CardStatus status() { return value_of(client->status()); }
    mailbox::SlotReport slots() { return value_of(client->slots()); }
    std::string running_version() { return controller::version_text(hello().firmware_version); }

    /// Writes, activates and boots an image; returns the hello of what boots.
    mailbox::HelloResponse update_and_reset(const Bytes& bytes,
                                            std::chrono::milliseconds trial = 1h) {
        const auto slot = client->write_image(bytes);
        EXPECT_TRUE(slot.has_value()) << slot.error().message;
        const auto active = client->activate(trial);
        EXPECT_TRUE(active.has_value()) << active.error().message;
        return value_of(client->reset());
    }

    template <typename T>
    static T value_of(const Result<T>& result) {
        EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
        return result ? *result : T{};
    }

    std::unique_ptr<controller::EmulatedController> card;
    std::unique_ptr<controller::ControllerClient> client;
};

}  // namespace switchyard::test
