// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "tests/support/test_data.hpp"
#include "tools/conformance/run_cases.hpp"
#include "tools/conformance/store_import.hpp"

namespace switchyard::test {
namespace {

using conformance::CaseRecord;
using conformance::Report;
using conformance::Verdict;

constexpr uint32_t kThreadsMax = 64;
constexpr size_t kFailuresShown = 40;
constexpr size_t kTimesShown = 30;

uint32_t thread_count() {
    const char* text = std::getenv("SWITCHYARD_CONFORMANCE_THREADS");
    const auto count = text != nullptr ? std::strtoul(text, nullptr, 10) : 2;
    return static_cast<uint32_t>(std::clamp<unsigned long>(count, 1, kThreadsMax));
}

void print_failures(const Report& report) {
    size_t shown = 0;
    for (const conformance::FileError& file : report.file_errors())
        if (shown++ < kFailuresShown) std::printf("  FAILED %s\n", file.error.message.c_str());
    std::map<std::string, size_t> unsupported;
    for (const CaseRecord& record : report.records()) {
        if (record.verdict.kind == Verdict::Kind::Unsupported)
            ++unsupported[record.verdict.error];
        else if (!record.verdict.passed() && shown++ < kFailuresShown)
            std::printf("  FAILED %s: %s\n", record.title().c_str(), record.verdict.error.c_str());
    }
    if (shown > kFailuresShown) std::printf("  and %zu more\n", shown - kFailuresShown);
    for (const auto& [reason, count] : unsupported)
        std::printf("  NOT RUN %zu x %s\n", count, reason.c_str());
}

void print_times(const Report& report) {
    std::vector<const CaseRecord*> slowest;
    for (const CaseRecord& record : report.records())
        slowest.push_back(&record);
    std::ranges::sort(slowest, std::ranges::greater{}, &CaseRecord::seconds);
    for (size_t i = 0; i < std::min(slowest.size(), kTimesShown); ++i)
        std::printf("  %8.3f s %s\n", slowest[i]->seconds, slowest[i]->title().c_str());
}

}  // namespace

void run_suite(const Suite& suite) {
    SWITCHYARD_REQUIRE_SUITE(root, suite.data);
    auto files = conformance::find_test_files({(root / suite.folder).string()});
    ASSERT_TRUE(files.has_value()) << files.error().message;
    if (const char* filter = std::getenv("SWITCHYARD_CONFORMANCE_FILTER"))
        std::erase_if(*files, [&](const std::string& file) {
            return file.find(filter) == std::string::npos;
        });
    const bool times = std::getenv("SWITCHYARD_CONFORMANCE_TIMES") != nullptr;
    conformance::RunSettings settings;
    settings.execution.mode = conformance::ExecutionMode::Both;
    settings.execution.seed = test_seed();
    settings.jobs = thread_count();
    conformance::StoreImports stores;
    if (suite.imports_by_list) settings.execution.stores = &stores;
    Report report(times);
    run_cases(*files, suite.load, settings, report);

    std::printf("%s: %zu files, %llu passed, %llu failed, %llu not run\n", suite.data.c_str(),
                files->size(), static_cast<unsigned long long>(report.passed()),
                static_cast<unsigned long long>(report.failed() + report.file_errors().size()),
                static_cast<unsigned long long>(report.unsupported()));
    print_failures(report);
    if (times) print_times(report);
    EXPECT_EQ(report.failed() + report.file_errors().size(), 0U);
    EXPECT_GT(report.passed(), 0U) << "the data is there, but no case ran";
    if (suite.imports_by_list) {
        EXPECT_GT(stores.blocks.load(), 0U);
        EXPECT_EQ(stores.by_list.load(), stores.blocks.load()) << "each block brings its list";
        EXPECT_EQ(stores.early_roots.load(), stores.blocks.load());
        EXPECT_EQ(stores.lists_failed.load(), 0U);
    }
    if (!suite.may_lack_states) {
        EXPECT_EQ(report.unsupported(), 0U);
    }
}

}  // namespace switchyard::test
