// SPDX-License-Identifier: Apache-2.0
#include "dataplane/placement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace switchyard::dataplane {
namespace {

/// `nodes` packages of `cores` cores with two threads each, numbered as Linux does: first all first
/// threads, then all second ones.
std::vector<Cpu> machine(int nodes, int cores, int threads = 2) {
    std::vector<Cpu> out;
    for (int thread = 0; thread < threads; ++thread)
        for (int node = 0; node < nodes; ++node)
            for (int core = 0; core < cores; ++core)
                out.push_back({.id = static_cast<int>(out.size()),
                               .core = core,
                               .package = node,
                               .numa_node = node});
    return out;
}

Placement placed(const std::string& lcores, const std::vector<Cpu>& cpus, unsigned queues,
                 int numa_node) {
    const auto out = place_lcores(lcores, cpus, queues, numa_node);
    EXPECT_TRUE(out) << out.error().message;
    return out ? *out : Placement{};
}

TEST(Placement, SharesAThreadOnOneOrTwoCpus) {
    for (const int cpus : {1, 2}) {
        const Placement out = placed("auto", machine(1, cpus, 1), 1, -1);
        EXPECT_TRUE(out.shared);
        EXPECT_EQ(out.receive, std::vector<int>{0});
        EXPECT_EQ(out.verify, std::vector<int>{0});
    }
}

TEST(Placement, GivesPollersCoresOfTheirOwnOnThePortsNode) {
    const auto cpus = machine(2, 4);  // node 0: 0-3, 8-11; node 1: 4-7, 12-15
    const Placement near_0 = placed("auto", cpus, 2, 0);
    EXPECT_FALSE(near_0.shared);
    EXPECT_EQ(near_0.receive, (std::vector<int>{11, 10}));
    EXPECT_EQ(near_0.verify, (std::vector<int>{0, 1, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15}))
        << "3 and 2, the other threads of 11 and 10, stay idle";
    EXPECT_EQ(placed("auto", cpus, 1, 1).receive, std::vector<int>{15});
    EXPECT_EQ(placed("auto", cpus, 5, 1).receive, (std::vector<int>{15, 14, 13, 12, 11}))
        << "the fifth from the other node";
}

// Whatever the machine: a CPU for each queue, somebody verifies, nobody does both or is invented.
TEST(Placement, HoldsItsRulesOnEveryMachine) {
    for (const int nodes : {1, 2})
        for (const int cores : {1, 2, 3, 8})
            for (const int threads : {1, 2})
                for (const unsigned queues : {1u, 2u, 4u, 40u})
                    for (const int node : {-1, 0, 1, 7}) {
                        const auto cpus = machine(nodes, cores, threads);
                        const Placement out = placed("auto", cpus, queues, node);
                        ASSERT_EQ(out.receive.size(), queues);
                        ASSERT_FALSE(out.verify.empty());
                        ASSERT_EQ(out.shared, cpus.size() <= 2);
                        for (const auto* list : {&out.receive, &out.verify})
                            for (const int id : *list)
                                ASSERT_TRUE(id >= 0 && id < static_cast<int>(cpus.size()));
                        if (out.shared) continue;
                        for (const int id : out.verify)
                            ASSERT_EQ(std::ranges::count(out.receive, id), 0);
                    }
}

TEST(Placement, TakesAList) {
    const auto cpus = machine(1, 4, 1);
    const Placement out = placed("3,1", cpus, 2, 0);
    EXPECT_EQ(out.receive, (std::vector<int>{3, 1}));
    EXPECT_EQ(out.verify, (std::vector<int>{0, 2}));
    for (const char* bad : {"", "x", "1,", ",1", "4", "-1", "1,1", "1;2", "auto,1", "0,1,2,3"})
        EXPECT_EQ(place_lcores(bad, cpus, 2, 0).error().code, ErrorCode::InvalidInput) << bad;
    EXPECT_FALSE(place_lcores("0,1,2,3", cpus, 4, 0)) << "nobody is left to verify";
    EXPECT_FALSE(place_lcores("auto", {}, 1, 0));
    EXPECT_FALSE(place_lcores("auto", cpus, 0, 0));
}

TEST(Placement, KnowsTheCpusOfThisMachine) {
    const auto cpus = usable_cpus();
    ASSERT_FALSE(cpus.empty());
    std::set<int> ids;
    for (const Cpu& cpu : cpus)
        EXPECT_TRUE(ids.insert(cpu.id).second);
}

}  // namespace
}  // namespace switchyard::dataplane
