// SPDX-License-Identifier: Apache-2.0
// Which optional parts of an EIP-3155 trace are written.
#pragma once

namespace switchyard::trace {

/// The switches of go-ethereum's `evm`: `--trace.memory`, `--trace.nostack`, `--trace.returndata`.
struct TraceFormat {
    bool stack = true;
    bool memory = false;
    bool return_data = false;
};

}  // namespace switchyard::trace
