// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/run_cases.hpp"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <numeric>
#include <utility>

#include "tools/conformance/work_queue.hpp"

namespace switchyard::conformance {
namespace fs = std::filesystem;
namespace {

double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

bool may_hold_tests(const fs::path& folder) {
    const std::string name = folder.filename().string();
    return !name.starts_with(".") && name != "pre_alloc";
}

Result<void> collect(const std::string& path, std::vector<std::string>& out) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        if (!fs::exists(path, error))
            return Error{ErrorCode::NotFound, path + ": no such file or folder"};
        out.push_back(path);
        return {};
    }
    std::vector<std::string> found;
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
         it.increment(error)) {
        if (it->is_directory(error) && !may_hold_tests(it->path()))
            it.disable_recursion_pending();
        else if (it->is_regular_file(error) && it->path().extension() == ".json")
            found.push_back(it->path().string());
    }
    if (error) return Error{ErrorCode::Io, path + ": " + error.message()};
    if (found.empty()) return Error{ErrorCode::NotFound, path + ": holds no test file (*.json)"};
    std::sort(found.begin(), found.end());
    out.insert(out.end(), found.begin(), found.end());
    return {};
}

/// The indexes of the files, large ones first.
std::vector<size_t> by_size(const std::vector<std::string>& files) {
    std::vector<uintmax_t> sizes;
    for (const std::string& file : files) {
        std::error_code error;
        const auto size = fs::file_size(file, error);
        sizes.push_back(error ? 0 : size);
    }
    std::vector<size_t> order(files.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::sort(order, [&](size_t a, size_t b) {
        return std::pair{sizes[b], a} < std::pair{sizes[a], b};
    });
    return order;
}

class Runner {
  public:
    Runner(const std::vector<std::string>& files, const LoadCases& load,
           const RunSettings& settings, Report& report)
        : files_(files), load_(load), settings_(settings), report_(report) {
        for (uint32_t i = 0; i < std::max<uint32_t>(settings.jobs, 1); ++i)
            executors_.emplace_back(settings.execution);
    }

    void run() {
        for (const size_t i : by_size(files_))
            queue_.add_last([this, i](uint32_t thread) { run_file(thread, i); });
        queue_.run(static_cast<uint32_t>(executors_.size()));
        report_.finish();
    }

  private:
    /// The cases of one file, and how many of them are still to run.
    struct OpenFile {
        size_t index = 0;
        std::vector<TestCase> cases;
        std::atomic<size_t> left{0};
    };

    void run_file(uint32_t thread, size_t index) {
        auto cases = load_(files_[index]);
        if (!cases) {
            report_.add(FileError{files_[index], index, cases.error()});
            return file_done();
        }
        if (settings_.select)
            std::erase_if(*cases, [&](const TestCase& item) { return !settings_.select(item); });
        if (cases->empty()) return file_done();
        const auto open = std::make_shared<OpenFile>();
        open->index = index;
        open->cases = *std::move(cases);
        open->left = open->cases.size();
        // Last first, so that the queue gives them in their order.
        for (size_t i = open->cases.size(); i-- > 1;)
            queue_.add_first([this, open, i](uint32_t other) { run_case(other, *open, i); });
        run_case(thread, *open, 0);
    }

    void run_case(uint32_t thread, OpenFile& open, size_t i) {
        TestCase& item = open.cases[i];
        BlockExecutor& executor = executors_[thread];
        executor.begin_test(item.name);
        const double start = thread_seconds();
        CaseRecord record{files_[open.index], open.index,        i,
                          item.name,          item.fork,         item.index,
                          item.arguments,     item.run(executor)};
        record.seconds = thread_seconds() - start;
        if (!settings_.keep_states) record.verdict.make_state = nullptr;
        item.run = nullptr;  // what it holds of the file is not needed any more
        if (settings_.on_case) settings_.on_case(record);
        report_.add(std::move(record));
        if (--open.left == 0) file_done();
    }

    void file_done() {
        const std::lock_guard lock(progress_mutex_);
        ++files_done_;
        if (settings_.on_progress) settings_.on_progress(files_done_);
    }

    const std::vector<std::string>& files_;
    const LoadCases& load_;
    const RunSettings& settings_;
    Report& report_;
    WorkQueue queue_;
    std::vector<BlockExecutor> executors_;
    std::mutex progress_mutex_;
    size_t files_done_ = 0;
};

}  // namespace

Result<std::vector<std::string>> find_test_files(const std::vector<std::string>& paths) {
    std::vector<std::string> out;
    for (const std::string& path : paths)
        if (const auto done = collect(path, out); !done) return done.error();
    return out;
}

void run_cases(const std::vector<std::string>& files, const LoadCases& load,
               const RunSettings& settings, Report& report) {
    Runner(files, load, settings, report).run();
}

}  // namespace switchyard::conformance
