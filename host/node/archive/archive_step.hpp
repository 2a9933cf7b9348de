// SPDX-License-Identifier: Apache-2.0
// The steps of the archive's history as the journal holds them.
#pragma once

#include <functional>

#include "host/node/archive/sqlite/archive_file.hpp"

namespace switchyard::node {

/// 0x01, the block.
[[nodiscard]] Bytes encode_step(const ArchivedBlock& block);
/// 0x02, RLP: [[ancestor] or [], hashes, head, safe, finalized].
[[nodiscard]] Bytes encode_step(const HeadChange& change);

/// `find` gives a block that the journal holds before this step; an error of it is handed on.
[[nodiscard]] Result<ArchiveStep> decode_step(
    BytesView encoded, const std::function<Result<BlockPointer>(const Bytes32&)>& find);

}  // namespace switchyard::node
