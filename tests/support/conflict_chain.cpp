// SPDX-License-Identifier: Apache-2.0
#include "tests/support/conflict_chain.hpp"

#include <algorithm>

#include "host/core/hex.hpp"
#include "host/execute/system_code.hpp"

namespace switchyard::test {
namespace {

constexpr uint64_t kBaseFee = 7;
constexpr uint64_t kBlobsMax = 6;
constexpr std::array<const char*, 4> kSystemContracts{
    "0x000F3df6d732807Ef1319fB7B8bB8522d0Beac02", "0x0000F90827F1C53a10cb7A02335B175320002935",
    "0x00000961Ef480Eb55e80D19ad83579A64c007002", "0x0000BBdDc7CE488642fb579F8B00f3a590007251"};

constexpr std::array<std::string_view, 4> kRealSystemCode{
    execute::kBeaconRootsCode, execute::kBlockHashesCode, execute::kWithdrawalRequestsCode,
    execute::kConsolidationRequestsCode};
/// What users send to the real ones: a time, a number, a request.
constexpr std::array<size_t, 4> kSystemInputBytes{32, 32, 56, 96};

Address numbered(uint8_t kind, uint64_t number) {
    Address out;
    out[0] = 0xaa;
    out[1] = kind;
    out[19] = static_cast<uint8_t>(number);
    return out;
}

Bytes32 name(uint8_t kind, uint64_t number) {
    Bytes32 out = to_bytes32(Uint256{number});
    out[0] = kind;
    return out;
}

Address system_contract(size_t i) {
    const auto address = fixed_from_hex<Address::kSize>(kSystemContracts[i]);
    SWITCHYARD_ASSERT(address.has_value());
    return *address;
}

}  // namespace

ConflictChain::ConflictChain(uint64_t seed, Revision revision)
    : generator_(seed),
      revision_(revision),
      real_system_contracts_(revision >= Revision::Cancun && seed % 2 != 0) {
    const uint64_t senders = 3 + below(14);
    for (uint64_t i = 0; i < senders; ++i) {
        senders_.push_back(numbered(1, i));
        state_.set_account(senders_.back(),
                           {.nonce = 0, .balance = Uint256{1'000'000'000'000'000'000}});
    }
    for (uint64_t i = 0; i < 4; ++i) {
        poor_.push_back(numbered(2, i));
        authorities_.push_back(numbered(3, i));
        strangers_.push_back(numbered(4, i));
    }
    // RIPEMD-160's address, which one block of the mainnet made a special case of.
    strangers_.push_back(to_address(Uint256{3}));

    for (size_t i = 0; i < kConflictContractCount; ++i) {
        const Bytes32 hash = state_.add_code(conflict_codes()[i]);
        state_.set_account(conflict_contract(static_cast<ConflictContract>(i)),
                           {.nonce = 1, .balance = Uint256{1'000}, .code_hash = hash});
    }
    const Address token = conflict_contract(ConflictContract::Token);
    for (const Address& sender : senders_)
        state_.set_storage(token, token_slot(sender), Uint256{below(2'000)});
    const Address pool = conflict_contract(ConflictContract::Pool);
    state_.set_storage(pool, Uint256{0}, Uint256{1'000'000});
    state_.set_storage(pool, Uint256{1}, Uint256{3'000'000});
    for (size_t i = 0; i < kSystemContracts.size(); ++i) {
        const auto real = from_hex(kRealSystemCode[i]);
        SWITCHYARD_ASSERT(real.has_value());
        const Bytes32 hash =
            state_.add_code(real_system_contracts_ ? *real : system_contract_code());
        state_.set_account(system_contract(i),
                           {.nonce = 1, .balance = Uint256{0}, .code_hash = hash});
    }
}

uint64_t& ConflictChain::nonce_of(const Address& sender) {
    if (nonces_.find(sender) == nullptr) {
        const auto account = state_.account(sender);
        nonces_[sender] = account ? account->nonce : 0;
    }
    return nonces_[sender];
}

void ConflictChain::accept(const StateChanges& changes) {
    state_.apply(changes);
    nonces_.clear();
}

Address ConflictChain::any_place() {
    switch (below(8)) {
        case 0:
            return to_address(Uint256{below(6)});  // a small slot, a precompile
        case 1:
        case 2:
            return pick(senders_);
        case 3:
            return conflict_contract(static_cast<ConflictContract>(below(kConflictContractCount)));
        case 4:
            return pick(authorities_);
        case 5:
            return create2_child(below(4));
        case 6:
            return pick(poor_);
        default:
            return pick(strangers_);
    }
}

Address ConflictChain::beneficiary() {
    switch (below(8)) {
        case 0:
        case 1:
            return pick(senders_);
        case 2:
            return conflict_contract(static_cast<ConflictContract>(below(kConflictContractCount)));
        case 3:
            return any_place();
        default:
            return numbered(9, 9);
    }
}

SignedTransaction& ConflictChain::add(ConflictBlock& block, const Address& sender,
                                      const std::optional<Address>& to) {
    SignedTransaction& out = block.transactions.emplace_back();
    out.sender = sender;
    out.hash = name(0xee, serial_++);
    Transaction& transaction = out.transaction;
    transaction.nonce = nonce_of(sender)++;
    transaction.to = to;
    transaction.gas_limit = gas(400'000);
    transaction.max_fee_per_gas = Uint256{kBaseFee + below(200)};
    transaction.max_priority_fee_per_gas = transaction.max_fee_per_gas;
    if (revision_ >= Revision::SpuriousDragon && !one_in(4)) transaction.chain_id = 1;
    return out;
}

void ConflictChain::set_input(SignedTransaction& transaction, const Address& place,
                              uint64_t amount) {
    Bytes& data = transaction.transaction.data;
    data.assign(64, 0);
    std::ranges::copy(place, data.begin() + 12);
    std::ranges::copy(to_bytes32(Uint256{amount}), data.begin() + 32);
}

/// Gives the transaction one of the types that the revision knows.
void ConflictChain::dress(ConflictBlock& block, SignedTransaction& signed_transaction) {
    Transaction& transaction = signed_transaction.transaction;
    if (revision_ >= Revision::London && !one_in(3)) {
        transaction.type = TransactionType::DynamicFee;
        transaction.max_priority_fee_per_gas = Uint256{one_in(3) ? 0 : below(7)};
    } else if (revision_ >= Revision::Berlin && one_in(2)) {
        transaction.type = TransactionType::AccessList;
    }
    if (transaction.type != TransactionType::Legacy) transaction.chain_id = 1;
    if (transaction.type != TransactionType::Legacy && one_in(4))
        transaction.access_list.push_back(
            {any_place(), {to_bytes32(Uint256{below(4)}), to_bytes32(Uint256{below(4)})}});
    if (transaction.type != TransactionType::DynamicFee || !transaction.to) return;
    if (revision_ >= Revision::Cancun && blobs_left_ != 0 && one_in(8)) {
        transaction.type = TransactionType::Blob;
        transaction.max_fee_per_blob_gas = Uint256{1'000};
        transaction.blob_versioned_hashes.push_back(name(0x01, below(100)));
        --blobs_left_;
    } else if (revision_ >= Revision::Prague && one_in(5)) {
        transaction.type = TransactionType::SetCode;
        add_authorizations(signed_transaction);
    }
    static_cast<void>(block);
}

void ConflictChain::add_authorizations(SignedTransaction& signed_transaction) {
    Transaction& transaction = signed_transaction.transaction;
    for (uint64_t i = 0, count = 1 + below(3); i < count; ++i) {
        transaction.gas_limit += gas(80'000);
        Authorization& authorization = transaction.authorization_list.emplace_back();
        const Address authority = one_in(3)   ? signed_transaction.sender
                                  : one_in(3) ? pick(senders_)
                                              : pick(authorities_);
        authorization.authority = authority;
        authorization.chain_id = Uint256{below(2)};
        switch (below(12)) {
            case 0:
                authorization.address = {};  // takes the delegation away
                break;
            case 1:
                authorization.address = any_place();
                break;
            default: {
                constexpr std::array kTargets{
                    ConflictContract::Counter, ConflictContract::Token, ConflictContract::Forwarder,
                    ConflictContract::Bank,    ConflictContract::Lock,  ConflictContract::Observer,
                    ConflictContract::Payer,   ConflictContract::Flip};
                authorization.address = conflict_contract(pick(kTargets));
            }
        }
        // One that fails a check is skipped, and the nonce does not move.
        authorization.nonce = nonce_of(authority);
        if (one_in(8))
            authorization.nonce += 1;
        else if (one_in(16))
            authorization.chain_id = Uint256{77};
        else
            ++nonce_of(authority);
    }
}

void ConflictChain::add_call(ConflictBlock& block) {
    // One in three goes to the contracts that everybody wants.
    constexpr std::array kHot{ConflictContract::Token, ConflictContract::Pool,
                              ConflictContract::Counter, ConflictContract::Create2};
    const auto contract =
        one_in(3) ? pick(kHot) : static_cast<ConflictContract>(below(kConflictContractCount));
    SignedTransaction& next = add(block, pick(senders_), conflict_contract(contract));
    Address place = any_place();
    uint64_t amount = below(600);
    if (contract == ConflictContract::Create2) {
        place = to_address(Uint256{below(4)});
        amount = below(8);
        next.transaction.gas_limit = gas(800'000);
    } else if (contract == ConflictContract::Recursion) {
        place = to_address(Uint256{below(30)});
        next.transaction.gas_limit = gas(1'000'000);
    } else if (contract == ConflictContract::Thrower || contract == ConflictContract::Catcher) {
        place = to_address(Uint256{below(4)});
        next.transaction.gas_limit = gas(100'000);
    }
    set_input(next, place, amount);
    if (one_in(3)) next.transaction.value = Uint256{below(1'000)};
    if (one_in(12)) next.transaction.gas_limit = 26'000 + below(40'000);
    dress(block, next);
}

void ConflictChain::add_creation(ConflictBlock& block) {
    // Writes in its init code; half of them destroy themselves in it.
    SignedTransaction& next = add(block, pick(senders_), std::nullopt);
    next.transaction.gas_limit = gas(600'000);
    Bytes& code = next.transaction.data;
    code = {0x60, 1, 0x60, 1, 0x55, 0x60, 0, 0x54, 0x60, static_cast<uint8_t>(below(2)), 0x55};
    if (one_in(2)) code.insert(code.end(), {0x33, 0xff});
    next.transaction.value = Uint256{below(2) * 5};
    dress(block, next);
}

void ConflictChain::add_payment(ConflictBlock& block) {
    const Address to = one_in(4) ? block.header.beneficiary : any_place();
    SignedTransaction& next = add(block, pick(senders_), to);
    next.transaction.gas_limit = gas(300'000);
    next.transaction.value = Uint256{one_in(3) ? 0 : below(1'000'000)};
    dress(block, next);
}

void ConflictChain::add_child_call(ConflictBlock& block) {
    SignedTransaction& next = add(block, pick(senders_), create2_child(below(4)));
    if (one_in(2)) set_input(next, any_place(), 0);
    if (one_in(3)) next.transaction.value = Uint256{below(50)};
    dress(block, next);
}

/// An account that cannot pay without what it got earlier in the block.
void ConflictChain::add_funded_pair(ConflictBlock& block) {
    const Address poor = pick(poor_);
    const Address to = any_place();
    const uint64_t price = kBaseFee + below(5);
    const uint64_t gas_limit = gas(300'000);
    SignedTransaction& fund = add(block, pick(senders_), poor);
    fund.transaction.gas_limit = gas(300'000);
    fund.transaction.value = Uint256{price * gas_limit + 5};
    if (one_in(2)) add_call(block);
    if (one_in(2)) add_payment(block);
    SignedTransaction& spend = add(block, poor, to);
    spend.transaction.gas_limit = gas_limit;
    spend.transaction.max_fee_per_gas = Uint256{price};
    spend.transaction.max_priority_fee_per_gas = Uint256{price};
    spend.transaction.value = Uint256{below(6)};
}

void ConflictChain::add_system_call(ConflictBlock& block) {
    const size_t contract = below(kSystemContracts.size());
    SignedTransaction& next = add(block, pick(senders_), system_contract(contract));
    set_input(next, any_place(), 0);
    if (real_system_contracts_) {
        Bytes& data = next.transaction.data;
        data.assign(kSystemInputBytes[contract], static_cast<uint8_t>(below(256)));
        const uint64_t number = contract == 0 ? 12 * below(number_ + 1) : below(number_ + 1);
        if (contract < 2) std::ranges::copy(to_bytes32(Uint256{number}), data.begin());
        // The fee of a request rises with their number; it is 1 at first.
        if (contract >= 2) next.transaction.value = Uint256{below(4)};
        if (one_in(8)) data.push_back(0);
        next.transaction.gas_limit = gas(600'000);
    }
    dress(block, next);
}

ConflictBlock ConflictChain::next(uint32_t count) {
    ConflictBlock out;
    BlockHeader& header = out.header;
    header.number = number_;
    header.timestamp = 12 * number_;
    header.parent_hash = name(0xaa, number_);
    header.prev_randao = name(0xab, number_ * number_);
    header.difficulty = revision_ >= Revision::Paris ? Uint256{0} : Uint256{131'072};
    header.gas_limit = 200'000'000;
    header.beneficiary = beneficiary();
    if (revision_ >= Revision::London) header.base_fee_per_gas = Uint256{kBaseFee};
    if (revision_ >= Revision::Cancun) {
        header.excess_blob_gas = 0;
        header.blob_gas_used = 0;
        header.parent_beacon_block_root = name(0xac, number_);
    }
    if (revision_ >= Revision::Amsterdam) header.slot_number = number_;
    if (revision_ < Revision::Paris && one_in(3)) {
        out.ommers.push_back(header);
        out.ommers.back().number = number_ - (number_ > 1 ? 1 : 0);
        out.ommers.back().beneficiary = any_place();
    }
    if (revision_ >= Revision::Shanghai)
        for (uint64_t i = 0, withdrawals = below(5); i < withdrawals; ++i)
            out.withdrawals.push_back({i, i, any_place(), one_in(3) ? 0 : below(2'000'000'000)});
    ++number_;
    blobs_left_ = one_in(2) ? kBlobsMax : 0;

    while (out.transactions.size() < count) {
        const uint64_t kind = below(16);
        if (kind < 9)
            add_call(out);
        else if (kind == 9)
            add_creation(out);
        else if (kind < 12)
            add_payment(out);
        else if (kind < 14)
            add_child_call(out);
        else if (kind == 14)
            add_funded_pair(out);
        else
            add_system_call(out);
    }
    return out;
}

void ConflictChain::damage(ConflictBlock& block) {
    SWITCHYARD_ASSERT(!block.transactions.empty());
    SignedTransaction& victim = block.transactions[below(block.transactions.size())];
    Transaction& transaction = victim.transaction;
    switch (below(10)) {
        case 0:
            transaction.nonce += 1;
            break;
        case 1:
            transaction.nonce -= transaction.nonce == 0 ? 0 : 1;
            break;
        case 2:
            transaction.value = Uint256{UINT64_MAX};
            break;
        case 3:
            transaction.gas_limit = 20'000;
            break;
        case 4:
            transaction.max_fee_per_gas = Uint256{1};
            break;
        case 5:
            block.header.gas_limit = 400'000 + below(20'000'000);
            break;
        case 6:
            victim.sender = conflict_contract(ConflictContract::Counter);
            break;
        case 7:
            transaction.type = static_cast<TransactionType>(below(5));
            break;
        case 8:
            transaction.gas_limit = block.header.gas_limit + 1;
            break;
        default:
            transaction.blob_versioned_hashes.assign(kBlobsMax + below(2), name(0x01, 1));
            transaction.type = TransactionType::Blob;
            transaction.max_fee_per_blob_gas = Uint256{below(3)};
    }
}

}  // namespace switchyard::test
