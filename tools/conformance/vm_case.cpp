// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/vm_case.hpp"

#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"
#include "host/evm/evm.hpp"
#include "tools/conformance/number_hashes.hpp"
#include "tools/conformance/state_difference.hpp"
#include "tools/fixtures/memory_state.hpp"

namespace switchyard::conformance {
namespace {

using fixtures::VmExpectation;
using fixtures::VmTest;

constexpr Address kCodeHolder{
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0xde, 0xc0, 0xde, 0xc0, 0xde, 0xc0, 0xde}};

Verdict compare(const std::string& what, const std::string& expected, const std::string& found) {
    if (expected == found) return {};
    return Verdict::failed(what + ": expected " + expected + ", found " + found);
}

Verdict compare_success(const VmExpectation& expected, const evm::CallResult& result,
                        const Bytes32& logs_hash, const MemoryState& after) {
    if (result.status != evm::Status::Success)
        return Verdict::failed("expected success, found a message that fails");
    for (Verdict verdict :
         {compare("gas left", std::to_string(expected.gas_left), std::to_string(result.gas_left)),
          compare("output", to_hex(expected.output), to_hex(result.output)),
          compare("logs hash", to_hex(expected.logs_hash), to_hex(logs_hash))})
        if (!verdict.passed()) return verdict;
    if (const auto difference = first_state_difference(expected.state, after))
        return Verdict::failed(*difference);
    return {};
}

Verdict run(const VmTest& test) {
    MemoryState world = fixtures::memory_state_of(test.pre);
    // The code to run stands in the test; the account it runs for need not have it.
    Account holder;
    if (!test.code.empty()) holder.code_hash = world.add_code(test.code);
    world.set_account(kCodeHolder, holder);

    const NumberHashes hashes;
    evm::BlockContext block;
    block.number = test.environment.number;
    block.timestamp = test.environment.timestamp;
    block.gas_limit = test.environment.gas_limit;
    block.beneficiary = test.environment.beneficiary;
    block.difficulty = test.environment.difficulty;
    block.hashes = &hashes;
    evm::TransactionContext transaction;
    transaction.origin = test.origin;
    transaction.gas_price = test.gas_price;
    evm::Message message;
    message.kind = evm::MessageKind::DelegateCall;  // the value is announced, not moved
    message.gas = test.gas;
    message.recipient = test.address;
    message.code_address = kCodeHolder;
    message.sender = test.caller;
    message.input = test.data;
    message.value = test.value;

    evm::Evm evm(Revision::Frontier);
    TransactionState state;
    state.begin(world, Revision::Frontier);
    const evm::CallResult result = evm.execute(block, transaction, message, state);
    if (!test.post)
        return result.status == evm::Status::Success
                   ? Verdict::failed("expected a message that fails, found success")
                   : Verdict{};
    const Bytes32 logs_hash = keccak256(encode_logs(state.logs()));
    StateChanges changes;
    state.finish(changes);
    world.apply(changes);
    StateChanges without_holder;
    without_holder.accounts.emplace_back().address = kCodeHolder;
    world.apply(without_holder);
    return compare_success(*test.post, result, logs_hash, world);
}

}  // namespace

TestCase vm_case(VmTest test) {
    const auto shared = std::make_shared<const VmTest>(std::move(test));
    TestCase out;
    out.name = shared->name;
    out.fork = "Frontier";
    out.run = [shared](BlockExecutor&) { return run(*shared); };
    return out;
}

}  // namespace switchyard::conformance
