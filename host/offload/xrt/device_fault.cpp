// SPDX-License-Identifier: Apache-2.0
#include "host/offload/xrt/device_fault.hpp"

#include <algorithm>
#include <bit>
#include <random>

namespace switchyard::offload {
namespace {

/// The records behind a result header, one wait at a time.
class Records {
  public:
    Records(std::span<hls::Word> words, const abi::ResultHeader& header)
        : words_(words), lanes_(header.lane_count), record_words_(header.record_words) {}

    [[nodiscard]] uint32_t lanes() const { return lanes_; }
    [[nodiscard]] abi::PlanRecord first_word(size_t i) const {
        return std::bit_cast<abi::PlanRecord>(words_[i * record_words_]);
    }
    [[nodiscard]] uint16_t wait(size_t i, uint32_t lane) const {
        const auto [word, shift] = place_of(i, lane);
        return static_cast<uint16_t>(words_[word.index].part[word.part] >> shift);
    }
    void set_wait(size_t i, uint32_t lane, uint16_t value) {
        const auto [word, shift] = place_of(i, lane);
        uint64_t& part = words_[word.index].part[word.part];
        part = (part & ~(uint64_t{0xffff} << shift)) | uint64_t{value} << shift;
    }
    [[nodiscard]] uint64_t check() const {
        uint64_t check = 0;
        for (const hls::Word& word : words_) {
            uint64_t folded = 0;
            for (const uint64_t part : word.part)
                folded ^= part;
            check = abi::check_step(check, folded);
        }
        return check;
    }

  private:
    struct Part {
        size_t index;
        size_t part;
    };
    /// Waits are 16-bit fields: four in a 64-bit part, and behind 16 bytes in a first word.
    [[nodiscard]] std::pair<Part, unsigned> place_of(size_t i, uint32_t lane) const {
        constexpr uint32_t kFieldsBeforeWaits = offsetof(abi::PlanRecord, waits) / 2;
        size_t word = i * record_words_;
        uint32_t field = lane + kFieldsBeforeWaits;
        if (lane >= abi::kWaitsInFirstWord) {
            const uint32_t behind = lane - abi::kWaitsInFirstWord;
            word += 1 + behind / abi::kWaitsPerWord;
            field = behind % abi::kWaitsPerWord;
        }
        return {{word, field / 4}, 16 * (field % 4)};
    }

    std::span<hls::Word> words_;
    uint32_t lanes_;
    size_t record_words_;
};

/// Takes transaction i's waits for other lanes away: it may start before what it depends on.
bool drop_waits(Records& records, size_t i) {
    bool changed = false;
    const uint16_t own = records.first_word(i).lane;
    for (uint32_t lane = 0; lane < records.lanes(); ++lane)
        if (lane != own && records.wait(i, lane) != 0) {
            records.set_wait(i, lane, 0);
            changed = true;
        }
    return changed;
}

/// Lets transaction i wait for the one before it, which it needs not.
bool add_wait(Records& records, size_t i) {
    const auto before = records.first_word(i - 1);
    if (before.lane == records.first_word(i).lane || records.wait(i, before.lane) > before.place)
        return false;
    records.set_wait(i, before.lane, static_cast<uint16_t>(before.place + 1));
    return true;
}

void make_wrong_plan(uint64_t random, std::span<hls::Word> output) {
    auto header = std::bit_cast<abi::ResultHeader>(output[0]);
    const size_t count = header.transaction_count;
    if (header.status != abi::kStatusDone || count < 2) return;
    Records records(output.subspan(1, count * header.record_words), header);
    bool changed = false;
    for (size_t i = 0; i < count && !changed; ++i)
        changed = drop_waits(records, (random + i) % count);
    for (size_t i = 1; i < count && !changed; ++i)
        changed = add_wait(records, i);
    if (!changed) return;
    header.check = records.check();
    output[0] = std::bit_cast<hls::Word>(header);
}

}  // namespace

std::string_view to_string(DeviceFault fault) {
    switch (fault) {
        case DeviceFault::None:
            return "none";
        case DeviceFault::Hang:
            return "hang";
        case DeviceFault::ErrorState:
            return "error state";
        case DeviceFault::NoWrite:
            return "no write";
        case DeviceFault::WrongSequence:
            return "wrong sequence";
        case DeviceFault::CorruptRecord:
            return "corrupt record";
        case DeviceFault::CorruptHeader:
            return "corrupt header";
        case DeviceFault::RandomOutput:
            return "random output";
        case DeviceFault::WrongPlan:
            return "wrong plan";
        case DeviceFault::SlowAnswer:
            return "slow answer";
    }
    return "unknown";
}

void spoil(const InjectedFault& fault, std::span<hls::Word> output) {
    const auto flip = [&](hls::Word& word) {
        word.part[fault.random / 64 % 8] ^= uint64_t{1} << fault.random % 64;
    };
    switch (fault.kind) {
        case DeviceFault::WrongSequence:
            output[0].part[2] += 1;
            break;
        case DeviceFault::CorruptRecord:
            flip(output[output.size() == 1 ? 0 : 1 + fault.random / 512 % (output.size() - 1)]);
            break;
        case DeviceFault::CorruptHeader:
            flip(output[0]);
            break;
        case DeviceFault::RandomOutput: {
            std::mt19937_64 noise(fault.random);
            for (hls::Word& word : output)
                std::ranges::generate(word.part, noise);
            break;
        }
        case DeviceFault::WrongPlan:
            make_wrong_plan(fault.random, output);
            break;
        case DeviceFault::None:
        case DeviceFault::Hang:
        case DeviceFault::ErrorState:
        case DeviceFault::NoWrite:
        case DeviceFault::SlowAnswer:
            break;
    }
}

}  // namespace switchyard::offload
