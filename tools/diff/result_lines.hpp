// SPDX-License-Identifier: Apache-2.0
// What came of a block as a list of statements, each a name and a value, in a fixed order: what two
// programs compare line by line.
#pragma once

#include <string>
#include <vector>

#include "host/execute/block_execution.hpp"

namespace switchyard::diff {

struct ResultLine {
    std::string name;   ///< "receipt 0, gas used", "account 0x..., slot 0x1"
    std::string value;  ///< in hex or decimal; "absent" for an account that is deleted
    bool operator==(const ResultLine&) const = default;
};

/// Receipts, gas, bloom, requests, then each changed account by address with its fields and slots.
/// Of a block that is refused: the reason.
[[nodiscard]] std::vector<ResultLine> result_lines(const Result<execute::BlockResult>& result);

}  // namespace switchyard::diff
