// SPDX-License-Identifier: Apache-2.0
#include "tools/config/edit.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "tools/config/read_configuration.hpp"
#include "tools/config/setting.hpp"

namespace switchyard::config {
namespace {

/// The offset of a place. Columns count characters, of which one may take several bytes (UTF-8).
size_t offset_of(std::string_view text, const Place& place) {
    size_t at = 0;
    for (uint32_t line = 1; line < place.line; ++line)
        at = std::min(text.find('\n', at), text.size() - 1) + 1;
    for (uint32_t column = 1; column < place.column && at < text.size(); ++column) {
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80)
            ++at;
    }
    return at;
}

size_t behind_line(std::string_view text, size_t at) {
    const size_t end = text.find('\n', at);
    return end == std::string_view::npos ? text.size() : end + 1;
}

/// As a file has it: what was given, or that in quotes.
std::optional<std::string> as_toml(const Setting& setting, std::string_view value) {
    for (const std::string& form : {std::string(value), fmt::format("\"{}\"", value)}) {
        const Reading read = read_configuration(
            fmt::format("[{}]\n{} = {}\n", setting.table(), setting.key(), form));
        const bool one_line = form.find('\n') == std::string::npos;
        if (one_line && read.places.size() == 1 && read.places.contains(setting.name)) return form;
    }
    return std::nullopt;
}

/// What is wrong with a value that is not taken.
Error refusal(const Setting& setting, std::string_view value) {
    const bool is_quoted = setting.kind != Kind::Switch && setting.kind != Kind::Count &&
                           setting.kind != Kind::Texts && !value.starts_with('"');
    const std::string form = is_quoted ? fmt::format("\"{}\"", value) : std::string(value);
    const Reading read =
        read_configuration(fmt::format("[{}]\n{} = {}\n", setting.table(), setting.key(), form));
    return {ErrorCode::InvalidInput,
            read.problems.empty() ? fmt::format("{}: '{}' is no value of it", setting.name, value)
                                  : fmt::format("{} (it takes {})", read.problems.front().message,
                                                range_of(setting))};
}

std::string with_line(std::string_view text, size_t at, const std::string& line) {
    std::string out(text.substr(0, at));
    if (!out.empty() && out.back() != '\n') out += '\n';
    out += line + "\n";
    return out += text.substr(at);
}

/// Where a key of this table can be added; no value: the table is not there by a header of its own.
std::optional<size_t> end_of_table(std::string_view text, const TomlDocument& document,
                                   std::string_view table) {
    const auto header = std::ranges::find(document.tables, table, &TomlTable::name);
    if (header == document.tables.end()) return std::nullopt;
    const size_t begin = offset_of(text, header->place);
    if (begin >= text.size() || text[begin] != '[') return std::nullopt;
    size_t end = behind_line(text, begin);
    const std::string prefix = std::string(table) + ".";
    for (const TomlEntry& entry : document.entries)
        if (entry.name.starts_with(prefix) && header->place < entry.key)
            end = std::max(end, behind_line(text, offset_of(text, entry.end)));
    return end;
}

}  // namespace

Result<std::string> set_key(std::string_view text, std::string_view name, std::string_view value) {
    const Setting* const setting = find_setting(name);
    if (setting == nullptr) {
        const std::string_view near = nearest_setting(name);
        return Error{ErrorCode::InvalidInput,
                     near.empty() ? fmt::format("{} is no key", name)
                                  : fmt::format("{} is no key; did you mean {}?", name, near)};
    }
    const auto parsed = parse_toml(text);
    if (const auto* error = std::get_if<SyntaxError>(&parsed))
        return Error{ErrorCode::InvalidInput,
                     fmt::format("line {}: {}", error->place.line, error->message)};
    const auto& document = std::get<TomlDocument>(parsed);
    const auto wanted = as_toml(*setting, value);
    if (!wanted) return refusal(*setting, value);

    std::string out;
    const auto entry = std::ranges::find(document.entries, name, &TomlEntry::name);
    if (entry != document.entries.end()) {
        const size_t begin = offset_of(text, entry->begin);
        const size_t end = offset_of(text, entry->end);
        out = fmt::format("{}{}{}", text.substr(0, begin), *wanted, text.substr(end));
    } else {
        const std::string line = fmt::format("{} = {}", setting->key(), *wanted);
        const auto at = end_of_table(text, document, setting->table());
        out = at ? with_line(text, *at, line)
                 : with_line(text, text.size(), fmt::format("\n[{}]\n{}", setting->table(), line));
    }
    const Reading read = read_configuration(out);
    if (!read.problems.empty())
        return Error{ErrorCode::InvalidInput, fmt::format("the file would be wrong then: {}",
                                                          read.problems.front().message)};
    // Nothing but this key may have changed.
    Configuration expected = read_configuration(text).configuration;
    setting->set(expected, setting->get(read.configuration));
    for (const Setting& each : settings())
        if (each.get(expected) != each.get(read.configuration))
            return Error{ErrorCode::Internal, fmt::format("{} would change as well", each.name)};
    return out;
}

Result<void> replace_file(const std::string& path, std::string_view content) {
    const auto failure = [&](int error) {
        return Error{ErrorCode::Io, fmt::format("{}: {}", path, std::strerror(error))};
    };
    struct stat status {};
    const mode_t mode = ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0644;
    const std::string beside = path + ".new";
    const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (file < 0) return failure(errno);
    int error = ::fchmod(file, mode) == 0 ? 0 : errno;
    while (error == 0 && !content.empty()) {
        const ssize_t written = ::write(file, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) error = errno;
        if (written > 0) content.remove_prefix(static_cast<size_t>(written));
    }
    if (error == 0 && ::fsync(file) != 0) error = errno;
    if (::close(file) != 0 && error == 0) error = errno;
    if (error == 0 && ::rename(beside.c_str(), path.c_str()) != 0) error = errno;
    if (error != 0) {
        ::unlink(beside.c_str());
        return failure(error);
    }
    const std::string folder = std::filesystem::path(path).parent_path().string();
    const int parent = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY);
    if (parent < 0) return failure(errno);
    const bool synced = ::fsync(parent) == 0;
    error = errno;
    ::close(parent);
    if (!synced) return failure(error);
    return {};
}

}  // namespace switchyard::config
