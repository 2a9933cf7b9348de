// SPDX-License-Identifier: Apache-2.0
// Measures what a block access list (EIP-7928) costs: the same block of payments and ERC-20
// transfers executed serially without and with one, and what of it is the list's order and hash.
//
// Usage: access_list_bench [TRANSACTIONS]. Thread CPU time; the median over rounds that alternate.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "host/execute/access_list/access_list_executor.hpp"
#include "host/execute/block_access_list_builder.hpp"
#include "host/execute/block_validation.hpp"
#include "host/execute/system_contracts.hpp"
#include "host/state/block_state.hpp"
#include "host/state/memory_state.hpp"
#include "tools/workloads/demo_workload.hpp"

namespace switchyard::execute {
namespace {

constexpr int kRounds = 15;

double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

MemoryState state_of(const workloads::DemoWorkload& workload) {
    MemoryState state;
    for (const workloads::GenesisAccount& account : workload.genesis) {
        if (!account.code.empty()) (void)state.add_code(account.code);
        state.set_account(account.address, account.account);
        for (const auto& [key, value] : account.storage)
            state.set_storage(account.address, key, value);
    }
    // Request contracts that do nothing (EIP-7002, EIP-7251).
    const Bytes32 stop = state.add_code({0x00});
    for (const Address& address :
         {withdrawal_requests_contract(), consolidation_requests_contract()})
        state.set_account(address, {.nonce = 1, .balance = 0, .code_hash = stop});
    return state;
}

Result<BlockResult> execute(const BlockInput& input, const StateView& parent,
                            BlockAccessListBuilder* access_list) {
    evm::Evm evm(input.rules.revision);
    TransactionState transaction_state;
    BlockState state(parent);
    BlockResult result;
    StateChanges changes;
    const evm::BlockContext block = block_context(input);
    if (access_list != nullptr) access_list->begin();
    if (auto r = execute_before_transactions(input, evm, transaction_state, state, access_list); !r)
        return r.error();
    for (size_t i = 0; i < input.transactions.size(); ++i) {
        auto outcome = execute_transaction(evm, transaction_state, state, input.rules, block,
                                           input.transactions[i], changes);
        if (auto r = commit_transaction(input, i, std::move(outcome), changes, state, result,
                                        access_list);
            !r)
            return r.error();
    }
    if (auto r =
            execute_after_transactions(input, evm, transaction_state, state, result, access_list);
        !r)
        return r.error();
    return result;
}

int run(uint32_t transaction_count) {
    const auto workload = workloads::make_demo_workload({.transactions = transaction_count});
    if (!workload) return std::fprintf(stderr, "%s\n", workload.error().message.c_str()), 2;
    std::vector<Transaction> decoded;
    for (const Bytes& encoded : workload->transactions)
        decoded.push_back(*decode_transaction(encoded));
    BlockHeader header;
    header.number = 1;
    header.timestamp = 1;
    header.gas_limit = 1'000'000'000;
    header.base_fee_per_gas = Uint256(7);
    header.excess_blob_gas = 0;
    header.parent_beacon_block_root.emplace();
    ChainConfig config = ChainConfig::single_revision(Revision::Amsterdam);
    config.chain_id = 1337;
    const BlockRules rules = rules_for_block(config, 1, 1);
    const auto transactions = recover_transactions(std::move(decoded), rules);
    if (!transactions) return std::fprintf(stderr, "%s\n", transactions.error().message.c_str()), 2;
    BlockInput input;
    input.header = &header;
    input.rules = rules;
    input.transactions = *transactions;
    const MemoryState parent = state_of(*workload);

    BlockAccessListBuilder builder;
    std::vector<double> without;
    std::vector<double> with;
    std::vector<double> build;
    std::vector<double> hash;
    std::vector<double> by_list;
    AccessListExecutor executor(1);
    BlockAccessList list;
    for (int round = 0; round < kRounds; ++round) {
        for (BlockAccessListBuilder* access_list :
             {static_cast<BlockAccessListBuilder*>(nullptr), &builder}) {
            const double begin = thread_seconds();
            const auto result = execute(input, parent, access_list);
            (access_list == nullptr ? without : with).push_back(thread_seconds() - begin);
            if (!result) return std::fprintf(stderr, "%s\n", result.error().message.c_str()), 1;
        }
        const double begin = thread_seconds();
        list = builder.build();
        const double built = thread_seconds();
        const Bytes32 digest = block_access_list_hash(list);
        hash.push_back(thread_seconds() - built);
        build.push_back(built - begin);
        if (digest.is_zero()) return 1;
        AccessListStatistics statistics;
        const double begun = thread_seconds();
        const auto result = executor.execute(input, parent, list, &statistics);
        by_list.push_back(thread_seconds() - begun);
        if (!result || !statistics.held)
            return std::fprintf(stderr, "by the list: %s\n", statistics.reason.c_str()), 1;
    }
    const auto print = [&](const char* what, const std::vector<double>& seconds) {
        std::printf("%-26s %8.2f ms  %7.0f ns/transaction\n", what, median(seconds) * 1e3,
                    median(seconds) * 1e9 / transaction_count);
    };
    std::printf("%u transactions, %zu accounts, %zu items, %zu bytes\n", transaction_count,
                list.accounts.size(), list.item_count(), encode_block_access_list(list).size());
    print("without a list", without);
    print("with a list", with);
    print("  of it: order", build);
    print("  of it: encoding and hash", hash);
    print("by the list", by_list);
    return 0;
}

}  // namespace
}  // namespace switchyard::execute

int main(int argc, char** argv) {
    const unsigned long count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000;
    if (count == 0 || count > 1'000'000)
        return std::fprintf(stderr, "usage: access_list_bench [TRANSACTIONS, 1 to 1000000]\n"), 2;
    return switchyard::execute::run(static_cast<uint32_t>(count));
}
