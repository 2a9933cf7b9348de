// SPDX-License-Identifier: Apache-2.0
// Instructions on memory: MLOAD, MSTORE, MSTORE8, MSIZE, MCOPY, KECCAK256, the copies from call
// data, code and return data, and logs.
#pragma once

#include <algorithm>
#include <cstring>

#include "host/evm/context.hpp"
#include "simd/keccak256.hpp"

namespace switchyard::evm::instructions {

/// The word at `offset` lies in memory already: the case that costs nothing beyond the table.
SWITCHYARD_EVM_INLINE bool word_is_present(const Memory& memory, const Uint256& offset) {
    return offset.fits_uint64() && memory.size() >= 32 && offset.limb[0] <= memory.size() - 32;
}

[[gnu::noinline]] inline Outcome expand_for_word(Frame& frame, const Uint256& offset, uint64_t size,
                                                 uint64_t gas) {
    if (!expand_memory(frame.memory, memory_end(offset, Uint256{size}), gas))
        return fail(frame, Status::OutOfGas);
    return {gas, Signal::Continue};
}

SWITCHYARD_EVM_INLINE Outcome memory_load(Frame& frame, Uint256* top, uint64_t gas) {
    Outcome out{gas, Signal::Continue};
    if (!word_is_present(frame.memory, top[0])) [[unlikely]]
        out = expand_for_word(frame, top[0], 32, gas);
    if (out.signal == Signal::Continue)
        top[0] = load_big_endian(frame.memory.data() + top[0].limb[0]);
    return out;
}

SWITCHYARD_EVM_INLINE Outcome memory_store(Frame& frame, Uint256* top, uint64_t gas) {
    Outcome out{gas, Signal::Continue};
    if (!word_is_present(frame.memory, top[0])) [[unlikely]]
        out = expand_for_word(frame, top[0], 32, gas);
    if (out.signal == Signal::Continue)
        store_big_endian(top[-1], frame.memory.data() + top[0].limb[0]);
    return out;
}

SWITCHYARD_EVM_INLINE Outcome memory_store_byte(Frame& frame, Uint256* top, uint64_t gas) {
    Outcome out{gas, Signal::Continue};
    if (!top[0].fits_uint64() || top[0].limb[0] >= frame.memory.size()) [[unlikely]]
        out = expand_for_word(frame, top[0], 1, gas);
    if (out.signal == Signal::Continue)
        frame.memory.data()[top[0].limb[0]] = static_cast<uint8_t>(top[-1].limb[0]);
    return out;
}

SWITCHYARD_EVM_INLINE void memory_size(Frame& frame, Uint256* top) {
    top[1] = Uint256{frame.memory.size()};
}

/// Pays for a copy of `size` bytes: a price per word, and the growth of memory to `offset + size`.
[[nodiscard]] inline bool charge_copy(Frame& frame, const Uint256& offset, const Uint256& size,
                                      uint64_t word_price, uint64_t& gas) {
    if (!expand_memory(frame.memory, memory_end(offset, size), gas)) return false;
    // The expansion bounds a size that is not 0 by the largest memory; 0 costs nothing.
    const uint64_t cost = word_price * words_for(size.limb[0]);
    if (gas < cost) return false;
    gas -= cost;
    return true;
}

/// Copies `size` bytes of `source` from `from` on; what lies past its end reads as zero.
inline void copy_padded(uint8_t* to, BytesView source, const Uint256& from, uint64_t size) {
    const uint64_t start = std::min<uint64_t>(from.saturated(), source.size());
    const uint64_t present = std::min<uint64_t>(size, source.size() - start);
    if (present != 0) std::memcpy(to, source.data() + start, present);
    if (size != present) std::memset(to + present, 0, size - present);
}

/// The common part of CALLDATACOPY and CODECOPY: to memory offset `top[0]`, from source offset
/// `top[-1]`, `top[-2]` bytes.
inline Outcome copy_to_memory(Frame& frame, const Uint256* top, BytesView source, uint64_t gas) {
    if (!charge_copy(frame, top[0], top[-2], gas::kCopyWord, gas))
        return fail(frame, Status::OutOfGas);
    if (!top[-2].is_zero())
        copy_padded(frame.memory.data() + top[0].limb[0], source, top[-1], top[-2].limb[0]);
    return {gas, Signal::Continue};
}

[[gnu::noinline]] inline Outcome call_data_copy(Frame& frame, Uint256* top, uint64_t gas) {
    return copy_to_memory(frame, top, frame.call_data, gas);
}

[[gnu::noinline]] inline Outcome code_copy(Frame& frame, Uint256* top, uint64_t gas) {
    return copy_to_memory(frame, top, frame.code->bytes(), gas);
}

/// RETURNDATACOPY (EIP-211): reading past the end is an exceptional halt, also for no bytes.
[[gnu::noinline]] inline Outcome return_data_copy(Frame& frame, Uint256* top, uint64_t gas) {
    const uint64_t available = frame.return_data.size();
    if (!charge_copy(frame, top[0], top[-2], gas::kCopyWord, gas))
        return fail(frame, Status::OutOfGas);
    if (top[-1].saturated() > available || top[-2].limb[0] > available - top[-1].limb[0])
        return fail(frame, Status::ReturnDataOutOfBounds);
    const uint64_t size = top[-2].limb[0];
    if (size != 0)
        std::memcpy(frame.memory.data() + top[0].limb[0],
                    frame.return_data.data() + top[-1].limb[0], size);
    return {gas, Signal::Continue};
}

/// MCOPY (EIP-5656): both ranges pay for expansion; they may overlap.
[[gnu::noinline]] inline Outcome memory_copy(Frame& frame, Uint256* top, uint64_t gas) {
    const Uint256& further = std::max(top[0], top[-1]);
    if (!charge_copy(frame, further, top[-2], gas::kCopyWord, gas))
        return fail(frame, Status::OutOfGas);
    const uint64_t size = top[-2].limb[0];
    if (size != 0)
        std::memmove(frame.memory.data() + top[0].limb[0], frame.memory.data() + top[-1].limb[0],
                     size);
    return {gas, Signal::Continue};
}

/// The `size` bytes at `offset`, which memory covers unless there are none.
[[nodiscard]] inline BytesView memory_view(const Memory& memory, const Uint256& offset,
                                           const Uint256& size) {
    if (size.is_zero()) return {};
    return {memory.data() + offset.limb[0], size.limb[0]};
}

template <class I>
[[gnu::noinline]] Outcome keccak256(Context<I>& context, Frame& frame, Uint256* top, uint64_t gas) {
    if (!charge_copy(frame, top[0], top[-1], gas::kKeccakWord, gas))
        return fail(frame, Status::OutOfGas);
    const BytesView input = memory_view(frame.memory, top[0], top[-1]);
    const KnownHash* known = find_known_hash(context.transaction->known_hashes, input);
    if (known == nullptr) known = context.recent_hashes.find(input);
    if (known != nullptr) {
        context.instrumentation.on_keccak256(frame, input, to_bytes32(known->hash));
        top[-1] = known->hash;
        return {gas, Signal::Continue};
    }
    Bytes32 hash;
    simd::keccak256(input, hash.bytes);
    context.instrumentation.on_keccak256(frame, input, hash);
    top[-1] = to_uint256(hash);
    context.recent_hashes.add(input, top[-1]);
    return {gas, Signal::Continue};
}

/// LOG0 to LOG4: the topics are `top[-2]` and below; the table charges the base and the topics.
template <int kTopics>
[[gnu::noinline]] Outcome log(TransactionScope& scope, Frame& frame, Uint256* top, uint64_t gas) {
    if (frame.message.is_static) return fail(frame, Status::StaticModeViolation);
    if (!expand_memory(frame.memory, memory_end(top[0], top[-1]), gas))
        return fail(frame, Status::OutOfGas);
    const uint64_t cost = gas::kLogByte * top[-1].limb[0];
    if (gas < cost) return fail(frame, Status::OutOfGas);
    Log entry;
    entry.address = frame.message.recipient;
    entry.topics.reserve(kTopics);
    for (int i = 0; i < kTopics; ++i)
        entry.topics.push_back(to_bytes32(top[-2 - i]));
    entry.data = to_bytes(memory_view(frame.memory, top[0], top[-1]));
    scope.state->add_log(std::move(entry));
    return {gas - cost, Signal::Continue};
}

}  // namespace switchyard::evm::instructions
