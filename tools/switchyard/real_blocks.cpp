// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/real_blocks.hpp"

#include <algorithm>
#include <filesystem>

#include "tools/fixtures/memory_state.hpp"

namespace switchyard::tool {

RealBlock::RealBlock(fixtures::MainnetBlock from)
    : block(std::move(from)),
      parent(fixtures::memory_state_of(block.pre)),
      hashes(block.block_hashes) {
    for (size_t i = 0; i < block.transactions.size(); ++i) {
        auto decoded = decode_transaction(block.transactions[i]);
        if (!decoded) continue;
        transactions.push_back({std::move(*decoded), block.transaction_hashes[i], block.senders[i],
                                static_cast<uint32_t>(block.transactions[i].size())});
    }
}

execute::BlockInput RealBlock::input() const {
    execute::BlockInput out;
    out.header = &block.header;
    out.rules = execute::rules_for_block(block.config, block.header.number, block.header.timestamp);
    out.transactions = transactions;
    out.hashes = &hashes;
    out.scope = execute::BlockScope::TransactionsOnly;
    return out;
}

Result<std::vector<std::unique_ptr<RealBlock>>> load_real_blocks(const std::string& folder) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".json") files.push_back(entry.path().string());
    std::vector<std::unique_ptr<RealBlock>> out;
    for (const std::string& file : files) {
        auto block = fixtures::load_mainnet_block(file);
        if (!block) return block.error();
        out.push_back(std::make_unique<RealBlock>(std::move(*block)));
        if (out.back()->transactions.size() != out.back()->block.transactions.size())
            return Error{ErrorCode::InvalidInput, file + ": a transaction does not decode"};
    }
    std::ranges::sort(out, {}, [](const auto& each) { return each->block.number; });
    return out;
}

}  // namespace switchyard::tool
