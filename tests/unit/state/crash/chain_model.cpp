// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/state/crash/chain_model.hpp"

#include "host/core/hex.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/random_block.hpp"

namespace switchyard::test {
namespace {

/// Makes the vast account, fills more of it, or ends it.
StateChanges vast_block(const StateView& view, std::mt19937_64& random) {
    BlockState block(view);
    TransactionState transaction;
    StateChanges changes;
    transaction.begin(block, Revision::Shanghai);
    const Address address = address_of(kVastAccount);
    if (!transaction.is_empty(address) && random() % 3 == 0) {
        transaction.self_destruct(address);
    } else {
        if (transaction.is_empty(address)) {
            transaction.create_contract(address);
            transaction.set_nonce(address, 1);
            Bytes code(1 + random() % 3000);
            for (uint8_t& byte : code)
                byte = static_cast<uint8_t>(random());
            transaction.set_code(address, std::move(code));
        }
        for (uint64_t n = random() % kVastSlots; n > 0; --n)
            transaction.set_storage(address, random() % kVastSlots, Uint256{random() % 4} << 100);
    }
    transaction.finish(changes);
    block.apply(changes);
    block.changes(changes);
    return changes;
}

}  // namespace

ModelBlockPointer next_block(const ModelBlock& parent, uint64_t branch) {
    auto out = std::make_shared<ModelBlock>();
    out->number = parent.number + 1;
    out->branch = branch;
    std::seed_seq sequence{test_seed(), branch, out->number};
    std::mt19937_64 random(sequence);
    const uint64_t shape = random() % 16;
    if (shape == 0)
        out->changes = vast_block(parent.state, random);
    else if (shape != 1)
        out->changes = random_block(parent.state, random, kModelAccounts);
    out->state = parent.state;
    out->state.apply(out->changes);
    return out;
}

ModelBlockPointer Expectation::at(uint64_t number) const {
    const uint64_t first = chain_.front()->number;
    if (number < first || number > chain_.back()->number) return nullptr;
    return chain_[number - first];
}

void Expectation::cut(uint64_t number) {
    while (chain_.size() > 1 && chain_.back()->number > number)
        chain_.pop_back();
}

void Expectation::take(const Message& message) {
    switch (message.kind) {
        case Message::Kind::Sealing:
            cut(message.number - 1);
            chain_.push_back(next_block(*chain_.back(), message.branch));
            if (chain_.size() > kBlocksKept) chain_.pop_front();
            break;
        case Message::Kind::Durable:
            durable_ = message.number;
            break;
        case Message::Kind::Rewinding:
            rewinding_to_ = message.number;
            break;
        case Message::Kind::Rewound:
        case Message::Kind::Opened:
            rewinding_to_.reset();
            cut(message.number);
            durable_ = message.number;
            break;
        case Message::Kind::RewindRefused:
            rewinding_to_.reset();
            break;
    }
}

ModelBlockPointer Expectation::find(const std::optional<StoredBlock>& last, std::string& why) {
    const uint64_t number = last ? last->number : 0;
    uint64_t first = rewinding_to_ ? std::min(*rewinding_to_, durable_) : durable_;
    if (may_lose_) first = chain_.front()->number;
    const ModelBlockPointer out = at(number);
    if (number < first || out == nullptr) {
        why = "the store is at block " + std::to_string(number) + ", but blocks " +
              std::to_string(first) + " to " + std::to_string(tip().number) + " are possible";
        return nullptr;
    }
    if (last && last->hash != out->hash()) {
        why = "block " + std::to_string(number) + " of the store is " + to_hex(last->hash) +
              ", not " + to_hex(out->hash());
        return nullptr;
    }
    take({Message::Kind::Opened, number, 0});
    return out;
}

}  // namespace switchyard::test
