// SPDX-License-Identifier: Apache-2.0
#include "host/offload/conflict_detector.hpp"

#include "firmware/abi/conflict_detector.h"
#include "host/offload/detector_limits.hpp"

namespace switchyard {

static_assert(abi::kLanes == kLanesMax);
static_assert(abi::kBlockTransactions == kBlockTransactionsMax);
static_assert(static_cast<uint8_t>(AccessKind::Read) == abi::kAccessRead);
static_assert(static_cast<uint8_t>(AccessKind::Write) == abi::kAccessWrite);
static_assert(static_cast<uint8_t>(AccessKind::Add) == abi::kAccessAdd);

std::string_view to_string(DetectorKind kind) {
    switch (kind) {
        case DetectorKind::Hardware:
            return "hardware";
        case DetectorKind::Emulated:
            return "emulated";
        case DetectorKind::Software:
            return "software";
    }
    return "unknown";
}

Result<void> ConflictDetector::plan(const AccessBatch& batch, uint32_t lanes, LanePlan& out,
                                    std::chrono::milliseconds patience) {
    const auto ticket = submit(batch, lanes);
    if (!ticket) return ticket.error();
    return collect(*ticket, std::chrono::steady_clock::now() + patience, out);
}

Result<void> offload::check_batch(const AccessBatch& batch, uint32_t lanes) {
    if (lanes < 1 || lanes > kLanesMax)
        return Error{ErrorCode::InvalidInput, "conflict detector: " + std::to_string(lanes) +
                                                  " lanes; it takes 1 to " +
                                                  std::to_string(kLanesMax)};
    if (batch.transaction_count() > kBlockTransactionsMax)
        return Error{ErrorCode::LimitExceeded,
                     "conflict detector: " + std::to_string(batch.transaction_count()) +
                         " transactions in one batch; the limit is " +
                         std::to_string(kBlockTransactionsMax)};
    if (batch.access_count() > kBatchAccessesMax)
        return Error{ErrorCode::LimitExceeded,
                     "conflict detector: " + std::to_string(batch.access_count()) +
                         " accesses in one batch; the limit is " +
                         std::to_string(kBatchAccessesMax)};
    return {};
}

}  // namespace switchyard
