// SPDX-License-Identifier: Apache-2.0
// How stack words are copied where they may have been stored a moment ago.
#pragma once

#include "host/evm/context.hpp"

namespace switchyard::evm::instructions {

/// Copies limb by limb. A 16-byte load of a word that was just stored in four 8-byte parts waits
/// until these, and all stores before them, have left the store buffer; even one whose result
/// nobody needs does. So no copy of the array may be named here, and what a function that is not
/// inlined gives back goes through here onto the stack.
SWITCHYARD_EVM_INLINE void copy_word(Uint256& to, const Uint256& from) {
    const uint64_t l0 = from.limb[0];
    const uint64_t l1 = from.limb[1];
    const uint64_t l2 = from.limb[2];
    const uint64_t l3 = from.limb[3];
    to.limb[0] = l0;
    to.limb[1] = l1;
    to.limb[2] = l2;
    to.limb[3] = l3;
}

}  // namespace switchyard::evm::instructions
