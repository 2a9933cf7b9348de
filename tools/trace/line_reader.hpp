// SPDX-License-Identifier: Apache-2.0
// Reads a file or a pipe line by line, with a bound on a line.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/core/result.hpp"

namespace switchyard::trace {

/// Owns the stream. Not thread-safe.
class LineReader {
  public:
    /// A line with a memory of a hundred million bytes in hex is still read.
    static constexpr size_t kLineBytesMax = size_t{256} << 20;

    /// `name` stands in errors. `NotFound` when the file cannot be opened.
    [[nodiscard]] static Result<LineReader> open(const std::string& file);
    /// Takes over `stream`, for example one end of a pipe.
    LineReader(std::FILE* stream, std::string name);

    /// The next line without its line feed, valid until the next call; no value at the end. Errors:
    /// `LimitExceeded` for a line above `kLineBytesMax`, `Io`.
    [[nodiscard]] Result<std::optional<std::string_view>> next();

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] size_t line_number() const { return line_number_; }  ///< of the last line, from 1
    /// Whether the stream was read to its end.
    [[nodiscard]] bool at_end() const { return at_end_; }

  private:
    struct Close {
        void operator()(std::FILE* stream) const { std::fclose(stream); }
    };
    std::unique_ptr<std::FILE, Close> stream_;
    std::string name_;
    std::string buffer_;
    size_t begin_ = 0;  ///< of what was not handed out yet
    size_t line_number_ = 0;
    bool at_end_ = false;
};

}  // namespace switchyard::trace
