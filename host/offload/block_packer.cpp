// SPDX-License-Identifier: Apache-2.0
#include "host/offload/block_packer.hpp"

#include <algorithm>
#include <bit>

namespace switchyard::offload {

static_assert(std::endian::native == std::endian::little, "the card's fields are little-endian");

namespace {

uint32_t descriptors_of(size_t accesses) {
    if (accesses == 0 || accesses > abi::kAccessesPerTransaction) return 1;
    return static_cast<uint32_t>((accesses + abi::kKeysPerDescriptor - 1) /
                                 abi::kKeysPerDescriptor);
}

}  // namespace

void PackedBlock::pack(const AccessBatch& batch, uint32_t descriptors_max,
                       uint32_t transactions_max) {
    SWITCHYARD_ASSERT(descriptors_max >= abi::kDescriptorsPerTransaction && transactions_max >= 1);
    words_.clear();
    parts_.assign(1, {});
    for (uint32_t i = 0; i < batch.transaction_count(); ++i) {
        const auto accesses = batch.keys(i);
        const uint32_t needed = descriptors_of(accesses.size());
        if (parts_.back().descriptor_count + needed > descriptors_max ||
            parts_.back().transaction_count == transactions_max)
            parts_.push_back({i, 0, static_cast<uint32_t>(words_.size()), 0});
        append(accesses, batch.gas(i));
        ++parts_.back().transaction_count;
        parts_.back().descriptor_count += needed;
    }
}

void PackedBlock::reserve(uint32_t transactions, uint32_t accesses) {
    // Each transaction may leave one descriptor partly filled. Parts are few: a part that is not
    // the last holds at least one transaction.
    words_.reserve(size_t{transactions} + accesses / abi::kKeysPerDescriptor);
    parts_.reserve(std::min<size_t>(size_t{transactions} + 1, 64));
}

void PackedBlock::append(std::span<const KeyAccess> accesses, uint64_t gas) {
    const bool barrier = accesses.size() > abi::kAccessesPerTransaction;
    if (barrier) accesses = {};
    uint8_t flags = abi::kDescriptorFirst;
    do {
        const auto here =
            accesses.first(std::min<size_t>(accesses.size(), abi::kKeysPerDescriptor));
        accesses = accesses.subspan(here.size());
        abi::Descriptor descriptor{};
        descriptor.cost = static_cast<uint32_t>(std::clamp<uint64_t>(gas, 1, UINT32_MAX));
        descriptor.access_count = static_cast<uint8_t>(here.size());
        uint32_t kinds = 0;
        for (size_t k = 0; k < here.size(); ++k) {
            descriptor.keys[k] = here[k].key;
            kinds |= static_cast<uint32_t>(here[k].kind) << (2 * k);
        }
        descriptor.kinds = static_cast<uint16_t>(kinds);
        if (accesses.empty()) flags |= abi::kDescriptorLast;
        if (barrier) flags |= abi::kDescriptorBarrier;
        descriptor.flags = flags;
        flags = 0;
        words_.push_back(std::bit_cast<hls::Word>(descriptor));
    } while (!accesses.empty());
}

}  // namespace switchyard::offload
