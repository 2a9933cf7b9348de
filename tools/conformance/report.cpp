// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/report.hpp"

#include <algorithm>
#include <tuple>

namespace switchyard::conformance {

std::string CaseRecord::title() const {
    std::string out = file;
    for (const std::string* part : {&name, &fork, &arguments})
        if (!part->empty()) out += " " + *part;
    return out;
}

void Report::add(CaseRecord record) {
    const std::lock_guard lock(mutex_);
    switch (record.verdict.kind) {
        case Verdict::Kind::Passed:
            ++passed_;
            break;
        case Verdict::Kind::Failed:
            ++failed_;
            break;
        case Verdict::Kind::Unsupported:
            ++unsupported_;
            break;
    }
    if (keep_all_ || !record.verdict.passed()) records_.push_back(std::move(record));
}

void Report::add(FileError error) {
    const std::lock_guard lock(mutex_);
    file_errors_.push_back(std::move(error));
}

void Report::finish() {
    std::ranges::sort(records_, {}, [](const CaseRecord& record) {
        return std::tuple(record.file_index, record.case_index);
    });
    std::ranges::sort(file_errors_, {}, &FileError::file_index);
}

}  // namespace switchyard::conformance
