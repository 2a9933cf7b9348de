// SPDX-License-Identifier: Apache-2.0
// Why a card is taken out, and how long it may take before it is.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace switchyard {

enum class CardFailure : uint8_t {
    Hang,           ///< a run did not end before the watchdog's deadline
    ErrorState,     ///< the device or its driver reports an error
    NoAnswer,       ///< a run ended and wrote nothing
    WrongSequence,  ///< the answer to another part
    CorruptAnswer,  ///< an answer that contradicts itself or the question
    MalformedPlan,  ///< a consistent answer that no executor could follow to its end
    WrongPlan,      ///< a plan other than software's, where that is no fault of a full table
    Slow,           ///< too many answers in a row that came too late to be of use
};

inline constexpr size_t kCardFailureCount = 8;

[[nodiscard]] std::string_view to_string(CardFailure failure);

/// Time that grows with a batch: what a wait is allowed.
struct TimeAllowance {
    std::chrono::nanoseconds base{0};
    std::chrono::nanoseconds per_transaction{0};
    std::chrono::nanoseconds per_access{0};

    /// Of at most kBlockTransactionsMax transactions and kBatchAccessesMax accesses, so that
    /// nothing overflows.
    [[nodiscard]] constexpr std::chrono::nanoseconds of(size_t transactions,
                                                        size_t accesses) const {
        return base + per_transaction * static_cast<int64_t>(transactions) +
               per_access * static_cast<int64_t>(accesses);
    }
};

}  // namespace switchyard
