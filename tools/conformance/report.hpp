// SPDX-License-Identifier: Apache-2.0
// What became of the cases of a run.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "tools/conformance/test_case.hpp"

namespace switchyard::conformance {

/// One case with its verdict and its place in the run.
struct CaseRecord {
    std::string file;
    size_t file_index = 0;  ///< in the list of files
    size_t case_index = 0;  ///< in the file
    std::string name;
    std::string fork;
    size_t index = 0;
    std::string arguments;
    Verdict verdict;
    double seconds = 0;  ///< processor time of the thread that ran it

    /// "FILE NAME FORK d0/g0/v0".
    [[nodiscard]] std::string title() const;
};

/// A file that could not be read or is malformed.
struct FileError {
    std::string file;
    size_t file_index = 0;
    Error error;
};

/// The account of one run. Safe from several threads while it runs; what it holds is in the order
/// of files and cases after `finish`.
class Report {
  public:
    /// `keep_all`: passed cases are kept as well, not only counted.
    explicit Report(bool keep_all = false) : keep_all_(keep_all) {}

    void add(CaseRecord record);
    void add(FileError error);
    /// Sorts. Call once, when nothing is added any more.
    void finish();

    [[nodiscard]] uint64_t cases() const { return passed_ + failed_ + unsupported_; }
    [[nodiscard]] uint64_t passed() const { return passed_; }
    [[nodiscard]] uint64_t failed() const { return failed_; }
    [[nodiscard]] uint64_t unsupported() const { return unsupported_; }
    [[nodiscard]] const std::vector<CaseRecord>& records() const { return records_; }
    [[nodiscard]] const std::vector<FileError>& file_errors() const { return file_errors_; }

  private:
    bool keep_all_;
    std::mutex mutex_;
    uint64_t passed_ = 0;
    uint64_t failed_ = 0;
    uint64_t unsupported_ = 0;
    std::vector<CaseRecord> records_;
    std::vector<FileError> file_errors_;
};

}  // namespace switchyard::conformance
