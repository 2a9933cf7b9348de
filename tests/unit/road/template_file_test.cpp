// SPDX-License-Identifier: Apache-2.0
// What was learned, in a file.
#include "host/road/template_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace switchyard {
namespace {

namespace fs = std::filesystem;

class TemplateFile : public testing::Test {
  protected:
    TemplateFile()
        : folder_(fs::temp_directory_path() /
                  ("switchyard-templates-" +
                   std::to_string(testing::UnitTest::GetInstance()->random_seed()) + "-" +
                   testing::UnitTest::GetInstance()->current_test_info()->name())) {
        fs::remove_all(folder_);
        fs::create_directories(folder_);
    }
    ~TemplateFile() override { fs::remove_all(folder_); }
    static plan::TemplateStore store_of(uint32_t templates) {
        plan::TemplateStore out;
        for (uint32_t i = 0; i < templates; ++i)
            out.learn_into({{}, i, 68}, [](plan::Template&) {});
        return out;
    }
    fs::path folder_;
};

TEST_F(TemplateFile, IsReadAgainAndReplacedWhole) {
    const fs::path file = folder_ / "templates";
    ASSERT_TRUE(save_templates(file, store_of(3)).has_value());
    ASSERT_TRUE(save_templates(file, store_of(5)).has_value());
    plan::TemplateStore read;
    ASSERT_TRUE(load_templates(file, read).has_value());
    EXPECT_EQ(read.size(), 5U);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1)
        << "nothing is left beside it";
}

TEST_F(TemplateFile, SaysWhyItIsNotRead) {
    plan::TemplateStore read;
    const fs::path file = folder_ / "templates";
    EXPECT_EQ(load_templates(file, read).error().code, ErrorCode::NotFound);
    ASSERT_TRUE(save_templates(file, store_of(3)).has_value());
    {
        std::fstream damaged(file, std::ios::in | std::ios::out | std::ios::binary);
        damaged.seekp(30);
        damaged.put('x');
    }
    const auto loaded = load_templates(file, read);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().code, ErrorCode::Corrupt);
    EXPECT_NE(loaded.error().message.find(file.string()), std::string::npos);
    EXPECT_EQ(read.size(), 0U);
    EXPECT_FALSE(save_templates(folder_ / "absent" / "templates", store_of(1)).has_value());
}

}  // namespace
}  // namespace switchyard
