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

HLS_INLINE void place_begin(PlaceRegisters& state, BeginStream& in) {
    const PartBegin begin = in.read();
    if (!begin.opens) return;
    open_lanes(state.lanes, begin.header.lane_count);
    state.transaction = 0;
    state.gathered = 0;
    HLS_LOOP(begin_wishes)
    for (uint32_t p = 0; p < kLatePlacements; ++p) {
        VITIS_HLS(UNROLL)  // flags
        state.after[p] = false;
    }
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

/// Which late transactions something is after: 1, 2, ... before the one at hand.
struct LateSet {
    bool has[kLatePlacements];
};

/// What one access waits for.
struct Wanted {
    Cost settled;  // all but the late transactions
    LateSet late;
};

/// An entry whose last changes are by late transactions: its times without these, and what they
/// add. A new epoch's members wait for all before, so times grow from epoch to epoch, and a time
/// of an older epoch may stand for one that a late transaction has replaced: it is smaller than
/// what that one adds.
struct LateChanges {
    bool opened;  // the current epoch is one of theirs, `settled.current` is of the previous one
    LateSet current;
    LateSet previous;
};

HLS_INLINE void add_change(LateChanges& late, Change change, uint32_t distance) {
    VITIS_HLS(INLINE)
    const bool opens = change >= kOpened;
    HLS_LOOP(add_to_sets)
    for (uint32_t p = 0; p < kLatePlacements; ++p) {
        VITIS_HLS(UNROLL)  // flags
        const bool it = distance == p + 1;
        const bool before = late.current.has[p];
        if (opens) late.previous.has[p] = change == kOpened ? before : it;
        late.current.has[p] = it || (before && !opens);
    }
    late.opened = late.opened || opens;
}

/// The entry with the change of its last user, `by`, made.
HLS_INLINE Times up_to_date(const Times& before, Change change, const Placement& by) {
    VITIS_HLS(INLINE)
    Times times = before;
    if (change != kUnchanged) times.current = later(before.current, by.finish);
    if (change == kOpened) times.previous = before.current;
    if (change >= kJoinedOpened) times.previous = by.finish;
    return times;
}

/// What one access waits for; brings its entry up to date.
///
/// The finishes of late transactions must not go round through the entry, as there is no time for
/// that. So the times are taken from before the first of their changes, and the changes are
/// followed as sets; place_step() merges the finishes at the very end.
HLS_INLINE Wanted use_entry(Times* times, Bypass<Times, kEntryBypass>& bypass,
                            Visit visits[kEntryBypass], const EntryAccess& access,
                            const Placement& by, uint32_t transaction) {
    VITIS_HLS(INLINE)
    Times before = read_newest(times, bypass, access.entry);
    if (access.fresh) {
        before.current = 0;
        before.previous = 0;
    }
    const Times after = up_to_date(before, access.change, by);
    const bool by_late = kStepsOverlap && access.change != kUnchanged &&
                         transaction - access.changer <= kLatePlacements;
    Times settled = by_late ? before : after;
    LateChanges late;
    late.opened = false;
    HLS_LOOP(begin_sets)
    for (uint32_t p = 0; p < kLatePlacements; ++p) {
        VITIS_HLS(UNROLL)  // flags
        late.current.has[p] = false;
        late.previous.has[p] = false;
    }
    bool first = true;
    HLS_LOOP(late_visits)
    for (uint32_t v = kEntryBypass; kStepsOverlap && v > 0; --v) {
        VITIS_HLS(UNROLL)  // oldest first; only flags and one selection of times
        Visit& visit = visits[v - 1];
        if (visit.entry == access.entry && access.fresh) visit.valid = false;  // of another block
        const uint32_t distance = transaction - visit.changer;
        if (visit.valid && visit.entry == access.entry && visit.change != kUnchanged &&
            distance <= kLatePlacements) {
            if (first) settled = visit.before;
            first = false;
            add_change(late, visit.change, distance);
        }
    }
    if (by_late) add_change(late, access.change, transaction - access.changer);

    write_through(times, bypass, access.entry, after);
    HLS_LOOP(shift_visits)
    for (uint32_t v = kEntryBypass - 1; kStepsOverlap && v > 0; --v) {
        VITIS_HLS(UNROLL)  // a shift register
        visits[v] = visits[v - 1];
    }
    visits[0].valid = kStepsOverlap;
    visits[0].entry = access.entry;
    visits[0].changer = access.changer;
    visits[0].change = access.change;
    visits[0].before = before;

    Wanted wanted;
    wanted.settled = access.previous && !late.opened ? settled.previous : settled.current;
    wanted.late = access.previous ? late.previous : late.current;
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
HLS_INLINE bool place_step(Times times[kBanks][kEntriesPerBank],
                           PlacementWord placements[kPlacementCopies][abi::kBlockTransactions],
                           PlaceRegisters& state, EntryStream& in, PlacedStream& out) {
    const EntryRound entries = in.read();
    PlacedRound round;
    round.head = entries.head;
    Cost settled[kBanks];
    VITIS_HLS(ARRAY_PARTITION variable = settled complete)
    LateSet after;
    HLS_LOOP(begin_late)
    for (uint32_t p = 0; p < kLatePlacements; ++p) {
        VITIS_HLS(UNROLL)  // flags
        after.has[p] = state.after[p];
    }
    HLS_LOOP(place_banks)
    for (uint32_t b = 0; b < kBanks; ++b) {
        VITIS_HLS(UNROLL)  // every bank has its own memories: up to eight entries per clock
        const EntryAccess& access = entries.access[b];
        PlacedAccess placed;
        placed.valid = access.valid;
        settled[b] = 0;
        if (access.valid) {
            const Placement by = placement_of(placements[b % kPlacementCopies], state,
                                              access.changer, state.transaction - access.changer);
            const Wanted wanted = use_entry(times[b], state.bypass[b], state.visits[b], access, by,
                                            state.transaction);
            settled[b] = wanted.settled;
            HLS_LOOP(gather_late)
            for (uint32_t p = 0; p < kLatePlacements; ++p) {
                VITIS_HLS(UNROLL)  // flags
                after.has[p] = after.has[p] || wanted.late.has[p];
            }
            placed.fresh = access.fresh;
            placed.previous = access.previous;
            placed.change = access.change;
            placed.entry = access.entry;
            placed.lane = by.lane;
            placed.place = by.place;
        }
        round.access[b] = placed;
    }
    HLS_LOOP(settle_levels)
    for (uint32_t width = kBanks / 2; width > 0; width /= 2) {
        VITIS_HLS(UNROLL)  // a tree of three levels, not a chain of eight
        HLS_LOOP(settle_pairs)
        for (uint32_t b = 0; b < width; ++b) {
            VITIS_HLS(UNROLL)
            settled[b] = later(settled[b], settled[b + width]);
        }
    }
    const Cost bound = later(state.gathered, state.floor);
    state.gathered = entries.head.last ? 0 : later(state.gathered, settled[0]);
    HLS_LOOP(keep_late)
    for (uint32_t p = 0; p < kLatePlacements; ++p) {
        VITIS_HLS(UNROLL)  // flags
        state.after[p] = !entries.head.last && after.has[p];
    }
    round.lane = 0;
    round.place = 0;
    if (entries.head.last) {
        // A barrier waits for all before it, the latest included; the next one for the barrier.
        const bool barrier = entries.head.barrier;
        Cost late = bound;
        HLS_LOOP(merge_late)
        for (uint32_t p = kLatePlacements - 1; p > 0; --p) {
            VITIS_HLS(UNROLL)  // beside the tree; the latest one comes last, in take_lane
            if (after.has[p]) late = later(late, state.recent[p].finish);
        }
        const Cost latest = state.lanes.latest.free;
        const Placement placement =
            take_lane(state.lanes, barrier ? state.settled : later(settled[0], late),
                      after.has[0] || barrier || state.floor_is_latest, entries.head.cost);
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
