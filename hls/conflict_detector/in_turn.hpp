// SPDX-License-Identifier: Apache-2.0
// Runs the processes in one thread, each as far as its streams let it, from the first to the last
// and over again: the same tokens through the same bounded streams as in the circuit, in an order
// that is the same every time.
#pragma once

#include "hls/conflict_detector/load.hpp"
#include "hls/conflict_detector/lookup.hpp"
#include "hls/conflict_detector/place.hpp"
#include "hls/conflict_detector/store.hpp"
#include "hls/conflict_detector/wait.hpp"

#if !defined(SWITCHYARD_HLS_DATAFLOW)
namespace switchyard {
namespace hls {

/// A process steps only when its input has a token and its output has room, so no stream passes its
/// depth. It ends: as long as the part's end has not reached format, some process can step, because
/// the last one that holds a token has room in front of it.
HLS_INLINE void run_in_turn(TagLine tags[kBanks][kBucketsPerBank],
                            Times times[kBanks][kEntriesPerBank],
                            PlacementWord placements[kPlacementCopies][abi::kBlockTransactions],
                            Members members[kBanks][kEntriesPerBank], Registers& registers,
                            const Word* input, Word* output, uint32_t input_words,
                            uint32_t output_words) {
    HeadStream heads;
    BeginStream lookup_begins, place_begins, wait_begins, format_begins;
    BeatWordStream beat_words;
    BeatStream beats;
    KeyStream keys;
    EntryStream entries;
    PlacedStream placed;
    PlanStream plans;
    RecordWordStream record_words;
    CountStream counts;
    ResultStream results;

    const uint32_t fetches = fetch_begin(input, input_words, output_words, heads);
    const uint32_t frames = frame_begin(registers.frame, heads, lookup_begins, place_begins,
                                        wait_begins, format_begins);
    lookup_begin(tags, registers.lookup, lookup_begins);
    place_begin(registers.place, place_begins);
    wait_begin(registers.wait, wait_begins);
    const uint32_t formats = format_begin(registers.format, format_begins, counts);
    const uint32_t stores = counts.read();

    uint32_t fetched = 0;
    uint32_t framed = 0;
    uint32_t formatted = 0;
    uint32_t stored = 0;
    bool framing = true, spreading = true, looking_up = true, placing = true, waiting = true;
    HLS_LOOP(turns)
    while (waiting || stored < stores) {
        while (fetched < fetches && !beat_words.full())
            fetch_step(input, fetched++, beat_words);
        for (; framed < frames && !beat_words.empty() && !beats.full(); ++framed)
            frame_step(registers.frame, beat_words, beats);
        if (framing && framed == frames && !beats.full()) {
            frame_end(registers.frame, beats);
            framing = false;
        }
        while (spreading && (registers.spread.busy || !beats.empty()) && !keys.full())
            spreading = spread_step(registers.spread, beats, keys);
        while (looking_up && !keys.empty() && !entries.full())
            looking_up = lookup_step(tags, registers.lookup, keys, entries);
        while (placing && !entries.empty() && !placed.full())
            placing = place_step(times, placements, registers.place, entries, placed);
        while (waiting && !placed.empty() && !plans.full())
            waiting = wait_step(members, registers.wait, placed, plans);
        for (; formatted < formats && !record_words.full() &&
               (!format_needs_plan(registers.format) || !plans.empty());
             ++formatted)
            format_step(registers.format, plans, record_words);
        for (; stored < stores && !record_words.empty(); ++stored)
            store_step(output, stored, record_words);
    }
    format_end(registers.format, plans, results);
    store_end(output, results);
}

}  // namespace hls
}  // namespace switchyard
#endif
