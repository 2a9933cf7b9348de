// SPDX-License-Identifier: Apache-2.0
// DEFLATE (RFC 1951) without a wrapper, by ISA-L's igzip.
#pragma once

#include <memory>
#include <span>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::snapshot {

/// Compresses piece after piece, each for itself. One thread; some 400 KB of tables.
class Deflater {
  public:
    Deflater();
    ~Deflater();
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    /// Gives how many bytes of `out` were written. `Internal` when it does not fit, which
    /// `compressed_bytes_max` rules out.
    [[nodiscard]] Result<size_t> compress(BytesView in, std::span<uint8_t> out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The inverse, for any bytes. `Corrupt` unless `in` is one whole DEFLATE stream that gives exactly
/// `out.size()` bytes. Never writes more than that.
class Inflater {
  public:
    Inflater();
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    [[nodiscard]] Result<void> decompress(BytesView in, std::span<uint8_t> out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace switchyard::snapshot
