// SPDX-License-Identifier: Apache-2.0
// Explains what an execution accessed: finds terms that give its accounts and slots from what the
// transaction says of itself.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "host/evm/observation.hpp"
#include "host/plan/observed_accesses.hpp"
#include "host/plan/term.hpp"

namespace switchyard::plan {

/// A few terms that give one word, the likeliest first.
struct Explanation {
    static constexpr size_t kMax = 4;
    std::array<TermIndex, kMax> terms{};
    std::array<bool, kMax> is_guess{};  ///< the term holds a constant that nothing explains
    uint8_t count = 0;

    void add(TermIndex term, bool guess) {
        if (term == kNoTerm || count >= kMax) return;
        for (uint8_t i = 0; i < count; ++i)
            if (terms[i] == term) return;
        terms[count] = term;
        is_guess[count++] = guess;
    }
};

/// Explains the words of one observed execution by where they occur: in the transaction, in the
/// call data, among the words that it loaded, among its hashes, whose preimages are explained in
/// turn. That holds for frames at any depth alike, as everything is explained from the
/// transaction's own facts.
///
/// A word may occur in several places, so that an explanation has alternatives; which of them is
/// right shows in the executions that follow. Work is bounded by `kWorkMax`, the depth of a term by
/// `kDepthMax`. Reusable. One thread.
class Explainer {
  public:
    static constexpr uint32_t kDepthMax = 10;
    /// Call data beyond these bytes is not searched.
    static constexpr size_t kCalldataMax = 4096;
    /// Comparisons of words for one execution, about: when they are used up, what is left stays
    /// unexplained. A contract could otherwise make its explanation quadratic.
    static constexpr uint64_t kWorkMax = 200'000;

    /// Starts on an execution; everything is borrowed until the next call.
    void begin(const TransactionFacts& facts, const BlockFacts& block,
               const evm::Observation& observation, const ObservedAccesses& accesses);

    [[nodiscard]] Explanation account(const Address& address);
    [[nodiscard]] Explanation slot(const Uint256& key);
    /// The terms of the explanations given since `begin`.
    [[nodiscard]] const TermGraph& graph() const { return graph_; }
    /// Forgets the terms, not the execution, when few more would fit; true if it did so, and
    /// explanations given before are void.
    bool make_room();

  private:
    /// Where a word stands, which decides what is likely of a small number: a slot itself, or the
    /// end of a preimage, where a mapping has its slot, or before it, where a mapping has its key.
    enum class Place : uint8_t { Slot, End, Key };

    struct Memo {
        Uint256 word;
        Place place;
        bool is_open;  ///< being explained: a term must not need itself
        Explanation explanation;
    };

    Explanation explain(const Uint256& word, Place place);
    void explain_fields(uint64_t number, Explanation& out);
    void explain_small(const Uint256& word, Place place, Explanation& out);
    void explain_address(const Uint256& word, Explanation& out);
    void explain_word(const Uint256& word, Explanation& out);
    void explain_preimage(BytesView preimage, const Uint256& hash, Explanation& out);
    void explain_offset(const Uint256& word, Explanation& out);
    void explain_calldata_words(const Uint256& word, size_t most, Explanation& out);
    void explain_loaded(const Uint256& word, bool slices, size_t most, Explanation& out);

    struct Fragment {
        Explanation explanation;
        Uint256 word;
        uint8_t width;
    };
    void split_words(BytesView preimage);
    void split_packed(BytesView preimage);
    void split_literal(BytesView bytes);
    void combine(std::span<const Fragment> fragments, const Uint256& hash, Explanation& out);
    /// Takes `units` from what is left of the work; false: there is not so much.
    [[nodiscard]] bool spend(uint64_t units);

    [[nodiscard]] TermIndex load_of(const ObservedSlot& slot, bool& guess);
    /// The offset in the call data where `bytes` stand, from `from` on; `npos`.
    [[nodiscard]] size_t find_calldata(BytesView bytes, size_t from) const;

    TransactionFacts facts_;
    BlockFacts block_;
    BytesView calldata_;
    const evm::Observation* observation_ = nullptr;
    const ObservedAccesses* accesses_ = nullptr;
    struct Hash {
        Uint256 value;
        BytesView preimage;
    };
    [[nodiscard]] const Hash* find_hash(const Uint256& word) const;
    void collect_hashes();

    std::vector<Hash> hashes_;  ///< ascending
    /// Slots whose hash stands for what an array holds, where a compiler has hashed them already.
    std::vector<Bytes32> array_slots_;
    TermGraph graph_;
    std::vector<Memo> memos_;
    std::vector<std::vector<Fragment>> fragments_;  ///< one list for each depth
    uint32_t depth_ = 0;
    uint64_t work_left_ = 0;
};

}  // namespace switchyard::plan
