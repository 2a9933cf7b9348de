// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/operator_log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <chrono>
#include <ctime>

#include "host/node/json/writer.hpp"

namespace switchyard::appliance {
namespace {

constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warning", "error"};

constexpr std::array<spdlog::level::level_enum, 5> kLibraryLevels{
    spdlog::level::trace, spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
    spdlog::level::err};

spdlog::level::level_enum library_level(LogLevel level) {
    return kLibraryLevels[static_cast<size_t>(level)];
}

/// Any file of C, as the library's own sinks take stdout and stderr.
class FileSink final : public spdlog::sinks::stdout_sink_base<spdlog::details::console_mutex> {
  public:
    using stdout_sink_base::stdout_sink_base;
};

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

OperatorLog::OperatorLog(std::FILE* out, LogLevel level, bool json)
    : logger_(std::make_shared<spdlog::logger>("", std::make_shared<FileSink>(out))), json_(json) {
    // A line comes as it shall stand there: the library's own patterns know no fields.
    logger_->set_formatter(
        std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, "\n"));
    logger_->flush_on(spdlog::level::trace);
    logger_->set_level(library_level(level));
}

void OperatorLog::configure(LogLevel level, bool json) {
    logger_->set_level(library_level(level));
    json_.store(json, std::memory_order_relaxed);
}

bool OperatorLog::writes(LogLevel level) const {
    return logger_->should_log(library_level(level));
}

void OperatorLog::write(LogLevel level, std::string_view part, std::string_view message,
                        Fields fields) {
    if (!writes(level)) return;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::string line =
        log_line(json_.load(std::memory_order_relaxed),
                 std::chrono::duration_cast<std::chrono::milliseconds>(now).count(), level, part,
                 message, fields);
    logger_->log(library_level(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace switchyard::appliance
