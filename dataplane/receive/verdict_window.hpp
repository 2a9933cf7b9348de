// SPDX-License-Identifier: Apache-2.0
// What became of the latest transactions of a session: each is taken once and answered once,
// however often its datagram comes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

#include "dataplane/protocol/wire.hpp"

namespace switchyard::dataplane {

/// Where a transaction number stands.
enum class NumberPlace : uint8_t {
    New,           ///< never taken
    UnderWay,      ///< taken, without a verdict so far
    Known,         ///< has its verdict
    Settled,       ///< below the window: its verdict reached the client, else it could not be here
    BeyondCredit,  ///< the client may not send it yet
};

/// States of the numbers from `next() - W` to `next() - 1`, in a ring of W bytes that the caller
/// owns.
///
/// A client sends number n only when it has the verdict of n - W (selective repeat, window W). So
/// when n comes, nobody asks for n - W any more and its place is free; and a number that is W or
/// more above the lowest one without a verdict comes from a client that breaks the rule. One
/// thread.
class VerdictWindow {
  public:
    /// `states`: W bytes, W a power of two.
    explicit VerdictWindow(std::span<uint8_t> states) : states_(states) {}
    VerdictWindow() = default;

    [[nodiscard]] NumberPlace place(uint64_t number) const {
        if (number >= next_) return number < limit() ? NumberPlace::New : NumberPlace::BeyondCredit;
        if (next_ - number > states_.size()) return NumberPlace::Settled;
        const uint8_t state = at(number);
        if (state == kStateAbsent) return NumberPlace::New;
        return state == kStateUnderWay ? NumberPlace::UnderWay : NumberPlace::Known;
    }

    /// Takes a number that `place` called New. BeyondCredit is allowed too, where credit is not
    /// enforced (a wire without replies): the window then moves up and forgets.
    void take(uint64_t number) {
        if (number >= next_) {
            const uint64_t skipped = number - next_;
            if (skipped >= states_.size()) {
                std::memset(states_.data(), kStateAbsent, states_.size());
            } else {
                for (uint64_t i = next_; i < number; ++i)
                    at(i) = kStateAbsent;
            }
            next_ = number + 1;
            if (next_ > states_.size()) low_ = std::max(low_, next_ - states_.size());
        }
        at(number) = kStateUnderWay;
    }

    /// Gives a number that is under way its verdict; false when it is forgotten.
    bool settle(uint64_t number, uint8_t verdict) {
        if (place(number) != NumberPlace::UnderWay) return false;
        at(number) = verdict;
        while (low_ < next_ && at(low_) < kStateUnderWay)
            ++low_;
        return true;
    }

    /// As a Report states it.
    [[nodiscard]] uint8_t state(uint64_t number) const {
        if (number >= next_ || next_ - number > states_.size()) return kStateAbsent;
        return at(number);
    }

    /// The lowest number that the client may not send yet.
    [[nodiscard]] uint64_t limit() const { return low_ + states_.size(); }
    /// One above the highest number taken.
    [[nodiscard]] uint64_t next() const { return next_; }
    [[nodiscard]] size_t size() const { return states_.size(); }

  private:
    [[nodiscard]] uint8_t& at(uint64_t number) { return states_[number & (states_.size() - 1)]; }
    [[nodiscard]] uint8_t at(uint64_t number) const {
        return states_[number & (states_.size() - 1)];
    }

    std::span<uint8_t> states_;
    uint64_t low_ = 0;  ///< every number below has its verdict
    uint64_t next_ = 0;
};

}  // namespace switchyard::dataplane
