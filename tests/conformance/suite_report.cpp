// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite_report.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <thread>

namespace switchyard::test {
namespace fs = std::filesystem;
namespace {

constexpr size_t kFailuresShown = 40;
constexpr size_t kThreadsMax = 64;

size_t thread_count() {
    const char* text = std::getenv("SWITCHYARD_CONFORMANCE_THREADS");
    const size_t count = text != nullptr ? std::strtoull(text, nullptr, 10) : 2;
    return std::clamp<size_t>(count, 1, kThreadsMax);
}

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

void for_each_file(const std::vector<fs::path>& files,
                   const std::function<void(const fs::path&)>& run) {
    const bool times = std::getenv("SWITCHYARD_CONFORMANCE_TIMES") != nullptr;
    std::atomic<size_t> next{0};
    const auto work = [&] {
        for (size_t i = next.fetch_add(1, std::memory_order_relaxed); i < files.size();
             i = next.fetch_add(1, std::memory_order_relaxed)) {
            const std::clock_t start = times ? std::clock() : 0;
            run(files[i]);
            if (times)
                std::fprintf(stderr, "%8.3f s %s\n",
                             static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC,
                             files[i].c_str());
        }
    };
    std::vector<std::jthread> threads;
    for (size_t i = 1; i < thread_count(); ++i)
        threads.emplace_back(work);
    work();
}

}  // namespace switchyard::test
