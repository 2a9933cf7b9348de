// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite_report.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace switchyard::test {
namespace fs = std::filesystem;
namespace {

constexpr size_t kFailuresShown = 40;

}  // namespace

void SuiteReport::passed() {
    const std::lock_guard lock(mutex_);
    ++passed_;
}

void SuiteReport::failed(std::string_view name, std::string_view why) {
    const std::lock_guard lock(mutex_);
    ++failed_;
    failures_.push_back(std::string(name) + ": " + std::string(why));
}

void SuiteReport::unsupported(std::string_view, const Error& error) {
    // "transaction 3: precompile 0x... is not supported": the reason without the place.
    const size_t start = error.message.find("precompile");
    const std::lock_guard lock(mutex_);
    ++unsupported_;
    ++unsupported_reasons_[start == std::string::npos ? error.message
                                                      : error.message.substr(start)];
}

void SuiteReport::record(std::string_view name, const Result<void>& result) {
    if (result)
        passed();
    else if (result.error().code == ErrorCode::Unsupported)
        unsupported(name, result.error());
    else
        failed(name, result.error().message);
}

std::string SuiteReport::summary() const {
    std::string text = suite_ + ": " + std::to_string(cases()) +
                       " cases ran: " + std::to_string(passed_) + " passed, " +
                       std::to_string(failed_) + " failed, " + std::to_string(unsupported_) +
                       " need what is unsupported\n";
    for (const auto& [reason, count] : unsupported_reasons_)
        text += "  " + std::to_string(count) + " x " + reason + "\n";
    for (size_t i = 0; i < std::min(failures_.size(), kFailuresShown); ++i)
        text += "  FAILED " + failures_[i] + "\n";
    if (failures_.size() > kFailuresShown)
        text += "  and " + std::to_string(failures_.size() - kFailuresShown) + " more\n";
    return text;
}

void SuiteReport::write_failures() const {
    const char* folder = std::getenv("SWITCHYARD_CONFORMANCE_REPORT");
    if (folder == nullptr || *folder == '\0') return;
    std::ofstream out(fs::path(folder) / (suite_ + ".txt"));
    auto sorted = failures_;
    std::sort(sorted.begin(), sorted.end());
    for (const std::string& failure : sorted)
        out << failure << '\n';
}

std::vector<fs::path> json_files(const fs::path& folder) {
    const char* filter = std::getenv("SWITCHYARD_CONFORMANCE_FILTER");
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file() && entry.path().extension() == ".json" &&
            (filter == nullptr || entry.path().string().find(filter) != std::string::npos))
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace switchyard::test
