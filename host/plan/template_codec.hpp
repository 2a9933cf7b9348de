// SPDX-License-Identifier: Apache-2.0
// Templates as bytes, for a file that outlives the process.
#pragma once

#include "host/core/result.hpp"
#include "host/plan/template_store.hpp"

namespace switchyard::plan {

/// What `decode_templates` takes at most.
inline constexpr size_t kTemplateBytesMax = size_t{256} << 20;

/// All templates and proxies of `store`, with a version and a CRC32C over everything behind it.
/// Integers have their least significant byte first.
///
///     magic "SWTPLAN\n", version (4), CRC32C of the rest (4), proxies (4), templates (4)
///     proxy:    code hash (32), slot (32)
///     template: code hash (32), selector (4), length (4), observations (4), gas (8), terms (2),
///               entries (2)
///     term:     operation (1), then what it has: constant (32); calldata, slice: offset (2), size
///               (1); operands (2 each); hash: fragments (1), of term (2) and width (1)
///     entry:    account (2), slot (2), guess (1), tries, hits, alone, writes, adds, reads (1 each)
[[nodiscard]] Bytes encode_templates(const TemplateStore& store);

/// Adds what `bytes` hold to `store`, within its limits. `Corrupt`, with what is wrong: nothing
/// was added. Safe on any bytes: every length, index and count is checked, terms are built by
/// `TermGraph` as if they were learned.
[[nodiscard]] Result<void> decode_templates(BytesView bytes, TemplateStore& store);

}  // namespace switchyard::plan
