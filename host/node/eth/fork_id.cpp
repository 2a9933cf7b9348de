// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/fork_id.hpp"

#include <set>

namespace switchyard::node::eth {
namespace {

/// Bit by bit: a few dozen bytes, seldom.
uint32_t crc32(uint32_t crc, BytesView bytes) {
    constexpr uint32_t kPolynomial = 0xedb88320;
    crc = ~crc;
    for (const uint8_t byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc % 2 == 0 ? 0 : kPolynomial);
    }
    return ~crc;
}

}  // namespace

FixedBytes<4> fork_id(const Bytes32& genesis, std::span<const uint64_t> fork_blocks,
                      std::span<const uint64_t> fork_times, uint64_t genesis_time, uint64_t number,
                      uint64_t timestamp) {
    uint32_t crc = crc32(0, genesis);
    const auto add = [&crc](std::span<const uint64_t> forks, uint64_t after, uint64_t now) {
        for (const uint64_t fork : std::set<uint64_t>(forks.begin(), forks.end())) {
            if (fork <= after || fork > now) continue;
            FixedBytes<8> bytes;
            for (size_t i = 0; i < bytes.size(); ++i)
                bytes[i] = static_cast<uint8_t>(fork >> (8 * (7 - i)));
            crc = crc32(crc, bytes);
        }
    };
    add(fork_blocks, 0, number);
    add(fork_times, genesis_time, timestamp);
    FixedBytes<4> out;
    for (size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<uint8_t>(crc >> (8 * (3 - i)));
    return out;
}

}  // namespace switchyard::node::eth
