// SPDX-License-Identifier: Apache-2.0
// MODEXP: modular exponentiation of numbers of any length (EIP-198, EIP-2565, EIP-7823, EIP-7883).
#pragma once

#include "host/chain/revision.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::precompiles {

/// The price under `revision`, `kUnaffordable` when it passes 64 bits. Looks at the three lengths
/// and the first 32 bytes of the exponent, and allocates nothing, whatever lengths are declared.
[[nodiscard]] uint64_t modexp_price(BytesView input, Revision revision);

/// Appends the result, as long as the modulus, to `out`. False when a length passes EIP-7823's
/// bound. Precondition: the price has been paid, which is what bounds memory and time.
[[nodiscard]] bool modexp_run(BytesView input, Revision revision, Bytes& out);

}  // namespace switchyard::precompiles
