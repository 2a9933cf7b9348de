// SPDX-License-Identifier: Apache-2.0
// The top function. Under Vitis the processes become circuits of their own, joined by streams
// (processes.hpp); elsewhere they take their steps in turn (in_turn.hpp). The steps are the same.
#include "hls/conflict_detector/conflict_detector.hpp"

#include "hls/conflict_detector/in_turn.hpp"
#include "hls/conflict_detector/processes.hpp"
#include "hls/pragmas.hpp"

namespace switchyard {
namespace hls {

#if !defined(SWITCHYARD_HLS_DATAFLOW) && !defined(__BAMBU__)
void detect_conflicts(DetectorState& state, const Word* input, Word* output, uint32_t input_words,
                      uint32_t output_words) {
    Memories& memories = state.memories;
    run_in_turn(memories.tags, memories.times, memories.placements, memories.members,
                state.registers, input, output, input_words, output_words);
}
#endif

}  // namespace hls
}  // namespace switchyard

#if defined(__BAMBU__)
#pragma HLS interface port = input mode = m_axi offset = direct bundle = gmem0
#pragma HLS interface port = output mode = m_axi offset = direct bundle = gmem1
#if defined(SWITCHYARD_HLS_DATAFLOW)
#pragma HLS dataflow
#endif
#endif
extern "C" void conflict_detector(const switchyard::hls::Word* input, switchyard::hls::Word* output,
                                  uint32_t input_words, uint32_t output_words) {
    // Two 512-bit masters, so that reading descriptors and writing records do not take turns.
    // Bursts of 64 beats, as deep as the streams behind them; 4 under way hide 64 clocks of memory.
    // `depth` is the size of the testbench's buffers.
    // clang-format off
    VITIS_HLS(INTERFACE mode = m_axi port = input offset = slave bundle = gmem0 depth = 4096 max_read_burst_length = 64 num_read_outstanding = 4)
    VITIS_HLS(INTERFACE mode = m_axi port = output offset = slave bundle = gmem1 depth = 4096 max_write_burst_length = 64 num_write_outstanding = 4)
    VITIS_HLS(INTERFACE mode = s_axilite port = input_words)
    VITIS_HLS(INTERFACE mode = s_axilite port = output_words)
    VITIS_HLS(INTERFACE mode = s_axilite port = return)
    // clang-format on
#if defined(SWITCHYARD_HLS_DATAFLOW)
    using namespace switchyard::hls;
    VITIS_HLS(DATAFLOW)  // all processes at once: the slowest one alone sets the pace
    // Depths as in structure.hpp.
    HeadStream heads;
    BeginStream lookup_begins;
    BeginStream place_begins;
    BeginStream wait_begins;
    BeginStream format_begins;
    BeatWordStream beat_words;
    BeatStream beats;
    KeyStream keys;
    EntryStream entries;
    PlacedStream placed;
    PlanStream plans;
    RecordWordStream record_words;
    CountStream counts;
    ResultStream results;
    VITIS_HLS(STREAM variable = heads depth = 2)
    VITIS_HLS(STREAM variable = lookup_begins depth = 2)
    VITIS_HLS(STREAM variable = place_begins depth = 2)
    VITIS_HLS(STREAM variable = wait_begins depth = 2)
    VITIS_HLS(STREAM variable = format_begins depth = 2)
    VITIS_HLS(STREAM variable = beat_words depth = 64)
    VITIS_HLS(STREAM variable = beats depth = 16)
    VITIS_HLS(STREAM variable = keys depth = 16)
    VITIS_HLS(STREAM variable = entries depth = 16)
    VITIS_HLS(STREAM variable = placed depth = 16)
    VITIS_HLS(STREAM variable = plans depth = 16)
    VITIS_HLS(STREAM variable = record_words depth = 64)
    VITIS_HLS(STREAM variable = counts depth = 2)
    VITIS_HLS(STREAM variable = results depth = 2)
    fetch_process(input, input_words, output_words, heads, beat_words);
    frame_process(heads, beat_words, lookup_begins, place_begins, wait_begins, format_begins,
                  beats);
    spread_process(beats, keys);
    lookup_process(lookup_begins, keys, entries);
    place_process(place_begins, entries, placed);
    wait_process(wait_begins, placed, plans);
    format_process(format_begins, plans, counts, record_words, results);
    store_process(counts, record_words, results, output);
#else
    // An object for each memory, so that each becomes one.
    using namespace switchyard::hls;
    static TagLine tags[kBanks][kBucketsPerBank];
    static Times times[kBanks][kEntriesPerBank];
    static PlacementWord placements[kPlacementCopies][switchyard::abi::kBlockTransactions];
    static Members members[kBanks][kEntriesPerBank];
    static Registers registers;
    run_in_turn(tags, times, placements, members, registers, input, output, input_words,
                output_words);
#endif
}

static_assert(switchyard::hls::kBeatDepth == 64 && switchyard::hls::kWordDepth == 64 &&
                  switchyard::hls::kRoundDepth == 16 && switchyard::hls::kPlanDepth == 16,
              "the depths that the pragmas spell out");
