// SPDX-License-Identifier: Apache-2.0
// Files of signed transactions, as `switchyard workload generate` writes them.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::tool {

/// All transactions of a stream: one in hex on each line, with or without 0x; or, `binary`, each
/// with 4 bytes of length, big-endian, before it. InvalidInput, with the line or the transaction,
/// for what is none or larger than kTransactionBytesMax. `name` stands in messages.
[[nodiscard]] Result<std::vector<Bytes>> read_transactions(std::istream& in,
                                                           const std::string& name, bool binary);

/// The same of a file; "-" is standard input. NotFound when it cannot be read.
[[nodiscard]] Result<std::vector<Bytes>> read_transaction_file(const std::string& path,
                                                               bool binary);

}  // namespace switchyard::tool
