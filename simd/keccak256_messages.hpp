// SPDX-License-Identifier: Apache-2.0
// The messages of one call, as every target's code gets them. Inside simd/ only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace switchyard::simd {

/// Messages to hash: `spans`, or where `ends` is set pieces of `bytes`. All memory is the caller's.
struct KeccakMessages {
    const std::span<const uint8_t>* spans = nullptr;
    std::span<const uint8_t> bytes;
    const size_t* ends = nullptr;
    size_t count = 0;
    /// 32 bytes for each message.
    uint8_t* digests = nullptr;
    /// The first message that no vector lane has taken.
    size_t next = 0;

    /// Message i < count; inside `bytes` whatever `ends` holds.
    [[nodiscard]] std::span<const uint8_t> message(size_t i) const {
        if (ends == nullptr) return spans[i];
        const size_t end = std::min(ends[i], bytes.size());
        const size_t begin = i == 0 ? 0 : std::min(ends[i - 1], end);
        return bytes.subspan(begin, end - begin);
    }
};

}  // namespace switchyard::simd
