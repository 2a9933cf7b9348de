// SPDX-License-Identifier: Apache-2.0
// From plans to memory. format turns each plan into the words of its record, store writes them and
// then the header that says what became of the part. Each `_step` is one clock of its process.
#pragma once

#include "hls/conflict_detector/state.hpp"
#include "hls/conflict_detector/wait.hpp"
#include "hls/conflict_detector/wire.hpp"

namespace switchyard {
namespace hls {

typedef Stream<Word, kWordDepth> RecordWordStream;
/// The result header, and whether there is room to write it.
struct PartResult {
    bool answer;
    Word header;
};
typedef Stream<PartResult, 2> ResultStream;
typedef Stream<uint32_t, 2> CountStream;

/// Returns how many words follow, whatever the descriptors turn out to be.
HLS_INLINE uint32_t format_begin(FormatRegisters& state, BeginStream& in, CountStream& to_store) {
    state.begin = in.read();
    state.word = 0;
    state.transaction = state.begin.first_transaction;
    state.plan.end = false;
    state.check = 0;
    to_store.write(state.begin.words);
    return state.begin.words;
}

/// True when the next step takes a plan.
HLS_INLINE bool format_needs_plan(const FormatRegisters& state) {
    return state.word == 0 && !state.plan.end;
}

/// One word. Where a bad descriptor has ended the part early, zeros take the place of the records
/// that never came, so that store's burst has the length that the header promised.
HLS_INLINE void format_step(FormatRegisters& state, PlanStream& in, RecordWordStream& out) {
    Plan plan = state.plan;
    if (format_needs_plan(state)) {
        plan = in.read();
        state.plan = plan;
    }
    const Word first = to_record_word(state.transaction, state.begin.header.sequence, plan.lane,
                                      plan.place, plan.waits);
    const Word tail = to_tail_word(plan.waits, state.word == 2 ? 1 : 0);
    Word word;
    HLS_LOOP(select_word)
    for (uint32_t p = 0; p < 8; ++p) {
        VITIS_HLS(UNROLL)  // a selection of three for each bit
        const uint64_t part = state.word == 0 ? first.part[p] : tail.part[p];
        word.part[p] = plan.end ? 0 : part;
    }
    if (!plan.end) state.check = abi::check_step(state.check, folded(word));
    const bool complete = state.word + 1 == state.begin.record_words;
    state.word = complete ? 0 : state.word + 1;
    state.transaction += complete ? 1 : 0;
    out.write(word);
}

/// Takes the end of the part, if no step has, and hands on the result.
HLS_INLINE void format_end(FormatRegisters& state, PlanStream& in, ResultStream& out) {
    Plan plan = state.plan;
    if (!plan.end) plan = in.read();
    const PartEnd& part = plan.part;
    const abi::BatchHeader& header = state.begin.header;
    abi::ResultHeader result;
    result.magic = abi::kResultMagic;
    result.version = abi::kVersion;
    result.status = part.status;
    result.batch_id = header.batch_id;
    result.sequence = header.sequence;
    result.part = header.part;
    result.transaction_count = part.transactions;
    result.overflowed_accesses = part.overflowed;
    result.lane_count = header.lane_count;
    result.record_words = header.record_words;
    result.generation = part.generation;
    result.makespan = part.makespan;
    result.check = state.check;
    result.reserved = 0;
    PartResult answer;
    answer.answer = state.begin.answer;
    answer.header = to_word(result);
    out.write(answer);
}

HLS_INLINE void store_step(Word* output, uint32_t word, RecordWordStream& in) {
    store_word(output[1 + word], in.read());
}

HLS_INLINE void store_end(Word* output, ResultStream& in) {
    const PartResult result = in.read();
    if (result.answer) store_word(output[0], result.header);
}

}  // namespace hls
}  // namespace switchyard
