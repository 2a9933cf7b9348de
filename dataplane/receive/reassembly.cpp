// SPDX-License-Identifier: Apache-2.0
#include "dataplane/receive/reassembly.hpp"

#include <cstring>

#include "host/core/assert.hpp"

namespace switchyard::dataplane {

Reassembler::Reassembler(const ReassemblyConfig& config)
    : config_(config),
      slots_(config.slots),
      // Uninitialised, so that the pages of slots never used are never touched.
      buffers_(new uint8_t[size_t{config.slots} * kTransactionBytesMax]) {}

FragmentResult Reassembler::add(uint64_t source_id, const FragmentPiece& piece, uint64_t now_ns) {
    Slot* slot = nullptr;
    for (Slot& candidate : slots_)
        if (candidate.state == State::Open && candidate.transaction == piece.transaction &&
            candidate.source_id == source_id)
            slot = &candidate;
    if (slot == nullptr) {
        FragmentOutcome refusal{};
        slot = open(source_id, piece, now_ns, refusal);
        if (slot == nullptr) return {refusal};
    }
    if (slot->total != piece.total || slot->count != piece.count || slot->piece_size != piece.size)
        return {FragmentOutcome::Mismatch};
    const uint64_t bit = uint64_t{1} << (piece.index % 64);
    uint64_t& word = slot->have[piece.index / 64];
    if ((word & bit) != 0) return {FragmentOutcome::Duplicate};

    const auto index = static_cast<uint32_t>(slot - slots_.data());
    uint8_t* buffer = buffers_.get() + size_t{index} * kTransactionBytesMax;
    // The parser proved offset + size <= total <= kTransactionBytesMax.
    std::memcpy(buffer + piece.offset, piece.bytes.data(), piece.bytes.size());
    word |= bit;
    slot->touched_ns = now_ns;
    if (++slot->received != slot->count) return {FragmentOutcome::Stored};
    slot->state = State::Complete;
    --open_slots_;
    ++complete_slots_;
    return {FragmentOutcome::Completed, index, {buffer, slot->total}};
}

Reassembler::Slot* Reassembler::open(uint64_t source_id, const FragmentPiece& piece,
                                     uint64_t now_ns, FragmentOutcome& refusal) {
    Slot* free = nullptr;
    uint32_t of_session = 0;
    for (Slot& slot : slots_) {
        if (slot.state == State::Open && now_ns - slot.touched_ns >= config_.timeout_ns)
            abandon(slot);
        if (slot.state == State::Open && slot.source_id == source_id) ++of_session;
        if (slot.state == State::Free && free == nullptr) free = &slot;
    }
    if (of_session >= config_.slots_per_session) {
        refusal = FragmentOutcome::Limit;
        return nullptr;
    }
    if (free == nullptr) {
        refusal = FragmentOutcome::NoSlot;
        return nullptr;
    }
    *free = {.state = State::Open,
             .source_id = source_id,
             .transaction = piece.transaction,
             .touched_ns = now_ns,
             .total = piece.total,
             .piece_size = piece.size,
             .count = piece.count};
    ++open_slots_;
    return free;
}

void Reassembler::release(uint32_t slot) {
    SWITCHYARD_ASSERT(slot < slots_.size() && slots_[slot].state == State::Complete);
    slots_[slot].state = State::Free;
    --complete_slots_;
}

void Reassembler::expire(uint64_t now_ns) {
    if (open_slots_ == 0) return;
    for (Slot& slot : slots_)
        if (slot.state == State::Open && now_ns - slot.touched_ns >= config_.timeout_ns)
            abandon(slot);
}

void Reassembler::abandon_all() {
    for (Slot& slot : slots_)
        if (slot.state == State::Open) abandon(slot);
}

void Reassembler::abandon(Slot& slot) {
    slot.state = State::Free;
    --open_slots_;
    ++abandoned_;
}

}  // namespace switchyard::dataplane
