// SPDX-License-Identifier: Apache-2.0
// Public keys of senders that were seen before, by address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/core/bytes.hpp"
#include "simd/secp256k1/recover/recover_batch.hpp"

namespace switchyard {

/// A bounded table of keys that recovery gave: each is the preimage of its address. It only saves
/// work, so that it may forget anything at any time.
///
/// Set-associative with four ways, and a second chance for what was looked up since the set was
/// last full (the clock algorithm; Corbató, 1968). The place of an address is seeded, so that
/// nobody can aim at another's set. All memory is taken by the constructor: about 90 bytes a key.
/// One thread.
class KnownKeys {
  public:
    /// Room for `capacity` keys, rounded up to a power of two of at least 4; 0 keeps none.
    explicit KnownKeys(size_t capacity, uint64_t seed = process_hash_seed());

    /// The key of `address`, or null. Valid until the next `remember`.
    [[nodiscard]] const simd::PublicKey* find(const Address& address);

    /// Precondition: `key` hashes to `address`.
    void remember(const Address& address, const simd::PublicKey& key);

    [[nodiscard]] size_t capacity() const { return kWays * sets_.size(); }
    [[nodiscard]] size_t size() const { return size_; }

  private:
    static constexpr size_t kWays = 4;
    struct Set {
        std::array<Address, kWays> address;
        std::array<simd::PublicKey, kWays> key;
        std::array<bool, kWays> used{};
        std::array<bool, kWays> asked_for{};
        uint8_t hand = 0;
    };

    [[nodiscard]] Set& set_of(const Address& address) {
        return sets_[mix_bytes(address.data(), address.size(), seed_) & (sets_.size() - 1)];
    }

    uint64_t seed_;
    size_t size_ = 0;
    std::vector<Set> sets_;
};

}  // namespace switchyard
