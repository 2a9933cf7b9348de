// SPDX-License-Identifier: Apache-2.0
// A board in memory for the controller's logic: flash that obeys the rules of NOR and loses power
// where it is told to, a UART of two queues, sensors and a kernel that a test sets.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <random>
#include <vector>

#include "firmware/controller/controller.hpp"
#include "firmware/controller/core/crc32c.hpp"

namespace switchyard::test {

namespace fw = firmware;
namespace mailbox = abi::mailbox;
namespace image = abi::image;

/// What an operation of the flash throws when the power goes in the middle of it.
struct PowerCut {};

/// Erasing sets bits, programming clears them: a word programmed twice is the AND of both. A cut
/// leaves a random part of the operation done, down to single bits.
class MemoryFlash final : public fw::Flash {
  public:
    static constexpr uint64_t kNever = UINT64_MAX;

    MemoryFlash(uint32_t bytes, uint32_t sector_bytes)
        : bytes_(bytes, 0xff), sector_bytes_(sector_bytes) {}

    bool read(uint32_t offset, void* to, uint32_t bytes) override {
        if (!is_inside(offset, bytes)) return false;
        std::memcpy(to, bytes_.data() + offset, bytes);
        return true;
    }
    bool erase_sector(uint32_t offset) override {
        if (!is_inside(offset, sector_bytes_) || offset % sector_bytes_ != 0) return false;
        const auto begin = bytes_.begin() + offset;
        if (!spend()) {
            std::for_each(begin, begin + sector_bytes_,
                          [&](uint8_t& byte) { byte = static_cast<uint8_t>(byte | random_()); });
            throw PowerCut{};
        }
        std::fill(begin, begin + sector_bytes_, uint8_t{0xff});
        wear();
        return !fails_;
    }
    bool program(uint32_t offset, const void* from, uint32_t bytes) override {
        if (!is_inside(offset, bytes) || offset % 4 != 0 || bytes % 4 != 0) return false;
        if (fails_) return false;
        const auto* data = static_cast<const uint8_t*>(from);
        for (uint32_t word = 0; word < bytes; word += 4) {
            const bool is_cut = !spend();
            for (uint32_t i = word; i < word + 4; ++i) {
                const uint8_t kept = is_cut ? static_cast<uint8_t>(random_()) : uint8_t{0};
                bytes_[offset + i] = static_cast<uint8_t>(bytes_[offset + i] & (data[i] | kept));
            }
            if (is_cut) throw PowerCut{};
        }
        wear();
        return true;
    }

    /// The power goes in operation `operations` from now; a word and a sector are one each.
    void cut_after(uint64_t operations, uint32_t seed) {
        left_ = operations;
        random_.seed(seed);
    }
    void restore_power() { left_ = kNever; }
    /// From now on nothing can be written.
    void wear_out() { fails_ = true; }
    /// Bit 0 of this byte stays 0 whatever is done, and no operation tells.
    void break_byte(uint32_t offset) { broken_ = offset; }
    [[nodiscard]] uint64_t operations() const { return operations_; }
    [[nodiscard]] std::vector<uint8_t>& bytes() { return bytes_; }

  private:
    [[nodiscard]] bool is_inside(uint32_t offset, uint32_t bytes) const {
        return offset <= bytes_.size() && bytes <= bytes_.size() - offset;
    }
    void wear() {
        if (broken_ < bytes_.size()) bytes_[broken_] &= 0xfe;
    }
    bool spend() {
        ++operations_;
        if (left_ == kNever) return true;
        return left_-- > 0;
    }

