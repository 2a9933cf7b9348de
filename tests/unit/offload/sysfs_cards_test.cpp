// SPDX-License-Identifier: Apache-2.0
#include "host/offload/xrt/sysfs_cards.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace switchyard::offload {
namespace {
namespace fs = std::filesystem;

class SysfsFixture : public testing::Test {
  protected:
    SysfsFixture() {
        root_ =
            fs::path(testing::TempDir()) /
            ("sysfs_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
        fs::remove_all(root_);
        fs::create_directories(root_);
    }
    ~SysfsFixture() override { fs::remove_all(root_); }

    void add(const std::string& address, const std::string& vendor, const std::string& driver) {
        fs::create_directories(root_ / address);
        std::ofstream(root_ / address / "vendor") << vendor << '\n';
        if (!driver.empty())
            fs::create_symlink("../../bus/pci/drivers/" + driver, root_ / address / "driver");
    }

    fs::path root_;
};

TEST_F(SysfsFixture, FindsNoCardAmongOtherDevices) {
    add("0000:00:1f.6", "0x8086", "e1000e");
    EXPECT_TRUE(find_pci_cards(root_).empty());
    EXPECT_NE(reason_no_card({}).find("no card on this machine"), std::string::npos);
}

TEST_F(SysfsFixture, FindsACardWithItsDriver) {
    add("0000:3b:00.1", "0x10ee", "xocl");
    add("0000:3b:00.0", "0x10ee", "xclmgmt");
    const auto cards = find_pci_cards(root_);
    ASSERT_EQ(cards.size(), 2u);
    EXPECT_EQ(cards[0].driver, "xclmgmt");
    EXPECT_EQ(cards[1].address, "0000:3b:00.1");
    EXPECT_EQ(reason_no_card(cards), "");
}

TEST_F(SysfsFixture, SaysThatTheDriverIsMissing) {
    add("0000:3b:00.1", "0x10ee", "");
    const std::string reason = reason_no_card(find_pci_cards(root_));
    EXPECT_NE(reason.find("0000:3b:00.1 (no driver)"), std::string::npos) << reason;
}

TEST_F(SysfsFixture, FindsNothingWhereThereIsNoPciBus) {
    EXPECT_TRUE(find_pci_cards(root_ / "absent").empty());
}

}  // namespace
}  // namespace switchyard::offload
