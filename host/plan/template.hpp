// SPDX-License-Identifier: Apache-2.0
// What the transactions of one kind (the code that runs, its function, the length of its call data)
// access: terms for accounts and slots, each with how often it was right.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "host/offload/access_batch.hpp"
#include "host/plan/observed_accesses.hpp"
#include "host/plan/term.hpp"

namespace switchyard::plan {

/// An account or a slot that transactions of a template may access, and how often they did. Counts
/// are halved now and then, so that what a contract does lately counts most.
struct TemplateEntry {
    TermIndex account = kNoTerm;
    TermIndex slot = kNoTerm;  ///< `kNoTerm`: the account itself
    /// Holds a constant that nothing explains: it may be a constant of the contract, or a word that
    /// only this one transaction had. Believed when it was right twice.
    bool is_guess = false;
    uint8_t tries = 0;   ///< observed transactions since it was added, that one included
    uint8_t hits = 0;    ///< of these: accessed it
    uint8_t alone = 0;   ///< of the hits: no better entry had named it
    uint8_t writes = 0;  ///< of the hits: changed the slot or account
    uint8_t adds = 0;    ///< of the hits: credited the account, or added to the slot
    uint8_t reads = 0;   ///< of the hits: asked for the account's balance or nonce

    [[nodiscard]] bool is_slot() const { return slot != kNoTerm; }
    bool operator==(const TemplateEntry&) const = default;
};

/// How the conflict detector is told of an entry. A slot that may be added to is added to only if
/// its transaction merges, else written.
enum class EntryUse : uint8_t {
    None,   ///< not at all: it is not believed
    Touch,  ///< not at all: only code and existence of the account matter; worth reading ahead
    Read,
    Write,
    Add,
};

/// What a template predicts now: the entries that are believed and matter to lanes, and their terms
/// alone.
struct TemplatePrediction {
    struct Access {
        TermIndex account = kNoTerm;
        TermIndex slot = kNoTerm;  ///< `kNoTerm`: the account itself
        AccessKind kind = AccessKind::Read;
        bool operator==(const Access&) const = default;
    };
    TermGraph graph;
    std::vector<Access> accesses;  ///< grouped by account
    /// The hashes of 64 bytes among the terms, which are those of mappings' slots.
    std::vector<TermIndex> mapping_hashes;
    bool operator==(const TemplatePrediction&) const = default;
};

/// Terms and entries of one template. Bounded by `kEntriesMax` and the bounds of `TermGraph`. One
/// thread.
class Template {
  public:
    static constexpr size_t kEntriesMax = 128;

    [[nodiscard]] const TermGraph& graph() const { return graph_; }
    [[nodiscard]] std::span<const TemplateEntry> entries() const { return entries_; }
    /// As of the last `prune`.
    [[nodiscard]] const TemplatePrediction& prediction() const { return prediction_; }
    /// Executions that it has learned from, up to 65,535.
    [[nodiscard]] uint32_t observations() const { return observations_; }
    /// Gas that its transactions used, on average; 0: not known.
    [[nodiscard]] uint64_t gas() const { return gas_; }

    /// What to say of `entry`.
    [[nodiscard]] static EntryUse use_of(const TemplateEntry& entry);

    /// Compares with an execution. `values` are those of the graph's terms for its transaction.
    /// Sets `covered[i]` for each slot, and behind them each account, that an entry names.
    void count(std::span<const Uint256> values, const ObservedAccesses& accesses, uint64_t gas_used,
               std::vector<bool>& covered);
    /// Adds an entry for the terms of `terms`, unless it is there or has no room, with the counts
    /// of its first hit. `is_alternative`: likelier terms for the same key were added.
    void add(const TermGraph& terms, TermIndex account, TermIndex slot, bool is_guess,
             bool is_alternative, const ObservedAccesses& accesses, uint32_t position);
    /// Drops what was wrong too often or adds nothing to better entries, orders the rest by how
    /// often they were right, and derives the prediction from them.
    void prune();

    [[nodiscard]] size_t memory_bytes() const {
        return sizeof(Template) + graph_.memory_bytes() +
               entries_.capacity() * sizeof(TemplateEntry) + prediction_.graph.memory_bytes() +
               prediction_.accesses.capacity() * sizeof(TemplatePrediction::Access) +
               prediction_.mapping_hashes.capacity() * sizeof(TermIndex);
    }
    bool operator==(const Template&) const = default;

    /// One that was stored; no value: the parts do not fit together.
    [[nodiscard]] static std::optional<Template> restored(TermGraph graph,
                                                          std::vector<TemplateEntry> entries,
                                                          uint32_t observations, uint64_t gas);

  private:
    static void count_hit(TemplateEntry& entry, const ObservedAccesses& accesses,
                          uint32_t position);
    void rebuild();
    void derive_prediction();

    TermGraph graph_;
    std::vector<TemplateEntry> entries_;
    TemplatePrediction prediction_;
    std::vector<EntryUse> uses_;  ///< of the entries, as the prediction has them
    uint64_t gas_ = 0;
    uint32_t observations_ = 0;
};

}  // namespace switchyard::plan
