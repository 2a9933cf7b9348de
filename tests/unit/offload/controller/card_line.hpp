// SPDX-License-Identifier: Apache-2.0
// A line to the controller's own code in this process: one that loses, damages and repeats bytes as
// it is told, and adds some of its own.
#pragma once

#include <algorithm>
#include <memory>
#include <random>

#include "host/offload/controller/transport.hpp"
#include "tests/support/firmware_board.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::test {

struct LineFaults {
    uint32_t lose_in_1000 = 0;       // writes, each way
    uint32_t damage_in_1000 = 0;     // writes, each way: one bit
    uint32_t duplicate_in_1000 = 0;  // writes of the client
    uint32_t garbage_in_1000 = 0;    // noise towards the client
};

/// A board and its controller; `boot` is what the loader does.
struct CardInProcess {
    CardInProcess() { reboot(); }
    void reboot() {
        const fw::BootDecision decision = boot(flash);
        controller = std::make_unique<fw::Controller>(
            fw::ControllerConfig{kTestLimits, kTestLayout, kTestRules},
            fw::BootInfo{decision.slot,
                         mailbox::kPowerOn,
                         version_in(flash, decision.slot),
                         0,
                         {uint8_t{decision.rejected[0]}, uint8_t{decision.rejected[1]}}},
            serial, flash, sensors, kernel, system);
        resets_seen = system.resets;
    }
    void run() {
        for (int i = 0; i < 64; ++i) {
            const bool is_busy = controller->poll();
            if (system.resets != resets_seen) {
                serial.to_card.clear();
                reboot();
            } else if (!is_busy && serial.to_card.empty()) {
                break;
            }
        }
        // The card's clock is the machine's, as the client compares the two after a reset.
        system.time_ms = started_ms_ + static_cast<uint32_t>(
                                           std::chrono::duration_cast<std::chrono::milliseconds>(
                                               controller::Clock::now() - started_)
                                               .count());
    }
    QueueSerial serial;
    MemoryFlash flash{kTestFlashBytes, kTestSector};
    SetSensors sensors;
    SetKernel kernel;
    SetSystem system;
    std::unique_ptr<fw::Controller> controller;
    uint32_t resets_seen = 0;

  private:
    uint32_t started_ms_ = system.time_ms;
    controller::Deadline started_ = controller::Clock::now();
};

class CardLine final : public controller::Transport {
  public:
    CardLine(CardInProcess& card, const LineFaults& faults, uint64_t salt)
        : card_(card), faults_(faults), random_(test_generator(salt)) {}

    Result<size_t> read(std::span<uint8_t> to, controller::Deadline until) override {
        for (;;) {
            card_.run();
            auto& from = card_.serial.from_card;
            if (hits(faults_.garbage_in_1000)) {
                for (uint64_t i = random_() % 300; i > 0; --i)
                    from.push_back(static_cast<uint8_t>(random_()));
            }
            if (!from.empty() && hits(faults_.damage_in_1000)) flip(from);
            if (!from.empty() && hits(faults_.lose_in_1000)) from.clear();
            if (!from.empty()) {
                const size_t size = std::min(to.size(), from.size());
                std::copy_n(from.begin(), size, to.begin());
                from.erase(from.begin(), from.begin() + static_cast<ptrdiff_t>(size));
                return size;
            }
            if (controller::Clock::now() >= until) return size_t{0};
        }
    }
    Result<void> write(BytesView bytes, controller::Deadline) override {
        if (hits(faults_.lose_in_1000)) return {};
        Bytes sent(bytes.begin(), bytes.end());
        if (hits(faults_.damage_in_1000)) flip(sent);
        const int copies = hits(faults_.duplicate_in_1000) ? 2 : 1;
        for (int i = 0; i < copies; ++i)
            card_.serial.to_card.insert(card_.serial.to_card.end(), sent.begin(), sent.end());
        return {};
    }

  private:
    bool hits(uint32_t in_1000) { return random_() % 1000 < in_1000; }
    void flip(Bytes& bytes) {
        bytes[random_() % bytes.size()] ^= static_cast<uint8_t>(1u << random_() % 8);
    }
    CardInProcess& card_;
    LineFaults faults_;
    std::mt19937_64 random_;
};

}  // namespace switchyard::test
