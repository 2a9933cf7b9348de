// SPDX-License-Identifier: Apache-2.0
// What the appliance tells whoever runs it: lines for people, or an object a line for machines.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace spdlog {
class logger;
}

namespace switchyard::appliance {

enum class LogLevel : uint8_t { Trace, Debug, Info, Warning, Error };
[[nodiscard]] std::string_view to_string(LogLevel level);
/// One of the words of `log.level`; others are `Info`.
[[nodiscard]] LogLevel log_level_of(std::string_view word);

/// Writes whole lines, each in one call of the operating system. Safe from any thread. Level and
/// form may change at any time.
class OperatorLog {
  public:
    using Field = std::pair<std::string_view, std::string>;
    using Fields = std::initializer_list<Field>;

    /// `out` is not owned.
    explicit OperatorLog(std::FILE* out = stderr, LogLevel level = LogLevel::Info,
                         bool json = false);
    OperatorLog(const OperatorLog&) = delete;
    OperatorLog& operator=(const OperatorLog&) = delete;

    void configure(LogLevel level, bool json);
    [[nodiscard]] bool writes(LogLevel level) const;

    /// `part` is who speaks: "chain", "pool", "http". Fields follow the message.
    void write(LogLevel level, std::string_view part, std::string_view message, Fields fields = {});
    void debug(std::string_view part, std::string_view message, Fields fields = {}) {
        write(LogLevel::Debug, part, message, fields);
    }
    void info(std::string_view part, std::string_view message, Fields fields = {}) {
        write(LogLevel::Info, part, message, fields);
    }
    void warning(std::string_view part, std::string_view message, Fields fields = {}) {
        write(LogLevel::Warning, part, message, fields);
    }
    void error(std::string_view part, std::string_view message, Fields fields = {}) {
        write(LogLevel::Error, part, message, fields);
    }

  private:
    std::shared_ptr<spdlog::logger> logger_;
    std::atomic<bool> json_;
};

/// One line without its end, as `OperatorLog` writes it at `unix_ms`.
[[nodiscard]] std::string log_line(bool json, int64_t unix_ms, LogLevel level,
                                   std::string_view part, std::string_view message,
                                   OperatorLog::Fields fields);

}  // namespace switchyard::appliance
