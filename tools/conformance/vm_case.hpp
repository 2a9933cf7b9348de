// SPDX-License-Identifier: Apache-2.0
// A VMTest as a case. It is a message without a transaction, so that serial and parallel execution
// are the same.
#pragma once

#include "tools/conformance/test_case.hpp"
#include "tools/fixtures/vm_test.hpp"

namespace switchyard::conformance {

/// Precondition: `!test.records_calls`.
[[nodiscard]] TestCase vm_case(fixtures::VmTest test);

}  // namespace switchyard::conformance
