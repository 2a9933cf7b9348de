// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/evm_world.hpp"

#include "host/evm/evm.hpp"
#include "host/execute/system_contracts.hpp"

namespace switchyard::fuzz {
namespace {

constexpr size_t kContracts = 5;
constexpr size_t kSenders = 4;
constexpr size_t kTransactionsMax = 6;
constexpr size_t kFirstCreated = kContracts + kSenders + 2;
constexpr size_t kCreated = 4;
constexpr size_t kRecordsMax = 128;
constexpr size_t kWithdrawalsMax = 3;
constexpr size_t kListMax = 4;

Address numbered(uint8_t kind, size_t number) {
    Address out;
    out[0] = 0xaa;
    out[1] = kind;
    out[19] = static_cast<uint8_t>(number);
    return out;
}

Address small_address(uint16_t number) {
    Address out;
    out[18] = static_cast<uint8_t>(number >> 8);
    out[19] = static_cast<uint8_t>(number);
    return out;
}

Bytes delegation_code(const Address& target) {
    Bytes out{0xef, 0x01, 0x00};
    out.insert(out.end(), target.begin(), target.end());
    return out;
}

/// Hashes that depend on the number alone.
class NumberedHashes final : public evm::BlockHashes {
  public:
    [[nodiscard]] Bytes32 block_hash(uint64_t number) const override {
        return to_bytes32(Uint256(number) * Uint256(0x9e3779b97f4a7c15));
    }
};

}  // namespace

EvmWorld::EvmWorld(BytesView input) {
    Bytes padded = to_bytes(input.first(std::min(input.size(), kRecordsMax * kRecordBytes)));
    padded.resize(std::max((padded.size() + kRecordBytes - 1) / kRecordBytes, size_t{1}) *
                  kRecordBytes);
    const auto record = [&padded](size_t i) {
        return Record(padded.data() + i * kRecordBytes, kRecordBytes);
    };
    fill_addresses();
    set_block(record(0));
    for (size_t i = 0; i < kContracts; ++i)
        contracts_.emplace_back(addresses_);
    senders_.resize(kSenders);
    for (size_t i = 1; i < padded.size() / kRecordBytes; ++i)
        add(record(i));
    for (size_t i = 0; i < transactions_.size(); ++i) {
        Transaction& transaction = transactions_[i].transaction;
        if (transaction.is_create())
            transaction.data = contracts_[init_code_of_[i] % kContracts].program.code();
        set_gas_limit(i);
    }
    build_state();
}

/// Everything that programs and transactions can name. Contracts come first, then senders.
void EvmWorld::fill_addresses() {
    for (size_t i = 0; i < kContracts; ++i)
        addresses_.push_back(numbered(1, i));
    // The last contract is the one whose logs are deposits (EIP-6110).
    addresses_[kContracts - 1] = kMainnetDepositContract;
    for (size_t i = 0; i < kSenders; ++i)
        addresses_.push_back(numbered(2, i));
    addresses_.push_back(numbered(3, 0));  // the usual beneficiary
    addresses_.push_back(numbered(4, 0));  // nobody
    // What the first creations of contracts and of a sender make: `kFirstCreated` and on.
    addresses_.push_back(evm::create_address(addresses_[0], 1));
    addresses_.push_back(evm::create_address(addresses_[1], 1));
    addresses_.push_back(evm::create_address(addresses_[kContracts], 0));
    addresses_.push_back(evm::create2_address(addresses_[0], Bytes32{}, {}));
    for (const uint16_t precompile : std::initializer_list<uint16_t>{1, 2, 4, 5, 6, 9, 11, 256})
        addresses_.push_back(small_address(precompile));
    addresses_.push_back(execute::block_hashes_contract());
    addresses_.push_back(execute::withdrawal_requests_contract());
    addresses_.push_back(execute::consolidation_requests_contract());
    addresses_.push_back(Address{});
}

void EvmWorld::set_block(Record record) {
    const auto revision = static_cast<Revision>(record[0] % kRevisionCount);
    rules_ = execute::rules_for_block(ChainConfig::single_revision(revision), 1000, 1000);
    choice_.threads = 2 + record[1] % 3;
    choice_.latest_first = record[1] / 4 % 2 == 1;
    choice_.lanes = 2 + record[1] / 8 % 8;
    choice_.plan_seed = record[2] * uint64_t{256} + record[3];
    header_.number = 1000;
    header_.timestamp = 1000;
    header_.gas_limit = record[4] % 8 == 7 ? 400'000 : 30'000'000;
    header_.beneficiary = addresses_[kContracts + kSenders];
    if (record[5] != 0) header_.beneficiary = address(record[5]);
    header_.difficulty = revision < Revision::Paris ? Uint256(0x20000) : Uint256(0);
    header_.prev_randao[31] = record[6];
    if (revision >= Revision::London) header_.base_fee_per_gas = Uint256(record[4] / 8 % 16);
    if (revision >= Revision::Cancun) {
        header_.excess_blob_gas = record[7] * uint64_t{0x40000};
        header_.blob_gas_used = 0;
        header_.parent_beacon_block_root = Bytes32{{1, 2, 3}};
    }
    if (revision >= Revision::Amsterdam) {
        header_.block_access_list_hash = Bytes32{};
        header_.slot_number = record[6];
    }
}

void EvmWorld::add(Record record) {
    // The low bits say what the record is about; `Program::append` takes the others.
    switch (record[0] % 8) {
        case 0:
            return add_account(record);
        case 1:
            return add_transaction(record);
        case 2:
            if (record[0] / 8 % 4 == 0) return add_withdrawal(record);
            return extend_transaction(record);
        case 3:
            current_ = record[0] / 8 % kContracts;
            return contracts_[current_].program.append(record);
        default:
            return contracts_[current_].program.append(record);
    }
}

/// State before the block: slots, balances, nonces, delegations.
void EvmWorld::add_account(Record record) {
    Contract& contract = contracts_[record[1] % kContracts];
    Sender& sender = senders_[record[1] % kSenders];
    switch (record[0] / 8 % 8) {
        case 0:
            contract.balance = Uint256(record[2]);
            return;
        case 1:
            // At its end, a nonce cannot be counted up (EIP-2681).
            contract.nonce = record[2] == 0xff ? UINT64_MAX : record[2];
            return;
        case 2:
            // Enough for some gas, for less than a transaction, for nothing.
            sender.balance = Uint256(record[2] * uint64_t{256} + record[3]) * Uint256(10'000);
            return;
        case 3:
            sender.delegation = address(record[2]);
            return;
        case 4:
            sender.nonce = sender.next_nonce = record[2];
            return;
        case 5:
            // Storage where a creation will want to go (EIP-7610), which goes when the empty
            // account is touched (EIP-161). No chain has this from Amsterdam on.
            if (rules_.revision < Revision::Amsterdam)
                orphans_.push_back({addresses_[kFirstCreated + record[1] % kCreated],
                                    Uint256(record[2] % 2), Uint256(record[3])});
            return;
        default:
            contract.storage.emplace_back(Uint256(record[2] % 4), Uint256(record[3]));
    }
}

void EvmWorld::add_transaction(Record record) {
    if (transactions_.size() == kTransactionsMax) return;
    const size_t from = record[1] % kSenders;
    SignedTransaction out;
    out.sender = addresses_[kContracts + from];
    out.hash[0] = static_cast<uint8_t>(transactions_.size() + 1);
    Transaction& transaction = out.transaction;
    transaction.type = static_cast<TransactionType>(record[1] / kSenders % 5);
    if (rules_.revision < Revision::Prague && transaction.type == TransactionType::SetCode)
        transaction.type = TransactionType::Legacy;
    if (rules_.revision < Revision::Cancun && transaction.type == TransactionType::Blob)
        transaction.type = TransactionType::Legacy;
    if (rules_.revision < Revision::London && transaction.type == TransactionType::DynamicFee)
        transaction.type = TransactionType::Legacy;
    if (rules_.revision < Revision::Berlin) transaction.type = TransactionType::Legacy;
    if (transaction.type != TransactionType::Legacy) transaction.chain_id = rules_.chain_id;
    const bool may_create = transaction.type <= TransactionType::DynamicFee;
    if (!(may_create && record[2] >= 0xe0)) transaction.to = address(record[2]);
    transaction.nonce = senders_[from].next_nonce++;
    transaction.value = Uint256(record[4] < 0x80 ? 0 : record[4] - uint64_t{0x80});
    transaction.max_fee_per_gas = Uint256(16 + record[6] / 16);
    transaction.max_priority_fee_per_gas = transaction.type >= TransactionType::DynamicFee
                                               ? Uint256(record[6] % 16)
                                               : transaction.max_fee_per_gas;
    // The argument: a number, or an address of the table.
    const Address argument = record[3] < 0x40 ? small_address(record[3] % 8) : address(record[3]);
    transaction.data.assign(32, 0);
    std::copy(argument.begin(), argument.end(), transaction.data.begin() + 12);
    if (transaction.type == TransactionType::Blob) {
        transaction.blob_versioned_hashes.resize(1 + record[7] % 3, Bytes32{{1, record[7]}});
        transaction.max_fee_per_blob_gas = Uint256(1) << 40;
    }
    if (transaction.type == TransactionType::SetCode) {
        Authorization tuple;
        tuple.chain_id = Uint256(record[7] % 8 == 7 ? 2 : record[7] % 2);
        tuple.authority = addresses_[kContracts + record[7] / 8 % kSenders];
        tuple.address = address(record[7]);
        tuple.nonce = senders_[record[7] / 8 % kSenders].next_nonce;
        // A sender that authorises itself spends two nonces.
        if (record[7] % 8 != 7) ++senders_[record[7] / 8 % kSenders].next_nonce;
        transaction.authorization_list.push_back(tuple);
    }
    // Above the intrinsic gas: none, a stipend, enough for little, enough for most things.
    constexpr uint64_t kGas[] = {90'000, 250'000, 0, 2'300, 22'000, 45'000, 150'000, 700'000};
    // EIP-8037: a new account alone takes 130,000.
    const uint64_t scale = rules_.revision >= Revision::Amsterdam ? 4 : 1;
    extra_gas_.push_back(scale * kGas[record[5] % 8] + record[5] / 8);
    init_code_of_.push_back(record[3]);
    transactions_.push_back(std::move(out));
}

/// Something more for the latest transaction: an access list's entry, an authorization, another
/// nonce.
void EvmWorld::extend_transaction(Record record) {
    if (transactions_.empty()) return;
    Transaction& transaction = transactions_.back().transaction;
    if (record[0] / 8 % 4 == 1 && transaction.type == TransactionType::SetCode) {
        if (transaction.authorization_list.size() == kListMax) return;
        Authorization tuple;
        tuple.chain_id = Uint256(record[1] % 3);
        tuple.address = address(record[2]);
        tuple.authority = address(record[3]);
        tuple.nonce = record[4];
        if (record[5] == 0xff) tuple.authority.reset();
        transaction.authorization_list.push_back(tuple);
    } else if (record[0] / 8 % 4 == 2) {
        // Invalid, unless something in the block makes it right.
        transaction.nonce += record[1] % 3 == 1 ? 1 : 0;
    } else if (transaction.type != TransactionType::Legacy) {
        if (transaction.access_list.size() == kListMax) return;
        AccessListEntry& entry = transaction.access_list.emplace_back();
        entry.address = address(record[1]);
        for (uint8_t slot = 0; slot < record[2] % 4; ++slot)
            entry.storage_keys.push_back(to_bytes32(Uint256(slot)));
    }
}

void EvmWorld::add_withdrawal(Record record) {
    if (withdrawals_.size() == kWithdrawalsMax || rules_.revision < Revision::Shanghai) return;
    withdrawals_.push_back({withdrawals_.size(), 0, address(record[1]), record[2] % uint64_t{4}});
}

void EvmWorld::set_gas_limit(size_t index) {
    Transaction& transaction = transactions_[index].transaction;
    const auto gas = execute::intrinsic_gas(transaction, rules_.revision, header_.gas_limit);
    transaction.gas_limit = std::max(gas.total(), gas.floor) + extra_gas_[index];
}

void EvmWorld::build_state() {
    const auto set_account = [this](const Address& where, Account account, const Bytes& code) {
        if (!code.empty()) account.code_hash = state_.add_code(code);
        state_.set_account(where, account);
    };
    for (size_t i = 0; i < kContracts; ++i) {
        const Contract& contract = contracts_[i];
        set_account(addresses_[i], {.nonce = contract.nonce, .balance = contract.balance},
                    contract.program.code());
        // From Amsterdam on the access list must tell the whole effect of a block, and cannot say
        // that an empty account went with its storage, which no chain has.
        if (rules_.revision >= Revision::Amsterdam && contract.is_empty()) continue;
        for (const auto& [key, value] : contract.storage)
            state_.set_storage(addresses_[i], key, value);
    }
    for (size_t i = 0; i < kSenders; ++i) {
        const Sender& sender = senders_[i];
        const bool delegates = sender.delegation && rules_.revision >= Revision::Prague;
        set_account(addresses_[kContracts + i], {.nonce = sender.nonce, .balance = sender.balance},
                    delegates ? delegation_code(*sender.delegation) : Bytes{});
    }
    for (const Orphan& orphan : orphans_) {
        state_.set_account(orphan.address, {.balance = orphan.balance});
        state_.set_storage(orphan.address, Uint256(0), orphan.value);
    }
    add_system_contracts();
}

/// Stand-ins for the contracts of the system calls: from the system they give out what is in slot
/// 0, from anybody else they store it, so that requests depend on the transactions.
void EvmWorld::add_system_contracts() {
    if (rules_.revision < Revision::Cancun) return;
    Bytes code{0x73};  // PUSH20 of the system address
    code.insert(code.end(), 19, 0xff);
    code.push_back(0xfe);
    // CALLER EQ PUSH1 31 JUMPI; PUSH0 CALLDATALOAD PUSH0 SSTORE STOP; JUMPDEST PUSH0 SLOAD PUSH0
    // MSTORE PUSH1 32 PUSH0 RETURN
    constexpr uint8_t kRest[] = {0x33, 0x14, 0x60, 31,   0x57, 0x5f, 0x35, 0x5f, 0x55, 0x00,
                                 0x5b, 0x5f, 0x54, 0x5f, 0x52, 0x60, 32,   0x5f, 0xf3};
    code.insert(code.end(), std::begin(kRest), std::end(kRest));
    for (const Address& contract :
         {execute::beacon_roots_contract(), execute::block_hashes_contract(),
          execute::withdrawal_requests_contract(), execute::consolidation_requests_contract()}) {
        Account account;
        account.nonce = 1;
        account.code_hash = state_.add_code(code);
        state_.set_account(contract, account);
    }
}

execute::BlockInput EvmWorld::block() const {
    static const NumberedHashes hashes;
    execute::BlockInput out;
    out.header = &header_;
    out.rules = rules_;
    out.transactions = transactions_;
    out.withdrawals = withdrawals_;
    out.hashes = &hashes;
    return out;
}

void EvmWorld::drop_transaction(size_t index) {
    transactions_.erase(transactions_.begin() + static_cast<std::ptrdiff_t>(index));
}

Uint256 EvmWorld::wei_max() const {
    Uint256 sum;
    for (const AccountChange& change : state_.all().accounts)
        sum += change.account->balance;
    for (const Withdrawal& withdrawal : withdrawals_)
        sum += Uint256(withdrawal.amount_gwei) * Uint256(1'000'000'000);
    // Yellow Paper, section 11.3: 5 ether in Frontier, less later.
    if (rules_.revision < Revision::Paris) sum += Uint256(5'000'000'000'000'000'000);
    return sum;
}

}  // namespace switchyard::fuzz
