// SPDX-License-Identifier: Apache-2.0
#include "tools/report/page.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>

namespace switchyard::report {
namespace {

using nlohmann::json;

/// What a browser takes as the content of the element with the data.
std::string data_of(const std::string& page) {
    const std::string open = "<script type=\"application/json\" id=\"data\">";
    const size_t begin = page.find(open);
    EXPECT_NE(begin, std::string::npos);
    const size_t end = page.find("</script", begin);
    return page.substr(begin + open.size(), end - begin - open.size());
}

const json kNasty = {{"a", "</script><script>alert(1)</script>"},
                     {"b", "<!-- <script"},
                     {"c", "]]> & \" ' \\ \n \t"},
                     {"d", "line\u2028separator\u2029"},
                     {"e", "/*SCRIPT*/ /*DATA*/ <!--BODY-->"},
                     {"<key>", {1, 2.5, nullptr, true}}};

TEST(ReportPage, DataComesOutAsItWentIn) {
    for (const std::string& page : {run_page(kNasty), simulation_page(kNasty)})
        EXPECT_EQ(json::parse(data_of(page)), kNasty);
}

TEST(ReportPage, DataCannotEndItsElement) {
    const std::string text = json_for_script(kNasty);
    EXPECT_EQ(text.find_first_of("<>&"), std::string::npos);
    // Nor a line of a script, where these two are line ends and are not in JSON.
    EXPECT_EQ(text.find("\u2028"), std::string::npos);
    EXPECT_EQ(json::parse(text), kNasty);
}

TEST(ReportPage, TextThatIsNotUtf8IsReplaced) {
    const std::string text = json_for_script({{"name",
                                               "a\xff"
                                               "b"}});
    EXPECT_EQ(json::parse(text)["name"], "a\uFFFDb");
}

TEST(ReportPage, AsksForNothing) {
    // Namespaces are names and no addresses.
    const std::regex address(
        "(src|href|url|import|fetch)\\s*[=(]|https?://(?!www\\.w3\\.org/2000/svg)");
    for (const std::string& page : {run_page(json::object()), simulation_page(json::object())}) {
        EXPECT_FALSE(std::regex_search(page, address));
        EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
        for (const char* mark :
             {"/*STYLE*/", "/*COMMON*/", "/*SCRIPT*/", "/*DATA*/", "<!--BODY-->"})
            EXPECT_EQ(page.find(mark), std::string::npos) << mark;
    }
}

TEST(ReportPage, IsWrittenWholeOrNotAtAll) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("switchyard-page-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    const std::string file = (folder / "page.html").string();
    ASSERT_TRUE(write_page(file, "first"));
    ASSERT_TRUE(write_page(file, "second"));
    std::ifstream in(file);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "second");
    const auto failed = write_page((folder / "none" / "page.html").string(), "third");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::Io);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace switchyard::report
