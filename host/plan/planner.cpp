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

/// What the transaction says of itself.
void Planner::add_stated(const SignedTransaction& signed_transaction) {
    const Transaction& transaction = signed_transaction.transaction;
    add(keys_.account_key(signed_transaction.sender), AccessKind::Write, PredictedKey::Common);
    if (transaction.to && !transaction.value.is_zero())
        add(keys_.account_key(*transaction.to), AccessKind::Add, PredictedKey::Account);
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
    add_stated(signed_transaction);
    if (learned != nullptr)
        for (const TemplateEntry& entry : learned->entries()) {
            const EntryUse use = Template::use_of(entry);
            if (use == EntryUse::None || use == EntryUse::Touch) continue;
            const AccessKind kind = use == EntryUse::Read    ? AccessKind::Read
                                    : use == EntryUse::Write ? AccessKind::Write
                                                             : AccessKind::Add;
            const Address address = to_address(values[entry.account]);
            if (entry.is_slot())
                add(keys_.storage_key(address, to_bytes32(values[entry.slot])), kind,
                    PredictedKey::Slot);
            else
                add(keys_.account_key(address), kind, PredictedKey::Account);
        }
    add(beneficiary_key_, AccessKind::Add, PredictedKey::Common);

    batch.begin_transaction(estimate_gas(signed_transaction.transaction, learned));
    for (const KeyAccess& access : own_)
        batch.add(access.key, access.kind);
    name_ends_.push_back(names_.size());
}

void Planner::begin(std::span<const SignedTransaction> transactions, const Address& beneficiary,
                    AccessBatch& batch) {
    batch.clear();
    sources_.clear();
    names_.clear();
    name_ends_.clear();
    beneficiary_key_ = keys_.account_key(beneficiary);
    // Where no code can change, nobody has to wait for it.
    code_changes_ = std::ranges::any_of(transactions, [](const SignedTransaction& t) {
        return t.transaction.is_create() || !t.transaction.authorization_list.empty();
    });
}

void Planner::predict(std::span<const SignedTransaction> transactions, const Address& beneficiary,
                      AccessBatch& batch) {
    begin(transactions, beneficiary, batch);
    for (const SignedTransaction& transaction : transactions)
        predict_one(transaction, nullptr, {}, batch);
}

const Template* Planner::find_template(const SignedTransaction& transaction,
                                       const std::optional<Bytes32>& code_hash,
                                       plan::TemplateStore& templates) const {
    if (!code_hash) return nullptr;
    const auto key = plan::TemplateKey::of(*code_hash, transaction.transaction.data);
    const Template* const exact = templates.find(key);
    return exact != nullptr ? exact : templates.find(key.of_any_length());
}

void Planner::predict(std::span<const SignedTransaction> transactions,
                      const plan::BlockFacts& block, const StateView& parent,
                      plan::TemplateStore& templates, AccessBatch& batch) {
    begin(transactions, block.beneficiary, batch);
    codes_.begin_block(parent);
    evaluator_.begin_block(block, parent);
    while (!transactions.empty()) {
        // In chunks: templates first, then all their hashes together, then the keys.
        const auto chunk =
            transactions.first(std::min(transactions.size(), TermEvaluator::kJobsMax));
        transactions = transactions.subspan(chunk.size());
        jobs_.clear();
        chunk_.clear();
        for (const SignedTransaction& transaction : chunk) {
            PredictionSource source;
            if (transaction.transaction.to)
                source.code_hash = codes_.code_hash(*transaction.transaction.to, templates);
            const Template* const learned = find_template(transaction, source.code_hash, templates);
            if (learned != nullptr) {
                source.observations = learned->observations();
                jobs_.push_back({&learned->graph(), facts_of(transaction)});
            }
            chunk_.push_back(learned);
            sources_.push_back(source);
        }
        evaluator_.evaluate(jobs_);
        size_t job = 0;
        for (size_t i = 0; i < chunk.size(); ++i) {
            const auto values =
                chunk_[i] == nullptr ? std::span<const Uint256>{} : evaluator_.values(job++);
            predict_one(chunk[i], chunk_[i], values, batch);
        }
    }
}

void Planner::append_reads(std::span<const SignedTransaction> transactions,
                           plan::TemplateStore& templates, PredictedReads& reads) {
    static const NoState kNoState;
    evaluator_.begin_block({}, kNoState);
    for (const SignedTransaction& transaction : transactions) {
        reads.add(transaction.transaction);
        if (!transaction.transaction.to) continue;
        const Template* const learned =
            find_template(transaction, codes_.remembered(*transaction.transaction.to), templates);
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
