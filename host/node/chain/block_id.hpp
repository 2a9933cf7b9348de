// SPDX-License-Identifier: Apache-2.0
// How clients name a block (EIP-1898).
#pragma once

#include <cstdint>

#include "host/core/bytes.hpp"

namespace switchyard::node {

enum class BlockTag : uint8_t { Latest, Safe, Finalized, Earliest, Pending, Number, Hash };

struct BlockId {
    BlockTag tag = BlockTag::Latest;
    uint64_t number = 0;             ///< of `Number`
    Bytes32 hash;                    ///< of `Hash`
    bool require_canonical = false;  ///< of `Hash`
};

}  // namespace switchyard::node
