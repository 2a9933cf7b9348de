// SPDX-License-Identifier: Apache-2.0
// What became of the cases of a suite, and which files it has.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "host/core/result.hpp"

namespace switchyard::test {

/// The account of one suite. Safe from several threads.
class SuiteReport {
  public:
    explicit SuiteReport(std::string suite) : suite_(std::move(suite)) {}

    void passed();
    void failed(std::string_view name, std::string_view why);
    /// The case needs something that this build answers with `ErrorCode::Unsupported`; counted by
    /// the error's message, so that the list shrinks by itself.
    void unsupported(std::string_view name, const Error& error);
    /// `passed` for a value, else `failed`, or `unsupported` by the code of the error.
    void record(std::string_view name, const Result<void>& result);

    [[nodiscard]] uint64_t cases() const { return passed_ + failed_ + unsupported_; }
    [[nodiscard]] uint64_t failures() const { return failed_; }
    /// One paragraph: the counts, the reasons of unsupported cases, the first failures.
    [[nodiscard]] std::string summary() const;
    /// Every failure, one a line, into the folder named by SWITCHYARD_CONFORMANCE_REPORT, if it is
    /// set.
    void write_failures() const;

  private:
    std::string suite_;
    mutable std::mutex mutex_;
    uint64_t passed_ = 0;
    uint64_t failed_ = 0;
    uint64_t unsupported_ = 0;
    std::map<std::string, uint64_t> unsupported_reasons_;
    std::vector<std::string> failures_;
};

/// Every `.json` file below `folder`, sorted by path; with SWITCHYARD_CONFORMANCE_FILTER set, those
/// whose path contains it.
[[nodiscard]] std::vector<std::filesystem::path> json_files(const std::filesystem::path& folder);

}  // namespace switchyard::test
