// SPDX-License-Identifier: Apache-2.0
#include "host/offload/access_batch.hpp"

#include <gtest/gtest.h>

namespace switchyard {
namespace {

TEST(AccessBatch, KeepsRowsApart) {
    AccessBatch batch;
    batch.begin_transaction(21000);
    batch.add(1, AccessKind::Read);
    batch.add(2, AccessKind::Write);
    batch.begin_transaction(50000);
    batch.begin_transaction(60000);
    batch.add(3, AccessKind::Add);
    ASSERT_EQ(batch.transaction_count(), 3u);
    EXPECT_EQ(batch.access_count(), 3u);
    ASSERT_EQ(batch.keys(0).size(), 2u);
    EXPECT_EQ(batch.keys(0)[1], (KeyAccess{2, AccessKind::Write}));
    EXPECT_TRUE(batch.keys(1).empty());
    ASSERT_EQ(batch.keys(2).size(), 1u);
    EXPECT_EQ(batch.keys(2)[0], (KeyAccess{3, AccessKind::Add}));
    EXPECT_EQ(batch.gas(1), 50000u);
}

TEST(AccessBatch, IsEmptyAfterClearAndTakesNewRows) {
    AccessBatch batch;
    batch.begin_transaction(1);
    batch.add(1, AccessKind::Read);
    batch.clear();
    EXPECT_TRUE(batch.empty());
    EXPECT_EQ(batch.access_count(), 0u);
    batch.begin_transaction(2);
    EXPECT_TRUE(batch.keys(0).empty());
}

TEST(AccessKinds, ConflictUnlessBothReadOrBothAdd) {
    using enum AccessKind;
    EXPECT_FALSE(conflict(Read, Read));
    EXPECT_FALSE(conflict(Add, Add));
    EXPECT_TRUE(conflict(Write, Write));
    EXPECT_TRUE(conflict(Read, Write));
    EXPECT_TRUE(conflict(Write, Read));
    EXPECT_TRUE(conflict(Read, Add));
    EXPECT_TRUE(conflict(Add, Write));
}

}  // namespace
}  // namespace switchyard
