// SPDX-License-Identifier: Apache-2.0
// The official VMTests: single messages under Frontier's rules, with gas left, output and storage.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "host/core/hex.hpp"
#include "host/evm/evm.hpp"
#include "host/state/memory_state.hpp"
#include "simd/keccak256.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::evm {
namespace {

namespace fs = std::filesystem;
using simdjson::dom::element;

std::string_view text(element value) {
    return value.get_string().value();
}
Bytes bytes(element value) {
    return from_hex(text(value)).value();
}
Uint256 word(element value) {
    return uint256_from_text(text(value)).value();
}
/// By value: a loop over it must not hold on to a temporary result.
simdjson::dom::object object(element value) {
    return value.get_object().value();
}
Address address(std::string_view hex) {
    return fixed_from_hex<20>(hex).value();
}

/// The tests' convention: the hash of a block is the Keccak-256 of its number in decimal digits.
class NumberHashes final : public BlockHashes {
  public:
    Bytes32 block_hash(uint64_t number) const override {
        const std::string digits = std::to_string(number);
        Bytes32 hash;
        simd::keccak256({reinterpret_cast<const uint8_t*>(digits.data()), digits.size()},
                        hash.bytes);
        return hash;
    }
};

void load_accounts(MemoryState& world, element accounts) {
    for (const auto& [key, value] : object(accounts)) {
        Account account;
        account.nonce = word(value["nonce"]).limb[0];
        account.balance = word(value["balance"]);
        if (Bytes code = bytes(value["code"]); !code.empty())
            account.code_hash = world.add_code(std::move(code));
        world.set_account(address(key), account);
        for (const auto& [slot, content] : object(value["storage"]))
            world.set_storage(address(key), uint256_from_text(slot).value(), word(content));
    }
}

BlockContext block_context(element env, const BlockHashes& hashes) {
    BlockContext block;
    block.number = word(env["currentNumber"]).limb[0];
    block.timestamp = word(env["currentTimestamp"]).limb[0];
    block.gas_limit = word(env["currentGasLimit"]).limb[0];
    block.beneficiary = address(text(env["currentCoinbase"]));
    block.difficulty = word(env["currentDifficulty"]);
    block.hashes = &hashes;
    return block;
}

/// Every storage slot of `expected` holds its value, and no other slot of the account any.
void expect_storage(const MemoryState& world, element expected) {
    for (const auto& [key, value] : object(expected)) {
        size_t slots = 0;
        for (const auto& [slot, content] : object(value["storage"])) {
            EXPECT_EQ(world.storage(address(key), uint256_from_text(slot).value()), word(content));
            if (!word(content).is_zero()) ++slots;
        }
        const StateChanges all = world.all();
        const auto found = std::ranges::find(all.accounts, address(key), &AccountChange::address);
        EXPECT_EQ(found == all.accounts.end() ? 0 : found->storage_count, slots);
        EXPECT_EQ(world.account(address(key)).value_or(Account{}).balance, word(value["balance"]));
    }
}

void run_test(element test, Evm& evm) {
    const element exec = test["exec"];
    const Address self = address(text(exec["address"]));
    MemoryState world;
    load_accounts(world, test["pre"]);
    // The code to run stands in `exec`; the account it runs for need not have it.
    const Address code_holder = address("0x00000000000000000000000000000000c0dec0de");
    Account holder;
    holder.code_hash = world.add_code(bytes(exec["code"]));
    world.set_account(code_holder, holder);

    const NumberHashes hashes;
    const BlockContext block = block_context(test["env"], hashes);
    const TransactionContext transaction{address(text(exec["origin"])), word(exec["gasPrice"]), {}};
    const Bytes input = bytes(exec["data"]);
    Message message;
    message.kind = MessageKind::DelegateCall;  // the value is announced, not moved
    message.gas = word(exec["gas"]).limb[0];
    message.recipient = self;
    message.code_address = code_holder;
    message.sender = address(text(exec["caller"]));
    message.input = input;
    message.value = word(exec["value"]);

    TransactionState state;
    state.begin(world, Revision::Frontier);
    const CallResult result = evm.execute(block, transaction, message, state);

    element post;
    if (test["post"].get(post) != simdjson::SUCCESS) {
        EXPECT_NE(result.status, Status::Success);
        return;
    }
    EXPECT_EQ(result.status, Status::Success);
    EXPECT_EQ(result.gas_left, word(test["gas"]).limb[0]);
    EXPECT_EQ(result.output, bytes(test["out"]));
    Bytes32 logs_hash;
    simd::keccak256(encode_logs(state.logs()), logs_hash.bytes);
    EXPECT_EQ(to_hex(logs_hash.bytes), text(test["logs"]));
    StateChanges changes;
    state.finish(changes);
    world.apply(changes);
    expect_storage(world, post);
}

TEST(VmTests, EveryOfficialCasePasses) {
    SWITCHYARD_REQUIRE_SUITE(suite, "state-legacy");
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(suite / "legacytests-VMTests"))
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    std::sort(files.begin(), files.end());

    simdjson::dom::parser parser;
    Evm evm(Revision::Frontier);
    size_t cases = 0;
    for (const fs::path& file : files) {
        for (const auto& [name, test] : object(parser.load(file.string()).value())) {
            simdjson::dom::array created;
            // Those tests stand for an EVM that records sub-calls without executing them.
            if (test["callcreates"].get(created) == simdjson::SUCCESS && created.size() != 0)
                continue;
            SCOPED_TRACE(name);
            run_test(test, evm);
            ++cases;
        }
    }
    RecordProperty("cases", static_cast<int>(cases));
    EXPECT_GT(cases, 400U);
}

}  // namespace
}  // namespace switchyard::evm
