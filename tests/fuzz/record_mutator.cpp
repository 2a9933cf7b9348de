// SPDX-License-Identifier: Apache-2.0
// libFuzzer's mutator for inputs that are records (evm_program.hpp): inserts, removes, copies and
// changes whole records, so that a program or a block changes in one place.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>

#include "tests/fuzz/evm_program.hpp"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace switchyard::fuzz {
namespace {

using Records = std::vector<std::array<uint8_t, kRecordBytes>>;

Records split(BytesView input) {
    Records out((input.size() + kRecordBytes - 1) / kRecordBytes);
    if (!input.empty()) std::memcpy(out.data(), input.data(), input.size());
    return out;
}

/// One change of whole records, or of one of them. The first says what the block is: it stays.
void mutate(Records& records, std::mt19937& random) {
    const auto any = [&] { return random() % records.size(); };
    const auto position = [&](size_t i) {
        return records.begin() + static_cast<std::ptrdiff_t>(i);
    };
    const size_t at = any();
    switch (random() % 8) {
        case 0: {
            std::array<uint8_t, kRecordBytes> fresh;
            for (uint8_t& byte : fresh)
                byte = static_cast<uint8_t>(random() % 2 == 0 ? random() : random() % 8);
            records.insert(position(at + 1), fresh);
            return;
        }
        case 1:
            if (at != 0) records.erase(position(at));
            return;
        case 2:
            records.insert(position(any() + 1), std::array(records[at == 0 ? any() : at]));
            return;
        case 3:
            if (const size_t other = any(); at != 0 && other != 0)
                std::swap(records[at], records[other]);
            return;
        case 4:
        case 5:
            records[at][random() % kRecordBytes] = static_cast<uint8_t>(random());
            return;
        case 6:
            records[at][random() % kRecordBytes] ^= static_cast<uint8_t>(1U << random() % 8);
            return;
        default:
            LLVMFuzzerMutate(records[at].data(), kRecordBytes, kRecordBytes);
    }
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned int seed) {
    using namespace switchyard::fuzz;
    std::mt19937 random(seed);
    if (size == 0 || random() % 16 == 0) return LLVMFuzzerMutate(data, size, max_size);
    Records records = split({data, size});
    for (uint32_t changes = 1 + random() % 3; changes != 0; --changes)
        mutate(records, random);
    const size_t out = std::min(records.size() * kRecordBytes, max_size);
    std::memcpy(data, records.data(), out);
    return out;
}

/// The beginning of one input's records and the end of the other's.
extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* a, size_t a_size, const uint8_t* b,
                                            size_t b_size, uint8_t* out, size_t max_size,
                                            unsigned int seed) {
    using namespace switchyard::fuzz;
    std::mt19937 random(seed);
    const size_t from_a = random() % (a_size / kRecordBytes + 1) * kRecordBytes;
    const size_t skip_b = random() % (b_size / kRecordBytes + 1) * kRecordBytes;
    const size_t first = std::min(from_a, max_size);
    const size_t second = std::min(b_size - skip_b, max_size - first);
    if (first != 0) std::memcpy(out, a, first);
    if (second != 0) std::memcpy(out + first, b + skip_b, second);
    return first + second;
}
