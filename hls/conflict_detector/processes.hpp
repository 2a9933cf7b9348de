// SPDX-License-Identifier: Apache-2.0
// The processes as functions that a dataflow region calls: each loops over its steps and keeps its
// memories and registers from one start to the next.
#pragma once

#include "hls/conflict_detector/load.hpp"
#include "hls/conflict_detector/lookup.hpp"
#include "hls/conflict_detector/place.hpp"
#include "hls/conflict_detector/store.hpp"
#include "hls/conflict_detector/wait.hpp"

#if defined(SWITCHYARD_HLS_DATAFLOW)
namespace switchyard {
namespace hls {

inline void fetch_process(const Word* input, uint32_t input_words, uint32_t output_words,
                          HeadStream& heads, BeatWordStream& words) {
    const uint32_t beats = fetch_begin(input, input_words, output_words, heads);
    HLS_LOOP(fetch_beats)
    for (uint32_t i = 0; i < beats; ++i) {
        VITIS_HLS(PIPELINE II = 1)  // one burst, a beat per clock
        VITIS_HLS(LOOP_TRIPCOUNT min = 0 max = 65536 avg = 512)
        fetch_step(input, i, words);
    }
}

inline void frame_process(HeadStream& heads, BeatWordStream& words, BeginStream& to_lookup,
                          BeginStream& to_place, BeginStream& to_wait, BeginStream& to_format,
                          BeatStream& beats) {
    static FrameRegisters state;
    const uint32_t count = frame_begin(state, heads, to_lookup, to_place, to_wait, to_format);
    HLS_LOOP(frame_beats)
    for (uint32_t i = 0; i < count; ++i) {
        VITIS_HLS(PIPELINE II = 1)  // a descriptor per clock: seven keys hashed side by side
        VITIS_HLS(LOOP_TRIPCOUNT min = 0 max = 65536 avg = 512)
        frame_step(state, words, beats);
    }
    frame_end(state, beats);
}

inline void spread_process(BeatStream& beats, KeyStream& keys) {
    static SpreadRegisters state;
    bool more = true;
    HLS_LOOP(spread_rounds)
    while (more) {
        VITIS_HLS(PIPELINE II = 1)  // a round per clock; only `left` and `busy` go round
        VITIS_HLS(LOOP_TRIPCOUNT min = 1 max = 65537 avg = 900)
        more = spread_step(state, beats, keys);
    }
}

inline void lookup_process(BeginStream& begins, KeyStream& keys, EntryStream& entries) {
    static TagLine tags[kBanks][kBucketsPerBank];
    static LookupRegisters state;
    // A line is one wide word in its bank's own block memory: a key per bank and clock.
    VITIS_HLS(ARRAY_PARTITION variable = tags complete dim = 1)
    VITIS_HLS(AGGREGATE variable = tags compact = bit)
    VITIS_HLS(BIND_STORAGE variable = tags type = ram_2p impl = bram)
    VITIS_HLS(ARRAY_PARTITION variable = state.bypass complete dim = 0)
    lookup_begin(tags, state, begins);
    bool more = true;
    HLS_LOOP(lookup_rounds)
    while (more) {
        VITIS_HLS(PIPELINE II = 1)  // a round per clock
        VITIS_HLS(LOOP_TRIPCOUNT min = 1 max = 65537 avg = 900)
        // True by the bypass: a line is read from memory no sooner than 4 rounds after its write.
        VITIS_HLS(DEPENDENCE variable = tags inter RAW distance = 4 true)
        more = lookup_step(tags, state, keys, entries);
    }
}

inline void place_process(BeginStream& begins, EntryStream& entries, PlacedStream& placed) {
    static Times times[kBanks][kEntriesPerBank];
    static PlacementWord placements[kPlacementCopies][abi::kBlockTransactions];
    static PlaceRegisters state;
    // Both times in one word of the bank's own memory, a placement in one 72-bit word of UltraRAM.
    VITIS_HLS(ARRAY_PARTITION variable = times complete dim = 1)
    VITIS_HLS(AGGREGATE variable = times compact = bit)
    VITIS_HLS(BIND_STORAGE variable = times type = ram_2p impl = uram)
    VITIS_HLS(ARRAY_PARTITION variable = placements complete dim = 1)
    VITIS_HLS(AGGREGATE variable = placements compact = bit)
    VITIS_HLS(BIND_STORAGE variable = placements type = ram_2p impl = uram)
    // Registers: all lanes and all recent placements are looked at in the same clock.
    VITIS_HLS(ARRAY_PARTITION variable = state.lanes.sorted complete)
    VITIS_HLS(ARRAY_PARTITION variable = state.recent complete)
    VITIS_HLS(ARRAY_PARTITION variable = state.bypass complete dim = 0)
    VITIS_HLS(ARRAY_PARTITION variable = state.visits complete dim = 0)
    VITIS_HLS(ARRAY_PARTITION variable = state.after complete)
    place_begin(state, begins);
    bool more = true;
    HLS_LOOP(place_rounds)
    while (more) {
        VITIS_HLS(PIPELINE II = 1)  // a round per clock, and with one round a transaction
        VITIS_HLS(LOOP_TRIPCOUNT min = 1 max = 65537 avg = 900)
        // True by the registers in front: 4 writes of a bank, 8 placements.
        VITIS_HLS(DEPENDENCE variable = times inter RAW distance = 5 true)
        VITIS_HLS(DEPENDENCE variable = placements inter RAW distance = 9 true)
        more = place_step(times, placements, state, entries, placed);
    }
}

inline void wait_process(BeginStream& begins, PlacedStream& placed, PlanStream& plans) {
    static Members members[kBanks][kEntriesPerBank];
    static WaitRegisters state;
    // An entry is one word of 2,048 bits in its bank's own memory: 64 lanes in one clock.
    VITIS_HLS(ARRAY_PARTITION variable = members complete dim = 1)
    VITIS_HLS(AGGREGATE variable = members compact = bit)
    VITIS_HLS(BIND_STORAGE variable = members type = ram_2p impl = uram)
    VITIS_HLS(ARRAY_PARTITION variable = state.bypass complete dim = 0)
    VITIS_HLS(ARRAY_PARTITION variable = state.counts.lane complete)
    VITIS_HLS(ARRAY_PARTITION variable = state.floor.lane complete)
    VITIS_HLS(ARRAY_PARTITION variable = state.gathered.lane complete)
    wait_begin(state, begins);
    bool more = true;
    HLS_LOOP(wait_rounds)
    while (more) {
        VITIS_HLS(PIPELINE II = 1)  // a round per clock
        VITIS_HLS(LOOP_TRIPCOUNT min = 1 max = 65537 avg = 900)
        // True by the bypass: 4 writes of a bank.
        VITIS_HLS(DEPENDENCE variable = members inter RAW distance = 5 true)
        more = wait_step(members, state, placed, plans);
    }
}

inline void format_process(BeginStream& begins, PlanStream& plans, CountStream& counts,
                           RecordWordStream& words, ResultStream& results) {
    static FormatRegisters state;
    const uint32_t count = format_begin(state, begins, counts);
    HLS_LOOP(format_words)
    for (uint32_t i = 0; i < count; ++i) {
        VITIS_HLS(PIPELINE II = 1)  // a word per clock; a record is 1 to 3 words
        VITIS_HLS(LOOP_TRIPCOUNT min = 0 max = 196608 avg = 768)
        format_step(state, plans, words);
    }
    format_end(state, plans, results);
}

inline void store_process(CountStream& counts, RecordWordStream& words, ResultStream& results,
                          Word* output) {
    const uint32_t count = counts.read();
    HLS_LOOP(store_words)
    for (uint32_t i = 0; i < count; ++i) {
        VITIS_HLS(PIPELINE II = 1)  // one burst, a beat per clock
        VITIS_HLS(LOOP_TRIPCOUNT min = 0 max = 196608 avg = 768)
        store_step(output, i, words);
    }
    store_end(output, results);
}

static_assert(kTagBypass == 3 && kEntryBypass == 4 && kRecentPlacements == 8,
              "the distances that the pragmas spell out");

}  // namespace hls
}  // namespace switchyard
#endif
