// SPDX-License-Identifier: Apache-2.0
// SHA-256 and RIPEMD-160 from OpenSSL.
#pragma once

#include <optional>

#include "host/core/bytes.hpp"

namespace switchyard::precompiles {

/// No value when the system's OpenSSL does not offer the digest (a FIPS-only configuration has no
/// RIPEMD-160) or refuses to work. Safe from any thread, without a lock.
[[nodiscard]] std::optional<FixedBytes<32>> sha256(BytesView data);
[[nodiscard]] std::optional<FixedBytes<20>> ripemd160(BytesView data);

}  // namespace switchyard::precompiles
