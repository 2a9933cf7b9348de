// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/operator_log.hpp"

#include <array>
#include <chrono>
#include <ctime>

#include "host/node/json/writer.hpp"

namespace switchyard::appliance {
namespace {

constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warning", "error"};

/// RFC 3339, in UTC.
std::string time_text(int64_t unix_ms) {
    const std::time_t seconds = unix_ms / 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    return fmt::format("{}.{:03}Z", std::string_view(text.data(), size), unix_ms % 1000);
}

/// What came from outside must not make a second line.
void append_clean(std::string& out, std::string_view text) {
    for (const char c : text)
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
}

}  // namespace

std::string_view to_string(LogLevel level) {
    return kLevels[static_cast<size_t>(level)];
}

LogLevel log_level_of(std::string_view word) {
    for (size_t i = 0; i < kLevels.size(); ++i)
        if (word == kLevels[i]) return static_cast<LogLevel>(i);
    return LogLevel::Info;
}

std::string log_line(bool json, int64_t unix_ms, LogLevel level, std::string_view part,
                     std::string_view message, OperatorLog::Fields fields) {
    std::string out;
    if (json) {
        json::Writer writer(out);
        writer.begin_object();
        writer.member_string("time", time_text(unix_ms));
        writer.member_string("level", to_string(level));
        writer.member_string("part", part);
        writer.member_string("message", message);
        for (const auto& [name, value] : fields)
            writer.member_string(name, value);
        writer.end_object();
        return out;
    }
    out = fmt::format("{} {:<7} {}: ", time_text(unix_ms), to_string(level), part);
    append_clean(out, message);
    for (const auto& [name, value] : fields) {
        out += ' ';
        out += name;
        out += '=';
        append_clean(out, value);
    }
    return out;
}

void OperatorLog::write(LogLevel level, std::string_view part, std::string_view message,
                        Fields fields) {
    if (!writes(level)) return;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    std::string line = log_line(json_.load(std::memory_order_relaxed),
                                std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
                                level, part, message, fields);
    line += '\n';
    const std::lock_guard lock(mutex_);
    // An error has nowhere to go.
    (void)std::fwrite(line.data(), 1, line.size(), out_);
    (void)std::fflush(out_);
}

}  // namespace switchyard::appliance
