// SPDX-License-Identifier: Apache-2.0
// From keys to entries: which entry a key has, which of its epochs an access waits for and what it
// changes. None of this depends on the schedule, so it runs ahead of it, one round per clock.
#pragma once

#include "hls/conflict_detector/bank_memory.hpp"
#include "hls/conflict_detector/load.hpp"
#include "hls/conflict_detector/state.hpp"

namespace switchyard {
namespace hls {

typedef Stream<EntryRound, kRoundDepth> EntryStream;

/// True when an access of `kind` does not conflict with an epoch of kind `epoch`.
HLS_INLINE bool joins(uint8_t epoch, uint8_t kind) {
    return epoch == kind && kind != abi::kAccessWrite;
}

/// The slot of `key` in its bucket: the one that holds it, else the first free one, else the
/// overflow slot. Full slots come first, so that the first slot that is free or holds the key is
/// the one.
HLS_INLINE uint32_t find_slot(const TagLine& line, uint64_t key, uint32_t generation) {
    uint32_t slot = abi::kBucketWays;
    HLS_LOOP(ways)
    for (uint32_t w = abi::kBucketWays; w > 0; --w) {
        VITIS_HLS(UNROLL)  // the ways are compared side by side
        const bool free = line.slot[w - 1].generation != generation;
        const bool match = line.key[w - 1] == key;
        slot = free || match ? w - 1 : slot;
    }
    return slot;
}

/// What one access more of the same transaction does to its change.
HLS_INLINE Change after(Change before, bool join) {
    if (join) return before;
    return before == kJoined ? kJoinedOpened : kOpenedTwice;
}

/// An access of `kind` by `transaction`: what it finds, into `access`, and what it leaves, in the
/// slot. A transaction sees an entry as it was before its own first access.
HLS_INLINE void use_slot(Slot& slot, uint8_t kind, uint32_t generation, uint16_t transaction,
                         EntryAccess& access) {
    const bool live = slot.generation == generation;
    const bool own = live && slot.changer == transaction;
    access.fresh = !live;
    // Where the own first access found nothing, both epochs are empty, and this makes no
    // difference.
    access.previous = live && joins(own ? slot.kind_before : slot.kind, kind);
    access.change = live && !own ? slot.change : kUnchanged;
    access.changer = slot.changer;

    const bool join = live && joins(slot.kind, kind);
    const Change first = join ? kJoined : kOpened;
    slot.change = own ? after(slot.change, join) : first;
    slot.kind_before = own ? slot.kind_before : slot.kind;
    slot.kind = kind;
    slot.changer = transaction;
    slot.generation = generation;
}

/// For a new block takes the next generation, which empties the table in constant time. The first
/// block after a reset, when the memories hold anything, and one near the end of the numbers sweep
/// the table instead; each barrier of the block takes a number more.
HLS_INLINE void lookup_begin(TagLine tags[kBanks][kBucketsPerBank], LookupRegisters& state,
                             BeginStream& in) {
    const PartBegin begin = in.read();
    state.overflowed = 0;
    if (!begin.opens) return;
    if (state.generation == 0 || state.generation > kLastGeneration) {
        TagLine empty;
        HLS_LOOP(empty_slots)
        for (uint32_t s = 0; s < kSlots; ++s) {
            VITIS_HLS(UNROLL)  // one wide word
            empty.key[s] = 0;
            empty.slot[s].generation = 0;
            empty.slot[s].changer = 0;
            empty.slot[s].change = kUnchanged;
            empty.slot[s].kind = 0;
            empty.slot[s].kind_before = 0;
        }
        HLS_LOOP(sweep_buckets)
        for (uint32_t b = 0; b < kBucketsPerBank; ++b) {
            VITIS_HLS(PIPELINE II = 1)  // a line in every bank per clock: 1,024 clocks
            HLS_LOOP(sweep_banks)
            for (uint32_t bank = 0; bank < kBanks; ++bank) {
                VITIS_HLS(UNROLL)  // each bank has its own port
                tags[bank][b] = empty;
            }
        }
        HLS_LOOP(sweep_bypasses)
        for (uint32_t bank = 0; bank < kBanks; ++bank) {
            VITIS_HLS(UNROLL)  // registers
            HLS_LOOP(sweep_held)
            for (uint32_t h = 0; h < kTagBypass; ++h) {
                VITIS_HLS(UNROLL)
                state.bypass[bank].valid[h] = false;
            }
        }
        state.generation = 0;
    }
    ++state.generation;
    state.transaction = 0;
}

/// One round. False after the end of the part.
HLS_INLINE bool lookup_step(TagLine tags[kBanks][kBucketsPerBank], LookupRegisters& state,
                            KeyStream& in, EntryStream& out) {
    const KeyRound keys = in.read();
    EntryRound round;
    round.head = keys.head;
    uint32_t overflowed = 0;
    HLS_LOOP(lookup_banks)
    for (uint32_t b = 0; b < kBanks; ++b) {
        VITIS_HLS(UNROLL)  // every bank has its own memory: up to eight keys per clock
        const KeyAccess& key = keys.access[b];
        EntryAccess access;
        access.valid = key.valid;
        if (key.valid) {
            TagLine line = read_newest(tags[b], state.bypass[b], key.bucket);
            const uint32_t slot = find_slot(line, key.key, state.generation);
            // The overflow slot's key is written like any other, but never compared.
            line.key[slot] = key.key;
            use_slot(line.slot[slot], key.kind, state.generation, state.transaction, access);
            access.entry = static_cast<uint16_t>(key.bucket * kSlots + slot);
            write_through(tags[b], state.bypass[b], key.bucket, line);
            overflowed += slot == abi::kBucketWays ? 1 : 0;
        }
        round.access[b] = access;
    }
    state.overflowed += overflowed;
    // Everyone after a barrier waits for it, and with it for all that came before.
    if (keys.head.barrier) ++state.generation;
    if (keys.head.last) ++state.transaction;
    round.head.part.overflowed = state.overflowed;
    round.head.part.generation = state.generation;
    out.write(round);
    return !round.head.end;
}

}  // namespace hls
}  // namespace switchyard
