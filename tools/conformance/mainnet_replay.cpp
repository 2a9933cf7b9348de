// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/mainnet_replay.hpp"

#include <memory>
#include <optional>
#include <string>

#include "host/core/hex.hpp"
#include "host/execute/block_validation.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tools/conformance/test_case.hpp"
#include "tools/fixtures/block_environment.hpp"
#include "tools/fixtures/memory_state.hpp"

namespace switchyard::conformance {
namespace {

using fixtures::ListedHashes;
using fixtures::MainnetBlock;
using fixtures::WitnessRoots;

Error mismatch(std::string message) {
    return {ErrorCode::Mismatch, std::move(message)};
}

Result<std::vector<SignedTransaction>> transactions_of(const MainnetBlock& block,
                                                       const execute::BlockRules& rules) {
    std::vector<Transaction> decoded;
    for (const Bytes& encoded : block.transactions) {
        auto transaction = decode_transaction(encoded);
        if (!transaction) return transaction.error();
        decoded.push_back(std::move(*transaction));
    }
    auto recovered = execute::recover_transactions(std::move(decoded), rules);
    if (!recovered) return recovered.error();
    for (size_t i = 0; i < recovered->size(); ++i) {
        if ((*recovered)[i].hash != block.transaction_hashes[i])
            return mismatch("transaction " + std::to_string(i) + ": another hash");
        if ((*recovered)[i].sender != block.senders[i])
            return mismatch("transaction " + std::to_string(i) + ": another sender");
    }
    return recovered;
}

Result<void> validate_before(const MainnetBlock& block, const execute::BlockRules& rules) {
    if (block.parent_header) {
        const auto parent_rules = execute::rules_for_block(
            block.config, block.parent_header->number, block.parent_header->timestamp);
        const auto valid =
            execute::validate_header(block.header, *block.parent_header, rules, parent_rules);
        if (!valid) return valid;
    }
    if (!block.encoded) return {};
    const auto decoded = decode_block(*block.encoded);
    if (!decoded) return decoded.error();
    if (decoded->header != block.header) return mismatch("the encoded block has another header");
    return execute::validate_body(*decoded, block.encoded->size(), rules);
}

Result<void> compare_receipts(const std::vector<Receipt>& expected,
                              const std::vector<Receipt>& found) {
    if (expected.empty()) return {};
    if (expected.size() != found.size()) return mismatch("another number of receipts");
    for (size_t i = 0; i < found.size(); ++i) {
        if (expected[i].gas_used != found[i].gas_used)
            return mismatch("receipt " + std::to_string(i) + ": gas used " +
                            std::to_string(found[i].gas_used) + " instead of " +
                            std::to_string(expected[i].gas_used));
        if (expected[i].logs != found[i].logs)
            return mismatch("receipt " + std::to_string(i) + ": other logs");
    }
    return {};
}

Result<void> compare_accounts(const MainnetBlock& block, const MemoryState& after) {
    if (!block.expected_post) return {};
    for (const auto& [address, expected] : *block.expected_post) {
        const auto found = after.account(address);
        const std::string name = "account " + to_hex(address);
        if (found.has_value() != expected.has_value())
            return mismatch(name + (found ? ": is there" : ": is absent"));
        if (!found) continue;
        if (found->nonce != expected->nonce || found->balance != expected->balance ||
            found->code_hash != expected->code_hash)
            return mismatch(name + ": differs");
        for (const auto& [key, value] : expected->storage)
            if (after.storage(address, key) != value) return mismatch(name + ": storage differs");
    }
    return {};
}

}  // namespace

Result<void> replay_mainnet_block(const MainnetBlock& block, BlockExecutor& executor) {
    const auto rules =
        execute::rules_for_block(block.config, block.header.number, block.header.timestamp);
    if (const auto valid = validate_before(block, rules); !valid) return valid;
    const auto transactions = transactions_of(block, rules);
    if (!transactions) return transactions.error();

    const MemoryState pre = memory_state_of(block.pre);
    const ListedHashes hashes(block.block_hashes);
    execute::BlockInput input;
    input.header = &block.header;
    input.rules = rules;
    input.transactions = *transactions;
    input.ommers = block.ommers;
    if (block.withdrawals) input.withdrawals = *block.withdrawals;
    input.hashes = &hashes;
    input.scope = block.witness ? execute::BlockScope::Full : execute::BlockScope::TransactionsOnly;

    std::optional<trie::MemoryNodes> nodes;
    std::optional<trie::StateTrie> before;
    if (block.witness) {
        nodes.emplace(block.witness->nodes);
        before.emplace(block.witness->state_root, *nodes);
    }
    BlockExecutor::MakeRoots make_roots;
    if (block.witness && rules.revision < Revision::Byzantium)
        make_roots = [&] {
            return std::make_unique<WitnessRoots>(block.witness->state_root, *nodes);
        };
    const auto result = executor.execute(input, pre, make_roots);
    if (!result) return result.error();
    if (const auto same = compare_receipts(block.receipts, result->receipts); !same) return same;

    std::optional<Bytes32> root;
    if (before) {
        const auto applied = before->apply(result->changes);
        if (!applied) return applied.error();
        root = *applied;
        MemoryState after = pre;
        after.apply(result->changes);
        if (const auto same = compare_accounts(block, after); !same) return same;
    }
    return execute::validate_result(block.header, *result, rules, root);
}

Result<std::vector<TestCase>> load_mainnet_cases(const std::string& file) {
    auto loaded = fixtures::load_mainnet_block(file);
    if (!loaded) return loaded.error();
    const auto block = std::make_shared<const MainnetBlock>(*std::move(loaded));
    TestCase made;
    made.name = "block " + std::to_string(block->number);
    made.fork = block->fork;
    made.run = [block](BlockExecutor& executor) {
        const auto done = replay_mainnet_block(*block, executor);
        return done ? Verdict{} : Verdict::of(done.error());
    };
    return std::vector<TestCase>{std::move(made)};
}

}  // namespace switchyard::conformance
