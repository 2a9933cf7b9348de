// SPDX-License-Identifier: Apache-2.0
// From entries to lanes: when a transaction is ready, and where it runs. Only times, no wait
// vectors: these do not influence the choice and follow behind, in wait.hpp.
#pragma once

#include "hls/conflict_detector/bank_memory.hpp"
#include "hls/conflict_detector/lanes.hpp"
#include "hls/conflict_detector/lookup.hpp"
#include "hls/conflict_detector/state.hpp"

namespace switchyard {
namespace hls {

typedef Stream<PlacedRound, kRoundDepth> PlacedStream;

HLS_INLINE Cost later(Cost a, Cost b) {
    return a > b ? a : b;
}

inline void place_begin(PlaceRegisters& state, BeginStream& in) {
    const PartBegin begin = in.read();
    if (!begin.opens) return;
    open_lanes(state.lanes, begin.header.lane_count);
    state.transaction = 0;
    state.gathered = 0;
    state.after_latest = false;
    state.floor = 0;
    state.floor_is_latest = false;
    state.settled = 0;
}

HLS_INLINE PlacementWord packed(const Placement& placement) {
    PlacementWord word;
    word.finish_and_place = placement.finish | uint64_t{placement.place} << 48;
    word.lane = placement.lane;
    return word;
}

HLS_INLINE Placement unpacked(const PlacementWord& word) {
    Placement placement;
    placement.finish = word.finish_and_place & kNever;
    placement.place = static_cast<uint16_t>(word.finish_and_place >> 48);
    placement.lane = word.lane;
    return placement;
}

/// The placement of `transaction`, `distance` before the one at hand.
HLS_INLINE Placement placement_of(const PlacementWord* placements, const PlaceRegisters& state,
                                  uint16_t transaction, uint32_t distance) {
    VITIS_HLS(INLINE)
    Placement placement = unpacked(placements[transaction]);
    if (!kStepsOverlap) return placement;
    HLS_LOOP(recent_placements)
    for (uint32_t r = 0; r < kRecentPlacements; ++r) {
        VITIS_HLS(UNROLL)  // a selection by distance: the memory behind is several clocks late
        if (distance == r + 1) placement = state.recent[r];
    }
    return placement;
}

/// What one access waits for.
struct Wanted {
    Cost settled;       // all of it but for the latest transaction
    bool after_latest;  // and the latest transaction as well
};

/// Brings the entry up to date with its last user, `by`, and says what the access waits for.
///
/// A new epoch's members wait for all before, so times only grow from epoch to epoch: the current
/// finish after any change is the maximum of what it was and of the changer's. When the changer is
/// the transaction just placed, its finish is the latest signal of all; it then stays out of
/// `settled`, and take_lane() merges it in at the end.
HLS_INLINE Wanted bring_up_to_date(Times& times, const EntryAccess& access, const Placement& by,
                                   bool by_latest) {
    VITIS_HLS(INLINE)
    const bool changed = access.change != kUnchanged;
    const Times before = times;
    const Cost finish = changed ? by.finish : 0;
    times.current = later(before.current, finish);
    if (access.change == kOpened) times.previous = before.current;
    if (access.change >= kJoinedOpened) times.previous = finish;

    const Cost shared = access.change == kOpened ? before.current : before.previous;
    const Cost base = access.previous ? shared : before.current;
    const bool needs = changed && (!access.previous || access.change >= kJoinedOpened);
    Wanted wanted;
    wanted.settled = needs && !by_latest ? later(base, finish) : base;
    wanted.after_latest = needs && by_latest;
    return wanted;
}

HLS_INLINE void keep_placement(PlacementWord placements[kPlacementCopies][abi::kBlockTransactions],
                               PlaceRegisters& state, const Placement& placement) {
    VITIS_HLS(INLINE)
    HLS_LOOP(placement_copies)
    for (uint32_t c = 0; c < kPlacementCopies; ++c) {
        VITIS_HLS(UNROLL)  // one copy for each bank, as each asks for another transaction
        if (!kWritesArriveLate) {
            placements[c][state.transaction] = packed(placement);
        } else if (state.transaction >= kRecentPlacements) {
            placements[c][state.transaction - kRecentPlacements] =
                packed(state.recent[kRecentPlacements - 1]);
        }
    }
    if (!kStepsOverlap) return;
    HLS_LOOP(shift_placements)
    for (uint32_t r = kRecentPlacements - 1; r > 0; --r) {
        VITIS_HLS(UNROLL)  // a shift register
        state.recent[r] = state.recent[r - 1];
    }
    state.recent[0] = placement;
}

/// One round; the last one of a transaction places it. False after the end of the part.
inline bool place_step(Times times[kBanks][kEntriesPerBank],
                       PlacementWord placements[kPlacementCopies][abi::kBlockTransactions],
                       PlaceRegisters& state, EntryStream& in, PlacedStream& out) {
    const EntryRound entries = in.read();
    PlacedRound round;
    round.head = entries.head;
    Cost gathered = state.gathered;
    bool after_latest = state.after_latest;
    HLS_LOOP(place_banks)
    for (uint32_t b = 0; b < kBanks; ++b) {
        VITIS_HLS(UNROLL)  // every bank has its own memories: up to eight entries per clock
        const EntryAccess& access = entries.access[b];
        PlacedAccess placed;
        placed.valid = access.valid;
        if (access.valid) {
            const uint32_t distance = state.transaction - access.changer;
            const Placement by =
                placement_of(placements[b % kPlacementCopies], state, access.changer, distance);
            Times entry = read_newest(times[b], state.bypass[b], access.entry);
            if (access.fresh) {
                entry.current = 0;
                entry.previous = 0;
            }
            const Wanted wanted = bring_up_to_date(entry, access, by, distance == 1);
            write_through(times[b], state.bypass[b], access.entry, entry);
            gathered = later(gathered, wanted.settled);
            after_latest = after_latest || wanted.after_latest;
            placed.fresh = access.fresh;
            placed.previous = access.previous;
            placed.change = access.change;
            placed.entry = access.entry;
            placed.lane = by.lane;
            placed.place = by.place;
        }
        round.access[b] = placed;
    }
    state.gathered = entries.head.last ? 0 : gathered;
    state.after_latest = entries.head.last ? false : after_latest;
    round.lane = 0;
    round.place = 0;
    if (entries.head.last) {
        // A barrier waits for all before it, the latest included; the next one for the barrier.
        const bool barrier = entries.head.barrier;
        const Cost ready = barrier ? state.settled : later(gathered, state.floor);
        const Cost latest = state.lanes.latest.free;
        const Placement placement =
            take_lane(state.lanes, ready, after_latest || barrier || state.floor_is_latest,
                      entries.head.cost);
        state.settled = later(state.settled, latest);
        if (state.floor_is_latest) state.floor = latest;
        state.floor_is_latest = barrier;
        keep_placement(placements, state, placement);
        ++state.transaction;
        round.lane = placement.lane;
        round.place = placement.place;
    }
    round.head.part.makespan = later(state.settled, state.lanes.latest.free);
    out.write(round);
    return !round.head.end;
}

}  // namespace hls
}  // namespace switchyard
