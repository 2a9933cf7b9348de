// SPDX-License-Identifier: Apache-2.0
#include "host/plan/template_learner.hpp"

#include <algorithm>

namespace switchyard::plan {

void TemplateLearner::begin_block(const BlockFacts& block, const StateView& parent) {
    block_ = block;
    parent_ = &parent;
    evaluator_.begin_block(block, parent);
}

void TemplateLearner::learn(const ObservedExecution& execution, TemplateStore& store) {
    note_proxy(execution, store);
    explains_ = false;
    const TemplateKey key = TemplateKey::of(execution.code_hash, execution.facts.data);
    uint32_t observations = 0;
    store.learn_into(key, [&](Template& entry) {
        learn_template(execution, entry);
        observations = entry.observations();
    });
    // Once this length has a template that is well known, others learn from their own.
    constexpr uint32_t kKnown = 16;
    if (observations > kKnown) return;
    store.learn_into(key.of_any_length(),
                     [&](Template& entry) { learn_template(execution, entry); });
}

void TemplateLearner::learn_template(const ObservedExecution& execution, Template& entry) {
    const TermEvaluator::Job job{&entry.graph(), execution.facts};
    evaluator_.evaluate({&job, 1});
    entry.count(evaluator_.values(0), *execution.accesses, execution.gas_used, covered_);
    explain_missing(execution, entry);
    entry.prune();
}

void TemplateLearner::explain_missing(const ObservedExecution& execution, Template& entry) {
    if (std::ranges::find(covered_, false) == covered_.end()) return;
    if (!explains_)
        explainer_.begin(execution.facts, block_, *execution.observation, *execution.accesses);
    explains_ = true;
    const auto slots = execution.accesses->slots();
    for (uint32_t i = 0; i < slots.size(); ++i) {
        if (covered_[i]) continue;
        if (entry.entries().size() >= Template::kEntriesMax) return;
        (void)explainer_.make_room();
        const Explanation account = explainer_.account(slots[i].address);
        const Explanation slot = explainer_.slot(slots[i].key);
        for (uint8_t a = 0; a < account.count; ++a)
            for (uint8_t s = 0; s < slot.count; ++s)
                entry.add(explainer_.graph(), account.terms[a], slot.terms[s],
                          account.is_guess[a] || slot.is_guess[s], a + s != 0, *execution.accesses,
                          i);
    }
    const auto accounts = execution.accesses->accounts();
    for (uint32_t i = 0; i < accounts.size(); ++i) {
        if (covered_[slots.size() + i]) continue;
        (void)explainer_.make_room();
        const Explanation account = explainer_.account(accounts[i].address);
        for (uint8_t a = 0; a < account.count; ++a)
            entry.add(explainer_.graph(), account.terms[a], kNoTerm, account.is_guess[a], a != 0,
                      *execution.accesses, i);
    }
}

/// A proxy hands its input on to code whose address it keeps in a slot of its own.
void TemplateLearner::note_proxy(const ObservedExecution& execution, TemplateStore& store) const {
    const auto frames = execution.observation->frames();
    if (frames.size() < 2) return;
    const evm::ObservedFrame& inner = frames[1];
    if (inner.kind != evm::MessageKind::DelegateCall || inner.depth != 1 ||
        !inner.has_first_input || execution.facts.data.size() < 4)
        return;
    const auto account = parent_->account(frames[0].code_address);
    if (!account || !account->has_code()) return;
    for (const ObservedSlot& slot : execution.accesses->slots())
        if (slot.is_read && slot.address == execution.facts.recipient &&
            to_address(slot.value) == inner.code_address) {
            store.note_proxy(account->code_hash, slot.key);
            return;
        }
}

}  // namespace switchyard::plan
