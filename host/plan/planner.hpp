// SPDX-License-Identifier: Apache-2.0
// The plan station: predicts what each transaction of a block will read and write, as keys for the
// conflict detector.
#pragma once

#include <cstdint>
#include <span>

#include "host/chain/transaction.hpp"
#include "host/offload/access_batch.hpp"

namespace switchyard {

/// The 64-bit keys under which the conflict detector knows accounts and slots.
///
/// A seeded mix of all bytes, so that nobody who does not know the seed can craft two slots with
/// one key. Equal keys of different slots cost an unneeded wait, never correctness: the executor
/// compares exact keys.
class KeyHasher {
  public:
    explicit KeyHasher(uint64_t seed) : seed_(seed) {}
    [[nodiscard]] uint64_t account_key(const Address& address) const {
        return mix_bytes(address.data(), address.size(), seed_);
    }
    [[nodiscard]] uint64_t storage_key(const Address& address, const Bytes32& slot) const {
        return mix_bytes(slot.data(), slot.size(), account_key(address) + 1);
    }

  private:
    uint64_t seed_;
};

/// Predicts from what a transaction says of itself: its sender, its recipient, its access list
/// (EIP-2930) and its authorization list (EIP-7702). It costs hashing, not execution. A prediction
/// may be wrong in both directions; only speed depends on it.
///
/// Safe from any thread; allocates only where the batch grows.
class Planner {
  public:
    explicit Planner(uint64_t seed = process_hash_seed()) : keys_(seed) {}

    /// Clears `batch` and fills it with one entry for each transaction, in block order.
    /// `beneficiary` is the block's: every transaction adds its fee to it, and one that spends from
    /// it has to come in order.
    void predict(std::span<const SignedTransaction> transactions, const Address& beneficiary,
                 AccessBatch& batch) const;

    [[nodiscard]] const KeyHasher& keys() const { return keys_; }

  private:
    void predict_one(const SignedTransaction& signed_transaction, AccessBatch& batch) const;
    KeyHasher keys_;
};

}  // namespace switchyard
