// SPDX-License-Identifier: Apache-2.0
// What the command shows a person: tables, a progress bar, colours on a terminal, errors in one
// line.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/core/result.hpp"

namespace switchyard::tool {

/// The exit codes of every subcommand, for scripts.
enum ExitCode : int {
    kExitSuccess = 0,
    kExitFailed = 1,       ///< the job ran and its result is not what it must be
    kExitUsage = 2,        ///< wrong arguments or malformed input
    kExitUnavailable = 3,  ///< a device, a file or a feature that this machine or build lacks
};

[[nodiscard]] int exit_code_of(ErrorCode code);

/// Prints `switchyard: MESSAGE` to stderr, in one line, and returns the exit code that fits.
int report_error(const Error& error);

/// Rows of text under headings, columns aligned, numbers to the right.
class Table {
  public:
    explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] std::string to_string() const;

  private:
    std::vector<std::string> headings_;
    std::vector<std::vector<std::string>> rows_;
};

/// `1,234,567`.
[[nodiscard]] std::string with_commas(uint64_t value);
/// `text` in green or red when stdout is a terminal and NO_COLOR is not set.
[[nodiscard]] std::string good(std::string_view text);
[[nodiscard]] std::string bad(std::string_view text);

/// A bar on stderr for work that takes longer than a second; nothing when stderr is not a terminal
/// or `quiet`.
class Progress {
  public:
    Progress(std::string label, uint64_t total, bool quiet);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    /// Draws at most ten times a second.
    void update(uint64_t done);

  private:
    using Clock = std::chrono::steady_clock;
    std::string label_;
    uint64_t total_;
    bool enabled_;
    bool drawn_ = false;
    Clock::time_point start_ = Clock::now();
    Clock::time_point last_ = start_;
};

}  // namespace switchyard::tool
