// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace switchyard::tool {
namespace {

bool colours_on() {
    static const bool on = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    return on;
}

bool looks_like_a_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789,.x%+-") == std::string_view::npos;
}

}  // namespace

int exit_code_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::InvalidInput:
        case ErrorCode::NotFound:
        case ErrorCode::LimitExceeded:
            return kExitUsage;
        case ErrorCode::Unavailable:
        case ErrorCode::Unsupported:
            return kExitUnavailable;
        default:
            return kExitFailed;
    }
}

int report_error(const Error& error) {
    std::string line = error.message;
    std::replace(line.begin(), line.end(), '\n', ' ');
    fmt::print(stderr, "switchyard: {}: {}\n", to_string(error.code), line);
    return exit_code_of(error.code);
}

std::string Table::to_string() const {
    std::vector<size_t> widths;
    for (const auto& heading : headings_)
        widths.push_back(heading.size());
    for (const auto& row : rows_)
        for (size_t i = 0; i < row.size() && i < widths.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    std::string out;
    const auto line = [&](const std::vector<std::string>& cells, bool heading) {
        std::string text = " ";
        for (size_t i = 0; i < cells.size() && i < widths.size(); ++i) {
            const bool right = i != 0 && (heading || looks_like_a_number(cells[i]));
            text += right ? fmt::format(" {:>{}}", cells[i], widths[i])
                          : fmt::format(" {:<{}}", cells[i], widths[i]);
            text += ' ';
        }
        text.erase(text.find_last_not_of(' ') + 1);
        out += text + "\n";
    };
    line(headings_, true);
    for (const auto& row : rows_)
        line(row, false);
    return out;
}

std::string with_commas(uint64_t value) {
    const std::string digits = std::to_string(value);
    std::string out;
    for (size_t i = 0; i < digits.size(); ++i) {
        if (i != 0 && (digits.size() - i) % 3 == 0) out += ',';
        out += digits[i];
    }
    return out;
}

std::string good(std::string_view text) {
    return colours_on() ? fmt::format("\x1b[32m{}\x1b[0m", text) : std::string(text);
}
std::string bad(std::string_view text) {
    return colours_on() ? fmt::format("\x1b[31m{}\x1b[0m", text) : std::string(text);
}

Progress::Progress(std::string label, uint64_t total, bool quiet)
    : label_(std::move(label)),
      total_(std::max<uint64_t>(total, 1)),
      enabled_(!quiet && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    if (drawn_) fmt::print(stderr, "\r{:<78}\r", "");
}

void Progress::update(uint64_t done) {
    using std::chrono::milliseconds;
    if (!enabled_) return;
    const auto now = Clock::now();
    if (now - start_ < milliseconds(1000) || now - last_ < milliseconds(100)) return;
    last_ = now;
    drawn_ = true;
    constexpr uint64_t kWidth = 30;
    const uint64_t filled = std::min(done, total_) * kWidth / total_;
    fmt::print(stderr, "\r{:<24} [{:#<{}}{:.<{}}] {:>3}%", label_, "", filled, "", kWidth - filled,
               std::min(done, total_) * 100 / total_);
    std::fflush(stderr);
}

}  // namespace switchyard::tool
