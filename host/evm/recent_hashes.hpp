// SPDX-License-Identifier: Apache-2.0
// What a transaction has hashed lately: contracts look up the same mapping's slot again and again.
#pragma once

#include <algorithm>
#include <array>

#include "host/evm/known_hashes.hpp"

namespace switchyard::evm {

/// The last hashes of 64 bytes of one transaction. One thread.
class RecentHashes {
  public:
    static constexpr size_t kMost = 8;

    void clear() { count_ = 0; }
    [[nodiscard]] const KnownHash* find(BytesView input) const {
        return find_known_hash(std::span(hashes_).first(std::min(count_, kMost)), input);
    }
    /// Takes the place of the oldest. `hash` is that of `input`; other sizes are not kept.
    void add(BytesView input, const Uint256& hash) {
        if (input.size() != KnownHash::kInputBytes) return;
        hashes_[count_++ % kMost] = KnownHash::of(input.data(), hash);
    }

  private:
    std::array<KnownHash, kMost> hashes_;
    size_t count_ = 0;  ///< added since `clear`
};

}  // namespace switchyard::evm
