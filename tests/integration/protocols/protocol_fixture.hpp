// SPDX-License-Identifier: Apache-2.0
// What a maker of fixtures wrote: the transactions of a chain, and what must be true after them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/chain/transaction.hpp"
#include "host/core/result.hpp"

namespace switchyard::test {

struct ProtocolBlock {
    uint64_t timestamp = 0;
    std::vector<SignedTransaction> transactions;  ///< senders given, no signatures
    std::vector<bool> succeeds;
};

/// A call after the last block, and the bytes that it must return.
struct ProtocolCheck {
    std::string name;
    Address to;
    Bytes data;
    Bytes output;
    bool is_prefix = false;  ///< of the output only the beginning is known
};

struct ProtocolFixture {
    std::vector<Address> accounts;  ///< to be funded
    std::vector<ProtocolBlock> blocks;
    std::vector<ProtocolCheck> checks;
};

/// Errors: NotFound, InvalidInput.
[[nodiscard]] Result<ProtocolFixture> load_protocol_fixture(const std::string& file);

}  // namespace switchyard::test
