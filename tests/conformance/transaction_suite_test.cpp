// SPDX-License-Identifier: Apache-2.0
// The official transaction tests: bytes that every fork must accept or refuse.
#include <gtest/gtest.h>

#include "tests/conformance/suite.hpp"

namespace switchyard::test {
namespace {

TEST(TransactionSuite, AcceptsAndRefusesAsEveryForkSays) {
    run_suite({.data = "misc",
               .folder = "TransactionTests",
               .load = conformance::load_transaction_cases});
}

}  // namespace
}  // namespace switchyard::test
