// SPDX-License-Identifier: Apache-2.0
#include "host/plan/explainer.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "simd/keccak256.hpp"

namespace switchyard::plan {
namespace {

constexpr size_t kNowhere = SIZE_MAX;
constexpr size_t kSelectorBytes = 4;

/// Numbers below are slots, indices, amounts; above, addresses and hashes. An address or hash this
/// small takes 2^96 trials.
bool is_small(const Uint256& word) {
    return word.fits_uint64();
}
bool fits_address(const Uint256& word) {
    return word.limb[3] == 0 && word.limb[2] >> 32 == 0;
}
/// Behind a hash: an array's element or a member of a struct.
constexpr uint64_t kOffsetMax = uint64_t{1} << 32;

bool is_constant(const TermGraph& graph, TermIndex term) {
    return graph[term].op == TermOp::Constant;
}
/// A key that a contract may sort before it hashes it: no constant, and no hash, which is a
/// mapping's place in a mapping.
bool may_be_sorted(const TermGraph& graph, TermIndex term) {
    return graph[term].op != TermOp::Constant && graph[term].op != TermOp::Hash &&
           graph[term].op != TermOp::Sum;
}

/// Where a number stands in a word as one of several fields, by the widths that contracts use; the
/// lowest field apart, which is the word itself if there is no other.
struct Field {
    size_t offset = 0;
    size_t size = 0;
};
std::optional<Field> find_field(const uint8_t* word, uint64_t number) {
    for (const size_t size : {size_t{8}, size_t{4}, size_t{2}}) {
        if (size < 8 && number >> (8 * size) != 0) return std::nullopt;
        for (size_t offset = 0; offset + size <= 32; ++offset) {
            uint64_t field = 0;
            for (size_t i = 0; i < size; ++i)
                field = field << 8 | word[offset + i];
            if (field == number) return Field{offset, size};
        }
    }
    return std::nullopt;
}

}  // namespace

void Explainer::begin(const TransactionFacts& facts, const BlockFacts& block,
                      const evm::Observation& observation, const ObservedAccesses& accesses) {
    facts_ = facts;
    block_ = block;
    calldata_ = facts.data.first(std::min(facts.data.size(), kCalldataMax));
    observation_ = &observation;
    accesses_ = &accesses;
    graph_.clear();
    memos_.clear();
    collect_hashes();
    fragments_.resize(kDepthMax + 2);
    depth_ = 0;
    work_left_ = kWorkMax;
}

void Explainer::collect_hashes() {
    hashes_.clear();
    for (const evm::ObservedHash& hash : observation_->hashes())
        hashes_.push_back({to_uint256(hash.hash), observation_->preimage(hash)});
    // A compiler that knows an array's slot hashes it itself; then only its length is seen.
    constexpr size_t kArraysMax = 64;
    array_slots_.clear();
    for (const ObservedSlot& slot : accesses_->slots())
        if (slot.is_read && is_small(slot.value) && array_slots_.size() < kArraysMax)
            array_slots_.push_back(to_bytes32(slot.key));
    for (const Bytes32& slot : array_slots_) {
        Bytes32 hash;
        simd::keccak256(slot, hash.bytes);
        hashes_.push_back({to_uint256(hash), slot});
    }
    std::ranges::sort(hashes_, {}, &Hash::value);
}

bool Explainer::spend(uint64_t units) {
    if (units > work_left_) {
        work_left_ = 0;
        return false;
    }
    work_left_ -= units;
    return true;
}

bool Explainer::make_room() {
    if (graph_.terms().size() < TermGraph::kTermsMax * 3 / 4 &&
        graph_.constants().size() < TermGraph::kConstantsMax * 3 / 4 &&
        graph_.fragments().size() < TermGraph::kFragmentsMax * 3 / 4)
        return false;
    graph_.clear();
    memos_.clear();
    return true;
}

Explanation Explainer::account(const Address& address) {
    return explain(to_uint256(address), Place::Key);
}

Explanation Explainer::slot(const Uint256& key) {
    return explain(key, Place::Slot);
}

const Explainer::Hash* Explainer::find_hash(const Uint256& word) const {
    const auto found = std::ranges::lower_bound(hashes_, word, {}, &Hash::value);
    return found == hashes_.end() || found->value != word ? nullptr : &*found;
}

size_t Explainer::find_calldata(BytesView bytes, size_t from) const {
    if (from >= calldata_.size()) return kNowhere;
    const auto* const found = static_cast<const uint8_t*>(
        memmem(calldata_.data() + from, calldata_.size() - from, bytes.data(), bytes.size()));
    return found == nullptr ? kNowhere : static_cast<size_t>(found - calldata_.data());
}

Explanation Explainer::explain(const Uint256& word, Place place) {
    if (!spend(8 + memos_.size() / 4)) return {};
    for (const Memo& memo : memos_)
        if (memo.word == word && memo.place == place) {
            if (!memo.is_open) return memo.explanation;
            return {};
        }
    if (depth_ >= kDepthMax) return {};
    ++depth_;
    const size_t mine = memos_.size();
    memos_.push_back({word, place, true, {}});
    Explanation out;
    if (is_small(word))
        explain_small(word, place, out);
    else if (fits_address(word))
        explain_address(word, out);
    else
        explain_word(word, out);
    memos_[mine].is_open = false;
    memos_[mine].explanation = out;
    --depth_;
    return out;
}

void Explainer::explain_calldata_words(const Uint256& word, size_t most, Explanation& out) {
    if (!spend(calldata_.size() / 32)) return;
    const Bytes32 bytes = to_bytes32(word);
    for (size_t at = kSelectorBytes; at + 32 <= calldata_.size() && most > 0; at += 32) {
        if (std::memcmp(calldata_.data() + at, bytes.data(), 32) != 0) continue;
        out.add(graph_.calldata(at, 32), false);
        --most;
    }
}

TermIndex Explainer::load_of(const ObservedSlot& slot, bool& guess) {
    const Explanation account = explain(to_uint256(slot.address), Place::Key);
    if (account.count == 0) return kNoTerm;
    const Explanation key = explain(slot.key, Place::Slot);
    if (key.count == 0) return kNoTerm;
    guess = account.is_guess[0] || key.is_guess[0];
    return graph_.load(account.terms[0], key.terms[0]);
}

void Explainer::explain_loaded(const Uint256& word, bool slices, size_t most, Explanation& out) {
    if (!spend(accesses_->slots().size())) return;
    const Bytes32 bytes = to_bytes32(word);
    for (const ObservedSlot& slot : accesses_->slots()) {
        if (most == 0) return;
        if (!slot.is_read || slot.value.is_zero()) continue;
        bool guess = false;
        if (slot.value == word) {
            const TermIndex load = load_of(slot, guess);
            if (load == kNoTerm) continue;
            out.add(load, guess);
            --most;
        } else if (slices) {
            // An address, alone or packed with other fields.
            const Bytes32 loaded = to_bytes32(slot.value);
            const auto* const found = static_cast<const uint8_t*>(
                memmem(loaded.data(), 32, bytes.data() + 12, Address::kSize));
            if (found == nullptr) continue;
            const TermIndex load = load_of(slot, guess);
            if (load == kNoTerm) continue;
            out.add(graph_.slice(load, static_cast<size_t>(found - loaded.data()), Address::kSize),
                    guess);
            --most;
        }
    }
}

void Explainer::explain_fields(uint64_t number, Explanation& out) {
    if (!spend(calldata_.size() / 8 + 4 * accesses_->slots().size())) return;
    for (size_t at = kSelectorBytes; at + 32 <= calldata_.size() && out.count < 2; at += 32)
        if (const auto field = find_field(calldata_.data() + at, number))
            out.add(graph_.calldata(at + field->offset, field->size), false);
    for (const ObservedSlot& slot : accesses_->slots()) {
        if (out.count >= 2) return;
        // A word of one field was looked at before.
        if (!slot.is_read || slot.value.fits_uint64()) continue;
        const Bytes32 word = to_bytes32(slot.value);
        const auto field = find_field(word.data(), number);
        if (!field) continue;
        bool guess = false;
        const TermIndex load = load_of(slot, guess);
        if (load != kNoTerm) out.add(graph_.slice(load, field->offset, field->size), guess);
    }
}

void Explainer::explain_small(const Uint256& word, Place place, Explanation& out) {
    if (place == Place::Slot || word.is_zero()) {
        out.add(graph_.constant(word), place == Place::Key);
        return;
    }
    // Behind a key comes a mapping's slot, which is small; what is larger may be a key itself.
    constexpr uint64_t kPlainConstant = 256;
    if (place == Place::End && word.limb[0] < kPlainConstant) {
        out.add(graph_.constant(word), false);
        return;
    }
    explain_calldata_words(word, 2, out);
    // A fee of three bytes in a packed path.
    if (out.count < 2 && word.limb[0] >= kPlainConstant && word.limb[0] >> 24 == 0) {
        const Bytes32 bytes = to_bytes32(word);
        const size_t at = find_calldata(BytesView{bytes}.subspan(29), kSelectorBytes);
        if (at != kNowhere) out.add(graph_.calldata(at, 3), false);
    }
    if (word == facts_.value) out.add(graph_.atom(TermOp::CallValue), false);
    if (word == Uint256{block_.number}) out.add(graph_.atom(TermOp::Number), false);
    if (word == Uint256{block_.timestamp}) out.add(graph_.atom(TermOp::Timestamp), false);
    // A counter, the length of an array, or its last index.
    if (out.count == 0) explain_loaded(word, false, 2, out);
    // A field of a word among others.
    if (out.count < 2) explain_fields(word.limb[0], out);
    // Or what becomes of a counter.
    for (const Uint256& step : {Uint256{1}, -Uint256{1}}) {
        if (out.count != 0) break;
        Explanation before;
        explain_loaded(word - step, false, 1, before);
        const Uint256 number = word - step;
        if (before.count == 0 && !number.is_zero()) explain_fields(number.limb[0], before);
        if (before.count != 0) out.add(graph_.plus(before.terms[0], step), before.is_guess[0]);
    }
    out.add(graph_.constant(word), true);
}

void Explainer::explain_address(const Uint256& word, Explanation& out) {
    const Address address = to_address(word);
    if (address == facts_.caller) out.add(graph_.atom(TermOp::Caller), false);
    if (address == facts_.recipient) out.add(graph_.atom(TermOp::Recipient), false);
    size_t at = find_calldata(address, 0);
    for (int occurrences = 0; at != kNowhere && occurrences < 2; ++occurrences) {
        out.add(graph_.calldata(at, Address::kSize), false);
        at = find_calldata(address, at + 1);
    }
    if (out.count < 2) explain_loaded(word, true, 2, out);
    // The address of a contract made by CREATE2 (EIP-1014), computed rather than looked up.
    if (out.count < 2) {
        const BytesView low{address};
        if (!spend(hashes_.size() / 2)) return;
        for (const evm::ObservedHash& hash : observation_->hashes()) {
            if (!equal(BytesView{hash.hash}.subspan(12), low)) continue;
            Explanation preimage = explain(to_uint256(hash.hash), Place::Key);
            for (uint8_t i = 0; i < preimage.count; ++i)
                out.add(graph_.slice(preimage.terms[i], 12, Address::kSize), preimage.is_guess[i]);
            break;
        }
    }
    if (address == block_.beneficiary) out.add(graph_.atom(TermOp::Beneficiary), false);
    // Two small numbers in one key.
    constexpr uint64_t kSmallNumber = uint64_t{1} << 32;
    if (out.count == 0 && word.limb[2] == 0 && word.limb[0] < kSmallNumber &&
        word.limb[1] < kSmallNumber) {
        const Explanation high = explain(Uint256{word.limb[1]}, Place::Key);
        const Explanation low = explain(Uint256{word.limb[0]}, Place::Key);
        if (high.count != 0 && low.count != 0)
            out.add(graph_.sum(low.terms[0], high.terms[0], Uint256{0, 1, 0, 0}),
                    high.is_guess[0] || low.is_guess[0]);
    }
    if (out.count == 0) out.add(graph_.constant(word), true);
}

void Explainer::explain_word(const Uint256& word, Explanation& out) {
    if (const Hash* const hash = find_hash(word)) explain_preimage(hash->preimage, word, out);
    if (out.count == 0) explain_offset(word, out);
    if (out.count == 0) explain_calldata_words(word, 2, out);
    if (word == facts_.value) out.add(graph_.atom(TermOp::CallValue), false);
    if (out.count == 0) explain_loaded(word, false, 2, out);
    if (out.count == 0) out.add(graph_.constant(word), true);
}

void Explainer::explain_offset(const Uint256& word, Explanation& out) {
    if (!spend(calldata_.size() / 32 + accesses_->slots().size())) return;
    const auto above = std::ranges::upper_bound(hashes_, word, {}, &Hash::value);
    if (above == hashes_.begin()) return;
    const Hash& below = *std::prev(above);
    const Uint256 distance = word - below.value;
    if (!distance.fits_uint64() || distance.limb[0] >= kOffsetMax) return;
    const Explanation base = explain(below.value, Place::Key);
    if (base.count == 0) return;
    const uint64_t offset = distance.limb[0];
    // A member of a struct, more likely than an element of an array.
    constexpr uint64_t kMembers = 16;
    const auto add_constants = [&] {
        for (uint8_t i = 0; i < base.count; ++i)
            out.add(graph_.plus(base.terms[i], Uint256{offset}), base.is_guess[i]);
    };
    if (offset < kMembers) add_constants();
    // An element that the call data or a loaded length names: index * size + member.
    constexpr uint64_t kSizeMax = 8;
    for (size_t at = kSelectorBytes; offset != 0 && at + 32 <= calldata_.size(); at += 32) {
        const Uint256 index = load_big_endian(calldata_.data() + at);
        if (!index.fits_uint64() || index.is_zero() || index.limb[0] > offset) continue;
        const uint64_t size = offset / index.limb[0];
        const uint64_t member = offset - size * index.limb[0];
        if (size > kSizeMax || member >= size) continue;
        TermIndex term = graph_.sum(base.terms[0], graph_.calldata(at, 32), Uint256{size});
        if (member != 0) term = graph_.plus(term, Uint256{member});
        out.add(term, base.is_guess[0]);
        if (out.count >= 2) break;
    }
    // The element behind the last one (a push), or the last one (a pop, a checkpoint).
    for (const ObservedSlot& slot : accesses_->slots()) {
        if (offset < 2 || out.count >= 3) break;
        if (!slot.is_read || slot.value.is_zero() || !slot.value.fits_uint64()) continue;
        const uint64_t length = slot.value.limb[0];
        for (const uint64_t index : {length, length - 1}) {
            if (index == 0 || index > offset || offset / index > kSizeMax) continue;
            const uint64_t size = offset / index;
            const uint64_t member = offset - size * index;
            if (member >= size) continue;
            bool guess = false;
            TermIndex last = load_of(slot, guess);
            if (last == kNoTerm) break;
            if (index != length) last = graph_.plus(last, -Uint256{1});
            TermIndex term = graph_.sum(base.terms[0], last, Uint256{size});
            if (member != 0) term = graph_.plus(term, Uint256{member});
            out.add(term, guess || base.is_guess[0]);
            break;
        }
    }
    add_constants();
}

void Explainer::explain_preimage(BytesView preimage, const Uint256& hash, Explanation& out) {
    fragments_[depth_].clear();
    if (preimage.size() % 32 == 0)
        split_words(preimage);
    else
        split_packed(preimage);
    combine(fragments_[depth_], hash, out);
}

void Explainer::split_words(BytesView preimage) {
    for (size_t at = 0; at < preimage.size(); at += 32) {
        // A mapping's own slot stands behind its key.
        const bool last = at + 32 == preimage.size();
        const Uint256 word = load_big_endian(preimage.data() + at);
        const Explanation explanation = explain(word, last ? Place::End : Place::Key);
        fragments_[depth_].push_back({explanation, word, 32});
    }
}

void Explainer::split_literal(BytesView bytes) {
    while (!bytes.empty()) {
        const size_t size = std::min<size_t>(32, bytes.size());
        Bytes32 word;
        std::memcpy(word.data() + 32 - size, bytes.data(), size);
        Explanation literal;
        const Uint256 value = to_uint256(word);
        literal.add(graph_.constant(value), !is_small(value));
        fragments_[depth_].push_back({literal, value, static_cast<uint8_t>(size)});
        bytes = bytes.subspan(size);
    }
}

void Explainer::split_packed(BytesView preimage) {
    size_t literal = 0;
    size_t at = 0;
    const auto take = [&](const Explanation& explanation, const Uint256& word, size_t width) {
        if (explanation.count == 0) return false;
        split_literal(preimage.subspan(literal, at - literal));
        fragments_[depth_].push_back({explanation, word, static_cast<uint8_t>(width)});
        at += width;
        literal = at;
        return true;
    };
    while (at < preimage.size()) {
        if (!spend(calldata_.size() / 32 + 4)) break;
        const BytesView rest = preimage.subspan(at);
        if (rest.size() >= 32) {
            const Uint256 word = load_big_endian(rest.data());
            if (!fits_address(word) && find_hash(word) != nullptr &&
                take(explain(word, Place::Key), word, 32))
                continue;
            if (const size_t found = find_calldata(rest.first(32), 0);
                !is_small(word) && found != kNowhere) {
                Explanation bytes;
                bytes.add(graph_.calldata(found, 32), false);
                if (take(bytes, word, 32)) continue;
            }
        }
        if (rest.size() >= Address::kSize) {
            const auto address = fixed_bytes_unchecked<Address::kSize>(rest.first(Address::kSize));
            const Uint256 word = to_uint256(address);
            const bool known =
                !is_small(word) && (address == facts_.caller || address == facts_.recipient ||
                                    find_calldata(address, 0) != kNowhere ||
                                    accesses_->find_account(address) != FlatIndex::kNone);
            if (known && take(explain(word, Place::Key), word, Address::kSize)) continue;
        }
        // Ticks and fees of three bytes, behind an address.
        constexpr size_t kShort = 3;
        if (at != 0 && literal == at && rest.size() >= kShort && rest.size() % kShort == 0) {
            Explanation bytes;
            for (size_t word = kSelectorBytes; word + 32 <= calldata_.size(); word += 32)
                if (equal(calldata_.subspan(word + 32 - kShort, kShort), rest.first(kShort)))
                    bytes.add(graph_.calldata(word + 32 - kShort, kShort), false);
            if (take(bytes, {}, kShort)) continue;
        }
        ++at;
    }
    split_literal(preimage.subspan(literal, at - literal));
}

void Explainer::combine(std::span<const Fragment> fragments, const Uint256& hash,
                        Explanation& out) {
    std::vector<HashFragment> stated;
    bool varies = false;
    for (const Fragment& fragment : fragments) {
        if (fragment.explanation.count == 0) return;
        stated.push_back({fragment.explanation.terms[0], fragment.width});
        varies |= !is_constant(graph_, fragment.explanation.terms[0]);
    }
    /// Whether the choice of explanation `k` for fragment `at` and the first for all others
    /// guesses.
    const auto guesses = [&](size_t at, uint8_t k) {
        for (size_t i = 0; i < fragments.size(); ++i)
            if (fragments[i].explanation.is_guess[i == at ? k : 0]) return true;
        return false;
    };
    // Two keys of one kind are often sorted first: the tokens of a pool.
    std::vector<HashFragment> chosen = stated;
    for (size_t i = 0; i + 1 < stated.size(); ++i) {
        const TermIndex a = stated[i].term;
        const TermIndex b = stated[i + 1].term;
        if (stated[i].width != stated[i + 1].width || !may_be_sorted(graph_, a) ||
            !may_be_sorted(graph_, b) || !less(fragments[i].word, fragments[i + 1].word))
            continue;
        chosen[i].term = graph_.lower(a, b);
        chosen[i + 1].term = graph_.higher(a, b);
        break;
    }
    const bool guess = guesses(fragments.size(), 0);
    out.add(varies ? graph_.hash(chosen) : graph_.constant(hash), guess);
    if (chosen != stated) out.add(graph_.hash(stated), guess);
    for (size_t i = 0; i < fragments.size(); ++i)
        for (uint8_t k = 1; k < fragments[i].explanation.count; ++k) {
            const bool sorted = chosen[i] != stated[i];
            std::vector<HashFragment> other = sorted ? stated : chosen;
            other[i].term = fragments[i].explanation.terms[k];
            out.add(graph_.hash(other), guesses(i, k));
        }
}

}  // namespace switchyard::plan
