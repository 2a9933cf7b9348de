// SPDX-License-Identifier: Apache-2.0
// A second RLP codec (Yellow Paper, appendix B), written for obviousness: the oracle of the
// decoders under test, and what the mutator changes.
#pragma once

#include <optional>
#include <vector>

#include "host/core/bytes.hpp"

namespace switchyard::fuzz {

/// A byte string, or a list of items.
struct RlpTree {
    bool is_list = false;
    Bytes string;                  ///< empty for a list
    std::vector<RlpTree> members;  ///< empty for a string
    bool operator==(const RlpTree&) const = default;
};

/// The tree of exactly one canonical item with at most `rlp::kDepthMax` lists inside one another,
/// or no value.
[[nodiscard]] std::optional<RlpTree> parse_tree(BytesView encoded);

/// The canonical encoding.
[[nodiscard]] Bytes encode_tree(const RlpTree& tree);

}  // namespace switchyard::fuzz
