// SPDX-License-Identifier: Apache-2.0
// Runs a batch through the kernel's C++ as the host would, and holds each record against the golden
// model.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "hls/conflict_detector/conflict_detector.hpp"
#include "hls/conflict_detector/golden_model.hpp"
#include "host/offload/block_packer.hpp"
#include "host/offload/result_reader.hpp"

namespace switchyard::test {

[[nodiscard]] inline std::vector<hls::ModelAccess> model_accesses(const AccessBatch& batch,
                                                                  uint32_t transaction) {
    std::vector<hls::ModelAccess> accesses;
    for (const KeyAccess& access : batch.keys(transaction))
        accesses.push_back({access.key, static_cast<abi::AccessCode>(access.kind)});
    return accesses;
}

/// The header of `part`, the `number`-th of its block.
[[nodiscard]] inline abi::BatchHeader kernel_header(const offload::BlockPart& part, uint32_t number,
                                                    uint32_t lanes, uint64_t hash_seed) {
    abi::BatchHeader header{};
    header.magic = abi::kBatchMagic;
    header.version = abi::kVersion;
    header.flags = number == 0 ? abi::kBatchFirst : uint16_t{0};
    header.part = number;
    header.sequence = 1000 + number;
    header.hash_seed = hash_seed;
    header.transaction_count = part.transaction_count;
    header.descriptor_count = part.descriptor_count;
    header.lane_count = static_cast<uint16_t>(lanes);
    header.record_words = abi::record_words(lanes);
    return header;
}

[[nodiscard]] inline std::vector<hls::Word> kernel_input(const abi::BatchHeader& header,
                                                         std::span<const hls::Word> descriptors) {
    std::vector<hls::Word> input{std::bit_cast<hls::Word>(header)};
    input.insert(input.end(), descriptors.begin(), descriptors.end());
    return input;
}

/// Runs `batch` as one block in parts of at most `part_transactions` transactions; fails the test
/// at the first difference from the model. The buffers are exactly as long as the header says.
inline void expect_golden(hls::DetectorState& state, const AccessBatch& batch, uint32_t lanes,
                          uint64_t hash_seed, uint32_t part_transactions = 1u << 20) {
    offload::PackedBlock block;
    block.pack(batch, 1 << 20, part_transactions);
    LanePlan plan;
    plan.reset(lanes);
    hls::GoldenModel model(lanes, hash_seed);
    uint32_t number = 0;
    uint32_t i = 0;
    for (const offload::BlockPart& part : block.parts()) {
        const abi::BatchHeader header = kernel_header(part, number++, lanes, hash_seed);
        const std::vector<hls::Word> input = kernel_input(header, block.descriptors(part));
        std::vector<hls::Word> output(1 + size_t{part.transaction_count} * header.record_words);
        hls::detect_conflicts(state, input.data(), output.data(),
                              static_cast<uint32_t>(input.size()),
                              static_cast<uint32_t>(output.size()));
        const auto read = offload::read_part(output, header, part.first_transaction, plan);
        ASSERT_TRUE(read) << read.error().message;

        const uint64_t overflowed_before = model.overflowed_accesses();
        for (const uint32_t end = i + part.transaction_count; i < end; ++i) {
            const auto expected = model.place(model_accesses(batch, i), batch.gas(i));
            ASSERT_EQ(plan.assignment(i).lane, expected.lane) << i;
            ASSERT_EQ(plan.assignment(i).place, expected.place) << i;
            for (uint32_t l = 0; l < lanes; ++l)
                ASSERT_EQ(plan.waits(i)[l], expected.waits[l]) << i << " lane " << l;
        }
        const auto result = std::bit_cast<abi::ResultHeader>(output[0]);
        ASSERT_EQ(result.makespan, model.makespan());
        ASSERT_EQ(result.overflowed_accesses, model.overflowed_accesses() - overflowed_before);
    }
    ASSERT_EQ(i, batch.transaction_count());
}

}  // namespace switchyard::test
