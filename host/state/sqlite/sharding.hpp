// SPDX-License-Identifier: Apache-2.0
// Which file of a store holds which row.
#pragma once

#include <filesystem>
#include <string>

#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"

namespace switchyard::sqlite {

inline constexpr uint32_t kShardsMax = 64;

/// An account lies in the shard that the low bits of its address name, a slot in the one that the
/// low bits of address XOR slot name: 8 shards, address 0x..2b, slot 0x..07: account in 3, slot in
/// 4. `shards` is a power of two.
///
/// Low bits, because addresses with leading zeros are sought after and those of precompiles differ
/// there alone. The slot counts because one token may hold most of a state's storage.
[[nodiscard]] inline uint32_t shard_of(const Address& address, uint32_t shards) {
    return address[19] & (shards - 1);
}
[[nodiscard]] inline uint32_t shard_of(const Address& address, const Uint256& slot,
                                       uint32_t shards) {
    return static_cast<uint32_t>(address[19] ^ slot.limb[0]) & (shards - 1);
}

/// The file of a shard: `state-00.db`.
[[nodiscard]] inline std::filesystem::path shard_path(const std::filesystem::path& folder,
                                                      uint32_t number) {
    const std::string digits = std::to_string(number);
    return folder / ("state-" + std::string(digits.size() < 2 ? 1 : 0, '0') + digits + ".db");
}

}  // namespace switchyard::sqlite
