// SPDX-License-Identifier: Apache-2.0
// What the store holds, as far as it was asked for lately.
#pragma once

#include "host/state/flat/flat_store.hpp"
#include "host/state/flat/set_cache.hpp"
#include "host/state/flat_index.hpp"

namespace switchyard::flat {

/// Code by hash, up to a number of bytes; the clock algorithm over all of it. Safe from any number
/// of threads.
class CodeCache {
  public:
    explicit CodeCache(size_t bytes) : limit_(bytes) {}

    /// Null when it is not here.
    [[nodiscard]] CodePointer find(const Bytes32& hash);
    void put(const Bytes32& hash, const CodePointer& code);
    [[nodiscard]] size_t memory_bytes() const;

  private:
    struct Held {
        CodePointer code;
        bool referenced = false;
    };
    mutable std::mutex mutex_;
    FlatMap<Bytes32, Held> held_;
    size_t limit_;
    size_t bytes_ = 0;
    size_t hand_ = 0;
};

struct AddressHash {
    uint64_t operator()(const Address& address) const;
};
struct SlotKeyHash {
    uint64_t operator()(const SlotKey& slot) const;
};

/// Copies of what stands in the store, absences included. Whoever writes to the store keeps them
/// true. Safe from any number of threads.
struct StateCache {
    /// `bytes` for accounts and slots, half each, allocated at once; `code_bytes` for code.
    StateCache(size_t bytes, size_t code_bytes)
        : accounts(bytes / 2), slots(bytes / 2), code(code_bytes) {}

    SetCache<Address, std::optional<Account>, AddressHash> accounts;
    SetCache<SlotKey, Uint256, SlotKeyHash> slots;
    CodeCache code;

    [[nodiscard]] size_t memory_bytes() const {
        return accounts.memory_bytes() + slots.memory_bytes() + code.memory_bytes();
    }
};

}  // namespace switchyard::flat
