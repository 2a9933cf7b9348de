// SPDX-License-Identifier: Apache-2.0
// A chain for development in C++: transactions in, a block out over lanes; then the same block
// serially over a state in memory, whose root must be the block's.
//
//     example TRANSACTIONS      a signed transaction in hex on each line
#include <cstdio>
#include <fstream>
#include <string>

#include "host/core/hex.hpp"
#include "host/embedded/embedded_chain.hpp"
#include "host/execute/block_validation.hpp"
#include "host/node/genesis/development.hpp"
#include "host/pool/refusal_text.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/trie/state_trie.hpp"

using namespace switchyard;

namespace {

int fail(const Error& error) {
    std::fprintf(stderr, "example: %s: %s\n", std::string(to_string(error.code)).c_str(),
                 error.message.c_str());
    return 1;
}

std::vector<Bytes> read_transactions(const char* name) {
    std::vector<Bytes> out;
    std::ifstream file(name);
    for (std::string line; std::getline(file, line);)
        if (auto bytes = from_hex(line)) out.push_back(std::move(*bytes));
    return out;
}

/// The root after the block, by the specification: one transaction after another.
Result<Bytes32> serial_root(const node::Genesis& genesis, const node::ArchivedBlock& block) {
    MemoryState state;
    state.apply(genesis.state);
    const BlockHeader& header = block.header();
    execute::BlockInput input;
    input.header = &header;
    input.rules = execute::rules_for_block(genesis.config, header.number, header.timestamp);
    const auto transactions = execute::recover_transactions(block.block.transactions, input.rules);
    if (!transactions) return transactions.error();
    input.transactions = *transactions;
    const auto result = execute::execute_block_serial(input, state);
    if (!result) return result.error();
    state.apply(result->changes);
    return trie::state_root(state.all());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: example TRANSACTIONS\n");
        return 2;
    }
    const auto genesis = node::development_genesis();
    if (!genesis) return fail(genesis.error());
    auto chain = embedded::EmbeddedChain::open(*genesis);
    if (!chain) return fail(chain.error());

    const std::vector<Bytes> transactions = read_transactions(argv[1]);
    const std::vector<BytesView> raw(transactions.begin(), transactions.end());
    std::vector<Verdict> verdicts(raw.size());
    (*chain)->submit(raw, verdicts);
    for (size_t i = 0; i < verdicts.size(); ++i)
        if (verdicts[i] != Verdict::Accepted)
            std::printf("transaction %zu refused: %s\n", i,
                        std::string(refusal_text(verdicts[i])).c_str());

    BlockAttributes attributes;
    attributes.timestamp = 12;
    const auto block = (*chain)->build(attributes);
    if (!block) return fail(block.error());
    const node::ArchivedBlock& built = **block;
    std::printf("block %llu transactions %zu gas %llu\n",
                static_cast<unsigned long long>(built.number()), built.block.transactions.size(),
                static_cast<unsigned long long>(built.header().gas_used));
    std::printf("parent %s\n", to_hex(built.header().parent_hash).c_str());
    std::printf("state root %s\n", to_hex(built.header().state_root).c_str());

    const auto root = serial_root(*genesis, built);
    if (!root) return fail(root.error());
    std::printf("serial root %s\n", to_hex(*root).c_str());
    return *root == built.header().state_root ? 0 : 1;
}
