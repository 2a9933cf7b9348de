// SPDX-License-Identifier: Apache-2.0
// From memory to rounds. fetch reads the part's words, frame checks header and framing and hashes
// the keys, spread deals each descriptor's keys out to the banks. Each `_step` is one clock of its
// process.
#pragma once

#include "hls/conflict_detector/state.hpp"
#include "hls/conflict_detector/tokens.hpp"
#include "hls/conflict_detector/wire.hpp"
#include "hls/stream.hpp"

namespace switchyard {
namespace hls {

typedef Stream<PartHead, 2> HeadStream;
typedef Stream<PartBegin, 2> BeginStream;
typedef Stream<Word, kBeatDepth> BeatWordStream;
typedef Stream<Beat, kRoundDepth> BeatStream;
typedef Stream<KeyRound, kRoundDepth> KeyStream;

// ---- fetch ----

/// The part of the header's check that needs no memory of earlier parts, and bounds all others.
HLS_INLINE bool header_is_sound(const abi::BatchHeader& header, uint32_t input_words) {
    return header.magic == abi::kBatchMagic && header.version == abi::kVersion &&
           header.lane_count != 0 && header.lane_count <= abi::kLanes &&
           header.record_words == abi::record_words(header.lane_count) &&
           header.descriptor_count <= input_words - 1 &&
           header.transaction_count <= header.descriptor_count;
}

/// Returns how many descriptors follow.
HLS_INLINE uint32_t fetch_begin(const Word* input, uint32_t input_words, uint32_t output_words,
                                HeadStream& out) {
    PartHead head;
    head.beats = 0;
    head.input_words = input_words;
    head.output_words = output_words;
    if (input_words != 0 && output_words != 0) {
        head.header = load_word(input[0]);
        const abi::BatchHeader header = to_batch_header(head.header);
        if (header_is_sound(header, input_words)) head.beats = header.descriptor_count;
    }
    out.write(head);
    return head.beats;
}

HLS_INLINE void fetch_step(const Word* input, uint32_t beat, BeatWordStream& out) {
    out.write(load_word(input[1 + beat]));
}

// ---- frame ----

HLS_INLINE abi::Status check_header(const FrameRegisters& state, const abi::BatchHeader& header,
                                    uint32_t input_words, uint32_t output_words) {
    const bool first = (header.flags & abi::kBatchFirst) != 0;
    if (!header_is_sound(header, input_words)) return abi::kStatusBadHeader;
    if (header.part != (first ? 0 : state.next_part)) return abi::kStatusOutOfOrder;
    if (!first && (!state.open || header.batch_id != state.batch_id ||
                   header.hash_seed != state.hash_seed || header.lane_count != state.lanes))
        return abi::kStatusOutOfOrder;
    const uint32_t before = first ? 0 : state.transactions;
    if (header.transaction_count > abi::kBlockTransactions - before)
        return abi::kStatusTooManyTransactions;
    if (uint64_t{header.transaction_count} * header.record_words > output_words - 1)
        return abi::kStatusNoRoom;
    return abi::kStatusDone;
}

/// Returns how many descriptors follow; they must be taken even when the header is refused.
HLS_INLINE uint32_t frame_begin(FrameRegisters& state, HeadStream& in, BeginStream& to_lookup,
                                BeginStream& to_place, BeginStream& to_wait,
                                BeginStream& to_format) {
    const PartHead head = in.read();
    PartBegin begin;
    begin.answer = head.input_words != 0 && head.output_words != 0;
    begin.header = to_batch_header(head.header);
    state.answer = begin.answer;
    state.part_transactions = 0;
    state.position = 0;
    state.status = begin.answer
                       ? check_header(state, begin.header, head.input_words, head.output_words)
                       : abi::kStatusNone;
    const bool accepted = state.status == abi::kStatusDone;
    begin.opens = accepted && (begin.header.flags & abi::kBatchFirst) != 0;
    if (begin.opens) {
        state.batch_id = begin.header.batch_id;
        state.hash_seed = begin.header.hash_seed;
        state.lanes = begin.header.lane_count;
        state.transactions = 0;
    }
    state.expected = begin.header.transaction_count;
    if (begin.answer) state.next_part = begin.header.part + 1;
    begin.first_transaction = state.transactions;
    begin.record_words = begin.header.record_words;
    begin.words = accepted ? begin.header.transaction_count * begin.header.record_words : 0;
    to_lookup.write(begin);
    to_place.write(begin);
    to_wait.write(begin);
    to_format.write(begin);
    return head.beats;
}

/// Descriptor `position` of its transaction, from 0.
HLS_INLINE bool descriptor_is_valid(const abi::Descriptor& descriptor, uint32_t position) {
    const bool first = (descriptor.flags & abi::kDescriptorFirst) != 0;
    const bool last = (descriptor.flags & abi::kDescriptorLast) != 0;
    const bool barrier = (descriptor.flags & abi::kDescriptorBarrier) != 0;
    const uint8_t known = abi::kDescriptorFirst | abi::kDescriptorLast | abi::kDescriptorBarrier;
    return first == (position == 0) && position < abi::kDescriptorsPerTransaction &&
           descriptor.access_count <= abi::kKeysPerDescriptor && (descriptor.flags & ~known) == 0 &&
           (!first || descriptor.cost != 0) &&
           (!barrier || (first && last && descriptor.access_count == 0));
}

/// Takes one descriptor. From a bad one on, nothing is handed on any more.
HLS_INLINE void frame_step(FrameRegisters& state, BeatWordStream& in, BeatStream& out) {
    const abi::Descriptor descriptor = to_descriptor(in.read());
    const bool surplus = state.position == 0 && state.part_transactions == state.expected;
    if (state.status == abi::kStatusDone &&
        (surplus || !descriptor_is_valid(descriptor, state.position)))
        state.status = abi::kStatusBadDescriptor;
    if (state.status != abi::kStatusDone) return;
    if (state.position == 0) state.cost = descriptor.cost;

    Beat beat;
    beat.end = false;
    beat.last = (descriptor.flags & abi::kDescriptorLast) != 0;
    beat.barrier = (descriptor.flags & abi::kDescriptorBarrier) != 0;
    beat.count = descriptor.access_count;
    beat.cost = state.cost;
    HLS_LOOP(hash_keys)
    for (uint32_t k = 0; k < abi::kKeysPerDescriptor; ++k) {
        VITIS_HLS(UNROLL)  // seven multipliers: a descriptor per clock
        const uint8_t code = static_cast<uint8_t>(descriptor.kinds >> (2 * k)) & 3;
        beat.kind[k] = code == 3 ? uint8_t{abi::kAccessWrite} : code;
        beat.key[k] = descriptor.keys[k];
        beat.bucket[k] = static_cast<uint16_t>(abi::bucket_of(descriptor.keys[k], state.hash_seed));
    }
    state.position = beat.last ? 0 : state.position + 1;
    state.part_transactions += beat.last ? 1 : 0;
    out.write(beat);
}

HLS_INLINE void frame_end(FrameRegisters& state, BeatStream& out) {
    if (state.status == abi::kStatusDone &&
        (state.position != 0 || state.part_transactions != state.expected))
        state.status = abi::kStatusBadDescriptor;
    // A block with a bad part has lost transactions; its later parts must not look as if they
    // followed.
    if (state.answer) state.open = state.status == abi::kStatusDone;
    state.transactions += state.part_transactions;
    Beat beat;
    beat.end = true;
    beat.last = false;
    beat.barrier = false;
    beat.count = 0;
    beat.cost = 0;
    beat.part.status = state.status;
    beat.part.transactions = state.part_transactions;
    beat.part.overflowed = 0;
    beat.part.generation = 0;
    beat.part.makespan = 0;
    out.write(beat);
}

// ---- spread ----

/// One round: for every bank the first key left that lives there, so that keys of one bank, and
/// with them the accesses of one entry, stay in order. False after the end of the part.
HLS_INLINE bool spread_step(SpreadRegisters& state, BeatStream& in, KeyStream& out) {
    Beat beat = state.beat;
    if (!state.busy) {
        beat = in.read();
        state.beat = beat;
        state.left = static_cast<uint8_t>((1u << beat.count) - 1);
    }
    KeyRound round;
    uint32_t left = state.left;
    HLS_LOOP(deal_to_banks)
    for (uint32_t b = 0; b < kBanks; ++b) {
        VITIS_HLS(UNROLL)  // each bank has its own selector: up to eight keys per clock
        uint32_t taken = 0;
        KeyAccess access;
        access.valid = false;
        access.kind = 0;
        access.bucket = 0;
        access.key = 0;
        HLS_LOOP(keys_left)
        for (uint32_t k = abi::kKeysPerDescriptor; k > 0; --k) {
            VITIS_HLS(UNROLL)  // a priority selector; the first key has the last word
            const uint32_t bit = 1u << (k - 1);
            const uint16_t bucket = beat.bucket[k - 1];
            if ((state.left & bit) != 0 && bank_of(bucket) == b) {
                taken = bit;
                access.valid = true;
                access.kind = beat.kind[k - 1];
                access.bucket = static_cast<uint16_t>(bucket / kBanks);
                access.key = beat.key[k - 1];
            }
        }
        left &= ~taken;
        round.access[b] = access;
    }
    state.left = static_cast<uint8_t>(left);
    state.busy = left != 0;
    round.head.end = beat.end;
    round.head.last = beat.last && !state.busy;
    round.head.barrier = beat.barrier;
    round.head.cost = beat.cost;
    round.head.part = beat.part;
    out.write(round);
    return !round.head.end;
}

}  // namespace hls
}  // namespace switchyard
