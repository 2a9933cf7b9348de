// SPDX-License-Identifier: Apache-2.0
#include "host/plan/template.hpp"

#include <algorithm>
#include <utility>

#include "host/core/assert.hpp"

namespace switchyard::plan {
namespace {

/// At this many tries counts are halved.
constexpr uint8_t kTriesMax = 64;
constexpr uint32_t kObservationsMax = 65'535;

/// Whether `part` is at least a quarter of `whole`: a key that was written once in four times is
/// planned as written, as a wait costs less than a second execution.
bool often(uint32_t part, uint32_t whole) {
    return part != 0 && 4 * part >= whole;
}

bool is_dead(const TemplateEntry& entry) {
    if (entry.is_guess && entry.tries >= 3 && entry.hits == 1) return true;
    if (entry.tries >= 4 && 5 * entry.hits < entry.tries) return true;
    return entry.tries >= 6 && 8 * entry.alone < entry.hits;
}

/// Whether `term` hashes two whole words: a mapping's key and slot.
bool is_mapping_hash(const TermGraph& graph, const Term& term) {
    if (term.op != TermOp::Hash || term.fragment_count != 2) return false;
    return std::ranges::all_of(graph.fragments_of(term),
                               [](const HashFragment& fragment) { return fragment.width == 32; });
}

}  // namespace

EntryUse Template::use_of(const TemplateEntry& entry) {
    if (!often(entry.hits, entry.tries) || (entry.is_guess && entry.hits < 2))
        return EntryUse::None;
    if (entry.alone == 0 && entry.tries >= 3) return EntryUse::None;
    // The first who adds to a slot that is 0 writes it.
    if (entry.is_slot() && often(entry.adds, entry.hits)) return EntryUse::Add;
    if (often(entry.writes, entry.hits)) return EntryUse::Write;
    if (entry.is_slot()) return EntryUse::Read;
    const bool reads = often(entry.reads, entry.hits);
    if (often(entry.adds, entry.hits)) return reads ? EntryUse::Write : EntryUse::Add;
    return reads ? EntryUse::Read : EntryUse::Touch;
}

void Template::count_hit(TemplateEntry& entry, const ObservedAccesses& accesses,
                         uint32_t position) {
    ++entry.hits;
    if (entry.is_slot()) {
        const ObservedSlot& slot = accesses.slots()[position];
        if (slot.is_written) ++(slot.is_added ? entry.adds : entry.writes);
        return;
    }
    const ObservedAccount& account = accesses.accounts()[position];
    entry.writes = static_cast<uint8_t>(entry.writes + (account.is_written ? 1 : 0));
    entry.adds = static_cast<uint8_t>(entry.adds + (account.is_credited ? 1 : 0));
    entry.reads = static_cast<uint8_t>(entry.reads + (account.reads_balance ? 1 : 0));
}

void Template::count(std::span<const Uint256> values, const ObservedAccesses& accesses,
                     uint64_t gas_used, std::vector<bool>& covered) {
    SWITCHYARD_ASSERT(values.size() == graph_.terms().size());
    const size_t slots = accesses.slots().size();
    covered.assign(slots + accesses.accounts().size(), false);
    for (TemplateEntry& entry : entries_) {
        if (entry.tries >= kTriesMax)
            for (uint8_t* const n : {&entry.tries, &entry.hits, &entry.alone, &entry.writes,
                                     &entry.adds, &entry.reads})
                *n /= 2;
        ++entry.tries;
        const Address address = to_address(values[entry.account]);
        const uint32_t found = entry.is_slot() ? accesses.find_slot(address, values[entry.slot])
                                               : accesses.find_account(address);
        if (found == FlatIndex::kNone) continue;
        count_hit(entry, accesses, found);
        const size_t key = entry.is_slot() ? found : slots + found;
        if (!covered[key]) ++entry.alone;
        covered[key] = true;
    }
    // A moving average over about eight transactions.
    gas_ = gas_ == 0 ? gas_used : gas_ - gas_ / 8 + gas_used / 8;
    observations_ = std::min(observations_ + 1, kObservationsMax);
}

void Template::add(const TermGraph& terms, TermIndex account, TermIndex slot, bool is_guess,
                   bool is_alternative, const ObservedAccesses& accesses, uint32_t position) {
    if (entries_.size() >= kEntriesMax) return;
    TemplateEntry entry;
    entry.account = graph_.copy(terms, account);
    if (entry.account == kNoTerm) return;
    if (slot != kNoTerm) {
        entry.slot = graph_.copy(terms, slot);
        if (entry.slot == kNoTerm) return;
    }
    for (const TemplateEntry& other : entries_)
        if (other.account == entry.account && other.slot == entry.slot) return;
    entry.is_guess = is_guess;
    entry.tries = 1;
    entry.alone = is_alternative ? 0 : 1;
    count_hit(entry, accesses, position);
    entries_.push_back(entry);
}

void Template::prune() {
    const auto dead = std::ranges::remove_if(entries_, is_dead);
    const bool any_dead = !dead.empty();
    entries_.erase(dead.begin(), dead.end());
    // Insertion: the order changes little from one execution to the next.
    const auto better = [](const TemplateEntry& a, const TemplateEntry& b) {
        return uint32_t{a.hits} * b.tries > uint32_t{b.hits} * a.tries;
    };
    bool any_moved = false;
    for (size_t i = 1; i < entries_.size(); ++i)
        for (size_t k = i; k > 0 && better(entries_[k], entries_[k - 1]); --k) {
            std::swap(entries_[k], entries_[k - 1]);
            any_moved = true;
        }
    if (any_dead) rebuild();
    // Most executions change nothing of what is predicted.
    const bool same = !any_dead && !any_moved && uses_.size() == entries_.size() &&
                      std::ranges::equal(entries_, uses_, {}, use_of);
    if (!same) derive_prediction();
}

void Template::derive_prediction() {
    prediction_ = {};
    uses_.clear();
    for (const TemplateEntry& entry : entries_)
        uses_.push_back(use_of(entry));
    for (size_t i = 0; i < entries_.size(); ++i) {
        if (uses_[i] == EntryUse::None || uses_[i] == EntryUse::Touch) continue;
        const AccessKind kind = uses_[i] == EntryUse::Read    ? AccessKind::Read
                                : uses_[i] == EntryUse::Write ? AccessKind::Write
                                                              : AccessKind::Add;
        TemplatePrediction::Access access;
        access.account = prediction_.graph.copy(graph_, entries_[i].account);
        if (entries_[i].is_slot()) access.slot = prediction_.graph.copy(graph_, entries_[i].slot);
        access.kind = kind;
        prediction_.accesses.push_back(access);
    }
    std::ranges::sort(prediction_.accesses, {}, &TemplatePrediction::Access::account);
    const auto terms = prediction_.graph.terms();
    for (size_t i = 0; i < terms.size(); ++i)
        if (is_mapping_hash(prediction_.graph, terms[i]))
            prediction_.mapping_hashes.push_back(static_cast<TermIndex>(i));
    prediction_.graph.shrink_to_fit();
    prediction_.accesses.shrink_to_fit();
    prediction_.mapping_hashes.shrink_to_fit();
}

std::optional<Template> Template::restored(TermGraph graph, std::vector<TemplateEntry> entries,
                                           uint32_t observations, uint64_t gas) {
    if (entries.size() > kEntriesMax || observations > kObservationsMax) return std::nullopt;
    for (const TemplateEntry& entry : entries) {
        const size_t terms = graph.terms().size();
        if (entry.account >= terms || (entry.is_slot() && entry.slot >= terms)) return std::nullopt;
        if (entry.tries > kTriesMax || entry.hits > entry.tries) return std::nullopt;
        for (const uint8_t part : {entry.alone, entry.writes, entry.adds, entry.reads})
            if (part > entry.hits) return std::nullopt;
    }
    Template out;
    out.graph_ = std::move(graph);
    out.entries_ = std::move(entries);
    out.observations_ = observations;
    out.gas_ = gas;
    out.graph_.shrink_to_fit();
    out.entries_.shrink_to_fit();
    out.derive_prediction();
    return out;
}

void Template::rebuild() {
    const TermGraph old = std::move(graph_);
    graph_ = {};
    for (TemplateEntry& entry : entries_) {
        entry.account = graph_.copy(old, entry.account);
        if (entry.is_slot()) entry.slot = graph_.copy(old, entry.slot);
    }
    graph_.shrink_to_fit();
    entries_.shrink_to_fit();
}

}  // namespace switchyard::plan
