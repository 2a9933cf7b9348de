// SPDX-License-Identifier: Apache-2.0
// When speculation does not pay for a while.
#pragma once

#include <algorithm>
#include <cstdint>

namespace switchyard::execute {

/// Looks at the aborts among every 32 commits. Where more than 12 of them ran twice, first
/// executions cost more than they give, and the next 64 transactions are executed in order, by who
/// commits; each time that it comes so again, twice as many, up to 4,096. One thread at a time.
class AbortWatch {
  public:
    void aborted() { ++window_aborts_; }
    /// Transaction `i` is committed, in block order. Whether what follows is executed in order.
    [[nodiscard]] bool committed(uint32_t i) {
        if (in_order_) {
            if (i + 1 < in_order_until_) return true;
            in_order_ = false;
            begin_window(i + 1);
            return false;
        }
        if (i + 1 < window_end_) return false;
        if (window_aborts_ > kAbortsMax) {
            in_order_until_ = i + 1 + span_;
            span_ = std::min(2 * span_, kSpanMax);
            in_order_ = true;
        } else {
            span_ = kSpanMin;
        }
        begin_window(i + 1);
        return in_order_;
    }

  private:
    static constexpr uint32_t kWindow = 32;
    static constexpr uint32_t kAbortsMax = 12;
    static constexpr uint32_t kSpanMin = 64;
    static constexpr uint32_t kSpanMax = 4'096;

    void begin_window(uint32_t at) {
        window_end_ = at + kWindow;
        window_aborts_ = 0;
    }

    uint32_t window_end_ = kWindow;  ///< where the aborts are looked at next
    uint32_t window_aborts_ = 0;     ///< since the last look
    uint32_t in_order_until_ = 0;
    uint32_t span_ = kSpanMin;
    bool in_order_ = false;
};

}  // namespace switchyard::execute
