// SPDX-License-Identifier: Apache-2.0
// The lanes in the order in which they become free, so that choosing one needs no tree of
// comparisons and finishes in one clock.
#pragma once

#include "hls/conflict_detector/tokens.hpp"
#include "hls/pragmas.hpp"

namespace switchyard {
namespace hls {

struct Lane {
    Cost free;  // when it has finished what it was given; kNever if it is not in use
    uint8_t number;
    uint32_t count;  // of its transactions
};

/// `sorted`: by `free`, and of equal ones the lower number last. `latest` is the lane that was
/// given work last; it is put in order while the next transaction is placed, because the time at
/// which it becomes free is the last thing that a placement finds out.
struct Lanes {
    Lane sorted[abi::kLanes - 1];
    Lane latest;
};

HLS_INLINE void open_lanes(Lanes& lanes, uint32_t count) {
    HLS_LOOP(open_sorted)
    for (uint32_t i = 0; i < abi::kLanes - 1; ++i) {
        VITIS_HLS(UNROLL)  // registers
        // Lanes in use from the highest number down to 1, then those not in use.
        const bool used = i + 1 < count;
        lanes.sorted[i].free = used ? 0 : kNever;
        lanes.sorted[i].number = static_cast<uint8_t>(used ? count - 1 - i : i + 1);
        lanes.sorted[i].count = 0;
    }
    lanes.latest.free = 0;
    lanes.latest.number = 0;
    lanes.latest.count = 0;
}

/// Gives the best lane a transaction of `cost` that is ready at `ready`, and with `after_latest`
/// not before the latest one has finished either; returns where it runs.
///
/// It starts at the maximum of that and of the time at which the first lane is free; the best of
/// all lanes that are free by then is the last one in order (rule 4 of README.md). Every
/// comparison is made between values that are in registers when the clock begins, and the three
/// possible finishes are added up beside them; only selections follow.
HLS_INLINE Placement take_lane(Lanes& lanes, Cost ready, bool after_latest, uint32_t cost) {
    VITIS_HLS(INLINE)
    const Lane latest = lanes.latest;
    const Cost head = lanes.sorted[0].free;
    const bool latest_leads = latest.free < head;
    const bool latest_is_late = latest.free > ready;
    const bool head_is_late = head > ready;
    const Cost after_ready = ready + cost;
    const Cost after_head = head + cost;
    const Cost after_free = latest.free + cost;
    const Cost finish = after_latest || latest_leads ? (latest_is_late ? after_free : after_ready)
                                                     : (head_is_late ? after_head : after_ready);

    bool below[abi::kLanes - 1];  // stands before the latest one in order
    bool idle[abi::kLanes - 1];   // is free when the transaction starts
    VITIS_HLS(ARRAY_PARTITION variable = below complete)
    VITIS_HLS(ARRAY_PARTITION variable = idle complete)
    HLS_LOOP(compare_lanes)
    for (uint32_t i = 0; i < abi::kLanes - 1; ++i) {
        VITIS_HLS(UNROLL)  // 63 lanes side by side, three comparisons of two times each
        const Lane& lane = lanes.sorted[i];
        const bool before = lane.free < latest.free;
        const bool same = lane.free == latest.free;
        below[i] = before || (same && lane.number > latest.number);
        idle[i] = lane.free <= ready || (after_latest && (before || same)) ||
                  (!latest_leads && lane.free == head);
    }
    const bool latest_is_idle =
        after_latest || latest_leads || latest.free == head || !latest_is_late;

    Lane merged[abi::kLanes];
    bool idle_merged[abi::kLanes + 1];  // true up to the best lane; the one past the end is false
    VITIS_HLS(ARRAY_PARTITION variable = merged complete)
    VITIS_HLS(ARRAY_PARTITION variable = idle_merged complete)
    HLS_LOOP(merge_lanes)
    for (uint32_t i = 0; i < abi::kLanes; ++i) {
        VITIS_HLS(UNROLL)  // a selection of three for each lane
        const bool here = i < abi::kLanes - 1 && below[i < abi::kLanes - 1 ? i : 0];
        const bool behind = i > 0 && !below[i > 0 ? i - 1 : 0];
        merged[i] = here     ? lanes.sorted[i < abi::kLanes - 1 ? i : 0]
                    : behind ? lanes.sorted[i > 0 ? i - 1 : 0]
                             : latest;
        idle_merged[i] = here     ? idle[i < abi::kLanes - 1 ? i : 0]
                         : behind ? idle[i > 0 ? i - 1 : 0]
                                  : latest_is_idle;
    }
    idle_merged[abi::kLanes] = false;

    Lane best = merged[0];
    HLS_LOOP(take_best)
    for (uint32_t i = 0; i < abi::kLanes; ++i) {
        VITIS_HLS(UNROLL)  // one of 64, by a mask of which one bit is set
        if (idle_merged[i] && !idle_merged[i + 1]) best = merged[i];
    }
    HLS_LOOP(close_gap)
    for (uint32_t i = 0; i < abi::kLanes - 1; ++i) {
        VITIS_HLS(UNROLL)  // a selection of two for each lane
        lanes.sorted[i] = idle_merged[i + 1] ? merged[i] : merged[i + 1];
    }

    Placement placement;
    placement.lane = best.number;
    placement.place = static_cast<uint16_t>(best.count);
    placement.finish = finish;
    lanes.latest.free = finish;
    lanes.latest.number = best.number;
    lanes.latest.count = best.count + 1;
    return placement;
}

}  // namespace hls
}  // namespace switchyard
