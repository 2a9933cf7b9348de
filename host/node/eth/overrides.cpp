// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/overrides.hpp"

#include "host/chain/block.hpp"
#include "host/chain/hash.hpp"
#include "host/node/eth/write_values.hpp"
#include "host/node/json/hex_codec.hpp"
#include "host/node/rpc/arguments.hpp"
#include "host/precompiles/precompiles.hpp"

namespace switchyard::node::eth {
namespace {

constexpr size_t kCodeBytesMax = size_t{1} << 20;
constexpr size_t kEntriesMax = 100'000;

using rpc::Failure;
using rpc::RpcError;

RpcError bad(std::string_view name, std::string_view what) {
    return rpc::invalid_params("invalid override: field '" + std::string(name) +
                               "': " + std::string(what));
}

std::string_view text_of(json::Element element) {
    return element.string().value_or(std::string_view{});
}

template <typename Value>
Failure read_quantity(json::Element object, const char* name, std::optional<Value>& out) {
    const json::Element element = object.find(name);
    if (element.is_absent_or_null()) return {};
    Value value{};
    const auto fault = json::decode_quantity(text_of(element), value);
    if (fault != json::HexFault::None) return bad(name, json::to_string(fault));
    out = value;
    return {};
}

template <size_t N>
Failure read_fixed(json::Element object, const char* name, std::optional<FixedBytes<N>>& out) {
    const json::Element element = object.find(name);
    if (element.is_absent_or_null()) return {};
    FixedBytes<N> value;
    const auto fault = json::decode_fixed(text_of(element), value.bytes);
    if (fault != json::HexFault::None) return bad(name, json::to_string(fault));
    out = value;
    return {};
}

Failure read_slots(json::Element object, const char* name,
                   std::optional<std::map<Uint256, Uint256>>& out) {
    const json::Element slots = object.find(name);
    if (slots.is_absent_or_null()) return {};
    if (slots.size() > kEntriesMax) return bad(name, "too many slots");
    out.emplace();
    for (const json::Member member : slots.members()) {
        Bytes32 key;
        Bytes32 value;
        if (json::decode_fixed(member.name, key.bytes) != json::HexFault::None ||
            json::decode_fixed(text_of(member.value), value.bytes) != json::HexFault::None)
            return bad(name, "keys and values are of 32 bytes");
        (*out)[to_uint256(key)] = to_uint256(value);
    }
    return {};
}

Failure read_account(json::Element object, AccountOverride& out) {
    if (auto failure = read_quantity(object, "balance", out.balance)) return failure;
    if (auto failure = read_quantity(object, "nonce", out.nonce)) return failure;
    if (const auto code = object.find("code"); !code.is_absent_or_null()) {
        const auto fault = json::decode_data(text_of(code), out.code.emplace(), kCodeBytesMax);
        if (fault != json::HexFault::None) return bad("code", json::to_string(fault));
    }
    if (auto failure = read_slots(object, "state", out.state)) return failure;
    if (auto failure = read_slots(object, "stateDiff", out.state_diff)) return failure;
    return read_fixed(object, "movePrecompileToAddress", out.move_precompile_to);
}

/// The override as a change of the account.
void apply_account(const Address& address, const AccountOverride& from, BlockState& state) {
    StateChanges changes;
    AccountChange change;
    change.address = address;
    Account account = state.account(address).value_or(Account{});
    if (from.balance) account.balance = *from.balance;
    if (from.nonce) account.nonce = *from.nonce;
    if (from.code) {
        account.code_hash = from.code->empty() ? kEmptyCodeHash : keccak256(*from.code);
        if (!from.code->empty())
            changes.codes.push_back(
                {account.code_hash, std::make_shared<const Code>(Bytes(*from.code))});
    }
    change.account = account;
    change.code_written = true;
    change.storage_cleared = from.state.has_value();
    const auto& slots = from.state ? from.state : from.state_diff;
    if (slots)
        for (const auto& [key, value] : *slots)
            if (!from.state || !value.is_zero()) changes.storage.push_back({key, value});
    change.storage_count = static_cast<uint32_t>(changes.storage.size());
    changes.accounts.push_back(change);
    state.apply(changes);
}

}  // namespace

rpc::Answer<StateOverrides> read_state_overrides(json::Element object) {
    StateOverrides out;
    if (object.is_absent_or_null()) return out;
    if (object.size() > kEntriesMax) return rpc::invalid_params("too many overrides");
    for (const json::Member member : object.members()) {
        Address address;
        if (json::decode_fixed(member.name, address.bytes) != json::HexFault::None)
            return bad(member.name, "is no address");
        if (auto failure = read_account(member.value, out[address])) return *failure;
    }
    return out;
}

Failure apply_state_overrides(const StateOverrides& overrides, Revision revision, BlockState& state,
                              precompiles::MovedPrecompiles& precompiles) {
    std::map<Address, bool> taken;
    for (const auto& [address, override] : overrides) {
        if (taken.contains(address))
            return RpcError{
                rpc::code::kServer,
                "account " + checksummed(address) + " has already been overridden by a precompile",
                {}};
        const auto original = precompiles.at(address, revision);
        if (override.move_precompile_to) {
            if (!original)
                return RpcError{rpc::code::kServer,
                                "account " + checksummed(address) + " is not a precompile",
                                {}};
            const Address& target = *override.move_precompile_to;
            if (overrides.contains(target))
                return RpcError{rpc::code::kServer,
                                "account " + checksummed(target) + " is already overridden",
                                {}};
            precompiles.put(target, *original);
            taken[target] = true;
        }
        if (original) precompiles.remove(address);
        if (override.state && override.state_diff)
            return RpcError{rpc::code::kServer,
                            "account " + checksummed(address) + " has both 'state' and 'stateDiff'",
                            {}};
        if (override.balance || override.nonce || override.code || override.state ||
            override.state_diff)
            apply_account(address, override, state);
    }
    return {};
}

rpc::Answer<BlockOverrides> read_block_overrides(json::Element object) {
    BlockOverrides out;
    if (object.is_absent_or_null()) return out;
    if (auto failure = read_quantity(object, "number", out.number)) return *failure;
    if (auto failure = read_quantity(object, "difficulty", out.difficulty)) return *failure;
    if (auto failure = read_quantity(object, "time", out.time)) return *failure;
    if (auto failure = read_quantity(object, "gasLimit", out.gas_limit)) return *failure;
    if (auto failure = read_fixed(object, "feeRecipient", out.fee_recipient)) return *failure;
    if (auto failure = read_fixed(object, "prevRandao", out.prev_randao)) return *failure;
    if (auto failure = read_quantity(object, "baseFeePerGas", out.base_fee)) return *failure;
    if (auto failure = read_quantity(object, "blobBaseFee", out.blob_base_fee)) return *failure;
    if (auto failure = read_fixed(object, "beaconRoot", out.beacon_root)) return *failure;
    const json::Element withdrawals = object.find("withdrawals");
    if (!withdrawals.is_absent_or_null()) {
        if (withdrawals.size() > kEntriesMax) return bad("withdrawals", "too many");
        out.withdrawals.emplace();
        for (const json::Element element : withdrawals.elements()) {
            std::optional<uint64_t> index;
            std::optional<uint64_t> validator;
            std::optional<Address> address;
            std::optional<uint64_t> amount;
            if (auto failure = read_quantity(element, "index", index)) return *failure;
            if (auto failure = read_quantity(element, "validatorIndex", validator)) return *failure;
            if (auto failure = read_fixed(element, "address", address)) return *failure;
            if (auto failure = read_quantity(element, "amount", amount)) return *failure;
            out.withdrawals->push_back({index.value_or(0), validator.value_or(0),
                                        address.value_or(Address{}), amount.value_or(0)});
        }
    }
    return out;
}

void apply_block_overrides(const BlockOverrides& overrides, evm::BlockContext& block) {
    if (overrides.number) block.number = *overrides.number;
    if (overrides.difficulty) block.difficulty = *overrides.difficulty;
    if (overrides.time) block.timestamp = *overrides.time;
    if (overrides.gas_limit) block.gas_limit = *overrides.gas_limit;
    if (overrides.fee_recipient) block.beneficiary = *overrides.fee_recipient;
    if (overrides.prev_randao) block.prev_randao = *overrides.prev_randao;
    if (overrides.base_fee) block.base_fee = *overrides.base_fee;
    if (overrides.blob_base_fee) block.blob_base_fee = *overrides.blob_base_fee;
}

}  // namespace switchyard::node::eth
