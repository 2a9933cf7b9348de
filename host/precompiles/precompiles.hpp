// SPDX-License-Identifier: Apache-2.0
// The precompiled contracts: which exist under a revision, what they cost and what they answer.
#pragma once

#include <optional>

#include "host/chain/revision.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::precompiles {

enum class Outcome : uint8_t {
    Success,
    OutOfGas,
    Failure,      ///< the input is refused; consumes all gas, as the EIPs say
    Unsupported,  ///< this build has no implementation; never answered with a wrong result
};

struct PrecompileResult {
    Outcome outcome = Outcome::Failure;
    uint64_t gas_used = 0;  ///< meaningful for `Success`
    Bytes output;
};

/// Whether `address` is that of a precompile under `revision` (also one that this build cannot
/// compute).
[[nodiscard]] bool is_precompile(const Address& address, Revision revision);

/// All addresses that EIP-2929 makes warm at the start of a transaction under `revision`, in
/// ascending order.
[[nodiscard]] std::span<const Address> precompile_addresses(Revision revision);

/// Runs the precompile at `address` with `gas`. Precondition: `is_precompile(address, revision)`.
/// Safe from any thread.
[[nodiscard]] PrecompileResult run_precompile(const Address& address, BytesView input, uint64_t gas,
                                              Revision revision);

}  // namespace switchyard::precompiles
