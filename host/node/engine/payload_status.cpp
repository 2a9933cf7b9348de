// SPDX-License-Identifier: Apache-2.0
#include "host/node/engine/payload_status.hpp"

namespace switchyard::node::engine {
namespace {

/// A block of proof of work has a difficulty; genesis counts as one of the chain's own.
Result<bool> is_of_proof_of_work(const Chain& chain, const Bytes32& hash) {
    const auto block = chain.archive().block(hash);
    if (!block) return block.error();
    return *block != nullptr && !(*block)->header().difficulty.is_zero();
}

}  // namespace

PayloadStatus invalid(std::string reason, std::string_view status) {
    return {status, std::nullopt, std::move(reason)};
}

Result<PayloadStatus> status_of(const Chain& chain, const ImportOutcome& outcome) {
    switch (outcome.status) {
        case BlockStatus::Valid:
            return PayloadStatus{"VALID", outcome.latest_valid, std::nullopt};
        case BlockStatus::Syncing:
            return PayloadStatus{"SYNCING", std::nullopt, std::nullopt};
        case BlockStatus::Accepted:
            return PayloadStatus{"ACCEPTED", std::nullopt, std::nullopt};
        case BlockStatus::Invalid:
            break;
    }
    PayloadStatus out{"INVALID", outcome.latest_valid, outcome.reason};
    if (!out.latest_valid_hash) return out;
    const auto worked = is_of_proof_of_work(chain, *out.latest_valid_hash);
    if (!worked) return worked.error();
    if (*worked) out.latest_valid_hash = Bytes32{};
    return out;
}

void write_status(json::Writer& out, const PayloadStatus& status) {
    out.begin_object();
    out.member_string("status", status.status);
    if (status.latest_valid_hash)
        out.member_data("latestValidHash", *status.latest_valid_hash);
    else
        out.member_null("latestValidHash");
    if (status.validation_error)
        out.member_string("validationError", *status.validation_error);
    else
        out.member_null("validationError");
    out.end_object();
}

}  // namespace switchyard::node::engine
