// SPDX-License-Identifier: Apache-2.0
// Hashes that somebody computed before the execution that asks for them.
#pragma once

#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"

namespace switchyard::evm {

/// The Keccak-256 of 64 bytes, the preimage of a mapping's slot: a key and the mapping's own slot.
/// Whoever makes one has computed the hash of that very input; nobody checks it again.
struct KnownHash {
    static constexpr size_t kInputBytes = 64;
    std::array<uint64_t, kInputBytes / 8> input{};  ///< as it lies in memory
    Uint256 hash;                                   ///< as KECCAK256 puts it on the stack

    static KnownHash of(const uint8_t* input, const Uint256& hash) {
        KnownHash out;
        std::memcpy(out.input.data(), input, kInputBytes);
        out.hash = hash;
        return out;
    }
};
static_assert(sizeof(KnownHash) == 96);

/// The entry of `known` whose input is `input`, byte for byte; null: there is none.
[[nodiscard]] inline const KnownHash* find_known_hash(std::span<const KnownHash> known,
                                                      BytesView input) {
    if (known.empty() || input.size() != KnownHash::kInputBytes) return nullptr;
    std::array<uint64_t, KnownHash::kInputBytes / 8> words;
    std::memcpy(words.data(), input.data(), KnownHash::kInputBytes);
    for (const KnownHash& each : known) {
        // The end of the key: where two of them differ most often.
        if (each.input[3] != words[3]) continue;
        if (each.input == words) return &each;
    }
    return nullptr;
}

/// The known hashes of a block's transactions. Filled in parts, one behind the other in block
/// order, each by one thread; then read by any number of threads. Reusable: `begin` keeps the
/// memory.
class KnownHashes {
  public:
    /// Of one transaction: what a KECCAK256 that is not among them has to be compared with.
    static constexpr size_t kPerTransactionMax = 16;

    class Part {
      public:
        /// Appends to the open transaction; false: it has as many as it may have.
        bool add(const KnownHash& hash) {
            if (hashes_.size() - begin_ >= kPerTransactionMax) return false;
            hashes_.push_back(hash);
            return true;
        }
        /// Closes the open transaction and opens the next one.
        void end_transaction() {
            begin_ = hashes_.size();
            ends_.push_back(begin_);
        }

      private:
        friend class KnownHashes;
        std::vector<KnownHash> hashes_;
        std::vector<size_t> ends_;
        size_t begin_ = 0;  ///< of the open transaction
    };

    /// Forgets everything. Part p is for the transactions from p * `part_size` on, as many.
    void begin(size_t parts, size_t part_size) {
        if (parts_.size() < parts) parts_.resize(parts);
        part_size_ = part_size;
        for (Part& part : parts_) {
            part.hashes_.clear();
            part.ends_.clear();
            part.begin_ = 0;
        }
    }
    [[nodiscard]] Part& part(size_t index) { return parts_[index]; }

    /// Of transaction `index`; empty where nothing was closed for it.
    [[nodiscard]] std::span<const KnownHash> of(size_t index) const {
        if (part_size_ == 0 || index / part_size_ >= parts_.size()) return {};
        const Part& part = parts_[index / part_size_];
        const size_t at = index % part_size_;
        if (at >= part.ends_.size()) return {};
        const size_t first = at == 0 ? 0 : part.ends_[at - 1];
        return std::span(part.hashes_).subspan(first, part.ends_[at] - first);
    }

  private:
    std::vector<Part> parts_;
    size_t part_size_ = 0;
};

}  // namespace switchyard::evm
