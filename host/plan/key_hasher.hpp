// SPDX-License-Identifier: Apache-2.0
// The names under which the conflict detector knows accounts and slots.
#pragma once

#include <cstdint>

#include "host/core/bytes.hpp"

namespace switchyard {

/// The 64-bit keys under which the conflict detector knows accounts and slots.
///
/// A seeded mix of all bytes, so that nobody who does not know the seed can craft two slots with
/// one key. Equal keys of different slots cost an unneeded wait, never correctness: the executor
/// compares exact keys.
class KeyHasher {
  public:
    explicit KeyHasher(uint64_t seed) : seed_(seed) {}
    /// A sender's nonce.
    [[nodiscard]] uint64_t account_key(const Address& address) const {
        return mix_bytes(address.data(), address.size(), seed_);
    }
    /// The balance. A key of its own: who pays needs no more than enough, whoever paid it before.
    [[nodiscard]] uint64_t balance_key(const Address& address) const {
        return mix_bytes(address.data(), address.size(), seed_ ^ 0x9e3779b97f4a7c15ULL);
    }
    /// The code: a contract that is called and a contract that is paid do not disturb each other.
    [[nodiscard]] uint64_t code_key(const Address& address) const {
        return mix_bytes(address.data(), address.size(), ~seed_);
    }
    [[nodiscard]] uint64_t storage_key(const Address& address, const Bytes32& slot) const {
        return storage_key(account_key(address), slot);
    }
    /// The same for who has the key of the account.
    [[nodiscard]] static uint64_t storage_key(uint64_t account_key, const Bytes32& slot) {
        return mix_bytes(slot.data(), slot.size(), account_key + 1);
    }

  private:
    uint64_t seed_;
};

}  // namespace switchyard
