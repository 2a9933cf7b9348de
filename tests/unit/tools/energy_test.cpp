// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/energy.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace switchyard::tool {
namespace {

namespace fs = std::filesystem;

/// A folder made like /sys/class/powercap.
class EnergyFixture : public ::testing::Test {
  protected:
    EnergyFixture()
        : root_(fs::temp_directory_path() / ("switchyard-energy-" + std::to_string(::getpid()))) {
        fs::create_directory(root_);
    }
    ~EnergyFixture() override { fs::remove_all(root_); }

    void set(const std::string& domain, const std::string& file, const std::string& text) {
        fs::create_directory(root_ / domain);
        std::ofstream(root_ / domain / file) << text << '\n';
    }

    fs::path root_;
};

TEST_F(EnergyFixture, SumsThePackages) {
    set("intel-rapl:0", "name", "package-0");
    set("intel-rapl:0", "energy_uj", "1000");
    set("intel-rapl:1", "name", "package-1");
    set("intel-rapl:1", "energy_uj", "500");
    // A core's energy is part of its package's.
    set("intel-rapl:0:0", "name", "core");
    set("intel-rapl:0:0", "energy_uj", "700");
    EnergyMeter meter(root_.string());
    ASSERT_TRUE(meter.is_available());
    EXPECT_EQ(meter.reason(), "");
    set("intel-rapl:0", "energy_uj", "1400");
    set("intel-rapl:1", "energy_uj", "550");
    set("intel-rapl:0:0", "energy_uj", "900");
    EXPECT_EQ(meter.take_uj(), 450U);
    EXPECT_EQ(meter.take_uj(), 0U);
}

TEST_F(EnergyFixture, ACounterMayStartAgain) {
    set("intel-rapl:0", "name", "package-0");
    set("intel-rapl:0", "energy_uj", "990");
    set("intel-rapl:0", "max_energy_range_uj", "1000");
    EnergyMeter meter(root_.string());
    set("intel-rapl:0", "energy_uj", "15");
    EXPECT_EQ(meter.take_uj(), 25U);
}

TEST_F(EnergyFixture, SaysWhyThereIsNothing) {
    EnergyMeter without(root_.string());
    EXPECT_FALSE(without.is_available());
    EXPECT_NE(without.reason().find("no energy counters"), std::string::npos);
    EXPECT_EQ(without.take_uj(), 0U);
    set("intel-rapl:0", "name", "package-0");  // and no energy_uj that can be read
    EnergyMeter locked(root_.string());
    EXPECT_FALSE(locked.is_available());
    EXPECT_NE(locked.reason().find("root"), std::string::npos);
    EXPECT_FALSE(EnergyMeter((root_ / "absent").string()).is_available());
}

}  // namespace
}  // namespace switchyard::tool
