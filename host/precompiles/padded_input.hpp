// SPDX-License-Identifier: Apache-2.0
// Reads call data as the precompiles do: endless, with zero bytes after its end.
#pragma once

#include <algorithm>

#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"

namespace switchyard::precompiles {

/// The bytes of `input` from `offset` on, at most `size` of them; empty when `offset` is past the
/// end. Never reads outside.
[[nodiscard]] inline BytesView present_part(BytesView input, uint64_t offset, uint64_t size) {
    if (offset >= input.size()) return {};
    const size_t start = static_cast<size_t>(offset);
    return input.subspan(start,
                         static_cast<size_t>(std::min<uint64_t>(size, input.size() - start)));
}

/// Exactly `N` bytes from `offset` on, zeros where the input has ended.
template <size_t N>
[[nodiscard]] FixedBytes<N> padded_bytes(BytesView input, uint64_t offset) {
    FixedBytes<N> out;
    const BytesView part = present_part(input, offset, N);
    std::copy(part.begin(), part.end(), out.begin());
    return out;
}

/// The big-endian word at `offset`, padded with zeros on the right.
[[nodiscard]] inline Uint256 padded_word(BytesView input, uint64_t offset) {
    return to_uint256(padded_bytes<32>(input, offset));
}

}  // namespace switchyard::precompiles
