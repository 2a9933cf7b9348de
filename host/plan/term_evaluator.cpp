// SPDX-License-Identifier: Apache-2.0
#include "host/plan/term_evaluator.hpp"

#include <algorithm>
#include <cstring>

#include "host/core/assert.hpp"
#include "host/state/flat_index.hpp"

namespace switchyard::plan {
namespace {

/// The low `size` bytes of `word`, 1 to 32.
Uint256 low_bytes(Uint256 word, size_t size) {
    for (size_t limb = 0; limb < 4; ++limb) {
        if (size <= 8 * limb)
            word.limb[limb] = 0;
        else if (size < 8 * (limb + 1))
            word.limb[limb] &= (uint64_t{1} << (8 * (size - 8 * limb))) - 1;
    }
    return word;
}

/// `size` bytes at `offset` as a number; what lies behind the end reads as zeros, as CALLDATALOAD
/// has it.
Uint256 calldata_bytes(BytesView data, size_t offset, size_t size) {
    const size_t end = offset + size;
    if (end >= 32 && end <= data.size())
        return low_bytes(load_big_endian(data.data() + end - 32), size);
    std::array<uint8_t, 32> word{};
    const size_t there = offset < data.size() ? std::min(size, data.size() - offset) : 0;
    if (there != 0) std::memcpy(word.data() + 32 - size, data.data() + offset, there);
    return load_big_endian(word.data());
}

Uint256 slice_of(const Uint256& word, size_t offset, size_t size) {
    return low_bytes(word >> (8 * (32 - offset - size)), size);
}

}  // namespace

void TermEvaluator::begin_block(const BlockFacts& block, const StateView& parent) {
    block_ = block;
    parent_ = &parent;
    ++generation_;
    if (cache_.empty()) cache_.resize(kCachedLoads);
}

Uint256 TermEvaluator::load(const Uint256& account, const Uint256& slot) {
    const Address address = to_address(account);
    CachedLoad& cached = cache_[flat_hash(slot, flat_hash(address, seed_)) % kCachedLoads];
    if (cached.generation == generation_ && cached.account == address && cached.slot == slot)
        return cached.value;
    cached = {address, slot, parent_->storage(address, slot), generation_};
    return cached.value;
}

Uint256 TermEvaluator::value_of(const Job& job, const Term& term, const Uint256* values) {
    switch (term.op) {
        case TermOp::Constant:
            return job.graph->constant_of(term);
        case TermOp::Caller:
            return to_uint256(job.facts.caller);
        case TermOp::Recipient:
            return to_uint256(job.facts.recipient);
        case TermOp::CallValue:
            return job.facts.value;
        case TermOp::Beneficiary:
            return to_uint256(block_.beneficiary);
        case TermOp::Number:
            return Uint256{block_.number};
        case TermOp::Timestamp:
            return Uint256{block_.timestamp};
        case TermOp::Calldata:
            return calldata_bytes(job.facts.data, term.offset, term.size);
        case TermOp::Slice:
            return slice_of(values[term.a], term.offset, term.size);
        case TermOp::Sum:
            return values[term.a] + (term.b == kNoTerm
                                         ? job.graph->constant_of(term)
                                         : values[term.b] * job.graph->constant_of(term));
        case TermOp::Lower:
            return less(values[term.a], values[term.b]) ? values[term.a] : values[term.b];
        case TermOp::Higher:
            return less(values[term.a], values[term.b]) ? values[term.b] : values[term.a];
        case TermOp::Load:
            return load(values[term.a], values[term.b]);
        case TermOp::Hash:
            break;
    }
    SWITCHYARD_ASSERT(false);
    return {};
}

void TermEvaluator::add_message(const Job& job, const Term& term, const Uint256* values,
                                Uint256* result) {
    constexpr size_t kMost = TermGraph::kPreimageBytesMax + 2 * simd::kKeccak256Rate;
    if (bytes_.size() < bytes_used_ + kMost) bytes_.resize(2 * (bytes_used_ + kMost));
    uint8_t* const begin = bytes_.data() + bytes_used_;
    size_t size = 0;
    for (const HashFragment& fragment : job.graph->fragments_of(term)) {
        if (fragment.width == 32) {
            store_big_endian(values[fragment.term], begin + size);
        } else {
            const Bytes32 word = to_bytes32(values[fragment.term]);
            std::memcpy(begin + size, word.data() + 32 - fragment.width, fragment.width);
        }
        size += fragment.width;
    }
    // As `simd::keccak256_pad`, without the room behind the block.
    const size_t blocks = size / simd::kKeccak256Rate + 1;
    const size_t end = blocks * simd::kKeccak256Rate;
    constexpr size_t kMapping = 64;  // of which nearly all are: no call for a few stores
    if (size == kMapping)
        std::memset(begin + kMapping, 0, simd::kKeccak256Rate - kMapping);
    else
        std::memset(begin + size, 0, end - size);
    begin[size] = 0x01;
    begin[end - 1] |= 0x80;
    messages_.push_back({bytes_used_, blocks, result});
    bytes_used_ += blocks * simd::kKeccak256Rate;
}

void TermEvaluator::hash_messages() {
    if (messages_.empty()) return;
    // Lanes run as long as their longest message.
    if (!std::ranges::all_of(messages_, [](const Message& m) { return m.blocks == 1; }))
        std::ranges::sort(messages_, {}, &Message::blocks);
    digests_.resize(std::max(digests_.size(), messages_.size()));
    padded_.clear();
    for (size_t i = 0; i < messages_.size(); ++i)
        padded_.push_back(
            {bytes_.data() + messages_[i].begin, messages_[i].blocks, digests_[i].data()});
    simd::keccak256_padded(padded_);
    for (size_t i = 0; i < messages_.size(); ++i)
        *messages_[i].result = to_uint256(digests_[i]);
    messages_.clear();
    bytes_used_ = 0;
}

void TermEvaluator::evaluate(std::span<const Job> jobs) {
    SWITCHYARD_ASSERT(jobs.size() <= kJobsMax);
    size_t total = 0;
    uint8_t levels = 0;
    for (size_t i = 0; i < jobs.size(); ++i) {
        begins_[i] = total;
        total += jobs[i].graph->terms().size();
        levels = std::max(levels, jobs[i].graph->levels());
    }
    begins_[jobs.size()] = total;
    if (values_.size() < total) values_.resize(total);
    for (uint8_t level = 0; level <= levels; ++level) {
        for (size_t i = 0; i < jobs.size(); ++i) {
            if (jobs[i].graph->levels() < level) continue;
            Uint256* const values = values_.data() + begins_[i];
            const auto terms = jobs[i].graph->terms();
            for (const TermIndex t : jobs[i].graph->evaluated_in(level))
                values[t] = value_of(jobs[i], terms[t], values);
            for (const TermIndex t : jobs[i].graph->hashed_in(level))
                add_message(jobs[i], terms[t], values, values + t);
        }
        hash_messages();
    }
}

}  // namespace switchyard::plan
