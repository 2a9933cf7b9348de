// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/run_cases.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

namespace switchyard::conformance {
namespace {

namespace fs = std::filesystem;

class TestFilesFixture : public testing::Test {
  protected:
    TestFilesFixture()
        : folder_(fs::temp_directory_path() / ("switchyard_cases_" + std::to_string(::getpid()))) {
        fs::create_directories(folder_);
    }
    ~TestFilesFixture() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    std::string write(const std::string& name, size_t bytes = 1) const {
        fs::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name) << std::string(bytes, ' ');
        return (folder_ / name).string();
    }

    fs::path folder_;
};
using FindTestFiles = TestFilesFixture;
using RunCases = TestFilesFixture;

TEST_F(FindTestFiles, SearchesFoldersAndLeavesOutWhatIsNoTest) {
    const std::string b = write("sub/b.json");
    const std::string a = write("a.json");
    write("readme.md");
    write(".meta/index.json");
    write("engine/pre_alloc/0x01.json");
    const std::string named = write("named.rlp");
    const auto found = find_test_files({named, folder_.string()});
    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_EQ(*found, (std::vector<std::string>{named, a, b}));
}

TEST_F(FindTestFiles, NamesWhatIsNotThere) {
    const std::string absent = (folder_ / "absent").string();
    EXPECT_EQ(find_test_files({absent}).error().message, absent + ": no such file or folder");
    write("readme.md");
    EXPECT_EQ(find_test_files({folder_.string()}).error().code, ErrorCode::NotFound);
}

/// Ten cases for a file, of which those whose number is in `failing` fail; none for "bad.json".
LoadCases ten_cases(std::atomic<int>& runs, size_t failing) {
    return [&runs, failing](const std::string& file) -> Result<std::vector<TestCase>> {
        if (file.ends_with("bad.json"))
            return Error{ErrorCode::InvalidInput, file + ": test is not an object"};
        std::vector<TestCase> out(10);
        for (size_t i = 0; i < out.size(); ++i) {
            out[i].name = "case " + std::to_string(i);
            out[i].run = [&runs, i, failing](BlockExecutor&) {
                ++runs;
                return i == failing ? Verdict::failed("expected 1, found 2") : Verdict{};
            };
        }
        return out;
    };
}

TEST_F(RunCases, CountsEveryCaseOnceAndKeepsTheOrderOfTheFiles) {
    // Large files start first; the report is in the order of the list.
    const std::vector<std::string> files{write("a.json", 1), write("bad.json", 1),
                                         write("b.json", 1000), write("c.json", 100)};
    for (const uint32_t jobs : {1U, 3U}) {
        std::atomic<int> runs{0};
        size_t done = 0;
        RunSettings settings;
        settings.jobs = jobs;
        settings.on_progress = [&done](size_t files_done) { done = files_done; };
        Report report;
        run_cases(files, ten_cases(runs, 4), settings, report);
        EXPECT_EQ(runs, 30);
        EXPECT_EQ(done, files.size());
        EXPECT_EQ(report.passed(), 27U);
        EXPECT_EQ(report.failed(), 3U);
        ASSERT_EQ(report.records().size(), 3U);
        EXPECT_EQ(report.records()[0].title(), files[0] + " case 4");
        EXPECT_EQ(report.records()[1].title(), files[2] + " case 4");
        EXPECT_EQ(report.records()[2].title(), files[3] + " case 4");
        ASSERT_EQ(report.file_errors().size(), 1U);
        EXPECT_EQ(report.file_errors()[0].file, files[1]);
    }
}

TEST_F(RunCases, RunsWhatIsSelectedAndKeepsAllWhenAsked) {
    const std::vector<std::string> files{write("a.json")};
    std::atomic<int> runs{0};
    RunSettings settings;
    settings.select = [](const TestCase& item) { return item.name.ends_with("7"); };
    Report report(true);
    run_cases(files, ten_cases(runs, 4), settings, report);
    EXPECT_EQ(runs, 1);
    ASSERT_EQ(report.records().size(), 1U);
    EXPECT_EQ(report.records()[0].name, "case 7");
    EXPECT_TRUE(report.records()[0].verdict.passed());
}

TEST_F(RunCases, UnsupportedIsNeitherPassedNorFailed) {
    const std::vector<std::string> files{write("a.json")};
    const LoadCases load = [](const std::string&) -> Result<std::vector<TestCase>> {
        TestCase item;
        item.run = [](BlockExecutor&) {
            return Verdict::of({ErrorCode::Unsupported, "a fork of the future"});
        };
        return std::vector<TestCase>{item};
    };
    Report report;
    run_cases(files, load, {}, report);
    EXPECT_EQ(report.unsupported(), 1U);
    EXPECT_EQ(report.passed() + report.failed(), 0U);
    EXPECT_EQ(report.records().at(0).verdict.error, "a fork of the future");
}

}  // namespace
}  // namespace switchyard::conformance
