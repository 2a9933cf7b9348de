// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/prestate_tracer.hpp"

#include "host/core/hex.hpp"

namespace switchyard::node::eth {
namespace {

void write_slots(json::Writer& out, const std::map<Uint256, Uint256>& slots) {
    if (slots.empty()) return;
    out.key("storage");
    out.begin_object();
    for (const auto& [key, value] : slots)
        out.member_data(to_hex(to_bytes32(key)), to_bytes32(value));
    out.end_object();
}

CodePointer code_of(const Account& account, const TracedOutcome& outcome) {
    for (const CodeChange& change : outcome.changes->codes)
        if (change.hash == account.code_hash) return change.code;
    return account.has_code() ? outcome.before->code(account.code_hash) : empty_code();
}

/// Of an account or a slot in a map, with the node around it.
constexpr size_t kEntryBytes = 128;

}  // namespace

void PrestateTracer::touch(const Address& account) {
    if (!touched_.contains(account) && take(kEntryBytes)) touched_.try_emplace(account);
}
void PrestateTracer::touch(const Address& account, const Uint256& slot) {
    auto& slots = touched_[account];
    if (!slots.contains(slot) && take(kEntryBytes)) slots.insert(slot);
}

void PrestateTracer::on_message_start(const evm::Message& message) {
    recipients_.push_back(message.recipient);
    touch(message.sender);
    touch(message.recipient);
    touch(message.code_address);
}

void PrestateTracer::on_instruction(const evm::TracedInstruction& instruction) {
    const auto& stack = instruction.stack;
    switch (instruction.opcode) {
        case 0x54:  // SLOAD
        case 0x55:  // SSTORE
            if (!stack.empty()) touch(recipients_.back(), stack.back());
            break;
        case 0x31:  // BALANCE
        case 0x3b:  // EXTCODESIZE
        case 0x3c:  // EXTCODECOPY
        case 0x3f:  // EXTCODEHASH
        case 0xff:  // SELFDESTRUCT
            if (!stack.empty()) touch(to_address(stack.back()));
            break;
        case 0xf1:  // CALL
        case 0xf2:  // CALLCODE
        case 0xf4:  // DELEGATECALL
        case 0xfa:  // STATICCALL
            if (stack.size() >= 2) touch(to_address(stack[stack.size() - 2]));
            break;
        default:
            break;
    }
}

void PrestateTracer::write_before(json::Writer& out, const TracedOutcome& outcome) const {
    auto touched = touched_;
    touched.try_emplace(outcome.sender);
    touched.try_emplace(outcome.beneficiary);
    if (outcome.to) touched.try_emplace(*outcome.to);
    out.begin_object();
    for (const auto& [address, keys] : touched) {
        const auto account = outcome.before->account(address);
        // What did not exist has no state before.
        if (!account) continue;
        out.key(to_hex(address));
        out.begin_object();
        out.member_quantity("balance", account->balance);
        if (account->nonce != 0) {
            out.key("nonce");
            out.number(account->nonce);
        }
        if (options_.code && account->has_code())
            out.member_data("code", outcome.before->code(account->code_hash)->bytes());
        std::map<Uint256, Uint256> slots;
        if (options_.storage)
            for (const Uint256& key : keys)
                slots[key] = outcome.before->storage(address, key);
        write_slots(out, slots);
        out.end_object();
    }
    out.end_object();
}

void PrestateTracer::write_difference(json::Writer& out, const TracedOutcome& outcome) const {
    const StateChanges& changes = *outcome.changes;
    const auto write = [&](bool after) {
        out.begin_object();
        for (const AccountChange& change : changes.accounts) {
            const auto before = outcome.before->account(change.address);
            const std::optional<Account> now =
                change.account ? std::optional(changed_account(before, change)) : std::nullopt;
            std::map<Uint256, Uint256> slots;
            const auto storage = changes.storage_of(change);
            for (size_t i = 0; i < storage.size(); ++i) {
                const Uint256 old = outcome.before->storage(change.address, storage[i].key);
                const Uint256 value =
                    change.is_added(i) ? old + storage[i].value : storage[i].value;
                if (old == value) continue;
                const Uint256& shown = after ? value : old;
                if (!shown.is_zero()) slots[storage[i].key] = shown;
            }
            const Account a = before.value_or(Account{});
            const Account b = now.value_or(Account{});
            const bool changed = before.has_value() != now.has_value() || a != b || !slots.empty();
            if (!changed || (after ? !now : !before)) continue;
            out.key(to_hex(change.address));
            out.begin_object();
            const Account& shown = after ? b : a;
            if (!after || a.balance != b.balance) out.member_quantity("balance", shown.balance);
            if ((after ? a.nonce != b.nonce : shown.nonce != 0)) {
                out.key("nonce");
                out.number(shown.nonce);
            }
            if (options_.code && shown.has_code() && (!after || a.code_hash != b.code_hash))
                out.member_data("code", code_of(shown, outcome)->bytes());
            if (options_.storage) write_slots(out, slots);
            out.end_object();
        }
        out.end_object();
    };
    out.begin_object();
    out.key("pre");
    write(false);
    out.key("post");
    write(true);
    out.end_object();
}

void PrestateTracer::write(json::Writer& out, const TracedOutcome& outcome) const {
    if (options_.diff)
        write_difference(out, outcome);
    else
        write_before(out, outcome);
}

}  // namespace switchyard::node::eth
