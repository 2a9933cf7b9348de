// SPDX-License-Identifier: Apache-2.0
#include "host/plan/term.hpp"

#include <algorithm>

namespace switchyard::plan {
namespace {

constexpr uint16_t kNoConstant = UINT16_MAX;

}  // namespace

uint16_t TermGraph::constant_index(const Uint256& value) {
    const auto found = std::ranges::find(constants_, value);
    if (found != constants_.end()) return static_cast<uint16_t>(found - constants_.begin());
    if (constants_.size() >= kConstantsMax) return kNoConstant;
    constants_.push_back(value);
    return static_cast<uint16_t>(constants_.size() - 1);
}

TermIndex TermGraph::add(Term term) {
    const auto found = std::ranges::find(terms_, term);
    if (found != terms_.end()) return static_cast<TermIndex>(found - terms_.begin());
    if (terms_.size() >= kTermsMax || term.level > kLevelsMax) return kNoTerm;
    if (term.op == TermOp::Load && loads_ >= kLoadsMax) return kNoTerm;
    if (term.op == TermOp::Load) ++loads_;
    levels_ = std::max(levels_, term.level);
    terms_.push_back(term);
    const auto index = static_cast<TermIndex>(terms_.size() - 1);
    schedule(term, index);
    return index;
}

void TermGraph::schedule(const Term& term, TermIndex index) {
    // A hash is there for the round after the one that computes it.
    const size_t which =
        term.op == TermOp::Hash ? size_t{2} * term.level - 1 : size_t{2} * term.level;
    schedule_.insert(schedule_.begin() + section_ends_[which], index);
    for (size_t i = which; i < kSections; ++i)
        ++section_ends_[i];
}

TermIndex TermGraph::constant(const Uint256& value) {
    Term term{.op = TermOp::Constant};
    term.constant = constant_index(value);
    return term.constant == kNoConstant ? kNoTerm : add(term);
}

TermIndex TermGraph::atom(TermOp op) {
    if (op < TermOp::Caller || op > TermOp::Timestamp) return kNoTerm;
    return add({.op = op});
}

TermIndex TermGraph::calldata(size_t offset, size_t size) {
    if (offset > UINT16_MAX || size < 1 || size > 32) return kNoTerm;
    Term term{.op = TermOp::Calldata};
    term.offset = static_cast<uint16_t>(offset);
    term.size = static_cast<uint8_t>(size);
    return add(term);
}

TermIndex TermGraph::slice(TermIndex a, size_t offset, size_t size) {
    if (a >= terms_.size() || size < 1 || size > 32 || offset > 32 - size) return kNoTerm;
    Term term{.op = TermOp::Slice};
    term.level = terms_[a].level;
    term.a = a;
    term.offset = static_cast<uint16_t>(offset);
    term.size = static_cast<uint8_t>(size);
    return add(term);
}

TermIndex TermGraph::plus(TermIndex a, const Uint256& summand) {
    if (a >= terms_.size()) return kNoTerm;
    Term term{.op = TermOp::Sum};
    term.level = terms_[a].level;
    term.a = a;
    term.constant = constant_index(summand);
    return term.constant == kNoConstant ? kNoTerm : add(term);
}

TermIndex TermGraph::sum(TermIndex a, TermIndex b, const Uint256& factor) {
    if (a >= terms_.size() || b >= terms_.size()) return kNoTerm;
    Term term{.op = TermOp::Sum};
    term.level = std::max(terms_[a].level, terms_[b].level);
    term.a = a;
    term.b = b;
    term.constant = constant_index(factor);
    return term.constant == kNoConstant ? kNoTerm : add(term);
}

TermIndex TermGraph::lower(TermIndex a, TermIndex b) {
    if (a >= terms_.size() || b >= terms_.size()) return kNoTerm;
    Term term{.op = TermOp::Lower};
    term.level = std::max(terms_[a].level, terms_[b].level);
    term.a = std::min(a, b);
    term.b = std::max(a, b);
    return add(term);
}

TermIndex TermGraph::higher(TermIndex a, TermIndex b) {
    if (a >= terms_.size() || b >= terms_.size()) return kNoTerm;
    Term term{.op = TermOp::Higher};
    term.level = std::max(terms_[a].level, terms_[b].level);
    term.a = std::min(a, b);
    term.b = std::max(a, b);
    return add(term);
}

TermIndex TermGraph::hash(std::span<const HashFragment> fragments) {
    if (fragments.size() > UINT8_MAX) return kNoTerm;
    Term term{.op = TermOp::Hash};
    size_t bytes = 0;
    for (const HashFragment& fragment : fragments) {
        if (fragment.term >= terms_.size() || fragment.width < 1 || fragment.width > 32)
            return kNoTerm;
        bytes += fragment.width;
        term.level = std::max(term.level, terms_[fragment.term].level);
    }
    if (bytes > kPreimageBytesMax) return kNoTerm;
    ++term.level;
    term.fragment_count = static_cast<uint8_t>(fragments.size());
    for (size_t i = 0; i < terms_.size(); ++i)
        if (terms_[i].op == TermOp::Hash && std::ranges::equal(fragments_of(terms_[i]), fragments))
            return static_cast<TermIndex>(i);
    if (hashes_ >= kHashesMax || fragments_.size() + fragments.size() > kFragmentsMax)
        return kNoTerm;
    term.fragment_begin = static_cast<uint16_t>(fragments_.size());
    const TermIndex added = add(term);
    if (added == kNoTerm) return kNoTerm;
    fragments_.insert(fragments_.end(), fragments.begin(), fragments.end());
    ++hashes_;
    return added;
}

TermIndex TermGraph::load(TermIndex account, TermIndex slot) {
    if (account >= terms_.size() || slot >= terms_.size()) return kNoTerm;
    Term term{.op = TermOp::Load};
    term.level = std::max(terms_[account].level, terms_[slot].level);
    term.a = account;
    term.b = slot;
    return add(term);
}

TermIndex TermGraph::copy(const TermGraph& other, TermIndex index) {
    // No native recursion: what a term needs comes before it, so one pass over those that are
    // marked is enough.
    if (index >= other.terms_.size()) return kNoTerm;
    std::vector<bool> needed(size_t{index} + 1, false);
    needed[index] = true;
    for (size_t i = size_t{index} + 1; i-- > 0;) {
        if (!needed[i]) continue;
        const Term& term = other.terms_[i];
        if (term.a != kNoTerm) needed[term.a] = true;
        if (term.b != kNoTerm) needed[term.b] = true;
        for (const HashFragment& fragment : other.fragments_of(term))
            needed[fragment.term] = true;
    }
    std::vector<TermIndex> placed(size_t{index} + 1, kNoTerm);
    std::vector<HashFragment> fragments;
    for (size_t i = 0; i <= index; ++i) {
        if (!needed[i]) continue;
        const Term& term = other.terms_[i];
        const TermIndex a = term.a == kNoTerm ? kNoTerm : placed[term.a];
        const TermIndex b = term.b == kNoTerm ? kNoTerm : placed[term.b];
        switch (term.op) {
            case TermOp::Constant:
                placed[i] = constant(other.constant_of(term));
                break;
            case TermOp::Calldata:
                placed[i] = calldata(term.offset, term.size);
                break;
            case TermOp::Slice:
                placed[i] = slice(a, term.offset, term.size);
                break;
            case TermOp::Sum:
                placed[i] = term.b == kNoTerm ? plus(a, other.constant_of(term))
                                              : sum(a, b, other.constant_of(term));
                break;
            case TermOp::Lower:
                placed[i] = lower(a, b);
                break;
            case TermOp::Higher:
                placed[i] = higher(a, b);
                break;
            case TermOp::Hash:
                fragments.assign(other.fragments_of(term).begin(), other.fragments_of(term).end());
                for (HashFragment& fragment : fragments)
                    fragment.term = placed[fragment.term];
                placed[i] = hash(fragments);
                break;
            case TermOp::Load:
                placed[i] = load(a, b);
                break;
            default:
                placed[i] = atom(term.op);
        }
        if (placed[i] == kNoTerm) return kNoTerm;
    }
    return placed[index];
}

void TermGraph::clear() {
    terms_.clear();
    fragments_.clear();
    constants_.clear();
    schedule_.clear();
    section_ends_ = {};
    loads_ = hashes_ = 0;
    levels_ = 0;
}

void TermGraph::shrink_to_fit() {
    terms_.shrink_to_fit();
    fragments_.shrink_to_fit();
    constants_.shrink_to_fit();
    schedule_.shrink_to_fit();
}

}  // namespace switchyard::plan
