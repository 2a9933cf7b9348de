// SPDX-License-Identifier: Apache-2.0
// Between words and the structs of the wire format, by shifts: a compiler for hardware knows no
// memcpy between types. tests/unit/offload proves that it agrees with the structs' memory layout.
#pragma once

#include "firmware/abi/conflict_detector.h"
#include "hls/conflict_detector/tokens.hpp"
#include "hls/pragmas.hpp"

namespace switchyard {
namespace hls {

/// Part by part: a structure that is copied as a whole becomes a call of memcpy, which a compiler
/// for hardware does not turn into one beat.
HLS_INLINE Word load_word(const Word& from) {
    Word word;
    word.part[0] = from.part[0];
    word.part[1] = from.part[1];
    word.part[2] = from.part[2];
    word.part[3] = from.part[3];
    word.part[4] = from.part[4];
    word.part[5] = from.part[5];
    word.part[6] = from.part[6];
    word.part[7] = from.part[7];
    return word;
}
HLS_INLINE void store_word(Word& to, const Word& word) {
    to.part[0] = word.part[0];
    to.part[1] = word.part[1];
    to.part[2] = word.part[2];
    to.part[3] = word.part[3];
    to.part[4] = word.part[4];
    to.part[5] = word.part[5];
    to.part[6] = word.part[6];
    to.part[7] = word.part[7];
}

HLS_INLINE uint16_t bits16(uint64_t part, unsigned shift) {
    return static_cast<uint16_t>(part >> shift);
}
HLS_INLINE uint32_t bits32(uint64_t part, unsigned shift) {
    return static_cast<uint32_t>(part >> shift);
}

HLS_INLINE abi::BatchHeader to_batch_header(const Word& word) {
    abi::BatchHeader header;
    header.magic = bits32(word.part[0], 0);
    header.version = bits16(word.part[0], 32);
    header.flags = bits16(word.part[0], 48);
    header.batch_id = word.part[1];
    header.sequence = bits32(word.part[2], 0);
    header.part = bits32(word.part[2], 32);
    header.hash_seed = word.part[3];
    header.transaction_count = bits32(word.part[4], 0);
    header.descriptor_count = bits32(word.part[4], 32);
    header.lane_count = bits16(word.part[5], 0);
    header.record_words = bits16(word.part[5], 16);
    header.reserved0 = 0;
    header.reserved1[0] = 0;
    header.reserved1[1] = 0;
    return header;
}

HLS_INLINE abi::Descriptor to_descriptor(const Word& word) {
    abi::Descriptor descriptor;
    descriptor.cost = bits32(word.part[0], 0);
    descriptor.access_count = static_cast<uint8_t>(word.part[0] >> 32);
    descriptor.flags = static_cast<uint8_t>(word.part[0] >> 40);
    descriptor.kinds = bits16(word.part[0], 48);
    HLS_LOOP(descriptor_keys)
    for (uint32_t k = 0; k < abi::kKeysPerDescriptor; ++k) {
        VITIS_HLS(UNROLL)  // wires only
        descriptor.keys[k] = word.part[k + 1];
    }
    return descriptor;
}

HLS_INLINE Word to_word(const abi::ResultHeader& header) {
    Word word;
    word.part[0] = header.magic | uint64_t{header.version} << 32 | uint64_t{header.status} << 48;
    word.part[1] = header.batch_id;
    word.part[2] = header.sequence | uint64_t{header.part} << 32;
    word.part[3] = header.transaction_count | uint64_t{header.overflowed_accesses} << 32;
    word.part[4] =
        header.lane_count | uint64_t{header.record_words} << 16 | uint64_t{header.generation} << 32;
    word.part[5] = header.makespan;
    word.part[6] = header.check;
    word.part[7] = 0;
    return word;
}

/// Four waits from lane `first` on; lanes past the last give 0.
HLS_INLINE uint64_t four_waits(const LaneVector& waits, uint32_t first) {
    uint64_t part = 0;
    HLS_LOOP(four_lanes)
    for (uint32_t k = 0; k < 4; ++k) {
        VITIS_HLS(UNROLL)  // wires only
        const uint32_t lane = first + k;
        const uint64_t wait = lane < abi::kLanes ? waits.lane[lane % abi::kLanes] : 0;
        part |= wait << (16 * k);
    }
    return part;
}

/// The first word of a PlanRecord.
HLS_INLINE Word to_record_word(uint32_t transaction, uint32_t sequence, uint16_t lane,
                               uint16_t place, const LaneVector& waits) {
    Word word;
    word.part[0] = transaction | uint64_t{sequence} << 32;
    word.part[1] = lane | uint64_t{place} << 16;
    HLS_LOOP(first_waits)
    for (uint32_t p = 2; p < 8; ++p) {
        VITIS_HLS(UNROLL)  // wires only
        word.part[p] = four_waits(waits, 4 * (p - 2));
    }
    return word;
}

/// Word `tail` (0 or 1) after the first: 32 more waits.
HLS_INLINE Word to_tail_word(const LaneVector& waits, uint32_t tail) {
    Word word;
    HLS_LOOP(tail_waits)
    for (uint32_t p = 0; p < 8; ++p) {
        VITIS_HLS(UNROLL)  // wires only
        word.part[p] =
            four_waits(waits, abi::kWaitsInFirstWord + tail * abi::kWaitsPerWord + 4 * p);
    }
    return word;
}

HLS_INLINE uint64_t folded(const Word& word) {
    return word.part[0] ^ word.part[1] ^ word.part[2] ^ word.part[3] ^ word.part[4] ^ word.part[5] ^
           word.part[6] ^ word.part[7];
}

}  // namespace hls
}  // namespace switchyard
