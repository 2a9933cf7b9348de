// SPDX-License-Identifier: Apache-2.0
#include "hls/conflict_detector/conflict_detector.hpp"

#include "hls/conflict_detector/steps.hpp"
#include "hls/conflict_detector/wire.hpp"
#include "hls/pragmas.hpp"

namespace switchyard {
namespace hls {
namespace {

/// The accesses of the transaction at hand, kept from the gathering to the recording.
struct Accesses {
    uint16_t entry[abi::kAccessesPerTransaction];
    uint8_t kind[abi::kAccessesPerTransaction];
    uint32_t count;
};
static_assert(kEntries <= 65536, "an entry's number fits 16 bits");

/// Empties the table in constant time. The first call after a reset, when the memories hold
/// anything, and one in 2^32 - 1, when the number comes round, sweep it instead.
void next_generation(TagLine tags[abi::kBuckets], Entry entries[kEntries], BlockState& state) {
    if (state.generation == 0 || state.generation == UINT32_MAX) {
        HLS_LOOP(sweep_buckets)
        for (uint32_t b = 0; b < abi::kBuckets; ++b) {
            HLS_LOOP(sweep_slots)
            for (uint32_t s = 0; s < kSlots; ++s) {
                VITIS_HLS(PIPELINE II = 1)  // one slot per clock: 16,384 clocks
                tags[b].generation[s] = 0;
                entries[b * kSlots + s].generation = 0;
            }
        }
        state.generation = 0;
    }
    ++state.generation;
}

/// After the generation was taken.
void begin_block(BlockState& state, const abi::BatchHeader& header) {
    state.open = true;
    state.batch_id = header.batch_id;
    state.hash_seed = header.hash_seed;
    state.next_part = 0;
    state.transactions = 0;
    state.lanes = header.lane_count;
    state.makespan = 0;
    state.floor.finish = 0;
    clear(state.floor.members);
    HLS_LOOP(open_lanes)
    for (uint32_t l = 0; l < abi::kLanes; ++l) {
        VITIS_HLS(UNROLL)  // 64 registers at once
        state.lane_free[l] = l < header.lane_count ? 0 : kNever;
        state.lane_count[l] = 0;
    }
}

abi::Status check_header(const BlockState& state, const abi::BatchHeader& header,
                         uint32_t input_words, uint32_t output_words) {
    const bool first = (header.flags & abi::kBatchFirst) != 0;
    if (header.magic != abi::kBatchMagic || header.version != abi::kVersion ||
        header.lane_count == 0 || header.lane_count > abi::kLanes ||
        header.record_words != abi::record_words(header.lane_count) ||
        header.descriptor_count > input_words - 1 ||
        header.transaction_count > header.descriptor_count)
        return abi::kStatusBadHeader;
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

/// Descriptor `position` of its transaction, from 0.
bool descriptor_is_valid(const abi::Descriptor& descriptor, uint32_t position) {
    const bool first = (descriptor.flags & abi::kDescriptorFirst) != 0;
    const bool last = (descriptor.flags & abi::kDescriptorLast) != 0;
    const bool barrier = (descriptor.flags & abi::kDescriptorBarrier) != 0;
    const uint8_t known = abi::kDescriptorFirst | abi::kDescriptorLast | abi::kDescriptorBarrier;
    return first == (position == 0) && position < abi::kDescriptorsPerTransaction &&
           descriptor.access_count <= abi::kKeysPerDescriptor && (descriptor.flags & ~known) == 0 &&
           (!first || descriptor.cost != 0) &&
           (!barrier || (first && last && descriptor.access_count == 0));
}

/// Looks up the keys of one descriptor and gathers their waits; returns how many overflowed.
uint32_t gather_descriptor(TagLine tags[abi::kBuckets], const Entry entries[kEntries],
                           const BlockState& state, const abi::Descriptor& descriptor,
                           Accesses& accesses, Pending& pending) {
    uint32_t overflowed = 0;
    HLS_LOOP(gather_keys)
    for (uint32_t k = 0; k < descriptor.access_count; ++k) {
        // One key per clock. Keys of one transaction may share a bucket: the tag written by one
        // must reach the next, so no false-dependence pragma stands here.
        VITIS_HLS(PIPELINE II = 1)
        VITIS_HLS(LOOP_TRIPCOUNT min = 0 max = 7 avg = 6)
        const uint64_t key = descriptor.keys[k];
        const uint8_t code = static_cast<uint8_t>(descriptor.kinds >> (2 * k)) & 3;
        const uint8_t kind = code == 3 ? uint8_t{abi::kAccessWrite} : code;
        const uint32_t bucket = abi::bucket_of(key, state.hash_seed);
        const uint32_t slot = find_slot(tags[bucket], key, state.generation);
        const uint32_t entry = bucket * kSlots + slot;
        overflowed += slot == abi::kBucketWays ? 1 : 0;
        gather(entries[entry], kind, state.generation, pending);
        accesses.entry[accesses.count] = static_cast<uint16_t>(entry);
        accesses.kind[accesses.count] = kind;
        ++accesses.count;
    }
    return overflowed;
}

/// Everything before it, for a barrier; the last barrier and everything before that, for all
/// others.
void begin_pending(const BlockState& state, bool barrier, Pending& pending) {
    pending.ready = barrier ? state.makespan : state.floor.finish;
    HLS_LOOP(begin_lanes)
    for (uint32_t l = 0; l < abi::kLanes; ++l) {
        VITIS_HLS(UNROLL)  // 64 registers at once
        pending.waits.lane[l] =
            barrier ? static_cast<uint16_t>(state.lane_count[l]) : state.floor.members.lane[l];
    }
}

Placement place(BlockState& state, uint32_t cost, const Pending& pending) {
    const Candidate best = choose_lane(state.lane_free, pending.ready);
    Placement placement;
    placement.lane = best.lane;
    placement.place = state.lane_count[best.lane];
    placement.finish = best.start + cost;
    state.lane_count[best.lane] = placement.place + 1;
    state.lane_free[best.lane] = placement.finish;
    state.makespan = placement.finish > state.makespan ? placement.finish : state.makespan;
    return placement;
}

/// After a barrier everyone waits for it, which orders them after all that came before: the table
/// may be emptied.
void raise_floor(BlockState& state, Cost finish) {
    state.floor.finish = finish;
    HLS_LOOP(floor_lanes)
    for (uint32_t l = 0; l < abi::kLanes; ++l) {
        VITIS_HLS(UNROLL)  // 64 registers at once
        state.floor.members.lane[l] = static_cast<uint16_t>(state.lane_count[l]);
    }
}

void record_accesses(Entry entries[kEntries], uint32_t generation, const Accesses& accesses,
                     const Placement& placement) {
    HLS_LOOP(record_keys)
    for (uint32_t k = 0; k < accesses.count; ++k) {
        // One key per clock, except that an access to the entry of the one before waits for its
        // write.
        VITIS_HLS(PIPELINE II = 1)
        VITIS_HLS(LOOP_TRIPCOUNT min = 0 max = 896 avg = 6)
        record(entries[accesses.entry[k]], accesses.kind[k], generation, placement);
    }
}

/// Writes the record's words from `position` on; returns the check value after them.
uint64_t store_record(const BlockState& state, const abi::BatchHeader& header,
                      const Placement& placement, LaneVector& waits, Word* output,
                      uint32_t position, uint64_t check) {
    // The own lane's entry is the place, so that the vector alone says when to start.
    waits.lane[placement.lane] = static_cast<uint16_t>(placement.place);
    HLS_LOOP(store_words)
    for (uint32_t w = 0; w < header.record_words; ++w) {
        VITIS_HLS(PIPELINE II = 1)  // one beat per clock; one record is 1 to 3 beats
        const Word first = to_record_word(state.transactions, header.sequence, placement.lane,
                                          static_cast<uint16_t>(placement.place), waits);
        const Word tail = to_tail_word(waits, w == 2 ? 1 : 0);
        const Word word = w == 0 ? first : tail;
        check = abi::check_step(check, folded(word));
        output[position + w] = word;
    }
    return check;
}

/// Schedules the part's transactions; `result` receives counts and check.
abi::Status schedule(TagLine tags[abi::kBuckets], Entry entries[kEntries], BlockState& state,
                     const abi::BatchHeader& header, const Word* input, Word* output,
                     abi::ResultHeader& result) {
    Accesses accesses;
    Pending pending;
    uint32_t position = 0;  // of the descriptor within its transaction
    uint32_t cost = 0;
    accesses.count = 0;
    HLS_LOOP(descriptors)
    for (uint32_t d = 0; d < header.descriptor_count; ++d) {
        VITIS_HLS(LOOP_TRIPCOUNT min = 0 max = 65536 avg = 256)
        const Word word = input[1 + d];
        const abi::Descriptor descriptor = to_descriptor(word);
        if (!descriptor_is_valid(descriptor, position)) return abi::kStatusBadDescriptor;
        const bool barrier = (descriptor.flags & abi::kDescriptorBarrier) != 0;
        if (position == 0) {
            if (result.transaction_count == header.transaction_count)
                return abi::kStatusBadDescriptor;
            accesses.count = 0;
            cost = descriptor.cost;
            begin_pending(state, barrier, pending);
        }
        ++position;
        result.overflowed_accesses +=
            gather_descriptor(tags, entries, state, descriptor, accesses, pending);
        if ((descriptor.flags & abi::kDescriptorLast) != 0) {
            const Placement placement = place(state, cost, pending);
            record_accesses(entries, state.generation, accesses, placement);
            if (barrier) {
                raise_floor(state, placement.finish);
                next_generation(tags, entries, state);
            }
            const uint32_t at = 1 + result.transaction_count * header.record_words;
            result.check =
                store_record(state, header, placement, pending.waits, output, at, result.check);
            ++result.transaction_count;
            ++state.transactions;
            position = 0;
        }
    }
    const bool complete = position == 0 && result.transaction_count == header.transaction_count;
    return complete ? abi::kStatusDone : abi::kStatusBadDescriptor;
}

}  // namespace

void detect_conflicts(TagLine tags[abi::kBuckets], Entry entries[kEntries], BlockState& state,
                      const Word* input, Word* output, uint32_t input_words,
                      uint32_t output_words) {
    if (input_words == 0 || output_words == 0) return;
    const Word first_word = input[0];
    const abi::BatchHeader header = to_batch_header(first_word);

    abi::ResultHeader result;
    result.magic = abi::kResultMagic;
    result.version = abi::kVersion;
    result.batch_id = header.batch_id;
    result.sequence = header.sequence;
    result.part = header.part;
    result.transaction_count = 0;
    result.overflowed_accesses = 0;
    result.lane_count = header.lane_count;
    result.record_words = header.record_words;
    result.check = 0;
    result.reserved = 0;

    abi::Status status = check_header(state, header, input_words, output_words);
    if (status == abi::kStatusDone) {
        if ((header.flags & abi::kBatchFirst) != 0) {
            next_generation(tags, entries, state);
            begin_block(state, header);
        }
        status = schedule(tags, entries, state, header, input, output, result);
    }
    // A block with a bad part has lost transactions; its later parts must not look as if they
    // followed.
    state.open = status == abi::kStatusDone;
    state.next_part = header.part + 1;

    result.status = status;
    result.generation = state.generation;
    result.makespan = state.makespan;
    output[0] = to_word(result);
}

}  // namespace hls
}  // namespace switchyard

#if defined(__BAMBU__)
#pragma HLS interface port = input mode = m_axi offset = direct bundle = gmem0
#pragma HLS interface port = output mode = m_axi offset = direct bundle = gmem1
#endif
extern "C" void conflict_detector(const switchyard::hls::Word* input, switchyard::hls::Word* output,
                                  uint32_t input_words, uint32_t output_words) {
    // Two 512-bit masters, so that reading descriptors and writing records do not take turns.
    VITIS_HLS(INTERFACE mode = m_axi port = input offset = slave bundle = gmem0)
    VITIS_HLS(INTERFACE mode = m_axi port = output offset = slave bundle = gmem1)
    VITIS_HLS(INTERFACE mode = s_axilite port = input_words)
    VITIS_HLS(INTERFACE mode = s_axilite port = output_words)
    VITIS_HLS(INTERFACE mode = s_axilite port = return)
    // Static: they keep their content from one start to the next.
    static switchyard::hls::TagLine tags[switchyard::abi::kBuckets];
    static switchyard::hls::Entry entries[switchyard::hls::kEntries];
    static switchyard::hls::BlockState block;
    // An entry is one wide word: 64 lanes are read and written in one clock.
    VITIS_HLS(AGGREGATE variable = entries compact = bit)
    VITIS_HLS(BIND_STORAGE variable = entries type = ram_2p impl = uram)
    VITIS_HLS(AGGREGATE variable = tags compact = bit)
    VITIS_HLS(BIND_STORAGE variable = tags type = ram_2p impl = bram)
    // Registers: every lane is compared in the same clock.
    VITIS_HLS(ARRAY_PARTITION variable = block.lane_free complete)
    VITIS_HLS(ARRAY_PARTITION variable = block.lane_count complete)
    switchyard::hls::detect_conflicts(tags, entries, block, input, output, input_words,
                                      output_words);
}
