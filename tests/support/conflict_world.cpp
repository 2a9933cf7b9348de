// SPDX-License-Identifier: Apache-2.0
#include "tests/support/conflict_world.hpp"

#include "host/core/hex.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::test {
namespace {

// Opcodes of the little programs below.
enum Op : uint8_t {
    ADD = 0x01,
    SUB = 0x03,
    ISZERO = 0x15,
    BALANCE = 0x31,
    CALLER = 0x33,
    CALLVALUE = 0x34,
    CALLDATALOAD = 0x35,
    CODESIZE = 0x38,
    CODECOPY = 0x39,
    COINBASE = 0x41,
    SELFBALANCE = 0x47,
    POP = 0x50,
    MSTORE = 0x52,
    SLOAD = 0x54,
    SSTORE = 0x55,
    JUMPI = 0x57,
    GAS = 0x5a,
    JUMPDEST = 0x5b,
    PUSH1 = 0x60,
    PUSH2 = 0x61,
    PUSH20 = 0x73,
    DUP1 = 0x80,
    DUP2 = 0x81,
    SWAP1 = 0x90,
    LOG1 = 0xa1,
    CREATE = 0xf0,
    CALL = 0xf1,
    RETURN = 0xf3,
    CREATE2 = 0xf5,
    REVERT = 0xfd,
    SELFDESTRUCT = 0xff,
    EXTCODEHASH = 0x3f,
};

Address numbered(uint8_t kind, uint64_t number) {
    Address out;
    out[0] = 0xaa;
    out[1] = kind;
    for (size_t i = 0; i < 8; ++i)
        out[19 - i] = static_cast<uint8_t>(number >> (8 * i));
    return out;
}

/// slot[calldata[0]] += 1, and logs the new value.
const Bytes kCounter = {PUSH1,  0,     CALLDATALOAD, DUP1,  SLOAD, PUSH1, 1,  ADD,   DUP1, PUSH1, 0,
                        MSTORE, SWAP1, SSTORE,       PUSH1, 7,     PUSH1, 32, PUSH1, 0,    LOG1};
/// slot[caller] -= 1; slot[calldata[0]] += 1: a token without checks.
const Bytes kToken = {CALLER, SLOAD,        PUSH1, 1,     SWAP1, SUB, CALLER, SSTORE, PUSH1,
                      0,      CALLDATALOAD, DUP1,  SLOAD, PUSH1, 1,   ADD,    SWAP1,  SSTORE};
/// slot[0] = balance of the beneficiary: depends on the fees of every transaction before.
const Bytes kFeeWatcher = {COINBASE, BALANCE, PUSH1, 0, SSTORE};
/// Sends its call value on to the address in calldata, then notes the call's success and what is
/// left.
const Bytes kForwarder = {PUSH1, 0,         PUSH1,  0,           PUSH1,        0,   PUSH1,
                          0,     CALLVALUE, PUSH1,  0,           CALLDATALOAD, GAS, CALL,
                          PUSH1, 1,         SSTORE, SELFBALANCE, PUSH1,        2,   SSTORE};
/// Reverts if slot[0] of itself is not zero, else sets it: exactly one of many callers succeeds.
const Bytes kOnce = {PUSH1, 0,      SLOAD, ISZERO,   PUSH1,  12,    JUMPI, PUSH1, 0,
                     DUP1,  REVERT, 0,     JUMPDEST, CALLER, PUSH1, 0,     SSTORE};
/// Creates an empty contract with CREATE: its own nonce moves, addresses depend on the order.
const Bytes kFactory = {PUSH1, 0, PUSH1, 0, PUSH1, 0, CREATE, PUSH1, 0, SSTORE};
/// Self-destructs to the address in calldata.
const Bytes kDestructible = {PUSH1, 0, CALLDATALOAD, SELFDESTRUCT};
/// slot[3] = hash of the code of the address in calldata, slot[4] = its balance.
const Bytes kObserver = {PUSH1, 0,      CALLDATALOAD, DUP1,  EXTCODEHASH, PUSH1,
                         3,     SSTORE, BALANCE,      PUSH1, 4,           SSTORE};

}  // namespace

