// SPDX-License-Identifier: Apache-2.0
// What the schedule remembers of a key: its last two epochs (hls/conflict_detector/README.md,
// rule 2), small for the usual case of one member.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "host/core/assert.hpp"
#include "host/offload/access_batch.hpp"

namespace switchyard::offload {

/// A count of a lane's transactions, less 32,768: of signed 16-bit numbers, and not of unsigned
/// ones, every x86-64 takes the maximum of eight at once. 65,536 wraps to 0: it counts the last
/// transaction of the largest block, which nobody waits for.
using BiasedCount = int16_t;
constexpr BiasedCount kNoneCounted = INT16_MIN;
constexpr BiasedCount biased(uint32_t count) {
    return static_cast<BiasedCount>(static_cast<uint16_t>(count ^ 0x8000u));
}
constexpr uint32_t unbiased(BiasedCount count) {
    return static_cast<uint16_t>(static_cast<uint32_t>(count) ^ 0x8000u);
}

/// Rows of `kWidth` counts, one for each lane, for epochs whose members are in several lanes. A row
/// that is returned is handed out again first, while it is still in the cache.
template <uint32_t kWidth>
class CountRows {
  public:
    void clear() {
        used_ = 0;
        free_.clear();
    }
    /// A row of `kNoneCounted`.
    uint32_t take() {
        uint32_t number = used_;
        if (free_.empty()) {
            if (++used_ * size_t{kWidth} > counts_.size())
                counts_.resize(std::max<size_t>(64, 2 * used_) * kWidth);
        } else {
            number = free_.back();
            free_.pop_back();
        }
        std::fill_n(row(number), kWidth, kNoneCounted);
        return number;
    }
    void give_back(uint32_t number) { free_.push_back(number); }
    [[nodiscard]] BiasedCount* row(uint32_t number) {
        return counts_.data() + size_t{number} * kWidth;
    }

  private:
    std::vector<BiasedCount> counts_;
    std::vector<uint32_t> free_;
    uint32_t used_ = 0;
};

/// The members of an epoch: for each lane, one past the place of its last member. None or one
/// member, or several in one lane, stand in the word itself; members in several lanes in a row.
class Members {
  public:
    Members() = default;
    static Members single(uint32_t lane, uint32_t count) {
        return Members(lane << 16 | (count & 0xffff));
    }
    static Members in_row(uint32_t row) { return Members(kRow | row); }

    [[nodiscard]] bool is_row() const { return (word_ & kRow) != 0; }
    [[nodiscard]] uint32_t row() const { return word_ & ~kRow; }
    [[nodiscard]] uint32_t lane() const { return word_ >> 16; }
    /// 0: no member (or the last one of the largest block, which makes no difference).
    [[nodiscard]] uint32_t count() const { return word_ & 0xffff; }

  private:
    static constexpr uint32_t kRow = 1u << 31;
    explicit Members(uint32_t word) : word_(word) {}
    uint32_t word_ = 0;
};

/// Two to a cache line. Of a key that nobody accessed yet, both epochs are empty; the kind does not
/// matter then.
struct alignas(32) KeyEpochs {
    uint64_t current_finish = 0;   ///< when the last member of the current epoch finishes
    uint64_t previous_finish = 0;  ///< the same of the one before
    Members current;
    Members previous;
    AccessKind kind = AccessKind::Read;  ///< of the current epoch

    [[nodiscard]] bool joined_by(AccessKind other) const {
        return kind == other && other != AccessKind::Write;
    }
};

}  // namespace switchyard::offload
