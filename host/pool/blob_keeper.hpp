// SPDX-License-Identifier: Apache-2.0
// What the pool asks of whoever keeps the sidecars of its transactions with blobs.
#pragma once

#include <optional>

#include "host/core/bytes.hpp"

namespace switchyard {

/// Called under the pool's lock: quick, and without a call back into the pool.
class BlobKeeper {
  public:
    virtual ~BlobKeeper() = default;

    /// Whether the sidecar of this transaction is here; it then stays until the pool lets it go.
    [[nodiscard]] virtual bool hold(const Bytes32& transaction) = 0;
    /// The pool does not have the transaction any more. With a block: it stands in one of about
    /// this number, or another of its nonce does, and may return with a reorganisation.
    virtual void let_go(const Bytes32& transaction, std::optional<uint64_t> block) = 0;
    /// The chain has a new head.
    virtual void move_to(uint64_t head) = 0;
};

}  // namespace switchyard
