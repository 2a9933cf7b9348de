// SPDX-License-Identifier: Apache-2.0
#include "host/building/builder.hpp"

#include <chrono>

#include "host/chain/hash.hpp"

namespace switchyard {
namespace {

/// Nobody's beacon: different for each block, and the same wherever the block is built.
Bytes32 randao_of(uint64_t number, uint64_t timestamp) {
    Bytes32 out;
    for (size_t i = 0; i < 8; ++i) {
        out[i] = static_cast<uint8_t>(number >> (8 * i));
        out[8 + i] = static_cast<uint8_t>(timestamp >> (8 * i));
    }
    return keccak256(out);
}

}  // namespace

Result<Builder> Builder::create(const BuilderConfig& config, Road& road, const BuildTime& now) {
    auto timer = BlockTimer::create(config.timer, now.monotonic_ms);
    if (!timer) return timer.error();
    if (config.extra_data.size() > 32)
        return Error{ErrorCode::InvalidInput, "extra data is longer than 32 bytes"};
    return Builder(config, road, *timer);
}

Result<Builder::Step> Builder::poll(const BuildTime& now) {
    Step out;
    road_->pool().tick(now.unix_s);
    const BlockHeader& head = road_->head();
    BlockAttributes attributes;
    attributes.gas_limit = next_gas_limit(head.gas_limit, config_.gas_limit);
    out.due =
        timer_.due(now.monotonic_ms, road_->pool().status().executable_gas, attributes.gas_limit);
    if (out.due == BlockTimer::Due::No) return out;
    attributes.timestamp = BlockTimer::timestamp(now.unix_s, head.timestamp);
    attributes.beneficiary = config_.beneficiary;
    attributes.prev_randao = randao_of(head.number + 1, attributes.timestamp);
    attributes.extra_data = config_.extra_data;
    attributes.slot_number = head.slot_number.value_or(0) + 1;
    attributes.allow_empty = config_.empty_blocks;

    const uint64_t deadline_ms =
        config_.deadline_ms != 0 ? config_.deadline_ms : config_.timer.interval_ms;
    const auto begin = std::chrono::steady_clock::now();
    const auto elapsed_ns = [begin] {
        return static_cast<uint64_t>((std::chrono::steady_clock::now() - begin) /
                                     std::chrono::nanoseconds(1));
    };
    const uint64_t budget_ns = deadline_ms * 1'000'000;
    const uint64_t waiting = road_->pool().status().executable_gas;
    auto step = road_->advance(attributes, {.gas_max = pace_.gas_in(budget_ns),
                                            .is_late = [&] { return elapsed_ns() >= budget_ns; }});
    // Whatever became of it, the next attempt is an interval away.
    timer_.built(now.monotonic_ms);
    if (!step) return step.error();
    const uint64_t left = road_->pool().status().executable_gas;
    if (step->begun) pace_.record(waiting - std::min(waiting, left), elapsed_ns());
    if (step->sealed) out.sealed.push_back(std::move(*step->sealed));
    if (left < attributes.gas_limit) {
        auto last = road_->finish();
        if (!last) return last.error();
        if (*last) out.sealed.push_back(std::move(**last));
    }
    return out;
}

}  // namespace switchyard
