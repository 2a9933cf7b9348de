// SPDX-License-Identifier: Apache-2.0
#include "host/plan/planner.hpp"

#include <algorithm>

#include "host/evm/evm.hpp"

namespace switchyard {
namespace {

using plan::EntryUse;
using plan::Template;
using plan::TemplateEntry;
using plan::TermEvaluator;

/// What a transaction costs: what its template says, or something between what is certain and the
/// gas limit, which senders choose freely and mostly too high. Half the way between the two weighs
/// a plain payment (21,000) against a call well enough for balancing lanes.
uint64_t estimate_gas(const Transaction& transaction, const Template* learned) {
    constexpr uint64_t kIntrinsic = 21'000;
    if (learned != nullptr && learned->gas() != 0)
        return std::min(learned->gas(), transaction.gas_limit);
    const uint64_t certain = kIntrinsic + 16 * transaction.data.size();
    if (transaction.data.empty() && transaction.to) return certain;
    return transaction.gas_limit > certain ? certain + (transaction.gas_limit - certain) / 2
                                           : certain;
}

plan::TransactionFacts facts_of(const SignedTransaction& signed_transaction) {
    const Transaction& transaction = signed_transaction.transaction;
    return {signed_transaction.sender, transaction.to.value_or(Address{}), transaction.value,
            transaction.data};
}

/// Every access that conflicts with either of two of one key.
AccessKind merged(AccessKind a, AccessKind b) {
    return a == b ? a : AccessKind::Write;
}

/// A state of which nothing is known: for terms that are to be had without reading one.
class NoState final : public StateView {
  public:
    [[nodiscard]] std::optional<Account> account(const Address& /*address*/) const override {
        return std::nullopt;
    }
    [[nodiscard]] Uint256 storage(const Address& /*address*/,
                                  const Uint256& /*key*/) const override {
        return {};
    }
    [[nodiscard]] CodePointer code(const Bytes32& /*code_hash*/) const override {
        return empty_code();
    }
    [[nodiscard]] bool has_storage(const Address& /*address*/) const override { return false; }
};

/// Marks the terms of `graph` whose value takes a look at the state.
void mark_state_dependent(const plan::TermGraph& graph, std::vector<uint8_t>& marks) {
    const auto terms = graph.terms();
    marks.assign(terms.size(), 0);
    for (size_t i = 0; i < terms.size(); ++i) {
        const plan::Term& term = terms[i];
        bool depends = term.op == plan::TermOp::Load;
        if (term.a != plan::kNoTerm) depends |= marks[term.a] != 0;
        if (term.b != plan::kNoTerm) depends |= marks[term.b] != 0;
        for (const plan::HashFragment& fragment : graph.fragments_of(term))
            depends |= marks[fragment.term] != 0;
        marks[i] = depends ? 1 : 0;
    }
}

/// Whether the transaction may run code: an intrinsic gas of all that it has leaves none for it.
bool may_run_code(const Transaction& transaction) {
    constexpr uint64_t kIntrinsic = 21'000;
    return transaction.to && (!transaction.data.empty() || transaction.gas_limit > kIntrinsic);
}

/// Transactions that are fetched before their turn comes, and their call data behind a pointer.
constexpr size_t kFetchAhead = 8;
constexpr size_t kFetchDataAhead = 4;

void prefetch(std::span<const SignedTransaction> transactions, size_t index) {
    if (index >= transactions.size()) return;
    const auto* begin = reinterpret_cast<const char*>(&transactions[index]);
    for (size_t line = 0; line < sizeof(SignedTransaction); line += 64)
        __builtin_prefetch(begin + line);
}

/// Its own template, or that of call data of any length.
const Template* find_template(const plan::TemplateKey& key, plan::TemplateStore& templates) {
    const Template* const exact = templates.find(key);
    return exact != nullptr ? exact : templates.find(key.of_any_length());
}

}  // namespace

void Planner::add(uint64_t key, AccessKind kind, PredictedKey name) {
    for (KeyAccess& access : own_)
        if (access.key == key) {
            access.kind = merged(access.kind, kind);
            return;
        }
    own_.push_back({key, kind});
    names_.push_back(name);
}

/// An addition to a slot that is not hot is as good as a write, and then needs no merging.
AccessKind Planner::kind_of_slot(uint64_t key, AccessKind kind) {
    if (kind != AccessKind::Add) return kind;
    if (merging_share_ == 0 || !hot_keys_.add(key)) return AccessKind::Write;
    merging_.back() = 1;
    any_merges_ = true;
    return AccessKind::Add;
}

/// What the transaction says of itself.
void Planner::add_stated(const SignedTransaction& signed_transaction) {
    const Transaction& transaction = signed_transaction.transaction;
    add(keys_.account_key(signed_transaction.sender), AccessKind::Write, PredictedKey::Common);
    if (transaction.to && !transaction.value.is_zero())
        add(keys_.balance_key(*transaction.to), AccessKind::Add, PredictedKey::Account);
    if (transaction.to && code_changes_)
        add(keys_.code_key(*transaction.to), AccessKind::Read, PredictedKey::Common);
    if (transaction.is_create())
        add(keys_.code_key(evm::create_address(signed_transaction.sender, transaction.nonce)),
            AccessKind::Write, PredictedKey::Common);
    for (const AccessListEntry& entry : transaction.access_list)
        for (const Bytes32& slot : entry.storage_keys)
            add(keys_.storage_key(entry.address, slot), AccessKind::Write, PredictedKey::Slot);
    for (const Authorization& authorization : transaction.authorization_list) {
        if (!authorization.authority) continue;
        add(keys_.account_key(*authorization.authority), AccessKind::Write, PredictedKey::Account);
        add(keys_.code_key(*authorization.authority), AccessKind::Write, PredictedKey::Common);
    }
}

void Planner::predict_one(const SignedTransaction& signed_transaction, const Template* learned,
                          std::span<const Uint256> values, AccessBatch& batch) {
    own_.clear();
    merging_.push_back(0);
    add_stated(signed_transaction);
    if (learned != nullptr) {
        plan::TermIndex account = plan::kNoTerm;
        uint64_t account_key = 0;
        for (const auto& access : learned->prediction().accesses) {
            if (access.slot == plan::kNoTerm) {
                add(keys_.balance_key(to_address(values[access.account])), access.kind,
                    PredictedKey::Account);
                continue;
            }
            if (access.account != account) {
                account = access.account;
                account_key = keys_.account_key(to_address(values[account]));
            }
            const uint64_t key =
                KeyHasher::storage_key(account_key, to_bytes32(values[access.slot]));
            add(key, kind_of_slot(key, access.kind), PredictedKey::Slot);
        }
    }
    add(beneficiary_key_, AccessKind::Add, PredictedKey::Common);

    batch.begin_transaction(estimate_gas(signed_transaction.transaction, learned));
    for (const KeyAccess& access : own_)
        batch.add(access.key, access.kind);
    name_ends_.push_back(names_.size());
}

/// The preimages are written anew from their terms: the evaluator's lie padded and mixed with those
/// of other transactions, and are gone with the next round of hashing.
void Planner::add_known_hashes(const plan::TemplatePrediction& prediction,
                               std::span<const Uint256> values, evm::KnownHashes::Part& part) {
    // All of them first and then into their place: to copy one at once, in larger pieces than it
    // was written in, would wait until it has left the store buffer.
    size_t count = 0;
    for (const plan::TermIndex index : prediction.mapping_hashes) {
        if (count == own_hashes_.size()) break;
        const auto fragments = prediction.graph.fragments_of(prediction.graph[index]);
        evm::KnownHash& each = own_hashes_[count++];
        auto* const input = reinterpret_cast<uint8_t*>(each.input.data());
        store_big_endian(values[fragments[0].term], input);
        store_big_endian(values[fragments[1].term], input + 32);
        each.hash = values[index];
    }
    for (size_t i = 0; i < count; ++i)
        (void)part.add(own_hashes_[i]);
}

void Planner::begin(std::span<const SignedTransaction> transactions, const Address& beneficiary,
                    AccessBatch& batch) {
    batch.clear();
    sources_.clear();
    names_.clear();
    name_ends_.clear();
    known_hashes_.begin(0, 0);
    merging_.clear();
    any_merges_ = false;
    if (merging_share_ != 0) hot_keys_.begin_block(transactions.size(), merging_share_);
    beneficiary_key_ = keys_.balance_key(beneficiary);
    // Where no code can change, nobody has to wait for it.
    code_changes_ = false;
    for (size_t i = 0; i < transactions.size() && !code_changes_; ++i) {
        prefetch(transactions, i + kFetchAhead);
        const Transaction& transaction = transactions[i].transaction;
        code_changes_ = transaction.is_create() || !transaction.authorization_list.empty();
    }
}

void Planner::predict(std::span<const SignedTransaction> transactions, const Address& beneficiary,
                      AccessBatch& batch) {
    begin(transactions, beneficiary, batch);
    for (const SignedTransaction& transaction : transactions)
        predict_one(transaction, nullptr, {}, batch);
}

const Planner::Call& Planner::call_of(const Transaction& transaction,
                                      plan::TemplateStore& templates) {
    const auto key = plan::TemplateKey::of({}, transaction.data);
    const Address& to = *transaction.to;
    Call& call = calls_[(keys_.account_key(to) ^ key.selector ^ key.length) % kCalls];
    if (call.block == block_ && call.to == to && call.selector == key.selector &&
        call.length == key.length)
        return call;
    call = {to, key.selector, key.length, block_, nullptr, {}};
    const auto code_hash = codes_.code_hash(to, templates);
    if (!code_hash) return call;
    call.source.code = static_cast<uint32_t>(code_hashes_.size());
    code_hashes_.push_back(*code_hash);
    call.learned = find_template({*code_hash, key.selector, key.length}, templates);
    if (call.learned != nullptr) call.source.observations = call.learned->observations();
    return call;
}

void Planner::predict(std::span<const SignedTransaction> transactions,
                      const plan::BlockFacts& block, const StateView& parent,
                      plan::TemplateStore& templates, AccessBatch& batch) {
    begin(transactions, block.beneficiary, batch);
    codes_.begin_block(parent);
    evaluator_.begin_block(block, parent);
    if (calls_.empty()) calls_.resize(kCalls);
    ++block_;
    code_hashes_.clear();
    constexpr size_t kChunk = TermEvaluator::kJobsMax;
    known_hashes_.begin((transactions.size() + kChunk - 1) / kChunk, kChunk);
    for (size_t done = 0; !transactions.empty();) {
        // In chunks: templates first, then all their hashes together, then the keys.
        const auto chunk = transactions.first(std::min(transactions.size(), kChunk));
        transactions = transactions.subspan(chunk.size());
        evm::KnownHashes::Part& hashes = known_hashes_.part(done / kChunk);
        jobs_.clear();
        chunk_.clear();
        for (size_t i = 0; i < chunk.size(); ++i) {
            prefetch(chunk, i + kFetchAhead);
            const SignedTransaction& transaction = chunk[i];
            if (i + kFetchDataAhead < chunk.size())
                __builtin_prefetch(chunk[i + kFetchDataAhead].transaction.data.data());
            const Template* learned = nullptr;
            PredictionSource source;
            if (may_run_code(transaction.transaction)) {
                const Call& call = call_of(transaction.transaction, templates);
                learned = call.learned;
                source = call.source;
            }
            if (learned != nullptr)
                jobs_.push_back({&learned->prediction().graph, facts_of(transaction)});
            chunk_.push_back(learned);
            sources_.push_back(source);
        }
        evaluator_.evaluate(jobs_);
        size_t job = 0;
        for (size_t i = 0; i < chunk.size(); ++i) {
            const auto values =
                chunk_[i] == nullptr ? std::span<const Uint256>{} : evaluator_.values(job++);
            predict_one(chunk[i], chunk_[i], values, batch);
            if (chunk_[i] != nullptr) add_known_hashes(chunk_[i]->prediction(), values, hashes);
            hashes.end_transaction();
        }
        done += chunk.size();
        predicted_.store(done, std::memory_order_release);
    }
}

void Planner::append_reads(std::span<const SignedTransaction> transactions,
                           plan::TemplateStore& templates, PredictedReads& reads) {
    static const NoState kNoState;
    evaluator_.begin_block({}, kNoState);
    for (const SignedTransaction& transaction : transactions) {
        reads.add(transaction.transaction);
        if (!transaction.transaction.to) continue;
        const auto code_hash = codes_.remembered(*transaction.transaction.to);
        if (!code_hash) continue;
        const Template* const learned = find_template(
            plan::TemplateKey::of(*code_hash, transaction.transaction.data), templates);
        if (learned == nullptr) continue;
        const TermEvaluator::Job job{&learned->graph(), facts_of(transaction)};
        evaluator_.evaluate({&job, 1});
        const auto values = evaluator_.values(0);
        mark_state_dependent(learned->graph(), depends_on_state_);
        for (const TemplateEntry& entry : learned->entries()) {
            if (Template::use_of(entry) == EntryUse::None) continue;
            if (depends_on_state_[entry.account] != 0) continue;
            if (!entry.is_slot())
                reads.accounts.push_back(to_address(values[entry.account]));
            else if (depends_on_state_[entry.slot] == 0)
                reads.slots.push_back({to_address(values[entry.account]), values[entry.slot]});
        }
    }
}

}  // namespace switchyard
