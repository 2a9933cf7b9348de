// SPDX-License-Identifier: Apache-2.0
// A chain of random blocks under the rules of any revision, whose transactions get into each
// other's way as often as they can.
#pragma once

#include <array>
#include <random>
#include <vector>

#include "host/chain/block.hpp"
#include "host/chain/revision.hpp"
#include "host/state/memory_state.hpp"
#include "tests/support/conflict_contracts.hpp"

namespace switchyard::test {

/// One block of the chain, over the state before it.
struct ConflictBlock {
    BlockHeader header;
    std::vector<SignedTransaction> transactions;
    std::vector<BlockHeader> ommers;
    std::vector<Withdrawal> withdrawals;
};

/// Few accounts, the contracts of conflict_contracts.hpp, and every kind of transaction that the
/// revision knows: legacy, with access lists, with blobs, delegations (EIP-7702) of senders and of
/// others; accounts that are funded and spend in one block; beneficiaries that send, are contracts
/// or are destroyed; children that are created, destroyed and created again; calls of the system
/// contracts, which are the real ones in half of the chains from Cancun on. Senders are given, not
/// recovered: signatures are not part of execution.
///
/// The same seed gives the same chain, as long as the same changes are accepted.
class ConflictChain {
  public:
    ConflictChain(uint64_t seed, Revision revision);

    [[nodiscard]] const MemoryState& state() const { return state_; }
    [[nodiscard]] Revision revision() const { return revision_; }
    /// Of EIP-4788, EIP-2935, EIP-7002 and EIP-7251; else `system_contract_code` stands for them.
    [[nodiscard]] bool has_real_system_contracts() const { return real_system_contracts_; }

    /// The next block, of `count` transactions. Nearly always a valid one: a sender whose delegated
    /// code spends its balance or makes contracts may be refused later in the block.
    [[nodiscard]] ConflictBlock next(uint32_t count);
    /// Breaks one rule at a place drawn at random: nonces, balances, fees, gas, types, blobs,
    /// senders with code. It may remain valid.
    void damage(ConflictBlock& block);
    /// Executing the block that `next` gave changed the state so. Changes are absolute.
    void accept(const StateChanges& changes);

  private:
    [[nodiscard]] uint64_t below(uint64_t bound) { return generator_() % bound; }
    [[nodiscard]] bool one_in(uint64_t n) { return below(n) == 0; }
    /// State costs gas of its own in Amsterdam (EIP-8037).
    [[nodiscard]] uint64_t gas(uint64_t before_amsterdam) const {
        return revision_ >= Revision::Amsterdam ? 6 * before_amsterdam : before_amsterdam;
    }
    template <typename Container>
    [[nodiscard]] auto pick(const Container& from) {
        return from[below(from.size())];
    }
    [[nodiscard]] Address any_place();
    [[nodiscard]] Address beneficiary();
    [[nodiscard]] uint64_t& nonce_of(const Address& sender);
    SignedTransaction& add(ConflictBlock& block, const Address& sender,
                           const std::optional<Address>& to);
    void set_input(SignedTransaction& transaction, const Address& place, uint64_t amount);
    void dress(ConflictBlock& block, SignedTransaction& transaction);
    void add_authorizations(SignedTransaction& transaction);
    void add_call(ConflictBlock& block);
    void add_creation(ConflictBlock& block);
    void add_payment(ConflictBlock& block);
    void add_child_call(ConflictBlock& block);
    void add_funded_pair(ConflictBlock& block);
    void add_system_call(ConflictBlock& block);

    std::mt19937_64 generator_;
    Revision revision_;
    bool real_system_contracts_;
    MemoryState state_;
    std::vector<Address> senders_;
    std::vector<Address> poor_;         ///< own nothing until somebody pays them
    std::vector<Address> authorities_;  ///< delegate and never send
    std::vector<Address> strangers_;
    FlatMap<Address, uint64_t> nonces_;  ///< that the next transaction of an account must have
    uint64_t number_ = 1;
    uint64_t serial_ = 0;
    uint64_t blobs_left_ = 0;  ///< of the block at hand
};

}  // namespace switchyard::test
