// SPDX-License-Identifier: Apache-2.0
// Whether a sidecar is that of a transaction.
#pragma once

#include <optional>
#include <string>

#include "host/blobs/sidecar.hpp"
#include "host/chain/transaction.hpp"

namespace switchyard::blobs {

/// The rules of a node's pool for what comes beside a transaction with blobs, in the words of geth
/// (core/txpool/validation.go); no value: it is right. The numbers and the version come first,
/// proofs last: about 2 ms a blob with `BlobProofs`, 15 to 19 ms with `CellProofs`. `wanted` is the
/// version of the next block's fork. Safe from any thread.
[[nodiscard]] std::optional<std::string> fault_of_sidecar(const Transaction& transaction,
                                                          const BlobSidecar& sidecar,
                                                          SidecarVersion wanted);

}  // namespace switchyard::blobs
