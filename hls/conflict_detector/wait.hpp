// SPDX-License-Identifier: Apache-2.0
// From lanes to wait vectors: for every lane, how many of its transactions must have finished. The
// lanes are chosen by now, so nothing in here comes back to an earlier clock but through an
// entry's memory.
#pragma once

#include "hls/conflict_detector/bank_memory.hpp"
#include "hls/conflict_detector/place.hpp"
#include "hls/conflict_detector/state.hpp"

namespace switchyard {
namespace hls {

typedef Stream<Plan, kPlanDepth> PlanStream;

HLS_INLINE void clear(LaneVector& vector) {
    HLS_LOOP(clear_lanes)
    for (uint32_t l = 0; l < abi::kLanes; ++l) {
        VITIS_HLS(UNROLL)  // 64 registers at once
        vector.lane[l] = 0;
    }
}

HLS_INLINE void raise(LaneVector& vector, const LaneVector& other) {
    VITIS_HLS(INLINE)
    HLS_LOOP(raise_lanes)
    for (uint32_t l = 0; l < abi::kLanes; ++l) {
        VITIS_HLS(UNROLL)  // 64 comparators of 16 bits: a vector per clock
        vector.lane[l] = other.lane[l] > vector.lane[l] ? other.lane[l] : vector.lane[l];
    }
}

HLS_INLINE void wait_begin(WaitRegisters& state, BeginStream& in) {
    const PartBegin begin = in.read();
    if (!begin.opens) return;
    clear(state.counts);
    clear(state.floor);
    clear(state.gathered);
}

/// Brings the members of both epochs up to date with the entry's last user.
HLS_INLINE void bring_up_to_date(Members& members, const PlacedAccess& access) {
    VITIS_HLS(INLINE)
    const bool opened = access.change >= kOpened;
    const bool alone = access.change == kOpenedTwice;
    const uint16_t count = static_cast<uint16_t>(access.place + 1);
    HLS_LOOP(update_lanes)
    for (uint32_t l = 0; l < abi::kLanes; ++l) {
        VITIS_HLS(UNROLL)  // both vectors are one wide word: an entry per clock
        const uint16_t current = members.current.lane[l];
        const uint16_t kept = alone ? uint16_t{0} : current;
        members.previous.lane[l] = opened ? kept : members.previous.lane[l];
        members.current.lane[l] = opened ? uint16_t{0} : current;
    }
    // A transaction that joined before it opened is a member of both.
    if (alone || access.change == kJoinedOpened) members.previous.lane[access.lane] = count;
    if (access.change != kUnchanged) members.current.lane[access.lane] = count;
}

/// One round; the last one of a transaction completes its plan. False after the end of the part.
HLS_INLINE bool wait_step(Members members[kBanks][kEntriesPerBank], WaitRegisters& state,
                          PlacedStream& in, PlanStream& out) {
    const PlacedRound round = in.read();
    LaneVector found;
    clear(found);
    HLS_LOOP(wait_banks)
    for (uint32_t b = 0; b < kBanks; ++b) {
        VITIS_HLS(UNROLL)  // every bank has its own memory: up to eight entries per clock
        const PlacedAccess& access = round.access[b];
        if (access.valid) {
            Members entry;
            if (access.fresh) {
                clear(entry.current);
                clear(entry.previous);
            } else {
                entry = read_newest(members[b], state.bypass[b], access.entry);
            }
            bring_up_to_date(entry, access);
            write_through(members[b], state.bypass[b], access.entry, entry);
            raise(found, access.previous ? entry.previous : entry.current);
        }
    }
    // Apart from the banks, so that only this one maximum goes round.
    LaneVector gathered = state.gathered;
    raise(gathered, found);
    if (!round.head.last && !round.head.end) {
        state.gathered = gathered;
        return true;
    }

    Plan plan;
    plan.end = round.head.end;
    plan.part = round.head.part;
    plan.lane = round.lane;
    plan.place = round.place;
    plan.waits = gathered;
    raise(plan.waits, round.head.barrier ? state.counts : state.floor);
    // The own lane's entry is the place, so that the vector alone says when to start.
    plan.waits.lane[round.lane] = round.place;
    if (!round.head.end) state.counts.lane[round.lane] = static_cast<uint16_t>(round.place + 1);
    if (round.head.barrier) state.floor = state.counts;
    clear(state.gathered);
    out.write(plan);
    return !plan.end;
}

}  // namespace hls
}  // namespace switchyard
