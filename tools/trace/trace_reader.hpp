// SPDX-License-Identifier: Apache-2.0
// Reads EIP-3155 traces of any client: JSON lines, with the variations that clients have.
#pragma once

#include <memory>
#include <optional>
#include <variant>

#include "tools/trace/line_reader.hpp"
#include "tools/trace/trace_step.hpp"

namespace switchyard::trace {

using TraceLine = std::variant<TraceStep, TraceEnd, TraceStatement>;

/// The instructions, summaries and statements of a trace, in order.
///
/// Numbers may be JSON numbers, hex with 0x or decimal text; fields may be absent or null, save
/// `pc`, `op` and `gas`; fields and objects of other kinds are passed over, as are lines that do
/// not start an object (clients print warnings there). go-ethereum prints an instruction that fails
/// while it executes a second time with its error: both are one step. Not thread-safe.
class TraceReader {
  public:
    explicit TraceReader(LineReader lines);
    ~TraceReader();
    TraceReader(TraceReader&&) noexcept;
    TraceReader& operator=(TraceReader&&) noexcept;

    /// No value at the end. Errors: `InvalidInput` with "FILE:LINE: FIELD what is wrong", or with
    /// the file alone where it has lines and none is a trace's; and those of `LineReader`.
    [[nodiscard]] Result<std::optional<TraceLine>> next();

    [[nodiscard]] const std::string& name() const { return lines_.name(); }
    [[nodiscard]] size_t line_number() const { return lines_.line_number(); }
    [[nodiscard]] bool at_end() const { return lines_.at_end(); }

  private:
    struct Parser;
    [[nodiscard]] Result<std::optional<TraceLine>> parse(std::string_view line);

    LineReader lines_;
    std::unique_ptr<Parser> parser_;
    enum class Content : uint8_t { None, Other, Trace } content_ = Content::None;
    std::optional<TraceStep> last_;  ///< the step before, to know its repetition
};

}  // namespace switchyard::trace
