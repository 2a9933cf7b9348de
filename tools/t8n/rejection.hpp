// SPDX-License-Identifier: Apache-2.0
// Why a transaction is rejected, in the words that the ecosystem's drivers look for.
#pragma once

#include <string>
#include <string_view>

namespace switchyard::t8n {

/// `message` is an error of `execute::commit_transaction` ("transaction 3: NonceTooLow"); gives
/// go-ethereum's phrase with the rule's name behind it ("nonce too low (NonceTooLow)"). What is no
/// rule's name stays as it is, without the index.
[[nodiscard]] std::string rejection_text(std::string_view message);

}  // namespace switchyard::t8n
