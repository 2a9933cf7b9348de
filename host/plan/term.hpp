// SPDX-License-Identifier: Apache-2.0
// The language of predictions: terms that give a 256-bit word from what a transaction says of
// itself and from the state before its block.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"

namespace switchyard::plan {

/// What terms may ask of a block.
struct BlockFacts {
    Address beneficiary;
    uint64_t number = 0;
    uint64_t timestamp = 0;
};

/// What terms may ask of a transaction. Borrowed.
struct TransactionFacts {
    Address caller;
    Address recipient;
    Uint256 value;
    BytesView data;
};

enum class TermOp : uint8_t {
    Constant,     ///< constants()[constant]
    Caller,       ///< the sender
    Recipient,    ///< `to`
    CallValue,    ///< the value that is sent
    Beneficiary,  ///< of the block
    Number,       ///< of the block
    Timestamp,    ///< of the block
    Calldata,     ///< `size` bytes of call data at `offset`, right-aligned; zeros behind its end
    Slice,        ///< `size` bytes of the word a at byte `offset` from the left, right-aligned
    Sum,          ///< a + b * constants()[constant], modulo 2^256; b may be `kNoTerm` for 1
    Lower,        ///< the smaller of a and b
    Higher,       ///< the larger of a and b
    Hash,         ///< keccak256 of fragments
    Load,         ///< the storage word of account a (its low 160 bits) at slot b, before the block
};
inline constexpr uint8_t kTermOpCount = static_cast<uint8_t>(TermOp::Load) + 1;

using TermIndex = uint16_t;
inline constexpr TermIndex kNoTerm = UINT16_MAX;

/// One term of a graph. Operands come before it. Fields that its operation has no use for are 0,
/// operands `kNoTerm`.
struct Term {
    TermOp op = TermOp::Constant;
    /// How many rounds of hashing its value takes; computed by the graph.
    uint8_t level = 0;
    uint8_t size = 0;            ///< Calldata, Slice: 1 to 32
    uint8_t fragment_count = 0;  ///< Hash
    TermIndex a = kNoTerm;
    TermIndex b = kNoTerm;
    uint16_t offset = 0;          ///< Calldata, Slice
    uint16_t fragment_begin = 0;  ///< Hash
    uint16_t constant = 0;        ///< Constant, Sum
    bool operator==(const Term&) const = default;
};

/// A piece of a preimage: the low `width` bytes of a term.
struct HashFragment {
    TermIndex term = kNoTerm;
    uint8_t width = 32;  ///< 1 to 32
    bool operator==(const HashFragment&) const = default;
};

/// Terms that share their parts, each after its operands. Bounded: an addition that would pass a
/// bound gives `kNoTerm`, and so does one with an operand `kNoTerm` where it needs one.
class TermGraph {
  public:
    static constexpr size_t kTermsMax = 256;
    static constexpr size_t kFragmentsMax = 512;
    static constexpr size_t kConstantsMax = 128;
    static constexpr size_t kLoadsMax = 48;
    static constexpr size_t kHashesMax = 96;
    static constexpr size_t kPreimageBytesMax = 256;
    static constexpr uint8_t kLevelsMax = 6;  ///< rounds of hashing, nested

    TermIndex constant(const Uint256& value);
    /// Caller to Timestamp.
    TermIndex atom(TermOp op);
    TermIndex calldata(size_t offset, size_t size);
    TermIndex slice(TermIndex a, size_t offset, size_t size);
    TermIndex plus(TermIndex a, const Uint256& summand);
    TermIndex sum(TermIndex a, TermIndex b, const Uint256& factor);
    TermIndex lower(TermIndex a, TermIndex b);
    TermIndex higher(TermIndex a, TermIndex b);
    TermIndex hash(std::span<const HashFragment> fragments);
    TermIndex load(TermIndex account, TermIndex slot);
    /// The term `index` of `other` with all that it needs.
    TermIndex copy(const TermGraph& other, TermIndex index);

    [[nodiscard]] std::span<const Term> terms() const { return terms_; }
    [[nodiscard]] const Term& operator[](TermIndex i) const { return terms_[i]; }
    [[nodiscard]] std::span<const HashFragment> fragments_of(const Term& term) const {
        return std::span(fragments_).subspan(term.fragment_begin, term.fragment_count);
    }
    [[nodiscard]] const Uint256& constant_of(const Term& term) const {
        return constants_[term.constant];
    }
    [[nodiscard]] std::span<const HashFragment> fragments() const { return fragments_; }
    [[nodiscard]] std::span<const Uint256> constants() const { return constants_; }
    /// The largest level of its terms.
    [[nodiscard]] uint8_t levels() const { return levels_; }
    /// What round `round` of hashing evaluates, each after its operands: the terms of that level
    /// that are no hashes. Empty behind the last level.
    [[nodiscard]] std::span<const TermIndex> evaluated_in(uint8_t round) const {
        return section(size_t{2} * round);
    }
    /// What that round hashes then: the hashes of the level after it.
    [[nodiscard]] std::span<const TermIndex> hashed_in(uint8_t round) const {
        return section(size_t{2} * round + 1);
    }
    [[nodiscard]] size_t memory_bytes() const {
        return terms_.capacity() * sizeof(Term) + fragments_.capacity() * sizeof(HashFragment) +
               constants_.capacity() * sizeof(Uint256) + schedule_.capacity() * sizeof(TermIndex);
    }
    void clear();
    /// Gives back memory that is not needed.
    void shrink_to_fit();
    bool operator==(const TermGraph&) const = default;

  private:
    TermIndex add(Term term);
    void schedule(const Term& term, TermIndex index);
    [[nodiscard]] std::span<const TermIndex> section(size_t which) const {
        if (which >= kSections) return {};
        const size_t begin = which == 0 ? 0 : section_ends_[which - 1];
        return std::span(schedule_).subspan(begin, section_ends_[which] - begin);
    }
    [[nodiscard]] uint16_t constant_index(const Uint256& value);

    std::vector<Term> terms_;
    std::vector<HashFragment> fragments_;
    std::vector<Uint256> constants_;
    /// All terms in the order of evaluation: for each round what it evaluates and what it hashes.
    static constexpr size_t kSections = 2 * (size_t{kLevelsMax} + 1);
    std::vector<TermIndex> schedule_;
    std::array<uint16_t, kSections> section_ends_{};
    uint16_t loads_ = 0;
    uint16_t hashes_ = 0;
    uint8_t levels_ = 0;
};

}  // namespace switchyard::plan
