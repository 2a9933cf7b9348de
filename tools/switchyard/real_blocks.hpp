// SPDX-License-Identifier: Apache-2.0
// Mainnet blocks whose transactions benchmarks execute.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/execute/block_execution.hpp"
#include "host/state/memory_state.hpp"
#include "tools/fixtures/block_environment.hpp"
#include "tools/fixtures/mainnet_block.hpp"

namespace switchyard::tool {

/// One block and all that executing its transactions takes. Neither copied nor moved: inputs refer
/// to it.
struct RealBlock {
    explicit RealBlock(fixtures::MainnetBlock from);
    RealBlock(const RealBlock&) = delete;
    RealBlock& operator=(const RealBlock&) = delete;

    /// The transactions alone: what a file lacks for the rest does not matter then.
    [[nodiscard]] execute::BlockInput input() const;

    fixtures::MainnetBlock block;
    MemoryState parent;
    fixtures::ListedHashes hashes;
    std::vector<SignedTransaction> transactions;
};

/// All `*.json` of `folder`, ascending by number.
[[nodiscard]] Result<std::vector<std::unique_ptr<RealBlock>>> load_real_blocks(
    const std::string& folder);

}  // namespace switchyard::tool
