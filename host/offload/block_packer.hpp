// SPDX-License-Identifier: Apache-2.0
// From a batch to the descriptors that the card reads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hls/conflict_detector/conflict_detector.hpp"
#include "host/offload/access_batch.hpp"

namespace switchyard::offload {

/// A run of whole transactions that fits one input and one output buffer.
struct BlockPart {
    uint32_t first_transaction = 0;
    uint32_t transaction_count = 0;
    uint32_t first_descriptor = 0;
    uint32_t descriptor_count = 0;
};

/// The descriptors of one block and its division into parts. Reusable without allocation once
/// grown.
class PackedBlock {
  public:
    /// Packs `batch` into parts of at most `descriptors_max` descriptors (at least
    /// abi::kDescriptorsPerTransaction) and `transactions_max` transactions (at least 1). An empty
    /// batch has one empty part. Gas is cut to 1 to 2^32 - 1; a transaction with more than
    /// abi::kAccessesPerTransaction accesses becomes a barrier.
    void pack(const AccessBatch& batch, uint32_t descriptors_max, uint32_t transactions_max);

    /// Makes room, so that packing batches of at most this size allocates nothing.
    void reserve(uint32_t transactions, uint32_t accesses);

    [[nodiscard]] std::span<const BlockPart> parts() const { return parts_; }
    [[nodiscard]] std::span<const hls::Word> descriptors(const BlockPart& part) const {
        return {words_.data() + part.first_descriptor, part.descriptor_count};
    }

  private:
    void append(std::span<const KeyAccess> accesses, uint64_t gas);

    std::vector<hls::Word> words_;
    std::vector<BlockPart> parts_;
};

}  // namespace switchyard::offload