ConflictWorld::ConflictWorld(uint64_t salt, uint32_t senders) : generator_(test_generator(salt)) {
    for (uint32_t i = 0; i < senders; ++i) {
        senders_.push_back(numbered(1, i));
        // Some can pay for little, so that transactions run out of balance depending on what comes
        // before.
        state_.set_account(senders_.back(),
                           {.nonce = 0, .balance = Uint256{10'000'000'000'000'000}});
    }
    nonces_.resize(senders, 0);
    add_contracts();
    add_system_contracts();
    header_.number = 1;
    header_.timestamp = 1;
    header_.gas_limit = 100'000'000;
    header_.beneficiary = numbered(9, 9);
    header_.base_fee_per_gas = Uint256{7};
    header_.excess_blob_gas = 0;
    header_.blob_gas_used = 0;
    header_.parent_beacon_block_root = Bytes32{};
    header_.withdrawals_root = Bytes32{};
}

void ConflictWorld::add_contracts() {
    const Bytes* programs[] = {&kCounter, &kToken,   &kFeeWatcher,   &kForwarder,
                               &kOnce,    &kFactory, &kDestructible, &kObserver};
    for (size_t i = 0; i < std::size(programs); ++i) {
        contracts_.push_back(numbered(2, i));
        const Bytes32 hash = state_.add_code(*programs[i]);
        state_.set_account(contracts_.back(),
                           {.nonce = 1, .balance = Uint256{1000}, .code_hash = hash});
    }
}

void ConflictWorld::add_system_contracts() {
    // Stand-ins at the addresses of EIP-4788, EIP-2935, EIP-7002 and EIP-7251: what they are given,
    // they store; no requests come out.
    const Bytes store_input = {PUSH1, 0, CALLDATALOAD, PUSH1, 5, SSTORE};
    for (const char* address : {"0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02",
                                "0x0000F90827F1C53a10cb7A02335B175320002935",
                                "0x00000961Ef480Eb55e80D19ad83579A64c007002",
                                "0x0000BBdDc7CE488642fb579F8B00f3a590007251"}) {
        const Bytes32 hash = state_.add_code(store_input);
        state_.set_account(*fixed_from_hex<20>(address),
                           {.nonce = 1, .balance = 0, .code_hash = hash});
    }
}

SignedTransaction ConflictWorld::transaction(size_t sender, std::optional<Address> to) {
    SignedTransaction out;
    out.sender = senders_[sender];
    Transaction& transaction = out.transaction;
    transaction.type = TransactionType::DynamicFee;
    transaction.chain_id = 1;
    transaction.nonce = nonces_[sender]++;
    transaction.max_fee_per_gas = Uint256{1000};
    transaction.max_priority_fee_per_gas = Uint256{below(3) == 0 ? 0 : below(100)};
    transaction.gas_limit = 200'000;
    transaction.to = to;
    Bytes32 name;
    name[0] = 0xee;
    for (size_t i = 0; i < 8; ++i)
        name[31 - i] = static_cast<uint8_t>(serial_ >> (8 * i));
    ++serial_;
    out.hash = name;
    return out;
}

std::vector<SignedTransaction> ConflictWorld::block(uint32_t count) {
    std::vector<SignedTransaction> out;
    for (uint32_t i = 0; i < count; ++i) {
        const size_t sender = below(senders_.size());
        const auto kind = below(contracts_.size() + 4);
        SignedTransaction next;
        if (kind < contracts_.size()) {
            next = transaction(sender, contracts_[kind]);
            // The argument: a small slot, a sender, a contract, or the beneficiary.
            Address argument = numbered(0, below(4));
            if (below(2) == 0) argument = senders_[below(senders_.size())];
            if (below(4) == 0) argument = contracts_[below(contracts_.size())];
            if (below(8) == 0) argument = header_.beneficiary;
            next.transaction.data.assign(32, 0);
            std::copy(argument.begin(), argument.end(), next.transaction.data.begin() + 12);
            next.transaction.value = Uint256{below(3) == 0 ? below(1'000) : 0};
            if (below(10) == 0) next.transaction.gas_limit = 21'000 + 2'048 + below(30'000);
        } else if (kind ==
                   contracts_
                       .size()) {  // a contract that writes in its init code and may destroy itself
            next = transaction(sender, std::nullopt);
            next.transaction.data = {PUSH1, 1, PUSH1, 1,     SSTORE,
                                     PUSH1, 0, SLOAD, PUSH1, static_cast<uint8_t>(below(2)),
                                     SSTORE};
            if (below(2) == 0)
                next.transaction.data.insert(next.transaction.data.end(), {CALLER, SELFDESTRUCT});
            next.transaction.value = Uint256{below(2) * 5};
        } else {  // a payment: to a sender, a stranger, the beneficiary
            const Address to = kind == contracts_.size() + 1   ? header_.beneficiary
                               : kind == contracts_.size() + 2 ? numbered(3, below(20))
                                                               : senders_[below(senders_.size())];
            next = transaction(sender, to);
            next.transaction.value = Uint256{below(1'000'000)};
        }
        out.push_back(std::move(next));
    }
    return out;
}

std::vector<SignedTransaction> ConflictWorld::chain(uint32_t count) {
    std::vector<SignedTransaction> out;
    for (uint32_t i = 0; i < count; ++i) {
        out.push_back(transaction(0, contracts_[0]));
        out.back().transaction.data.assign(32, 0);
    }
    return out;
}

}  // namespace switchyard::test