    std::vector<uint8_t> bytes_;
    uint32_t sector_bytes_;
    uint64_t left_ = kNever;
    uint64_t operations_ = 0;
    bool fails_ = false;
    uint32_t broken_ = UINT32_MAX;
    std::mt19937 random_{1};
};

struct QueueSerial final : fw::SerialPort {
    size_t read(uint8_t* bytes, size_t size) override {
        size_t taken = 0;
        for (; taken < size && !to_card.empty(); ++taken) {
            bytes[taken] = to_card.front();
            to_card.pop_front();
        }
        return taken;
    }
    void write(const uint8_t* bytes, size_t size) override {
        from_card.insert(from_card.end(), bytes, bytes + size);
    }
    std::deque<uint8_t> to_card;
    std::vector<uint8_t> from_card;
};

struct SetSensors final : fw::Sensors {
    bool read(fw::Readings& to) override {
        to = readings;
        return present;
    }
    fw::Readings readings{45000, 30000, 850};
    bool present = true;
};

struct SetKernel final : fw::Kernel {
    fw::KernelActivity activity() override { return now; }
    void hold(bool is_held) override { held = is_held; }
    void set_clock(uint32_t mhz) override { clock_mhz = mhz; }
    void reset() override {
        ++resets;
        now = {false, 0};
    }
    fw::KernelActivity now{false, 0};
    bool held = false;
    uint32_t clock_mhz = 0;
    uint32_t resets = 0;
};

struct SetSystem final : fw::System {
    uint32_t now_ms() override { return time_ms; }
    void reset(mailbox::ResetReason reason) override {
        ++resets;
        last_reset = reason;
    }
    void remember_halt(mailbox::HaltReason reason) override { halt = reason; }
    mailbox::HaltReason recall_halt() override { return halt; }
    uint32_t time_ms = 0xfffff000;  // near the wrap, so that every test crosses it
    uint32_t resets = 0;
    mailbox::ResetReason last_reset = mailbox::kPowerOn;
    mailbox::HaltReason halt = mailbox::kNotHalted;
};

inline constexpr fw::GuardLimits kTestLimits = {
    .thermal = {.clock_mhz = {250, 200, 150, 100},
                .throttle_mc = 90000,
                .recover_mc = 82000,
                .halt_mc = 97000,
                .throttle_mw = 70000,
                .recover_mw = 62000,
                .dwell_ms = 500,
                .recover_ms = 2000},
    .kernel = {.stall_ms = 1000, .stalls_max = 3},
    .voltage_mv_min = 800,
    .voltage_mv_max = 900,
    .voltage_faults_max = 3,
    .sensor_faults_max = 20,
    .drain_ms = 500,
    .period_ms = 10,
};

inline constexpr uint32_t kTestSector = 4096;
inline constexpr fw::FlashLayout kTestLayout = {
    kTestSector, {0, kTestSector}, {2 * kTestSector, 4 * kTestSector}, 2 * kTestSector};
inline constexpr uint32_t kTestFlashBytes = 6 * kTestSector;
inline constexpr fw::ImageRules kTestRules = {image::kBoardVirt, 0x80001000};

/// An image of `body_bytes` (a multiple of 4) with a body that depends on `version`.
inline std::vector<uint8_t> make_test_image(uint32_t version, uint32_t body_bytes = 1000) {
    std::mt19937 random(version);
    std::vector<uint8_t> body(body_bytes);
    for (uint8_t& byte : body)
        byte = static_cast<uint8_t>(random());
    image::ImageHeader header{};
    header.magic = image::kMagic;
    header.header_version = image::kHeaderVersion;
    header.header_bytes = image::kHeaderBytes;
    header.board = kTestRules.board;
    header.version = version;
    header.body_bytes = body_bytes;
    header.body_crc = fw::crc32c(body.data(), body.size());
    header.load_address = kTestRules.load_address;
    header.entry_address = kTestRules.load_address;
    header.header_crc = fw::crc32c(&header, offsetof(image::ImageHeader, header_crc));
    std::vector<uint8_t> out(sizeof header + body.size());
    std::memcpy(out.data(), &header, sizeof header);
    std::copy(body.begin(), body.end(), out.begin() + sizeof header);
    return out;
}

/// What the loader does at a boot, up to the jump.
inline fw::BootDecision boot(fw::Flash& flash) {
    mailbox::RejectReason found[mailbox::kUpdatableSlots];
    for (uint32_t slot = 0; slot < mailbox::kUpdatableSlots; ++slot) {
        image::ImageHeader header;
        found[slot] = fw::check_image(flash, kTestLayout.slot_offset[slot], kTestRules, header);
    }
    fw::BootJournal journal(flash, kTestLayout);
    journal.load();
    return fw::decide_boot(journal, found);
}

/// Where the firmware that `slot` names can be told apart: its version, 0 for the factory's, and
/// UINT32_MAX for one that is not what `make_test_image` made.
inline uint32_t version_in(MemoryFlash& flash, mailbox::Slot slot) {
    if (slot == mailbox::kSlotFactory) return 0;
    image::ImageHeader header;
    const uint32_t offset = kTestLayout.slot_offset[slot];
    if (fw::check_image(flash, offset, kTestRules, header) != mailbox::kNotRejected)
        return UINT32_MAX;
    const auto want = make_test_image(header.version, header.body_bytes);
    return std::equal(want.begin(), want.end(), flash.bytes().begin() + offset) ? header.version
                                                                                : UINT32_MAX;
}

/// Writes an image through `update`, in chunks; stops at the first status that is not Ok.
inline mailbox::StatusCode write_image(fw::SlotUpdate& update, const std::vector<uint8_t>& bytes) {
    mailbox::UpdateBegin begin{};
    begin.image_bytes = static_cast<uint32_t>(bytes.size());
    begin.image_crc = fw::crc32c(bytes.data(), bytes.size());
    mailbox::StatusCode status = update.begin(begin);
    for (uint32_t at = 0; status == mailbox::kOk && at < bytes.size();) {
        const uint32_t size =
            std::min(mailbox::kChunkBytesMax, static_cast<uint32_t>(bytes.size()) - at);
        status = update.chunk(at, bytes.data() + at, size);
        at += size;
    }
    return status == mailbox::kOk ? update.end() : status;
}

/// The frame of a request.
inline std::vector<uint8_t> request_frame(uint16_t sequence, uint8_t code,
                                          const std::vector<uint8_t>& payload = {}) {
    mailbox::Header header{};
    header.kind = mailbox::kRequest;
    header.sequence = sequence;
    header.code = code;
    std::vector<uint8_t> frame(fw::kFrameRoom);
    frame.resize(fw::write_frame(header, payload.data(), static_cast<uint8_t>(payload.size()),
                                 frame.data()));
    return frame;
}

template <typename Payload>
std::vector<uint8_t> payload_of(const Payload& payload) {
    std::vector<uint8_t> bytes(sizeof payload);
    std::memcpy(bytes.data(), &payload, sizeof payload);
    return bytes;
}

}  // namespace switchyard::test
