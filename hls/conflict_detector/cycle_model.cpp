// SPDX-License-Identifier: Apache-2.0
#include "hls/conflict_detector/cycle_model.hpp"

#include <algorithm>

namespace switchyard {
namespace hls {
namespace {

/// Ticks of a clock, and of a beat on a memory port: whole numbers both.
constexpr uint64_t kTicks = kBeatsPer16Clocks;
constexpr uint64_t kBeatTicks = 16;
static_assert(kSpreadInterval == 1 && kLookupInterval == 1 && kWaitingInterval == 1 &&
                  kFormatInterval == 1,
              "the model lets these processes keep up with a token per clock");

uint64_t clocks(uint64_t ticks) {
    return (ticks + kTicks - 1) / kTicks;
}

double per_second(uint64_t count, uint64_t cycles, uint32_t clock_hz) {
    return cycles == 0 ? 0 : static_cast<double>(count) * clock_hz / static_cast<double>(cycles);
}

}  // namespace

double CycleReport::keys_per_second(uint32_t clock_hz) const {
    return per_second(keys, cycles, clock_hz);
}

double CycleReport::transactions_per_second(uint32_t clock_hz) const {
    return per_second(transactions, cycles, clock_hz);
}

CycleModel::CycleModel(uint32_t lanes, uint64_t hash_seed, uint32_t placing_interval)
    : hash_seed_(hash_seed),
      record_words_(abi::record_words(lanes)),
      placing_ticks_(placing_interval * kTicks),
      recent_(kBanks),
      fetched_(1),
      spread_(1),
      spread_begun_(kBeatDepth),
      placed_(kRoundDepth),
      waited_(kRoundDepth),
      record_begun_(kPlanDepth),
      stored_(kWordDepth) {}

/// Finds the entry as the kernel does and notes who was there before.
void CycleModel::touch(uint64_t key, bool& shares_with_last) {
    const uint32_t number = abi::bucket_of(key, hash_seed_);
    Bucket& bucket = buckets_[number];
    const auto found = std::find(bucket.keys.begin(), bucket.keys.end(), key);
    size_t slot = static_cast<size_t>(found - bucket.keys.begin());
    if (found == bucket.keys.end() && slot < abi::kBucketWays) bucket.keys.push_back(key);
    const uint64_t current = report_.transactions + 1;
    shares_with_last |= current > 1 && bucket.last_transaction[slot] == current - 1;
    bucket.last_transaction[slot] = current;

    const uint32_t entry = number * kSlots + static_cast<uint32_t>(slot);
    std::vector<uint32_t>& recent = recent_[bank_of(number)];
    report_.bypassed += std::count(recent.begin(), recent.end(), entry) != 0 ? 1 : 0;
    recent.push_back(entry);
    if (recent.size() > kEntryBypass) recent.erase(recent.begin());
}

void CycleModel::take_round(bool first_of_descriptor, bool last_of_transaction) {
    uint64_t begin = spread_.latest() + kTicks;
    if (first_of_descriptor) {
        // The beat is fetched when memory has it and the stream has room.
        const uint64_t beat =
            std::max(fetched_.latest() + kBeatTicks, spread_begun_.oldest() + kTicks);
        fetched_.push(beat);
        input_wait_ticks_ += beat > begin ? beat - begin : 0;
        begin = std::max(begin, beat);
        spread_begun_.push(begin);
    }
    begin = std::max(begin, placed_.oldest());
    spread_.push(begin);

    const uint64_t follows = placed_.latest() + placing_ticks_;
    const uint64_t ready = std::max(begin, waited_.oldest());
    if (placing_ticks_ > kTicks && follows > ready)
        dependence_ticks_ += std::min(follows - ready, placing_ticks_ - kTicks);
    placed_.push(std::max(follows, ready));

    uint64_t waited = std::max(waited_.latest() + kTicks, placed_.latest());
    if (last_of_transaction) {
        const uint64_t room = record_begun_.oldest();
        output_wait_ticks_ += room > waited ? room - waited : 0;
        waited = std::max(waited, room);
    }
    waited_.push(waited);
    ++report_.rounds;
}

/// A record's words become a token each; one leaves when memory takes it.
void CycleModel::store_record() {
    for (uint32_t w = 0; w < record_words_; ++w) {
        const uint64_t formatted = std::max(waited_.latest() + w * kTicks, stored_.oldest());
        if (w == 0) record_begun_.push(formatted);
        stored_.push(std::max(stored_.latest() + kBeatTicks, formatted));
    }
    report_.words += record_words_;
}

void CycleModel::add(const std::vector<ModelAccess>& accesses, uint64_t) {
    const bool barrier = accesses.size() > abi::kAccessesPerTransaction;
    const size_t count = barrier ? 0 : accesses.size();
    bool shares_with_last = false;
    size_t done = 0;
    do {
        const size_t end = std::min<size_t>(done + abi::kKeysPerDescriptor, count);
        uint32_t load[kBanks] = {};
        uint32_t rounds = 1;  // a descriptor without keys takes one as well
        for (; done < end; ++done) {
            const uint64_t key = accesses[done].key;
            rounds = std::max(rounds, ++load[bank_of(abi::bucket_of(key, hash_seed_))]);
            touch(key, shares_with_last);
        }
        for (uint32_t r = 0; r < rounds; ++r)
            take_round(r == 0, done == count && r + 1 == rounds);
        report_.bank_stalls += rounds - 1;
        ++report_.descriptors;
    } while (done < count);
    store_record();
    if (barrier) buckets_.clear();
    report_.forwarded += shares_with_last || barrier ? 1 : 0;
    report_.keys += count;
    ++report_.transactions;
}

CycleReport CycleModel::report() const {
    CycleReport report = report_;
    report.fill_cycles = kFillLatency;
    report.cycles = kFillLatency + clocks(std::max(stored_.latest(), waited_.latest()));
    report.memory_stalls = clocks(input_wait_ticks_) + clocks(output_wait_ticks_);
    report.dependence_stalls = clocks(dependence_ticks_);
    return report;
}

}  // namespace hls
}  // namespace switchyard
