// SPDX-License-Identifier: Apache-2.0
#include "tools/report/page.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "tools/report/page_parts.hpp"

namespace switchyard::report {
namespace {

/// Replaces the one occurrence of `mark` in `page`.
void fill(std::string& page, std::string_view mark, std::string_view with) {
    const size_t at = page.find(mark);
    SWITCHYARD_ASSERT(at != std::string::npos);
    page.replace(at, mark.size(), with);
}

std::string assemble(std::string_view body, std::string_view script, const nlohmann::json& data) {
    std::string page(kFrameHtml);
    fill(page, "<!--BODY-->", body);
    fill(page, "/*STYLE*/", kStyleCss);
    fill(page, "/*COMMON*/", kCommonJs);
    fill(page, "/*SCRIPT*/", script);
    // Last, since data may hold anything that looks like a mark.
    fill(page, "/*DATA*/", json_for_script(data));
    return page;
}

}  // namespace

std::string json_for_script(const nlohmann::json& value) {
    const std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        // Outside strings JSON has none of these.
        if (c == '<')
            out += "\\u003c";
        else if (c == '>')
            out += "\\u003e";
        else if (c == '&')
            out += "\\u0026";
        else
            out += c;
    }
    return out;
}

std::string run_page(const nlohmann::json& data) {
    return assemble(kRunHtml, kRunJs, data);
}

std::string simulation_page(const nlohmann::json& data) {
    return assemble(kSimulationHtml, kSimulationJs, data);
}

Result<void> write_page(const std::string& file, const std::string& page) {
    const std::string draft = file + ".part";
    {
        std::ofstream out(draft, std::ios::binary | std::ios::trunc);
        out.write(page.data(), static_cast<std::streamsize>(page.size()));
        out.close();
        if (!out)
            return Error{ErrorCode::Io, "cannot write " + draft + ": " + std::strerror(errno)};
    }
    std::error_code error;
    std::filesystem::rename(draft, file, error);
    if (error) return Error{ErrorCode::Io, "cannot write " + file + ": " + error.message()};
    return {};
}

}  // namespace switchyard::report
