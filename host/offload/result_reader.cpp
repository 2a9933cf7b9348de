// SPDX-License-Identifier: Apache-2.0
#include "host/offload/result_reader.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>

namespace switchyard::offload {
namespace {

Error corrupt(const std::string& what) {
    return {ErrorCode::Corrupt, "conflict detector: the device's result has " + what};
}

std::string_view meaning_of(uint16_t status) {
    switch (status) {
        case abi::kStatusNone:
            return "nothing was written";
        case abi::kStatusDone:
            return "done";
        case abi::kStatusBadHeader:
            return "bad batch header";
        case abi::kStatusBadDescriptor:
            return "bad descriptor";
        case abi::kStatusOutOfOrder:
            return "part out of order";
        case abi::kStatusTooManyTransactions:
            return "too many transactions";
        case abi::kStatusNoRoom:
            return "output buffer too small";
        default:
            return "unknown";
    }
}

Result<void> check_header(const abi::ResultHeader& result, const abi::BatchHeader& request) {
    if (result.magic != abi::kResultMagic) return corrupt("the wrong magic");
    if (result.version != abi::kVersion)
        return corrupt("version " + std::to_string(result.version) + " instead of " +
                       std::to_string(abi::kVersion));
    if (result.sequence != request.sequence)
        return corrupt("sequence " + std::to_string(result.sequence) + " instead of " +
                       std::to_string(request.sequence));
    if (result.batch_id != request.batch_id || result.part != request.part)
        return corrupt("another batch or part");
    if (result.status != abi::kStatusDone)
        return corrupt("status " + std::to_string(result.status) + " (" +
                       std::string(meaning_of(result.status)) + ")");
    if (result.lane_count != request.lane_count || result.record_words != request.record_words ||
        result.transaction_count != request.transaction_count)
        return corrupt("another shape than was asked for");
    return {};
}

void widen_waits(std::span<const hls::Word> record, std::span<uint32_t> row) {
    const auto first = std::bit_cast<abi::PlanRecord>(record[0]);
    size_t lane = std::min<size_t>(row.size(), abi::kWaitsInFirstWord);
    std::copy_n(first.waits, lane, row.begin());
    for (const hls::Word& word : record.subspan(1)) {
        const auto tail = std::bit_cast<abi::PlanRecordTail>(word);
        const size_t count = std::min<size_t>(row.size() - lane, abi::kWaitsPerWord);
        std::copy_n(tail.waits, count, row.begin() + static_cast<std::ptrdiff_t>(lane));
        lane += count;
    }
}

}  // namespace

Result<uint32_t> read_part(std::span<const hls::Word> output, const abi::BatchHeader& request,
                           uint32_t first_transaction, LanePlan& plan) {
    const size_t record_words = request.record_words;
    if (output.size() < 1 + size_t{request.transaction_count} * record_words)
        return corrupt("fewer words than its records need");
    const auto result = std::bit_cast<abi::ResultHeader>(output[0]);
    if (auto checked = check_header(result, request); !checked) return checked.error();

    uint64_t check = 0;
    for (uint32_t i = 0; i < request.transaction_count; ++i) {
        const auto words = output.subspan(1 + i * record_words, record_words);
        for (const hls::Word& word : words) {
            uint64_t folded = 0;
            for (const uint64_t part : word.part)
                folded ^= part;
            check = abi::check_step(check, folded);
        }
        const auto record = std::bit_cast<abi::PlanRecord>(words[0]);
        if (record.transaction != first_transaction + i || record.sequence != request.sequence)
            return corrupt("a record of another transaction or part at place " + std::to_string(i));
        widen_waits(words, plan.append({record.lane, record.place}));
    }
    if (check != result.check) return corrupt("records that do not match its check value");
    return result.overflowed_accesses;
}

CardFailure kind_of_damage(std::span<const hls::Word> output, const abi::BatchHeader& request) {
    if (output.empty()) return CardFailure::CorruptAnswer;
    const auto result = std::bit_cast<abi::ResultHeader>(output[0]);
    if (result.magic == 0 && result.status == abi::kStatusNone) return CardFailure::NoAnswer;
    if (result.magic != abi::kResultMagic || result.version != abi::kVersion ||
        result.status != abi::kStatusDone || result.sequence == request.sequence)
        return CardFailure::CorruptAnswer;
    // Sequences ascend modulo 2^32. One behind ours together with another batch or part is what an
    // earlier run left in the buffer.
    const bool earlier = static_cast<int32_t>(result.sequence - request.sequence) < 0;
    const bool another = result.batch_id != request.batch_id || result.part != request.part;
    return earlier && another ? CardFailure::NoAnswer : CardFailure::WrongSequence;
}

}  // namespace switchyard::offload
